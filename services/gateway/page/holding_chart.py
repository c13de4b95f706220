"""The chart of one of an owner's holdings, with its choices and its table. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

from markupsafe import Markup

from contracts.structs import HoldingChanged, Owner, Position, PositionsUpdated
from services.gateway.amounts import number
from services.gateway.page import figures
from services.gateway.page.figures import Amount
from services.gateway.page.holding_history import Point, points_of, reconciled
from services.gateway.page.reconciliation import holder_of, terms_of
from services.gateway.page.step_chart import NARROW, WIDE, step_chart
from services.gateway.page.tape_view import path_of
from services.section16.wording import plural, ticker

_MOST_ROWS: Final = 200
_LONGEST_CHOICE: Final = 120


@dataclass(frozen=True, slots=True)
class HoldingChoice:
    """A holding that the chart can show."""

    id: str
    words: str
    current: bool


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A report in the chart's table, as filed."""

    day: str
    words: str
    after: Amount | None
    reconciles: str


@dataclass(frozen=True)
class HoldingChart:
    """The chart of one holding with its choices and its table."""

    choices: tuple[HoldingChoice, ...]
    wide: Markup
    narrow: Markup
    reconciles: str
    rows: tuple[HistoryRow, ...]
    omitted: int
    as_filed: bool
    adjusted_link: str
    as_filed_link: str


def chart_of(
    updates: Sequence[PositionsUpdated],
    chosen: str | None,
    history: Sequence[HoldingChanged],
    owner: Owner,
    until: date,
    *,
    as_filed: bool,
) -> HoldingChart | None:
    """Return the chart of the chosen holding from its alerts; None if there is nothing to draw."""
    points = points_of(history)
    if not points:
        return None
    choices = tuple(_choices(updates, chosen))
    title = f"Shares held by {owner.name}: {next((each.words for each in choices if each.current), 'one holding')}"
    path = path_of("owners", owner.key)
    wide, narrow = (step_chart(points, title, size, until, as_filed=as_filed) for size in (WIDE, NARROW))
    return HoldingChart(
        choices=choices,
        wide=wide,
        narrow=narrow,
        reconciles=_reconciles(points),
        rows=tuple(_history_row(point) for point in reversed(points[-_MOST_ROWS:])),
        omitted=max(len(points) - _MOST_ROWS, 0),
        as_filed=as_filed,
        adjusted_link=f"{path}?{urlencode({'holding': chosen or ''})}",
        as_filed_link=f"{path}?{urlencode({'holding': chosen or '', 'as': 'filed'})}",
    )


def main_holding(updates: Iterable[PositionsUpdated]) -> str | None:
    """Return the holding that the chart shows first: of the newest issuer, the largest of its shares."""
    ordered = newest_first(updates)
    for update in ordered:
        shares = [position for position in update.positions if position.table == "non_derivative"]
        if largest := max(shares, key=lambda position: number(position.shares) or Decimal(), default=None):
            return largest.position_id
    return next((position.position_id for update in ordered for position in update.positions), None)


def newest_first(updates: Iterable[PositionsUpdated]) -> list[PositionsUpdated]:
    """Return an owner's books, that of the most recently reported issuer first."""
    return sorted(updates, key=lambda update: update.as_of or date.min, reverse=True)


def _choices(updates: Iterable[PositionsUpdated], chosen: str | None) -> Iterator[HoldingChoice]:
    for update in updates:
        for position in sorted(update.positions, key=_by_importance):
            named = " ".join(
                part for part in (ticker(update.issuer), position.security_title, terms_of(position)) if part
            )
            words = f"{named}, {holder_of(position.ownership, position.nature_of_ownership)}"
            yield HoldingChoice(position.position_id, words[:_LONGEST_CHOICE], position.position_id == chosen)


def _by_importance(position: Position) -> tuple[bool, bool]:
    return position.table != "non_derivative", not number(position.shares)


def _reconciles(points: Sequence[Point]) -> str:
    agree, following = reconciled(points)
    verb = "reconciles" if following == 1 else "reconcile"
    return f"{agree} of {plural(following, 'report')} {verb} with the one before." if following else ""


def _history_row(point: Point) -> HistoryRow:
    return HistoryRow(
        day=figures.day(point.day) or "",
        words=point.title.partition(": ")[2].rpartition(", holds")[0] or "no trade",
        after=figures.amount(point.after),
        reconciles="stock split" if point.split else "yes" if point.reconciles else "no",
    )
