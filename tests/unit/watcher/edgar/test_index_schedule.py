"""When a day's index is read: at its due time, again in the morning, and repeatedly while it may still appear."""

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
    """Return an Eastern time."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=EASTERN)


def morning_after(day: date) -> datetime:
    """Return six o'clock of the next day."""
    return at(day + timedelta(days=1), 6)


def test_a_day_is_due_when_its_index_is() -> None:
    """It is due at 22:45; the oldest of several days comes first."""
    schedule = IndexSchedule()
    days = [MONDAY, MONDAY + timedelta(days=1)]
    assert schedule.due(days, at(MONDAY, 22, 44)) is None
    assert schedule.next_at(days) == at(MONDAY, 22, 45)
    assert schedule.due(days, at(MONDAY, 22, 45)) == MONDAY
    assert schedule.due(days, at(MONDAY + timedelta(days=2), 12)) == MONDAY


def test_an_index_is_read_once_more_the_next_morning() -> None:
    """The first time it may have been incomplete."""
    schedule = IndexSchedule()
    schedule.note_read(MONDAY, at(MONDAY, 22, 45))
    assert not schedule.is_done(MONDAY)
    assert schedule.due([MONDAY], morning_after(MONDAY) - HOUR) is None
    assert schedule.due([MONDAY], morning_after(MONDAY)) == MONDAY
    schedule.note_read(MONDAY, morning_after(MONDAY))
    assert schedule.is_done(MONDAY)
    assert schedule.due([MONDAY], morning_after(MONDAY) + 100 * HOUR) is None


def test_a_late_index_is_requested_every_15_minutes_and_from_the_morning_on_hourly() -> None:
    """It does not delay other work."""
    schedule = IndexSchedule()
    schedule.note_missing(MONDAY, at(MONDAY, 22, 45), damaged=False)
    assert schedule.next_at([MONDAY]) == at(MONDAY, 23)
    schedule.note_missing(MONDAY, morning_after(MONDAY), damaged=False)
    assert schedule.next_at([MONDAY]) == morning_after(MONDAY) + HOUR


def missed_hourly(
    schedule: IndexSchedule, day: date, since: datetime, hours: int, *, damaged: bool = False
) -> Sequence[int]:
    """Return the hours since then at which the day was given up."""
    return [hour for hour in range(hours) if schedule.note_missing(day, since + hour * HOUR, damaged=damaged)]


def test_an_index_that_never_appears_is_given_up_after_ten_days() -> None:
    """A day of mourning is decreed at short notice: no calendar has it."""
    schedule = IndexSchedule()
    given_up = missed_hourly(schedule, MONDAY, morning_after(MONDAY), 241)
    assert given_up == [240]
    assert schedule.is_done(MONDAY)


def test_a_day_closed_by_decree_is_expected_and_given_up_like_any_other_without_an_index() -> None:
    """The next decree is not in the table of closures until somebody adds it, so nothing may rely on the table."""
    schedule = IndexSchedule()
    assert schedule.due([MOURNING], at(MOURNING, 22, 45)) == MOURNING
    assert missed_hourly(schedule, MOURNING, morning_after(MOURNING), 241) == [240]
    assert schedule.is_done(MOURNING)


def test_an_old_day_is_not_given_up_after_one_wrong_response() -> None:
    """After a long outage every day is old. Each is requested three times before it counts as without an index."""
    schedule = IndexSchedule()
    assert missed_hourly(schedule, MONDAY, morning_after(MONDAY) + 10_000 * HOUR, 5)[0] == 2


def test_a_weekend_or_holiday_without_an_index_is_done_after_one_request() -> None:
    """It is requested at all because EDGAR may be open after all."""
    for day in (SATURDAY, HOLIDAY):
        schedule = IndexSchedule()
        assert schedule.due([day], at(day, 23)) is None
        assert schedule.due([day], morning_after(day)) == day
        assert not schedule.note_missing(day, morning_after(day), damaged=False), "no index was expected"
        assert schedule.is_done(day)


def test_a_damaged_index_does_not_count_as_missing() -> None:
    """This holds for a holiday too: the index exists."""
    schedule = IndexSchedule()
    schedule.note_missing(HOLIDAY, morning_after(HOLIDAY), damaged=True)
    assert not schedule.is_done(HOLIDAY)
    assert missed_hourly(schedule, HOLIDAY, morning_after(HOLIDAY) + HOUR, 240, damaged=True) == [239]


def test_an_index_that_finally_appears_resets_the_count_of_misses() -> None:
    """Earlier misses mean nothing for later failures."""
    schedule = IndexSchedule()
    missed_hourly(schedule, MONDAY, at(MONDAY, 22, 45), 5)
    schedule.note_read(MONDAY, at(MONDAY, 23))
    assert not schedule.note_missing(MONDAY, morning_after(MONDAY) + 500 * HOUR, damaged=True)


def test_an_unavailable_edgar_does_not_count_as_a_miss() -> None:
    """The day is not given up, however long the outage, and is read when EDGAR is back."""
    schedule = IndexSchedule()
    for hour in range(500):
        schedule.postpone(MONDAY, morning_after(MONDAY) + hour * HOUR)
    assert not schedule.is_done(MONDAY)
    assert not schedule.note_missing(MONDAY, morning_after(MONDAY) + 500 * HOUR, damaged=False)


def test_an_incomplete_index_is_read_again_until_a_day_has_passed() -> None:
    """An index may omit a few filings that another day lists: that must not keep the day open forever."""
    schedule = IndexSchedule()
    given_up = [schedule.note_incomplete(MONDAY, morning_after(MONDAY) + hour * HOUR) for hour in range(25)]
    assert given_up == [False] * 24 + [True]
    assert schedule.is_done(MONDAY)


def test_an_old_incomplete_index_is_not_given_up_after_one_read() -> None:
    """After an outage it may just be in the process of being rewritten."""
    schedule = IndexSchedule()
    days_later = morning_after(MONDAY) + 100 * HOUR
    assert [schedule.note_incomplete(MONDAY, days_later + hour * HOUR) for hour in range(3)] == [False, False, True]
