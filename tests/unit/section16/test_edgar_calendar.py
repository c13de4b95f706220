"""EDGAR's clock: Eastern time with daylight saving, fast hours, due times of indexes, and quarters."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.section16.business_days import business_days
from services.section16.edgar_calendar import Quarter, eastern_day, index_due, is_fast, utc_of


def utc(*parts: int) -> datetime:
    """Return a time in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        (datetime(2024, 1, 15, 16, 30, 25), utc(2024, 1, 15, 21, 30, 25)),  # noqa: DTZ001 - as EDGAR writes it
        (datetime(2024, 7, 15, 16, 30, 25), utc(2024, 7, 15, 20, 30, 25)),  # noqa: DTZ001
        (datetime(2024, 3, 10, 1, 59), utc(2024, 3, 10, 6, 59)),  # noqa: DTZ001
        (datetime(2024, 3, 10, 3, 0), utc(2024, 3, 10, 7, 0)),  # noqa: DTZ001
        (datetime(2024, 3, 10, 2, 30), utc(2024, 3, 10, 7, 30)),  # noqa: DTZ001
        (datetime(2024, 11, 3, 1, 30), utc(2024, 11, 3, 5, 30)),  # noqa: DTZ001
        (datetime(2024, 11, 3, 2, 0), utc(2024, 11, 3, 7, 0)),  # noqa: DTZ001
        (datetime(2006, 4, 1, 12, 0), utc(2006, 4, 1, 17, 0)),  # noqa: DTZ001
    ],
    ids=["winter", "summer", "before it begins", "as it begins", "left out", "twice", "after it ends", "older rules"],
)
def test_eastern_time_becomes_utc_with_daylight_saving(local: datetime, expected: datetime) -> None:
    """The first of an hour that occurs twice is meant; until 2007 daylight saving began in April."""
    assert utc_of(local) == expected


def test_filing_late_in_the_evening_belongs_to_the_eastern_day() -> None:
    """Half past nine in New York is already the next day in UTC."""
    assert eastern_day(utc(2024, 7, 16, 1, 30)) == date(2024, 7, 15)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (utc(2024, 7, 15, 19, 59, 59), False),
        (utc(2024, 7, 15, 20), True),
        (utc(2024, 7, 16, 1, 59, 59), True),
        (utc(2024, 7, 16, 2), False),
        (utc(2024, 1, 16, 20, 30), False),
        (utc(2024, 1, 16, 21), True),
        (utc(2024, 7, 13, 21), False),
        (utc(2024, 7, 4, 21), False),
    ],
    ids=["before", "first", "last", "after", "winter before", "winter first", "Saturday", "holiday"],
)
def test_fast_hours_are_eastern_and_on_business_days(moment: datetime, expected: bool) -> None:
    """16:00 to 22:00 Eastern is an hour later in UTC in winter."""
    assert is_fast(moment) is expected


def test_index_is_due_after_edgar_closes() -> None:
    """Asking earlier than 22:45 Eastern is a wasted request."""
    assert index_due(date(2024, 7, 15)) == utc(2024, 7, 16, 2, 45)
    assert index_due(date(2024, 1, 16)) == utc(2024, 1, 17, 3, 45)


def test_business_days_skip_weekends_and_holidays() -> None:
    """Independence Day of 2024 was a Thursday."""
    found = [day.day for day in business_days(date(2024, 7, 3), date(2024, 7, 9))]
    assert found == [3, 5, 8, 9]
    assert list(business_days(date(2024, 7, 9), date(2024, 7, 3))) == []


def test_day_closed_by_decree_stays_in_the_watchers_calendar() -> None:
    """It is announced at a few days' notice: requests of that day must not depend on knowing it."""
    assert date(2025, 1, 9) in business_days(date(2025, 1, 6), date(2025, 1, 10))
    assert is_fast(utc(2025, 1, 9, 21, 30))


def test_quarter_is_named_like_its_folder() -> None:
    """The first quarter of the next year follows the fourth."""
    assert str(Quarter.of(date(2023, 11, 5))) == "2023/QTR4"
    assert str(Quarter.of(date(2023, 11, 5)).next) == "2024/QTR1"


@pytest.mark.parametrize("year", [2023, 2024])
def test_each_day_is_in_exactly_one_quarter(year: int) -> None:
    """A gap would lose filings, and an overlap would fetch them twice."""
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(366 if year == 2024 else 365)]
    for day in days:
        quarter = Quarter.of(day)
        assert quarter.first_day <= day <= quarter.last_day
        assert quarter.next.first_day == quarter.last_day + timedelta(days=1)
    assert Quarter.of(days[-1]) == Quarter(year, 4)
