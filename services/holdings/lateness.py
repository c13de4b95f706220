"""How late trades were reported, in business days after the two-day deadline of Section 16(a).

Reporting somebody as late is an accusation. Lateness is therefore None for every line without a two-day deadline, and
for every line without the dates to determine it.
"""

from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from contracts.enumerations import AcquiredDisposed
from contracts.structs import Filing, Transaction
from services.section16.business_days import is_business_day
from services.section16.edgar_calendar import EASTERN

BUSINESS_DAYS_ALLOWED: Final = 2
TWO_DAYS_SINCE: Final = date(2002, 8, 29)
"""Until then a Form 4 was due ten days after the month of the trade (SEC Release 34-46421)."""
GIFTS_DUE_SINCE: Final = date(2023, 2, 27)
"""Until then a gift that was made belonged on Form 5 (SEC Release 33-11138)."""

_RECEIVED_UNTIL: Final = time(22)
"""Eastern time: filings accepted later count as filed on the next business day (Regulation S-T, Rule 13(a)(4))."""
_LAST_DAY_OF_NOTICE: Final = 5
"""Under a plan, the two days run from the notice of the trade, and from the third business day after the trade at the
latest (Rule 16a-3(g)). Without the notice date, a report after three to five business days may or may not be late."""
_WITHOUT_DEADLINE: Final = frozenset({"L", "W", "J"})
"""Small acquisitions (Rule 16a-6), inheritance, and transactions described only by a footnote, which may be exempt."""
_UNDER_NOTICE: Final = frozenset({"I"})
"""Discretionary transactions within an employee plan, whose administrator sends a notice (Rule 16a-3(g))."""
_LONGEST: Final = timedelta(days=36_525)
"""A century: if trade and filing are further apart, one of the dates is mistyped."""
_DAYS_REMEMBERED: Final = 1_024
"""Cached counts: the filings of one period share the same few pairs of days."""
_ONE_DAY: Final = timedelta(days=1)

_NO_DATES: Final[Mapping[int, date]] = MappingProxyType({})


def days_late(
    lines: Iterable[Transaction],
    filing: Filing,
    *,
    subject_since: date | None,
    plan: bool,
    executed: Mapping[int, date] = _NO_DATES,
) -> int | None:
    """Return how late the latest of the lines is, in business days; 0 is on time, None if no deadline applies to any.

    The two business days begin at the deemed execution date (column 2A) or, without one, at the trade date. The report
    counts from the day of acceptance in Eastern time, else from the filing date. Example: a trade on Friday is due on
    Tuesday. A deemed date before the trade is mistyped and ignored. A line with form type 4 belongs on Form 4, even if
    it is on a Form 5.

    Args:
        lines: the trades that one alert reports.
        filing: their filing. Amendments are never late.
        subject_since: when the owner became subject to Section 16, the event date of its Form 3; None if unknown.
        plan: whether a check box or a cited footnote indicates a Rule 10b5-1 plan.
        executed: trade dates by line number that replace mistyped ones.
    """
    received = None if filing.form_type.endswith("/A") else _received_on(filing)
    if received is None:
        return None
    latest: int | None = None
    form_type = filing.form_type
    for line in lines:
        day = executed.get(line.line, line.transaction_date) if executed else line.transaction_date
        if day is None or (line.form_type or form_type)[0] != "4":
            continue
        code = line.code
        if _has_deadline(day, code, line.acquired_disposed, subject_since):
            days = _days_late(day, line.deemed_execution_date, received, under_notice=plan or code in _UNDER_NOTICE)
            if days is not None and (latest is None or days > latest):
                latest = days
    return latest


@lru_cache(maxsize=_DAYS_REMEMBERED)
def business_days(after: date, until: date) -> int:
    """Return the number of business days after `after`, up to and including `until`; 0 if `until` is not later."""
    count, day = 0, after
    while day < until:
        day += _ONE_DAY
        count += is_business_day(day)
    return count


def _received_on(filing: Filing) -> date | None:
    """Return the day on which a filing counts as filed; None if neither acceptance nor filing date is known."""
    if filing.accepted_at is None:
        return filing.filed_on
    accepted = filing.accepted_at.astimezone(EASTERN)
    day = accepted.date()
    return _next_business_day(day) if accepted.time() > _RECEIVED_UNTIL else day


def _next_business_day(day: date) -> date:
    day += _ONE_DAY
    while not is_business_day(day):
        day += _ONE_DAY
    return day


def _has_deadline(traded: date, code: str | None, side: AcquiredDisposed | None, subject_since: date | None) -> bool:
    """Return whether a trade that belongs on Form 4 had to be reported within two business days.

    A gift without a side may have been received, and received gifts need not be reported on Form 4.
    """
    if code in _WITHOUT_DEADLINE:
        return False
    if code == "G" and (side != "D" or traded < GIFTS_DUE_SINCE):
        return False
    return subject_since is None or traded >= subject_since


def _days_late(traded: date, deemed: date | None, received: date, *, under_notice: bool) -> int | None:
    """Return how late a trade with a deadline is; None if undetermined, or if another rule was in force."""
    if deemed is not None and deemed < traded:
        deemed = None
    start = deemed or traded
    if start < TWO_DAYS_SINCE or received - start > _LONGEST:
        return None
    days = business_days(start, received)
    if under_notice and deemed is None and BUSINESS_DAYS_ALLOWED < days <= _LAST_DAY_OF_NOTICE:
        return None
    return max(0, days - BUSINESS_DAYS_ALLOWED)
