"""A filing as an entry of the tape."""

from typing import Any

import pytest

from contracts.structs import HoldingChanged
from services.gateway.amounts import NARROW_SPACE
from services.gateway.tape_entry import TapeEntry, tape_entry
from tests.unit.cli.builders import alert, bare_trade, filing, restated, trade


def entry(*alerts: HoldingChanged) -> TapeEntry:
    """Return the entry, which must not depend on the order of the alerts."""
    found = tape_entry(alerts)
    assert tape_entry(reversed(alerts)) == found
    return found


def test_sale_has_all_figures() -> None:
    """One row of the tape."""
    row = entry(alert())
    assert (row.side, row.action, row.shares) == ("sell", "Sold", "-1000")
    assert (row.average_price, row.value, row.currency) == ("25.5", "25500", None)
    assert (row.holding, row.holds_now, row.ownership) == (f"\u221225{NARROW_SPACE}%", "3000", "D")
    assert (row.tags, row.other_alerts) == ((), 0)


def test_sums_run_over_the_positions_of_the_leading_trade() -> None:
    """A sale by three trusts is one row; a gift beside it is another alert."""
    row = entry(
        alert(alert_id="a", lines=[0]),
        alert(alert_id="b", lines=[1], position={"ownership": "I"}, before="2000", after="1000"),
        alert(alert_id="c", lines=[2], before="900", after="400", trades=[bare_trade("G", "D", "500")]),
    )
    assert (row.shares, row.value, row.holds_now, row.ownership) == ("-2000", "51000", "4000", None)
    assert row.holding == f"\u221233.33{NARROW_SPACE}%"
    assert [each.alert_id for each in row.lead_alerts] == ["a", "b"]
    assert [each.alert_id for each in row.alerts] == ["a", "b", "c"]
    assert row.other_alerts == 1


@pytest.mark.parametrize(
    ("alerts", "action", "shares"),
    [
        ([alert(trades=[bare_trade("M", "A", "472"), bare_trade("F", "D", "189")])], "Exercised, tax", "-1000"),
        ([alert(trades=[bare_trade("M", "A"), trade()])], "Exercised, sold", "-1000"),
        ([alert(trades=[bare_trade("C", "A"), trade()])], "Converted, sold", "-1000"),
        ([alert(trades=[bare_trade("P", "A", "7"), trade()])], "Sold", "-1000"),
        ([alert(trades=[bare_trade("A", "A", "9000"), bare_trade("P", "A", "7")])], "Bought", "7"),
        ([alert(trades=[bare_trade("P", "A", None, value="5")])], "Bought", None),
        ([restated()], "Restated", None),
        ([restated(ledger_before=None)], "First report", None),
    ],
)
def test_action_and_shares_are_those_of_the_leading_trade(
    alerts: list[HoldingChanged], action: str, shares: str | None
) -> None:
    """Market trades lead; without one the row shows the net change of the positions."""
    assert (entry(*alerts).action, entry(*alerts).shares) == (action, shares)


@pytest.mark.parametrize(
    ("code", "side", "table", "found"),
    [
        ("P", "A", "non_derivative", "buy"),
        ("S", "D", "non_derivative", "sell"),
        ("P", "D", "non_derivative", None),
        ("S", "D", "derivative", None),
        ("A", "A", "non_derivative", None),
    ],
)
def test_only_market_trades_of_shares_have_a_side(code: str, side: str, table: str, found: str | None) -> None:
    """Nothing else is in colour."""
    assert entry(alert(position={"table": table}, trades=[bare_trade(code, side)])).side == found


@pytest.mark.parametrize(
    ("before", "after", "cell"),
    [("0", "5", "new"), ("10", "250", "24\u00d7"), ("100", "0", "\u2212100 %"), ("7", "7", "0 %"),
     ("9000000", "9000001", "+<0.01 %"), ("4000", "6450", "+61.25 %"), (None, "5", None), ("0", "0", None)],
)  # fmt: skip
def test_holding_cell_is_short(before: str | None, after: str, cell: str | None) -> None:
    """It has seven characters at most."""
    row = entry(alert(before=before, after=after, reported_change=None))
    assert (row.holding and row.holding.replace(NARROW_SPACE, " ")) == cell


@pytest.mark.parametrize(
    ("fields", "tags"),
    [
        ({"rule_10b5_1_plan": True}, ["plan"]),
        ({"footnotes": {"F1": "Under a Rule 10b5-1 plan."}}, ["plan¹"]),
        ({"footnotes": {"F1": "Under a Rule 10b5-1 plan."}, "rule_10b5_1_plan": False}, []),
        ({"footnotes": {"F1": "Not under a Rule 10b5-1 plan."}}, []),
        ({"days_late": 3}, ["3 d late"]),
        ({"days_late": 0}, []),
        ({"is_amendment": True, "filing": filing(form_type="4/A")}, ["amended"]),
        ({"owner_count": 2}, ["joint 2"]),
        ({"repeats": "f"}, ["repeats"]),
        ({"unexplained_change": "5", "explanation": "unknown"}, ["≠"]),
        ({"unexplained_change": "5", "explanation": "split"}, []),
    ],
)
def test_tags_show_what_is_unusual(fields: dict[str, Any], tags: list[str]) -> None:
    """A row without tags is on time, in the open market, and adds up."""
    assert [tag.text for tag in entry(alert(**fields)).tags] == tags


def test_entry_is_json_for_the_api() -> None:
    """Absent figures are null, and what only a page needs is left out."""
    found = entry(restated()).model_dump(mode="json")
    assert found["value"] is None
    assert found["alerts"][0]["alert_id"] == "a1"
    assert "parts" not in found
