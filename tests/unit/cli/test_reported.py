"""A filing as it was read, in a person's words."""

from typing import Any

from contracts.transactions_reported import TransactionsReported
from services.cli.reported import heading, line_cells, lines_of, notes, owner_lines
from tests.unit.cli.builders import ISSUER, OWNER

SALE: dict[str, Any] = {
    "line": 1,
    "table": "non_derivative",
    "security_title": "Common Stock",
    "transaction_date": "2024-03-04",
    "code": "S",
    "shares": "1000",
    "price_per_share": "25.5",
    "acquired_disposed": "D",
    "shares_owned_following": "3000",
    "ownership": "I",
    "nature_of_ownership": "By Trust",
    "footnotes": {"price_per_share": ["F2"], "shares": ["F1", "F2"]},
}
WARRANT: dict[str, Any] = {
    "line": 0,
    "table": "derivative",
    "security_title": "Warrant",
    "exercise_price": "1.5",
    "expiration_date": "2029-07-19",
    "underlying_title": "Common Stock",
    "underlying_shares": "20000",
    "ownership": "D",
}


def report(*, transactions: tuple[dict[str, Any], ...] = (SALE,), **fields: Any) -> TransactionsReported:
    """One owner's sale and warrant, but for `fields`."""
    return TransactionsReported.model_validate(
        {
            "filing": {
                "filing_id": "a",
                "form_type": "4",
                "source_format": "text",
                "period_of_report": "2024-03-04",
            },
            "issuer": ISSUER,
            "owner": OWNER,
            "owner_index": 0,
            "owner_count": 1,
            "co_owners": [],
            "transactions": transactions,
            "holdings": [WARRANT],
            "footnotes": {"F1": "One.", "F2": "Two."},
            "diagnostics": [{"code": "malformed_number", "field": "holdings[0].shares", "raw": "30,7836"}],
            **fields,
        }
    )


def test_a_filing_is_headed_by_its_form_its_day_and_its_issuer() -> None:
    """And its owners follow, each with the relationship."""
    assert heading(report()) == "Form 4  2024-03-04  ACM ACME CORP"
    assert owner_lines([report(), report()]) == ["DOE JANE, director, CFO"] * 2


def test_a_transaction_says_what_how_much_at_what_price_and_what_is_held_after() -> None:
    """With the sign of its direction, and the footnotes it cites, each once."""
    _, sale = lines_of(report())
    assert line_cells(sale) == (
        "2024-03-04", "S sale", "-1,000", "$25.50", "Common Stock", "By Trust", "3,000", "F2 F1",
    )  # fmt: skip


def test_a_holding_says_what_it_is_and_what_it_turns_into() -> None:
    """What is not reported stays open: it is no zero."""
    warrant, _ = lines_of(report())
    assert line_cells(warrant) == (
        "", "holds", "", "", "Warrant ($1.50, exp 2029-07-19, into 20,000 Common Stock)", "directly", "-", "",
    )  # fmt: skip


def test_an_amount_in_dollars_is_told_from_shares() -> None:
    """Partnerships and debt are reported by value."""
    by_value = {**SALE, "shares": None, "total_value": "500", "shares_owned_following": None}
    _, sale = lines_of(report(transactions=({**by_value, "value_owned_following": "0"},)))
    cells = line_cells(sale)
    assert (cells[2], cells[6]) == ("-$500", "$0")


def test_footnotes_and_what_could_not_be_read_come_last_and_once() -> None:
    """However many owners the filing has."""
    assert list(notes([report(), report()])) == [
        "F1  One.",
        "F2  Two.",
        "!   malformed number in holdings[0].shares: 30,7836",
    ]
