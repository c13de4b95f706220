"""The order of an owner's filings.

The order does not depend on how filings arrive. A filing's day is that of its acceptance, else of its filing, of its
latest signature, or its period. Parts of one day ("first of five Form 4s") are put in an order in which their amounts
continue, else by acceptance time, accession number and file name.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from contracts.structs import Filing
from services.holdings.filed_report import FiledReport
from services.section16.edgar_calendar import eastern_day
from services.section16.vocabulary import SIGNED_BEFORE_PERIOD

_SIGNED_LATE: Final = timedelta(days=3_653)
"""A signature date more than ten years after the period is mistyped."""


def day_in_order(filing: Filing) -> date | None:
    """Return the day of acceptance, else of filing, else of the latest signature, else the period; None if none."""
    if filing.accepted_at is not None:
        return eastern_day(filing.accepted_at)
    if filing.filed_on is not None:
        return filing.filed_on
    period = filing.period_of_report
    signed = (day for signature in filing.signatures if (day := _parse_date(signature.date)) is not None)
    trusted = (day for day in signed if period is None or period - SIGNED_BEFORE_PERIOD <= day <= period + _SIGNED_LATE)
    return max(trusted, default=period)


def _parse_date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def sort_filings(filings: Iterable[FiledReport]) -> list[FiledReport]:
    """Sort filings into their order."""
    ordered = sorted(filings, key=lambda filing: filing.key)
    result: list[FiledReport] = []
    start = 0
    for index in range(1, len(ordered) + 1):
        if index == len(ordered) or ordered[index].day != ordered[start].day:
            result += _sort_by_amounts(ordered[start:index]) if index - start > 1 else ordered[start:index]
            start = index
    return result


_PARTS_COMPARED: Final = 24
"""Filings of one owner on one day that are compared pairwise; more are ordered by accession number."""


def comes_last(filing: FiledReport, filings: Sequence[FiledReport]) -> bool:
    """Return whether a filing comes after all the others and does not change their order."""
    if not filings or (filing.day or date.min) > (filings[-1].day or date.min):
        return True
    if filing.day != filings[-1].day:
        return False
    start = len(filings)
    while start and filings[start - 1].day == filing.day:
        start -= 1
    return sort_filings([*filings[start:], filing]) == [*filings[start:], filing]


def _sort_by_amounts(parts: Sequence[FiledReport]) -> list[FiledReport]:
    """Sort a day's filings so that amounts continue.

    Topological sort of "starts where another ends": O(n²) for n parts. Ties and cycles are resolved by sort key.
    Example: a part from 90 to 70 comes after one from 100 to 90.
    """
    if len(parts) > _PARTS_COMPARED:
        return list(parts)
    ends = [_ends(part) for part in parts]
    follows = [
        {other for other in range(len(parts)) if other != index and _leads(ends[other], ends[index])}
        for index in range(len(parts))
    ]
    left = list(range(len(parts)))
    placed: list[int] = []
    while left:
        ready = next((index for index in left if not follows[index] & set(left)), left[0])
        left.remove(ready)
        placed.append(ready)
    return [parts[index] for index in placed]


_Ends = tuple[set[object], set[object]]


def _ends(part: FiledReport) -> _Ends:
    """Return the amounts at which a part's trades start and end, by security and holder; empty for amendments."""
    if part.is_amendment:
        return set(), set()
    chains = [chain for chain in part.chains if chain.trades and chain.before != chain.after]
    begins: set[object] = {(chain.security.family, chain.holder.key, chain.before) for chain in chains if chain.before}
    leaves: set[object] = {(chain.security.family, chain.holder.key, chain.after) for chain in chains if chain.after}
    return begins - leaves, leaves - begins


def _leads(one: _Ends, other: _Ends) -> bool:
    """Return whether the other starts where the one ends, and not vice versa."""
    return bool(one[1] & other[0]) and not other[1] & one[0]
