"""Documents of 2003 (schema X0101), which do things that their specification does not say."""

import pytest

from contracts.structs import TransactionsReported
from services.parser import parse_filing

_DOCUMENT = """<ownershipDocument><schemaVersion>X0101</schemaVersion>{form}
<issuer><issuerName>ACME</issuerName></issuer>
<reportingOwner><reportingOwnerId><rptOwnerName>DOE</rptOwnerName></reportingOwnerId></reportingOwner>
{rows}</ownershipDocument>"""
_FORM_3 = "<documentType>3</documentType>"
_SHARES = "<transactionShares><value>500</value><footnoteId id='F1'/></transactionShares>"
_HELD = f"<securityTitle><value>Common</value></securityTitle><transactionAmounts>{_SHARES}</transactionAmounts>"


def read(rows: str, form: str = _FORM_3) -> TransactionsReported:
    """Return the event of a document with these rows."""
    (event,) = parse_filing(_DOCUMENT.format(form=form, rows=rows))
    return event


def codes(event: TransactionsReported) -> list[str]:
    """Return the codes of the diagnostics, other than that of the footnotes that the documents leave out."""
    return [found.code for found in event.diagnostics if found.code != "undefined_footnote"]


@pytest.mark.parametrize("table", ["nonDerivativeSecurity", "derivativeSecurity"])
def test_shares_without_code_date_or_side_are_a_holding(table: str) -> None:
    """They were read as a transaction that has nothing but shares."""
    event = read(f"<{table}>{_HELD}</{table}>")
    (holding,) = event.holdings
    assert (holding.shares_owned_following, event.transactions) == ("500", ())
    assert holding.footnotes == {"shares_owned_following": ("F1",)}
    assert codes(event) == []


def test_amount_owned_beside_shares_of_a_holding_is_kept_and_reported() -> None:
    """Two amounts have no single reading: the amount owned stands, and the other is not lost silently."""
    owned = "<sharesOwnedFollowingTransaction><value>9</value></sharesOwnedFollowingTransaction>"
    event = read(f"<nonDerivativeSecurity>{_HELD}{owned}</nonDerivativeSecurity>")
    assert event.holdings[0].shares_owned_following == "9"
    assert "not_of_holding" in codes(event)


@pytest.mark.parametrize(
    "sign",
    [
        "<transactionDate><value>2003-05-07</value></transactionDate>",
        "<transactionDate><footnoteId id='F1'/></transactionDate>",
        "<transactionCoding><transactionCode>G</transactionCode></transactionCoding>",
        "<transactionAcquiredDisposedCode><value>A</value></transactionAcquiredDisposedCode>",
    ],
)
def test_date_code_or_side_makes_the_row_a_transaction(sign: str) -> None:
    """A date that is in a footnote is one too."""
    event = read(f"<nonDerivativeSecurity>{_HELD}{sign}</nonDerivativeSecurity>")
    (transaction,) = event.transactions
    assert (transaction.shares, transaction.shares_owned_following) == ("500", None)


def test_transaction_value_is_the_price() -> None:
    """The element has another name in later schemas."""
    price = "<transactionCode>G</transactionCode><transactionValue><value>3.75</value></transactionValue>"
    event = read(f"<nonDerivativeSecurity>{_HELD}{price}</nonDerivativeSecurity>")
    assert event.transactions[0].price_per_share == "3.75"
    assert codes(event) == []


@pytest.mark.parametrize("blank", ["", "\n   "])
def test_field_nested_in_the_form_type_leaves_both_readable(blank: str) -> None:
    """It used to lose the form type, and with it the whole filing."""
    nested = f"<documentType>{blank}<noSecuritiesOwned>1</noSecuritiesOwned>3</documentType>"
    event = read("", nested)
    assert (event.filing.form_type, event.filing.no_securities_owned) == ("3", True)
    assert codes(event) == ["repaired_markup"]


def test_text_beside_a_value_leaves_the_field_without_one() -> None:
    """`100` and `0` may be 1000, so neither is asserted."""
    beside = "<transactionCode>S</transactionCode><transactionShares><value>100</value>0</transactionShares>"
    event = read(f"<nonDerivativeSecurity>{beside}</nonDerivativeSecurity>")
    assert event.transactions[0].shares is None
    assert [(found.code, found.raw) for found in event.diagnostics] == [("text_outside_field", "1000")]
