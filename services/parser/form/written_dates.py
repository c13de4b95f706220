"""Dates as people wrote them on the forms filed in ASCII from 1993 to mid-2003."""

import re
from typing import Final

WRITTEN_DATE: Final = (
    r"(?<![0-9/-])(?:[0-9]{1,2}/[0-9]{1,2}/(?:[0-9]{4}|[0-9]{2})|[0-9]{1,2}-[0-9]{1,2}-(?:[0-9]{4}|[0-9]{2})"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}|(?<![A-Za-z])(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[A-Za-z]{0,6}\.?"
    r" [0-9]{1,2} ?, ?[0-9]{4})(?![0-9/-])"
)
"""The pattern of a whole date in any of these ways."""

_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_WRITTEN: Final = re.compile(r"([A-Za-z]{3,9})\.? ([0-9]{1,2}) ?, ?([0-9]{4})")
_NUMERIC: Final = re.compile(r"([0-9]{1,2})([/-])([0-9]{1,2})\2([0-9]{2}|[0-9]{4})")
_FIRST_YEAR: Final = 1963
_LAST_YEAR: Final = 2033
"""The years that a two-digit year may stand for: from thirty before the first such form to thirty after the last.

So `99` is 1999 and `02` is 2002, but `45` stands for no year.
"""


def as_printed(text: str) -> str:
    """Return a whole date as `02/07/2000`, and any other text as it is. No form is from around 1945 or 2045.

    >>> as_printed("Feb. 7, 2000"), as_printed("2/7/00"), as_printed("2/7/45")
    ('02/07/2000', '02/07/2000', '2/7/45')
    """
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
    """Return the month of a name, or of its first three letters, from 1; 0 for another word."""
    for number, month in enumerate(_MONTHS, 1):
        if name in (month, month[:3]) or (name == "sept" and month == "september"):
            return number
    return 0


def _year_of(digits: int) -> str | None:
    found = [year for year in range(_FIRST_YEAR, _LAST_YEAR + 1) if year % 100 == digits]
    return str(found[0]) if found else None
