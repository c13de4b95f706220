"""A parsed filing as readable text."""

from services.cli.render.parsed_filing import heading, line_cells, notes, owner_lines
from services.cli.render.reported_lines import lines_of
from tests.unit.cli.builders import SALE, report


def test_the_heading_has_form_day_and_issuer() -> None:
    """The owners follow, each with the relationship."""
    assert heading(report()) == "Form 4  2024-03-04  ACM ACME CORP"
    assert owner_lines([report(), report()]) == ["DOE JANE, director, CFO"] * 2


def test_a_transaction_has_code_amount_price_security_and_holding() -> None:
    """The amount has the sign of its direction; each cited footnote is listed once."""
    _, sale = lines_of(report())
    assert line_cells(sale) == (
        "2024-03-04", "S sale", "-1,000", "$25.50", "Common Stock", "By Trust", "3,000", "F2 F1",
    )  # fmt: skip


def test_a_holding_has_its_security_and_its_underlying_security() -> None:
    """A missing amount is a dash, not a zero."""
    warrant, _ = lines_of(report())
    assert line_cells(warrant) == (
        "", "holds", "", "", "Warrant ($1.50, exp 2029-07-19, into 20,000 Common Stock)", "directly", "-", "",
    )  # fmt: skip


def test_an_amount_in_dollars_is_distinguished_from_shares() -> None:
    """Partnerships and debt are reported by value."""
    by_value = {**SALE, "shares": None, "total_value": "500", "shares_owned_following": None}
    _, sale = lines_of(report(transactions=[{**by_value, "value_owned_following": "0"}]))
    cells = line_cells(sale)
    assert (cells[2], cells[6]) == ("-$500", "$0")


def test_footnotes_and_diagnostics_come_last_and_once() -> None:
    """They are not repeated for each owner of the filing."""
    assert list(notes([report(), report()])) == [
        "F1  One.",
        "F2  Two.",
        "!   malformed number in holdings[0].shares: 30,7836",
    ]
