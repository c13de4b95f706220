"""The effective dates of trades and amounts: the day that a filing's amounts refer to, and mistyped trade dates."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from services.holdings.chains import ChainStep
from services.holdings.filed_report import FiledReport


class TradeDay(NamedTuple):
    """The effective day of a trade. `contradicts` is true if the filed date contradicts the period or the filing."""

    day: date | None
    contradicts: bool = False


def trade_day(step: ChainStep, filing: FiledReport) -> TradeDay:
    """Return the effective day of a trade: its date or, if the year is mistyped, the period.

    A year is mistyped if the date is after the filing (2034 for 2024). It is also mistyped if the date is before the
    period and plausible in the period's year: 2024-01-08 in a filing of 2025-01-09 with the period 2025-01-08. Other
    dates before the period are common and correct, and are kept.
    """
    day, period = step.day, filing.period
    if day is None:
        return TradeDay(period)
    if (filing.day is None or day <= filing.day) and (period is None or day >= period):
        return TradeDay(day)
    if filing.day is not None and day > filing.day and period is not None and period <= filing.day:
        return TradeDay(period, contradicts=True)
    if period is not None and day < period and day.year != period.year:
        corrected = _in_year(day, period.year)
        if corrected is not None and period <= corrected <= (filing.day or corrected):
            return TradeDay(period, contradicts=True)
    return TradeDay(day)


def _in_year(day: date, year: int) -> date | None:
    try:
        return day.replace(year=year)
    except ValueError:
        return None


def effective_day(steps: Iterable[ChainStep], filing: FiledReport) -> date | None:
    """Return the day to which a chain's amounts refer.

    On Form 4 it is the day of the last trade or, for holdings alone, the day of filing. On other forms it is the
    period: a Form 5 reports the amounts at the end of the fiscal year.
    """
    if not filing.form_type.startswith("4"):
        return filing.period or filing.day
    first, last = filing.period or date.min, filing.day or date.max
    latest: date | None = None
    for step in steps:
        if not step.is_trade:
            continue
        day = step.day
        if day is None or not first <= day <= last:
            day = trade_day(step, filing).day
        if day is not None and (latest is None or day > latest):
            latest = day
    return latest or filing.day or filing.period
