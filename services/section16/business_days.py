"""Business days as Section 16(a) and EDGAR count them: no weekend, no federal holiday, no day closed by decree."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Final

_SATURDAY: Final = 5
_ONE_DAY: Final = timedelta(days=1)

CLOSED_BY_DECREE: Final[Mapping[date, str]] = MappingProxyType(
    {
        date(2003, 12, 26): "Executive Order 13320 of December 9, 2003: the day after Christmas",
        date(2004, 6, 11): "Executive Order 13343 of June 6, 2004: mourning for Ronald Reagan",
        date(2007, 1, 2): "Executive Order 13421 of December 28, 2006: mourning for Gerald Ford",
        date(2007, 12, 24): "Executive Order 13453 of December 6, 2007: Christmas Eve",
        date(2008, 12, 26): "Executive Order 13482 of December 12, 2008: the day after Christmas",
        date(2012, 12, 24): "Executive Order 13633 of December 21, 2012: Christmas Eve",
        date(2014, 12, 26): "Executive Order 13682 of December 5, 2014: the day after Christmas",
        date(2018, 12, 5): "Executive Order 13852 of December 1, 2018: mourning for George H. W. Bush",
        date(2018, 12, 24): "Executive Order 13854 of December 18, 2018: Christmas Eve",
        date(2019, 12, 24): "Executive Order 13900 of December 17, 2019: Christmas Eve",
        date(2020, 12, 24): "Executive Order 13965 of December 11, 2020: Christmas Eve",
        date(2024, 12, 24): "Executive Order 14129 of December 18, 2024: Christmas Eve",
        date(2025, 1, 9): "Executive Order 14133 of December 30, 2024: mourning for Jimmy Carter",
        date(2025, 12, 24): "Executive order of December 18, 2025: Christmas Eve",
        date(2025, 12, 26): "Executive order of December 18, 2025: the day after Christmas",
    }
)
"""Whole days that a president closed federal agencies by decree since the two-day rule began, each with its source.

EDGAR closes on such a day, and the SEC treats it as a federal holiday for deadlines (Exchange Act Rule 0-3(a); its
announcement for December 5, 2018: filings due that day are timely on December 6).
"""


def is_business_day(day: date) -> bool:
    """Return whether the day counts towards a deadline: neither a weekend, a holiday nor closed by decree.

    >>> is_business_day(date(2024, 12, 23)), is_business_day(date(2024, 12, 24))
    (True, False)
    """
    return is_scheduled_business_day(day) and day not in CLOSED_BY_DECREE


def is_scheduled_business_day(day: date) -> bool:
    """Return whether the day is a business day by the calendar alone.

    The watcher plans by it: it expects an index for each such day. Closures by decree are announced a few days ahead
    and still count here, so a caller must cope with a day on which nothing is published.

    >>> is_scheduled_business_day(date(2024, 12, 24)), is_scheduled_business_day(date(2024, 12, 25))
    (True, False)
    """
    return day.weekday() < _SATURDAY and day not in _federal_holidays(day.year)


def business_days(first: date, last: date) -> Iterator[date]:
    """Yield EDGAR's scheduled business days from `first` to `last`, both included.

    >>> [day.day for day in business_days(date(2024, 12, 24), date(2024, 12, 30))]
    [24, 26, 27, 30]
    """
    day = first
    while day <= last:
        if is_scheduled_business_day(day):
            yield day
        day += _ONE_DAY


@lru_cache(maxsize=128)
def _federal_holidays(year: int) -> frozenset[date]:
    """Return the federal holidays as observed, including those moved from a weekend."""
    import holidays  # noqa: PLC0415 - importing it takes longer than importing the ledger, and a start does not need it

    return frozenset(holidays.country_holidays("US", years=year))
