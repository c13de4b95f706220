"""The order of an owner's filings, and the time that a filing's amounts are of.

The order is the same however filings arrive. Each is placed by its acceptance; for want of that, by the date of filing,
of the signature or of the period. Parts of one day ("first of five Form 4s") are put so that their amounts continue,
else by acceptance time, accession number and file name.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from contracts.transactions_reported import Filing
from services.holdings.chains import ChainStep
from services.holdings.filed_report import FiledReport
from services.section16.edgar_calendar import eastern_day
from services.section16.vocabulary import SIGNED_BEFORE_PERIOD

_SIGNED_LATE: Final = timedelta(days=3_653)
"""A day of signature more than ten years after the period is mistyped."""


def day_in_order(filing: Filing) -> date | None:
    """Return the day of acceptance, else of filing, else of the latest signature, else the period; None if no date."""
    if filing.accepted_at is not None:
        return eastern_day(filing.accepted_at)
    if filing.filed_on is not None:
        return filing.filed_on
    period = filing.period_of_report
    signed = (day for signature in filing.signatures if (day := _iso(signature.date)) is not None)
    trusted = (day for day in signed if period is None or period - SIGNED_BEFORE_PERIOD <= day <= period + _SIGNED_LATE)
    return max(trusted, default=period)


def _iso(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def in_order(filings: Iterable[FiledReport]) -> list[FiledReport]:
    """Return the filings in their order."""
    ordered = sorted(filings, key=lambda filing: filing.key)
    result: list[FiledReport] = []
    start = 0
    for place in range(1, len(ordered) + 1):
        if place == len(ordered) or ordered[place].day != ordered[start].day:
            result += _parts_in_order(ordered[start:place]) if place - start > 1 else ordered[start:place]
            start = place
    return result


_PARTS_COMPARED: Final = 24
"""Filings of one owner on one day whose amounts are compared, pair by pair; a day with more is in order of numbers."""


def comes_last(filing: FiledReport, filings: Sequence[FiledReport]) -> bool:
    """Return whether a filing comes after all those that are in order already, and leaves their order as it is."""
    if not filings or (filing.day or date.min) > (filings[-1].day or date.min):
        return True
    if filing.day != filings[-1].day:
        return False
    start = len(filings)
    while start and filings[start - 1].day == filing.day:
        start -= 1
    return in_order([*filings[start:], filing]) == [*filings[start:], filing]


def _parts_in_order(parts: Sequence[FiledReport]) -> list[FiledReport]:
    """Return a day's filings so that amounts continue (topological order; ties and circles by their keys)."""
    if len(parts) > _PARTS_COMPARED:
        return list(parts)
    ends = [_ends(part) for part in parts]
    follows = [
        {other for other in range(len(parts)) if other != place and _leads(ends[other], ends[place])}
        for place in range(len(parts))
    ]
    left = list(range(len(parts)))
    placed: list[int] = []
    while left:
        ready = next((place for place in left if not follows[place] & set(left)), left[0])
        left.remove(ready)
        placed.append(ready)
    return [parts[place] for place in placed]


_Ends = tuple[set[object], set[object]]


def _ends(part: FiledReport) -> _Ends:
    """Return the amounts that a part's trades begin from and end at, by security and holder; amendments have none."""
    if part.is_amendment:
        return set(), set()
    chains = [chain for chain in part.chains if chain.trades and chain.before != chain.after]
    begins: set[object] = {(chain.security.family, chain.holder.key, chain.before) for chain in chains if chain.before}
    leaves: set[object] = {(chain.security.family, chain.holder.key, chain.after) for chain in chains if chain.after}
    return begins - leaves, leaves - begins


def _leads(one: _Ends, other: _Ends) -> bool:
    """Return whether the other begins where the one ends, and not the other way round."""
    return bool(one[1] & other[0]) and not other[1] & one[0]


class TradeDay(NamedTuple):
    """The day that a trade counts for; `contradicts` if the filed date cannot be right beside period or filing."""

    day: date | None
    contradicts: bool = False


def trade_day(step: ChainStep, filing: FiledReport) -> TradeDay:
    """Return the day of a trade: its date or, if the year is mistyped, the period.

    A year is mistyped if the date is later than the filing (2034 for 2024), or if it is earlier than the period and
    plausible once it has the period's year (January 2024 on a filing of January 2025). Any other early date is kept.
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
    """Return the day that a chain's amounts are of.

    On Form 4 that is the last trade's day and, for holdings alone, the day of filing. On any other form it is the
    period: a Form 5 gives the amounts at the end of the fiscal year.
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
