"""Alerts as table rows and as lines."""

from typing import Any

import pytest

from contracts.structs import Issuer
from services.cli.render.alert_rows import alert_cells, alert_lines, holding_words, position_name
from services.section16.alert_day import alert_day
from tests.unit.cli.builders import OPTION, alert, bare_trade, filing, restated, trade


def test_a_row_has_owner_trade_security_holding_and_notes() -> None:
    """The order is trade, security, holding, notes."""
    assert alert_cells(alert(), {}) == (
        "2024-03-05",
        "DOE JANE, director, CFO",
        "sold 1,000 at $25.50 ($25,500)",
        "ACM Common Stock",
        "4,000 → 3,000, -25 %",
        "",
    )


def test_lines_have_the_same_content_without_empty_parts() -> None:
    """On a narrow terminal the first line has the news."""
    assert alert_lines(alert(), {}) == (
        "2024-03-05  ACM  sold 1,000 at $25.50 ($25,500)",
        "DOE JANE, director, CFO",
        "Common Stock: 4,000 → 3,000, -25 %",
    )
    assert alert_lines(alert(days_late=2), {})[3:] == ("2 business days late",)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"before": "50000", "after": "30000", "change_percent": "-40"}, "50,000 → 30,000, -40 %"),
        ({"before": "1000", "after": "1612.4375", "change_percent": "61.24"}, "1,000 → 1,612.4375, +61.24 %"),
        ({"before": "600", "after": "93000", "change_percent": None}, "600 → 93,000, +15,400 %"),
        ({"kind": "unchanged", "before": "5000", "after": "5000"}, "5,000 → 5,000, unchanged"),
        ({"kind": "unchanged", "before": "0", "after": "0"}, "none before and after"),
        ({"kind": "opened", "before": "0", "after": "10", "change_percent": None}, "opened with 10"),
        ({"kind": "opened", "before": None, "after": "10", "change_percent": None}, "opened with 10"),
        ({"kind": "closed", "before": "4000", "after": "0", "change_percent": "-100"}, "4,000 → 0, sold out"),
        ({"kind": "closed", "before": None, "after": "0.00"}, "sold out"),
        ({"before": None, "after": "3000"}, "now 3,000"),
        ({"before": "4000", "after": None}, "4,000 before, after not stated"),
        ({"before": None, "after": None}, "holding not stated"),
    ],
)
def test_the_holding_is_described_before_and_after_the_filing(fields: dict[str, Any], words: str) -> None:
    """The words follow the filing's own figures; missing figures are called missing."""
    assert holding_words(alert(**fields)) == words


def test_a_position_given_away_is_closed_and_not_sold_out() -> None:
    """Only sales "sell out" a position."""
    given = alert(kind="closed", before="500", after="0", trades=[trade(), bare_trade("G", "D", "500")])
    assert holding_words(given) == "500 → 0, closed"
    assert holding_words(restated(after="0")) == "2,500 → 0, closed"


def test_a_restated_holding_is_compared_with_the_ledger() -> None:
    """A holding line itself changes nothing; a position seen for the first time has no earlier amount."""
    assert holding_words(restated()) == "2,500 → 2,750, +10 %"
    assert holding_words(restated(before=None)) == "2,500 → 2,750, +10 %"
    assert holding_words(restated(ledger_before=None)) == "holds 2,750"
    assert holding_words(restated(ledger_before=None, after="0", before="0")) == "holds 0"
    assert holding_words(restated(ledger_before=None, after=None, before=None)) == "holding not stated"


def test_a_percentage_of_next_to_nothing_is_shown() -> None:
    """Garbage in a filing must not end the command."""
    assert holding_words(alert(before="0.0001", after="9" * 25, change_percent=None)).endswith(" %")


def test_holdings_counted_by_value_are_money() -> None:
    """A joint purchase of notes has a value and no shares."""
    notes = alert(trades=[bare_trade("P", "A", shares=None, value="500", currency="CAD")], before="1000", after="1500")
    assert holding_words(notes) == "CAD 1,000 → CAD 1,500, -25 %"


def test_the_date_is_that_of_the_last_trade() -> None:
    """The last date of all entries counts; a holding has the date that the filing is about."""
    late = trade(last_date="2024-03-07")
    assert alert_day(alert(trades=[late, trade(), bare_trade("G", "D")])) == "2024-03-07"
    assert alert_day(restated()) == "2024-02-01"
    assert alert_day(restated(filing=filing(filed_on="2024-02-03"))) == "2024-02-03"
    assert alert_day(restated(filing=filing())) == "-"


def test_an_indirect_holding_names_its_holder() -> None:
    """A direct holding is the common case and is not marked."""
    trust = {"ownership": "I", "nature_of_ownership": "By Trust"}
    assert alert_cells(alert(position=trust), {})[3] == "ACM Common Stock, By Trust"
    assert alert_cells(alert(position={"ownership": "I"}), {})[3] == "ACM Common Stock, indirectly"
    assert alert_lines(alert(position=trust), {})[2].startswith("Common Stock, By Trust: ")


def test_a_derivative_shows_its_terms() -> None:
    """An option is identified by price and expiry."""
    assert alert_cells(alert(position=OPTION), {})[3] == "ACM Option ($18.50, exp 2031-05-14)"


def test_an_issuer_without_a_ticker_is_shown_by_its_name() -> None:
    """This may be a private company, or one that was never listed."""
    private = alert(issuer=Issuer(key="k", name="ACME CORP"))
    assert alert_cells(private, {})[3] == "ACME CORP Common Stock"


def test_a_position_is_named_with_its_holder() -> None:
    """A reader must be able to find the other position of a transfer."""
    assert position_name(alert()) == "Common Stock, directly"
