"""How events are printed: as a table, as JSON lines or as CSV."""

import csv
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from rich.console import Console

from contracts.base import Contract
from contracts.codec import encode
from contracts.holding_changed import HoldingChanged
from contracts.positions_updated import PositionsUpdated
from services.cli.columns import ALERT_COLUMNS, POSITION_COLUMNS
from services.cli.tables import GrowingTable, kind_style, new_console
from services.cli.wording import ALERT_HEADINGS, POSITION_HEADINGS, alert_cells, held_positions, position_cells

E = TypeVar("E", bound=Contract)


class Format(StrEnum):
    """What output looks like."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


@dataclass(frozen=True)
class View(Generic[E]):
    """A kind of event as rows: of a table (`ratios` are the widths of its columns) and of CSV."""

    headings: Sequence[str]
    ratios: Sequence[int]
    cells: Callable[[E], Iterable[Sequence[str]]]
    columns: Sequence[str]
    values: Callable[[E], Iterable[Sequence[object]]]
    style: Callable[[E], str] = lambda _: ""


ALERTS_VIEW = View[HoldingChanged](
    headings=ALERT_HEADINGS,
    ratios=(10, 22, 30, 11, 8, 11, 16, 40),
    cells=lambda alert: [alert_cells(alert)],
    columns=tuple(ALERT_COLUMNS),
    values=lambda alert: [[value(alert) for value in ALERT_COLUMNS.values()]],
    style=lambda alert: kind_style(alert.kind),
)


def positions_view(*, closed: bool) -> View[PositionsUpdated]:
    """The view of positions; those that have come to nothing only where `closed`."""
    return View(
        headings=POSITION_HEADINGS,
        ratios=(22, 26, 34, 22, 14, 10, 20),
        cells=lambda update: [position_cells(update, each) for each in held_positions(update, closed=closed)],
        columns=tuple(POSITION_COLUMNS),
        values=lambda update: [
            [value(update, each) for value in POSITION_COLUMNS.values()]
            for each in held_positions(update, closed=closed)
        ],
    )


class Printer(Generic[E]):
    """Prints events of one view in one format, each as it is added."""

    def __init__(self, view: View[E], form: Format, console: Console | None = None) -> None:
        self._view = view
        self._form = form
        self._table = GrowingTable(console or new_console(), view.headings, view.ratios)
        self._csv = csv.writer(sys.stdout)
        if form is Format.CSV:
            self._csv.writerow(view.columns)

    def add(self, event: E) -> None:
        """Print one more."""
        if self._form is Format.JSONL:
            print(encode(event).decode(), flush=True)  # noqa: T201 - the output that was asked for
        elif self._form is Format.CSV:
            self._csv.writerows(self._view.values(event))
            sys.stdout.flush()
        else:
            for cells in self._view.cells(event):
                self._table.add(cells, style=self._view.style(event))
