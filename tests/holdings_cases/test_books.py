"""Books: ids of positions, expired and unconfirmed positions, and histories longer than the state."""

from datetime import date, timedelta
from typing import Final

from contracts.structs import Position, PositionsUpdated, TransactionsReported
from tests.holdings_cases.filing_builders import RSU, TRUST, buy, filing, hold, option, rsu, sell, trade
from tests.holdings_cases.ledger_harness import AppliedReport, alerted_lines, fold

FIRST_DAY: Final = date(2015, 1, 5)
LONG: Final = 400
"""Filings of a chain that is longer than the 256 accounts of the state, however many it lets pile up before."""


def positions(*reports: TransactionsReported) -> dict[str | None, Position]:
    """Return the positions after the reports, by the nature of an indirect holding; None is the direct one."""
    return {each.nature_of_ownership: each for each in last_book(fold(reports)).positions}


def last_book(steps: list[AppliedReport]) -> PositionsUpdated:
    """Return the book after the last step."""
    return steps[-1].applied.event


def decode_day(number: int) -> str:
    """Return the day of a filing of a long chain: one each week."""
    return (FIRST_DAY + timedelta(weeks=number)).isoformat()


def weekly_purchases(count: int) -> list[TransactionsReported]:
    """Make a chain of purchases of 10 shares, one each week, from 1,000 shares."""
    return [filing(number, decode_day(number), buy(10, 1000 + 10 * number)) for number in range(1, count + 1)]


def test_position_keeps_its_id_over_titles_and_late_reports() -> None:
    """Subscribers follow a position by its id."""
    reports = (
        filing(1, "2023-05-01", buy(500, 9000)),
        filing(2, "2023-06-01", sell(500, 8500, title="Class A Common Stock")),
        filing(4, "2023-08-01", sell(500, 7500, title="Class A Common Stock")),
        filing(3, "2023-07-03", sell(500, 8000, title="Class A Common Stock")),
    )
    steps = fold(reports)
    assert len({alert.position.position_id for step in steps for alert in step.alerts}) == 1
    assert len({each.position_id for step in steps for each in step.applied.event.positions}) == 1


def test_positions_of_one_label_have_different_ids() -> None:
    """Two grants that a filing labels alike are two positions."""
    book = last_book(fold([filing(1, "2023-05-01", rsu(trade("A", "A", 800, 800)), rsu(trade("A", "A", 300, 300)))]))
    assert len({each.position_id for each in book.positions}) == 2
    assert {each.security_title for each in book.positions} == {RSU}


def test_derivative_past_its_expiration_is_marked() -> None:
    """A reader of positions must not count an option that lapsed."""
    held = option(hold(700), expires="2023-08-15")
    start = filing(1, "2023-05-01", buy(100, 4000), held)
    by_day = {
        day: next(
            each.expired
            for each in last_book(fold([start, filing(2, day, sell(100, 3900), filed=day)])).positions
            if each.table == "derivative"
        )
        for day in ("2023-08-14", "2023-08-15", "2023-08-16")
    }
    assert by_day == {"2023-08-14": False, "2023-08-15": False, "2023-08-16": True}


def test_position_is_unconfirmed_after_two_filings_leave_it_out() -> None:
    """Filers do not always list what they still hold: after two filings without it a reader is warned."""
    start = filing(1, "2023-05-01", buy(100, 4000, by="By Spouse"), hold(700, by=TRUST))
    one = filing(2, "2023-06-01", sell(100, 3900, by="By Spouse"))
    two = filing(3, "2023-07-03", sell(100, 3800, by="By Spouse"))
    listed = filing(4, "2023-08-01", sell(100, 3700, by="By Spouse"), hold(700, by=TRUST))
    marks = [positions(*reports)[TRUST] for reports in ((start, one), (start, one, two), (start, one, two, listed))]
    assert [(each.unconfirmed, each.shares) for each in marks] == [(False, "700"), (True, "700"), (False, "700")]


def test_filings_that_trade_in_another_class_are_not_absences() -> None:
    """Filings that report only options do not cast doubt on common stock in a trust."""
    start = filing(1, "2023-05-01", buy(100, 4000), hold(700, by=TRUST), option(hold(900)))
    others = [
        filing(number, f"2023-0{number + 4}-01", option(trade("M", "D", 100, 1000 - 100 * number))) for number in (2, 3)
    ]
    assert positions(start, *others)[TRUST].unconfirmed is False


def test_book_with_more_accounts_than_are_kept_continues() -> None:
    """The base replaces the oldest of more than 256 accounts, so a state record has a bounded size."""
    count = LONG
    steps = fold(weekly_purchases(count))
    assert [each.shares for each in last_book(steps).positions] == [str(1000 + 10 * count)]
    assert all(alert.unexplained_change in (None, "0") for step in steps for alert in step.alerts)
    assert sum(map(len, last_book(steps).accounts)) < LONG


def test_report_older_than_the_base_is_reported_but_not_current() -> None:
    """No trade is lost for its age, even if the accounts around it are no longer kept one by one."""
    count = LONG
    chain = weekly_purchases(count)
    late = filing(9000, decode_day(2), sell(5, 1015), filed=decode_day(2))
    steps = fold([*chain, late])
    (alert,) = steps[-1].alerts
    assert alerted_lines(late, steps[-1].alerts) == {0: 1}
    assert (alert.is_current, alert.current) == (False, str(1000 + 10 * count))
    assert [each.shares for each in last_book(steps).positions] == [str(1000 + 10 * count)]


def test_late_report_in_a_long_book_is_inserted_in_order() -> None:
    """Up to 256 accounts a late report finds what was held at its time."""
    count = LONG
    chain = weekly_purchases(count)
    missing = chain.pop(count - 20)
    steps = fold([*chain, missing])
    (alert,) = steps[-1].alerts
    assert (alert.unexplained_change, alert.is_current) == ("0", False)
    assert alert.before == alert.ledger_before == str(1000 + 10 * (count - 20))


def test_transfer_closes_what_an_earlier_filing_left_open() -> None:
    """Readers of positions see an unexplained change until the other side is reported."""
    start = filing(1, "2023-05-01", buy(10, 5000), hold(1000, by=TRUST))
    out = filing(2, "2023-06-01", sell(100, 2900))
    into = filing(3, "2023-07-03", sell(50, 2950, by=TRUST))
    before, after = positions(start, out), positions(start, out, into)
    assert (before[None].unexplained_change, before[TRUST].unexplained_change) == ("-2000", None)
    assert (after[None].unexplained_change, after[TRUST].unexplained_change) == (None, None)


def test_late_report_closes_what_a_later_filing_left_open() -> None:
    """The gap that 2 left open is filled by 3, whose trades lie before it."""
    start = filing(1, "2023-01-10", buy(500, 9000))
    gap = filing(2, "2023-05-01", buy(100, 7100))
    late = filing(3, "2023-03-01", sell(2000, 7000), filed="2023-08-01")
    assert positions(start, gap)[None].unexplained_change == "-2000"
    assert positions(start, gap, late)[None].unexplained_change is None
    assert positions(start, gap, late)[None].shares == "7100"


def test_event_date_of_form_3_is_kept() -> None:
    """Lateness rests on it for as long as the owner files."""
    book = last_book(fold([filing(1, "2023-03-01", hold(4000), form="3"), filing(2, "2023-06-01", sell(100, 3900))]))
    assert book.subject_since == date(2023, 3, 1)
