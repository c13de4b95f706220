"""Business days: those that count towards a deadline, and those that the calendar alone expects."""

from datetime import date

import pytest

from services.section16.business_days import CLOSED_BY_DECREE, is_business_day, is_scheduled_business_day


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2024, 3, 1), True),
        (date(2024, 3, 2), False),
        (date(2024, 3, 3), False),
        (date(2024, 5, 27), False),
        (date(2024, 5, 28), True),
        (date(2020, 7, 3), False),
        (date(2020, 7, 6), True),
        (date(2020, 6, 19), True),
        (date(2023, 6, 19), False),
    ],
    ids=[
        "Friday",
        "Saturday",
        "Sunday",
        "holiday",
        "after it",
        "kept on Friday",
        "Monday after",
        "not yet",
        "since 2021",
    ],
)
def test_weekends_and_federal_holidays_are_not_business_days(day: date, expected: bool) -> None:
    """Independence Day on a Saturday is kept on Friday; Juneteenth is kept since it became a holiday in 2021."""
    assert is_business_day(day) is expected
    assert is_scheduled_business_day(day) is expected


@pytest.mark.parametrize(
    "day",
    [date(2018, 12, 5), date(2019, 12, 24), date(2020, 12, 24), date(2024, 12, 24), date(2025, 1, 9)],
    ids=str,
)
def test_day_closed_by_decree_does_not_count_towards_a_deadline(day: date) -> None:
    """Nobody could file on it: counting it would call timely filers late."""
    assert not is_business_day(day)


@pytest.mark.parametrize("day", CLOSED_BY_DECREE, ids=str)
def test_day_closed_by_decree_stays_a_scheduled_business_day(day: date) -> None:
    """The calendar did not know of it: an entry that the calendar already excludes would be a typing mistake."""
    assert is_scheduled_business_day(day)
    assert not is_business_day(day)


@pytest.mark.parametrize(("day", "source"), CLOSED_BY_DECREE.items(), ids=lambda value: str(value)[:10])
def test_every_closure_by_decree_names_its_executive_order(day: date, source: str) -> None:
    """A wrong entry hides lateness, so each must be traceable; the order precedes the day it closes."""
    assert source.lower().startswith("executive order")
    assert str(day.year) in source or str(day.year - 1) in source


@pytest.mark.parametrize("day", [date(2002, 12, 24), date(2009, 12, 24)], ids=str)
def test_half_day_decreed_off_is_still_a_business_day(day: date) -> None:
    """Executive Orders 13281 and 13523 closed agencies for the afternoon alone: filings were accepted."""
    assert is_business_day(day)
