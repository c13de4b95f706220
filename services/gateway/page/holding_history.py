"""The reports of one holding as points of a chart, as filed or adjusted for splits. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from contracts.structs import HoldingChanged
from services.gateway.amounts import number
from services.gateway.page import figures
from services.gateway.page.reconciliation import is_reconciled
from services.gateway.page.tape_view import day_of

_WORDS: Final = {"P": "bought", "S": "sold"}
_MARKETS: Final = frozenset({"P", "S"})


@dataclass(frozen=True, slots=True)
class Point:
    """A report: what is held after it, and what of the change its lines account for.

    `mark` is `buy` or `sell` for purchases and sales, else `other`; it is hollow if the report has other codes too.
    `split` is the ratio if the report follows a split: 5 for five new shares for one.
    """

    day: date
    after: Decimal
    reported_change: Decimal
    mark: str
    hollow: bool
    title: str
    reconciles: bool
    split: Decimal | None = None

    @property
    def start(self) -> Decimal:
        """The holding before the report's lines, according to the report."""
        return self.after - self.reported_change


def points_of(alerts: Iterable[HoldingChanged]) -> tuple[Point, ...]:
    """Return the points of the alerts that have an amount and a date, in order of their dates.

    Alerts are given in the ledger's order, which is kept within a day.
    """
    points = [point for alert in alerts if (point := _point(alert)) is not None]
    return tuple(sorted(points, key=lambda point: point.day))


def adjusted(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return the points with all amounts in today's shares: amounts before a split are multiplied by its ratio."""
    factor = Decimal(1)
    found: list[Point] = []
    for point in reversed(points):
        found.append(replace(point, after=point.after * factor, reported_change=point.reported_change * factor))
        factor *= point.split or 1
    return tuple(reversed(found))


def ratio_words(ratio: Decimal) -> str:
    """Return a split's ratio.

    >>> ratio_words(Decimal(5)), ratio_words(Decimal("0.1"))
    ('5:1', '1:10')
    """
    return f"{ratio:f}:1" if ratio >= 1 else f"1:{(1 / ratio).quantize(Decimal(1)):f}"


def reconciled(points: Sequence[Point]) -> tuple[int, int]:
    """Return how many reports reconcile with the one before, of how many that follow one."""
    following = points[1:]
    return sum(point.reconciles for point in following), len(following)


def _point(alert: HoldingChanged) -> Point | None:
    after = number(alert.after)
    dates = [trade.last_date for trade in alert.trades if trade.last_date is not None]
    day = max(dates, default=None) or alert.filing.period_of_report or day_of(alert.filing)
    if after is None or day is None:
        return None
    codes = {trade.code or "" for trade in alert.trades}
    mark = "buy" if "P" in codes and "S" not in codes else "sell" if "S" in codes else "other"
    if alert.position.table == "derivative":
        mark = "other"
    open_change = number(alert.unexplained_change)
    return Point(
        day=day,
        after=after,
        reported_change=number(alert.reported_change) or Decimal(),
        mark=mark,
        hollow=mark != "other" and bool(codes - _MARKETS),
        title=_title(alert, day, after),
        reconciles=is_reconciled(alert),
        split=_split(alert, open_change),
    )


def _split(alert: HoldingChanged, change: Decimal | None) -> Decimal | None:
    """Return the whole ratio of a split, or one over it if shares were combined."""
    held = number(alert.ledger_before)
    if alert.explanation != "split" or not held or not change or held + change <= 0:
        return None
    ratio = (held + change) / held
    if ratio >= 1:
        halves = (ratio * 2).quantize(Decimal(1)) / 2  # 3:2 is the only usual ratio that is not whole
        return halves if halves > 1 else None
    return 1 / (1 / ratio).quantize(Decimal(1))


def _title(alert: HoldingChanged, day: date, after: Decimal) -> str:
    changes = [
        f"{_WORDS.get(trade.code or '', f'code {trade.code}')} {figures.amount(number(trade.shares))}"
        for trade in alert.trades
        if trade.shares is not None
    ]
    return f"{figures.day(day)}: {', '.join([*changes, f'holds {figures.amount(after)}'])}"
