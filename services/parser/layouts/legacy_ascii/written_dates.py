"""Dates as people wrote them on the forms of paper's pattern, filed from 1993 to mid-2003."""

import re
from typing import Final

_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_WRITTEN: Final = re.compile(r"([A-Za-z]{3,9})\.? ([0-9]{1,2}) ?, ?([0-9]{4})")
_NUMERIC: Final = re.compile(r"([0-9]{1,2})([/-])([0-9]{1,2})\2([0-9]{2}|[0-9]{4})")
_FIRST_YEAR: Final = 1963
_LAST_YEAR: Final = 2033
"""The years that a date without its century may be of: thirty before the first such form, thirty after the last."""


def printed(text: str) -> str:
    """A whole date as `02/07/2000`; any other text as it stands: `2/7/45` could be of two centuries."""
    written = _WRITTEN.fullmatch(text)
    if written:
        number = _month(written.group(1).lower())
        return f"{number:02}/{int(written.group(2)):02}/{written.group(3)}" if number else text
    numeric = _NUMERIC.fullmatch(text)
    if numeric is None:
        return text
    month, _, day, year = numeric.groups()
    whole = year if len(year) > 2 else _year_of(int(year))  # noqa: PLR2004 - digits of a year without its century
    return f"{int(month):02}/{int(day):02}/{whole}" if whole else text


def _month(name: str) -> int:
    """The month of a name or of its first three letters, from 1; 0 for another word."""
    for number, month in enumerate(_MONTHS, 1):
        if name in (month, month[:3]) or (name == "sept" and month == "september"):
            return number
    return 0


def _year_of(digits: int) -> str | None:
    found = [year for year in range(_FIRST_YEAR, _LAST_YEAR + 1) if year % 100 == digits]
    return str(found[0]) if found else None
