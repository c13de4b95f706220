"""The days on which EDGAR takes filings: no Saturday, Sunday or federal holiday."""

from datetime import date
from functools import lru_cache
from typing import Final

import holidays

_SATURDAY: Final = 5


def is_business_day(day: date) -> bool:
    """Whether EDGAR takes filings that day.

    Days off that are decreed once (a day of mourning) count as business days: nobody knows of them beforehand.
    """
    return day.weekday() < _SATURDAY and day not in _federal_holidays(day.year)


@lru_cache(maxsize=128)
def _federal_holidays(year: int) -> frozenset[date]:
    """The days on which the federal government keeps its holidays, those moved from a weekend among them."""
    return frozenset(holidays.country_holidays("US", years=year))
