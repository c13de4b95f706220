"""How late a line was reported: business days past the two that Section 16(a) allows."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from contracts.business_days import is_business_day
from contracts.transactions_reported import Filing, Transaction
from services.holdings.order import filed_day

BUSINESS_DAYS_ALLOWED: Final = 2
TWO_DAYS_SINCE: Final = date(2002, 8, 29)
"""Until then a Form 4 was due ten days after the month of the transaction."""

_DAYS_REMEMBERED: Final = 1_024
"""Days whose count is kept: the filings of a time speak of the same few."""

_ONE_DAY: Final = timedelta(days=1)


def days_late(lines: Iterable[Transaction], filing: Filing) -> int | None:
    """How late the latest of the lines is, in business days; 0 is on time.

    Counted to the day of filing, Eastern, from the line's deemed execution date where it has one (Rule 16a-3(g) lets
    the two days run from there), else from its transaction date. None where the day of filing is unknown, or no line
    had to be reported within two days: a line that belongs on Form 5, a small acquisition (code L, Rule 16a-6), one
    of before the rule, or one without a date.
    """
    filed = filed_day(filing)
    if filed is None:
        return None
    late = [
        business_days(_due(executed), filed)
        for line in lines
        if (executed := _executed(line)) is not None and executed >= TWO_DAYS_SINCE and not _is_exempt(line, filing)
    ]
    return max(late, default=None)


@lru_cache(maxsize=_DAYS_REMEMBERED)
def business_days(after: date, until: date) -> int:
    """The business days later than `after`, up to and with `until`; 0 where that is no later day."""
    count, day = 0, after
    while day < until:
        day += _ONE_DAY
        count += is_business_day(day)
    return count


def _executed(line: Transaction) -> date | None:
    if line.transaction_date is None or line.deemed_execution_date is None:
        return line.transaction_date
    return max(line.transaction_date, line.deemed_execution_date)


@lru_cache(maxsize=_DAYS_REMEMBERED)
def _due(executed: date) -> date:
    day, left = executed, BUSINESS_DAYS_ALLOWED
    while left:
        day += _ONE_DAY
        left -= is_business_day(day)
    return day


def _is_exempt(line: Transaction, filing: Filing) -> bool:
    """Whether the line may wait for Form 5. One on a Form 5 that says it belongs on Form 4 should not have waited."""
    form = line.form_type or filing.form_type[0]
    return form == "5" or line.code == "L"
