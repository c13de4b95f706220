"""What an alert says of a change."""

from datetime import date
from typing import Any

import pytest

from contracts.codec import encode
from contracts.holding_changed import HoldingChanged
from contracts.transactions_reported import CoOwner, TransactionsReported
from services.holdings.alerts import alert_of, trades_of
from tests.unit.holdings.builders import DAY, applied, holding, only, report, traded

NEXT = DAY.replace(day=5)


def alert(*reports: TransactionsReported) -> HoldingChanged:
    """The one alert of the last report."""
    return alert_of(only(applied(*reports).changes), reports[-1])


def test_an_alert_carries_before_after_and_what_lies_between() -> None:
    """The amounts as plain decimal text, the percentage to two decimals."""
    start = report(holding("12000.50"), form="3", filing_id="a")
    told = alert(start, report(traded("D", "4000", "8000.5", day=NEXT)))
    assert (told.kind, told.before, told.after, told.change) == ("decreased", "12000.5", "8000.5", "-4000")
    assert (told.change_percent, told.reported_change, told.unexplained_change) == ("-33.33", "-4000", "0")
    assert told.explanation is None


def test_what_is_unknown_is_null() -> None:
    """A Form 3's position has no before: no change, no percentage; from nothing there is no percentage either."""
    told = alert(report(holding("100"), form="3"))
    assert (told.before, told.change, told.change_percent, told.unexplained_change) == (None, None, None, None)
    assert (told.trades.count, told.trades.shares, told.days_late) == (0, None, None)
    opened = alert(report(traded("A", "5", "5")))
    assert (opened.before, opened.change, opened.change_percent) == ("0", "5", None)


def test_trades_are_summed() -> None:
    """Codes once, shares unsigned, dollars, prices and dates."""
    trades = trades_of(
        [
            traded("A", "100", "0", code="M", price_per_share="6.24", day=NEXT),
            traded("D", "50", "0", code="S", price_per_share="10.005"),
            traded("D", "50", "0", code="S", price_per_share="11"),
        ]
    )
    assert (trades.codes, trades.shares, trades.count) == (("M", "S"), "200", 3)
    assert trades.value == "1674.25"
    assert (trades.lowest_price, trades.highest_price) == ("6.24", "11")
    assert (trades.first_date, trades.last_date) == (DAY, NEXT)


def test_an_average_price_is_of_trades_that_go_one_way() -> None:
    """To four decimals; what an exercise cost and a sale gave has no average."""
    bought = [traded("A", "100", "0", price_per_share="6.24"), traded("A", "50", "0", price_per_share="10.005")]
    assert trades_of(bought).average_price == "7.495"
    assert trades_of([*bought, traded("D", "50", "0", code="S", price_per_share="11")]).average_price is None


@pytest.mark.parametrize("gap", [{"price_per_share": None}, {"shares": None}])
def test_a_sum_that_lacks_a_part_is_null(gap: dict[str, Any]) -> None:
    """A part is not the whole; prices are still those that are given."""
    line = traded("A", "100", "0", price_per_share="2")
    trades = trades_of([line, line.model_copy(update=gap)])
    assert (trades.value, trades.average_price, trades.lowest_price) == (None, None, "2")
    assert trades.shares == (None if "shares" in gap else "200")


def test_a_total_value_is_the_lines_dollars() -> None:
    """Where the filer reports value there is no price to multiply."""
    trades = trades_of([traded("A", None, None, total_value="500")])
    assert (trades.value, trades.shares, trades.average_price) == ("500", None, None)


def test_an_alert_carries_the_footnotes_its_lines_cite_and_no_other() -> None:
    """The evidence, in the order of citing; a footnote that the filing lacks is left out."""
    lines = (
        traded("D", "1", "99", footnotes={"code": ("F2",), "shares": ("F1", "F9")}),
        traded("D", "1", "49", by="Trust", footnotes={"code": ("F3",)}),
    )
    result = applied(report(*lines, footnotes={"F1": "one", "F2": "two", "F3": "three"}))
    told = alert_of(result.changes[0], report(*lines, footnotes={"F1": "one", "F2": "two", "F3": "three"}))
    assert list(told.footnotes.items()) == [("F2", "two"), ("F1", "one")]


def test_an_alert_says_whose_it_is_and_with_whom() -> None:
    """One trade of a joint filing is an alert for each owner."""
    joint = report(traded("A", "5", "5"), rule_10b5_1_plan=True).model_copy(
        update={"owner_index": 1, "owner_count": 2, "co_owners": (CoOwner(key="name:ROE", name="ROE"),)}
    )
    told = alert(joint)
    assert (told.owner_index, told.owner_count, told.co_owners[0].name) == (1, 2, "ROE")
    assert (told.rule_10b5_1_plan, told.is_amendment) == (True, False)
    assert (told.issuer, told.owner, told.filing) == (joint.issuer, joint.owner, joint.filing)


def test_an_alert_of_an_amendment_says_so() -> None:
    """Readers may want to leave it out."""
    assert alert(report(traded("A", "5", "5"), form="4/A")).is_amendment


def test_an_alert_says_how_late_it_was_reported() -> None:
    """Business days past the two allowed."""
    assert alert(report(traded("A", "5", "5"), filed_on=date(2024, 3, 11))).days_late == 3


def test_an_alert_names_the_position_as_it_is_now() -> None:
    """Its identity, without the amount."""
    told = alert(report(holding("5", by="Trust"), form="3"))
    position = applied(report(holding("5", by="Trust"), form="3")).book.positions[0]
    assert (told.position.position_id, told.position.nature_of_ownership) == (position.position_id, "Trust")
    assert "shares" not in told.position.model_dump()


def test_alert_ids_follow_from_the_input_alone() -> None:
    """Whatever the ledger knew before, the same lines of the same filing are the same alert; others are others."""
    filing = report(traded("A", "5", "105", day=NEXT), traded("A", "5", "5", by="Trust", day=NEXT))
    fresh = applied(filing).changes
    known = applied(report(holding("100"), form="3", filing_id="a"), filing).changes
    ids = [alert_of(change, filing).alert_id for change in fresh]
    assert ids == [alert_of(change, filing).alert_id for change in known]
    assert len(set(ids)) == 2
    other = filing.model_copy(update={"owner": filing.owner.model_copy(update={"key": "name:ROE"})})
    assert alert_of(fresh[0], other).alert_id not in ids


def test_the_same_change_gives_the_same_bytes() -> None:
    """A record produced again after a crash is the same record."""
    filing = report(traded("A", "5", "105"))
    assert encode(alert(filing)) == encode(alert(filing))
