"""What filings report, line by line."""

import json
from decimal import Decimal
from typing import Any

from contracts.transactions_reported import Holding, Transaction
from services.cli.render.reported_lines import (
    ReportedLine,
    cited,
    line_value,
    lines_of,
    report_heading,
    reported_cells,
    reported_json,
    reported_lines,
)
from tests.unit.cli.builders import SALE, WARRANT, filing, report


def only(**fields: Any) -> ReportedLine:
    """Return the sale, but for `fields`."""
    return Transaction.model_validate({**SALE, **fields})


def test_lines_are_in_the_order_of_the_document() -> None:
    """Over both tables."""
    assert [line.line for line in lines_of(report())] == [0, 1]


def test_a_trade_says_what_was_done_and_what_is_held_after() -> None:
    """With the footnotes it cites, in its order."""
    assert reported_cells(report(), only()) == (
        "2024-03-04",
        "sold 1,000 at $25.50 ($25,500)",
        "Common Stock",
        "By Trust",
        "3,000",
        '"Two."; "One."',
    )


def test_a_holding_says_what_it_turns_into() -> None:
    """An amount that is not reported stays open: it is not zero."""
    warrant = Holding.model_validate(WARRANT)
    assert reported_cells(report(), warrant) == (
        "", "holds", "Warrant ($1.50, exp 2029-07-19, into 20,000 Common Stock)", "directly", "-", "",
    )  # fmt: skip
    assert reported_lines(report(), [warrant])[1] == (
        "holds - of Warrant ($1.50, exp 2029-07-19, into 20,000 Common Stock), directly"
    )


def test_a_trade_without_an_amount_after_it_says_nothing_of_one() -> None:
    """Neither does one without a date invent it."""
    bare = only(transaction_date=None, shares_owned_following=None, price_per_share=None, footnotes={})
    assert reported_lines(report(), [bare])[1] == "-  sold 1,000 (no price given): Common Stock, By Trust"


def test_what_is_counted_by_value_has_no_price_per_share() -> None:
    """Of notes bought at par the price column says 100: a percentage."""
    notes = only(code="P", acquired_disposed="A", shares=None, total_value="2000000", price_per_share="100")
    assert reported_cells(report(), notes)[1] == "bought $2,000,000"


def test_another_currency_is_not_shown_as_dollars() -> None:
    """Price, value and what is held after."""
    line = only(currency="CAD", shares_owned_following=None, value_owned_following="500")
    cells = reported_cells(report(), line)
    assert (cells[1], cells[4]) == ("sold 1,000 at CAD 25.50 (CAD 25,500)", "CAD 500")


def test_a_heading_has_form_day_issuer_owner_and_filing() -> None:
    """The day of filing if it is known; a joint filing says whose place it is."""
    assert report_heading(report()) == (
        "2024-03-04  Form 4  ACM ACME CORP: DOE JANE, director, CFO  (0000000001-24-000001)"
    )
    joint = report(filing=filing(filed_on="2024-03-06"), owner_index=1, owner_count=3)
    assert report_heading(joint).startswith("2024-03-06  Form 4  ACM ACME CORP: DOE JANE, director, CFO, owner 2 of 3 ")
    assert report_heading(report(filing=filing())).startswith("on an unknown day  Form 4")


def test_a_trade_is_worth_its_total_value_or_its_shares_at_their_price() -> None:
    """None if the line does not say: an unknown value is not zero."""
    assert line_value(only()) == Decimal("25500.0")  # type: ignore[arg-type]  # it is a transaction
    assert line_value(only(total_value="7")) == Decimal(7)  # type: ignore[arg-type]
    assert line_value(only(price_per_share=None)) is None  # type: ignore[arg-type]
    assert line_value(only(shares=None)) is None  # type: ignore[arg-type]


def test_an_object_per_line_has_all_that_surrounds_it() -> None:
    """The line as it travels; a holding is one too."""
    warrant, sale = (json.loads(line) for line in reported_json(report(), lines_of(report())))
    assert (warrant["kind"], sale["kind"]) == ("holding", "transaction")
    assert sale["line"] == json.loads(Transaction.model_validate(SALE).model_dump_json())
    assert (sale["filing"]["filing_id"], sale["issuer"]["name"]) == ("0000000001-24-000001", "ACME CORP")
    assert (sale["owner_index"], sale["owner_count"], warrant["footnotes"]) == (0, 1, {})


def test_a_footnote_that_is_cited_and_missing_is_left_out() -> None:
    """Filings do that."""
    assert cited(report(footnotes={"F1": "One."}), only()) == {"F1": "One."}


def test_many_footnotes_are_counted() -> None:
    """Two are quoted; JSON and CSV have them all."""
    line = only(footnotes={"shares": ["F1", "F2", "F3", "F4"]})
    notes = reported_cells(report(footnotes={f"F{n}": f"{n}." for n in range(1, 5)}), line)[-1]
    assert notes == '"1."; "2."; 2 more footnotes'
