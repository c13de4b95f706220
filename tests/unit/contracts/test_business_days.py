"""The days on which EDGAR takes filings."""

from datetime import date

import pytest

from contracts.business_days import is_business_day


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
def test_weekends_and_federal_holidays_are_no_business_days(day: date, expected: bool) -> None:
    """Independence Day on a Saturday is kept on Friday; Juneteenth is kept since it is a holiday."""
    assert is_business_day(day) is expected
