"""When a day's index is looked at: when it is due, again in the morning, and without end only where it may yet come."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from services.section16.edgar_calendar import EASTERN
from services.watcher.edgar.index_schedule import IndexSchedule

MONDAY = date(2025, 3, 10)
SATURDAY = date(2025, 3, 15)
HOLIDAY = date(2025, 2, 17)
MOURNING = date(2025, 1, 9)
HOUR = timedelta(hours=1)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An Eastern moment."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=EASTERN)


def morning_after(day: date) -> datetime:
    """Six o'clock of the next day."""
    return at(day + timedelta(days=1), 6)


def test_a_day_is_due_when_its_index_is() -> None:
    """At a quarter to eleven in the evening; the oldest of several first."""
    schedule = IndexSchedule()
    days = [MONDAY, MONDAY + timedelta(days=1)]
    assert schedule.due(days, at(MONDAY, 22, 44)) is None
    assert schedule.next_at(days) == at(MONDAY, 22, 45)
    assert schedule.due(days, at(MONDAY, 22, 45)) == MONDAY
    assert schedule.due(days, at(MONDAY + timedelta(days=2), 12)) == MONDAY


def test_an_index_is_read_again_the_next_morning_and_that_is_all() -> None:
    """The first time it may have been written in part."""
    schedule = IndexSchedule()
    schedule.note_read(MONDAY, at(MONDAY, 22, 45))
    assert not schedule.is_done(MONDAY)
    assert schedule.due([MONDAY], morning_after(MONDAY) - HOUR) is None
    assert schedule.due([MONDAY], morning_after(MONDAY)) == MONDAY
    schedule.note_read(MONDAY, morning_after(MONDAY))
    assert schedule.is_done(MONDAY)
    assert schedule.due([MONDAY], morning_after(MONDAY) + 100 * HOUR) is None


def test_a_late_index_is_looked_for_every_quarter_of_an_hour_and_from_the_morning_on_every_hour() -> None:
    """It does not hold up what else there is to do."""
    schedule = IndexSchedule()
    schedule.note_missing(MONDAY, at(MONDAY, 22, 45), damaged=False)
    assert schedule.next_at([MONDAY]) == at(MONDAY, 23)
    schedule.note_missing(MONDAY, morning_after(MONDAY), damaged=False)
    assert schedule.next_at([MONDAY]) == morning_after(MONDAY) + HOUR


def missed_hourly(
    schedule: IndexSchedule, day: date, since: datetime, hours: int, *, damaged: bool = False
) -> Sequence[int]:
    """The hours since then at which the day was given up."""
    return [hour for hour in range(hours) if schedule.note_missing(day, since + hour * HOUR, damaged=damaged)]


def test_an_index_that_never_comes_is_given_up_after_ten_days() -> None:
    """A day of mourning is decreed at short notice: no calendar knows it."""
    schedule = IndexSchedule()
    given_up = missed_hourly(schedule, MONDAY, morning_after(MONDAY), 241)
    assert given_up == [240]
    assert schedule.is_done(MONDAY)


def test_a_day_closed_by_decree_is_expected_and_given_up_like_any_other_without_an_index() -> None:
    """No plan may rest on the table of closures: the next decree is not in it until somebody writes it there."""
    schedule = IndexSchedule()
    assert schedule.due([MOURNING], at(MOURNING, 22, 45)) == MOURNING
    assert missed_hourly(schedule, MOURNING, morning_after(MOURNING), 241) == [240]
    assert schedule.is_done(MOURNING)


def test_a_day_long_past_is_not_given_up_for_one_wrong_answer() -> None:
    """After a long outage every day is old: each is looked at three times before it is taken to have no index."""
    schedule = IndexSchedule()
    assert missed_hourly(schedule, MONDAY, morning_after(MONDAY) + 10_000 * HOUR, 5)[0] == 2


def test_a_weekend_or_holiday_without_an_index_is_done_with_at_one_look() -> None:
    """That it is looked at at all is because EDGAR may know better."""
    for day in (SATURDAY, HOLIDAY):
        schedule = IndexSchedule()
        assert schedule.due([day], at(day, 23)) is None
        assert schedule.due([day], morning_after(day)) == day
        assert not schedule.note_missing(day, morning_after(day), damaged=False), "no index was expected"
        assert schedule.is_done(day)


def test_a_damaged_index_is_not_taken_for_none() -> None:
    """Not even that of a holiday: there is one."""
    schedule = IndexSchedule()
    schedule.note_missing(HOLIDAY, morning_after(HOLIDAY), damaged=True)
    assert not schedule.is_done(HOLIDAY)
    assert missed_hourly(schedule, HOLIDAY, morning_after(HOLIDAY) + HOUR, 240, damaged=True) == [239]


def test_an_index_that_comes_at_last_begins_the_count_anew() -> None:
    """Misses before it say nothing of what is wrong later."""
    schedule = IndexSchedule()
    missed_hourly(schedule, MONDAY, at(MONDAY, 22, 45), 5)
    schedule.note_read(MONDAY, at(MONDAY, 23))
    assert not schedule.note_missing(MONDAY, morning_after(MONDAY) + 500 * HOUR, damaged=True)


def test_that_edgar_is_away_says_nothing_of_the_day() -> None:
    """However long it is: the day is not given up, and looked at when EDGAR is back."""
    schedule = IndexSchedule()
    for hour in range(500):
        schedule.postpone(MONDAY, morning_after(MONDAY) + hour * HOUR)
    assert not schedule.is_done(MONDAY)
    assert not schedule.note_missing(MONDAY, morning_after(MONDAY) + 500 * HOUR, damaged=False)


def test_an_incomplete_index_is_looked_at_again_until_a_day_has_passed() -> None:
    """A few filings may be listed on another day than their own: that must not keep the day open for ever."""
    schedule = IndexSchedule()
    given_up = [schedule.note_incomplete(MONDAY, morning_after(MONDAY) + hour * HOUR) for hour in range(25)]
    assert given_up == [False] * 24 + [True]
    assert schedule.is_done(MONDAY)


def test_an_incomplete_index_of_days_ago_is_not_given_up_at_one_look() -> None:
    """After an outage it may be written anew at that very moment."""
    schedule = IndexSchedule()
    days_later = morning_after(MONDAY) + 100 * HOUR
    assert [schedule.note_incomplete(MONDAY, days_later + hour * HOUR) for hour in range(3)] == [False, False, True]
