"""The lines that filings report, as text and as objects."""

import json
from decimal import Decimal
from typing import Any

from msgspec import convert

from contracts.filter_matching import line_value
from contracts.structs import Holding, Transaction
from services.cli.render.reported_lines import (
    ReportedLine,
    cited,
    lines_of,
    report_heading,
    reported_cells,
    reported_json,
    reported_lines,
)
from tests.event_json import json_of
from tests.unit.cli.builders import SALE, WARRANT, filing, report


def only(**fields: Any) -> ReportedLine:
    """Return the sale, with `fields` changed."""
    return convert({**SALE, **fields}, Transaction)


def test_lines_are_in_the_order_of_the_document() -> None:
    """Both tables are merged."""
    assert [line.line for line in lines_of(report())] == [0, 1]


def test_a_trade_has_its_action_and_the_holding_afterwards() -> None:
    """The footnotes are in the order in which the line cites them."""
    assert reported_cells(report(), only()) == (
        "2024-03-04",
        "sold 1,000 at $25.50 ($25,500)",
        "Common Stock",
        "By Trust",
        "3,000",
        '"Two."; "One."',
    )


def test_a_holding_has_its_underlying_security() -> None:
    """An amount that is not reported is a dash: it is not zero."""
    warrant = convert(WARRANT, Holding)
    assert reported_cells(report(), warrant) == (
        "", "holds", "Warrant ($1.50, exp 2029-07-19, into 20,000 Common Stock)", "directly", "-", "",
    )  # fmt: skip
    assert reported_lines(report(), [warrant])[1] == (
        "holds - of Warrant ($1.50, exp 2029-07-19, into 20,000 Common Stock), directly"
    )


def test_a_trade_without_a_holding_afterwards_omits_it() -> None:
    """A missing date is not invented either."""
    bare = only(transaction_date=None, shares_owned_following=None, price_per_share=None, footnotes={})
    assert reported_lines(report(), [bare])[1] == "-  sold 1,000 (no price given): Common Stock, By Trust"


def test_a_line_with_a_value_has_no_price_per_share() -> None:
    """For notes bought at par the price column contains 100, which is a percentage."""
    notes = only(code="P", acquired_disposed="A", shares=None, total_value="2000000", price_per_share="100")
    assert reported_cells(report(), notes)[1] == "bought $2,000,000"


def test_another_currency_is_not_shown_as_dollars() -> None:
    """This holds for price, value and the holding afterwards."""
    line = only(currency="CAD", shares_owned_following=None, value_owned_following="500")
    cells = reported_cells(report(), line)
    assert (cells[1], cells[4]) == ("sold 1,000 at CAD 25.50 (CAD 25,500)", "CAD 500")


def test_a_heading_has_form_day_issuer_owner_and_filing() -> None:
    """It is the day of filing if known; a joint filing has the owner's number."""
    assert report_heading(report()) == (
        "2024-03-04  Form 4  ACM ACME CORP: DOE JANE, director, CFO  (0000000001-24-000001)"
    )
    joint = report(filing=filing(filed_on="2024-03-06"), owner_index=1, owner_count=3)
    assert report_heading(joint).startswith("2024-03-06  Form 4  ACM ACME CORP: DOE JANE, director, CFO, owner 2 of 3 ")
    assert report_heading(report(filing=filing())).startswith("on an unknown day  Form 4")


def test_a_trade_is_worth_its_total_value_or_its_shares_at_their_price() -> None:
    """The value is None if the line does not state it: an unknown value is not zero."""
    assert line_value(only()) == Decimal("25500.0")  # type: ignore[arg-type]  # it is a transaction
    assert line_value(only(total_value="7")) == Decimal(7)  # type: ignore[arg-type]
    assert line_value(only(price_per_share=None)) is None  # type: ignore[arg-type]
    assert line_value(only(shares=None)) is None  # type: ignore[arg-type]


def test_an_object_per_line_includes_filing_issuer_and_owner() -> None:
    """The object has the complete line; a holding has the same structure."""
    warrant, sale = (json.loads(line) for line in reported_json(report(), lines_of(report())))
    assert (warrant["kind"], sale["kind"]) == ("holding", "transaction")
    assert sale["line"] == json_of(convert(SALE, Transaction))
    assert (sale["filing"]["filing_id"], sale["issuer"]["name"]) == ("0000000001-24-000001", "ACME CORP")
    assert (sale["owner_index"], sale["owner_count"], warrant["footnotes"]) == (0, 1, {})


def test_a_footnote_that_is_cited_and_missing_is_left_out() -> None:
    """Some filings cite footnotes that do not exist."""
    assert cited(report(footnotes={"F1": "One."}), only()) == {"F1": "One."}


def test_many_footnotes_are_counted() -> None:
    """Two are quoted; JSON and CSV contain all of them."""
    line = only(footnotes={"shares": ["F1", "F2", "F3", "F4"]})
    notes = reported_cells(report(footnotes={f"F{n}": f"{n}." for n in range(1, 5)}), line)[-1]
    assert notes == '"1."; "2."; 2 more footnotes'
