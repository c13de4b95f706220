"""How events are printed: for a person, as JSON lines or as CSV."""

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
from contracts.positions_updated import Position, PositionsUpdated
from services.cli.columns import ALERT_COLUMNS, POSITION_COLUMNS
from services.cli.ledger import ledger_heading, ledger_order, position_cells, position_lines
from services.cli.tables import Column, GrowingTable, kind_style, new_console
from services.cli.wording import alert_cells, alert_lines

E = TypeVar("E", bound=Contract)


class Format(StrEnum):
    """What output looks like."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


@dataclass(frozen=True)
class View(Generic[E]):
    """A kind of event as a person reads it (rows under `columns`, or lines), and as rows of CSV.

    `heading` is a line above the rows of an event; without one they stand alone.
    """

    columns: Sequence[Column]
    rows: Callable[[E], Iterable[Sequence[str]]]
    lines: Callable[[E], Sequence[str]]
    csv_columns: Sequence[str]
    csv_rows: Callable[[E], Iterable[Sequence[object]]]
    style: Callable[[E], str] = lambda _: ""
    heading: Callable[[E], str] | None = None


ALERTS_VIEW = View[HoldingChanged](
    columns=(
        Column("Date", 10),
        Column("Who", share=3),
        Column("What", share=4),
        Column("Change", 13, right=True),
        Column("Of holding", 10, right=True),
        Column("Now holds", 13, right=True),
        Column("Price", 15),
        Column("Why", share=5),
    ),
    rows=lambda alert: [alert_cells(alert)],
    lines=alert_lines,
    csv_columns=tuple(ALERT_COLUMNS),
    csv_rows=lambda alert: [[value(alert) for value in ALERT_COLUMNS.values()]],
    style=lambda alert: kind_style(alert.kind),
)


def positions_view(wanted: Callable[[PositionsUpdated], list[Position]]) -> View[PositionsUpdated]:
    """The view of those positions of an update that are wanted, in the order of a ledger."""

    def entries(update: PositionsUpdated) -> list[Position]:
        return ledger_order(wanted(update))

    return View(
        columns=(
            Column("Security", share=4),
            Column("Held", share=3),
            Column("Amount", 14, right=True),
            Column("As of", 10),
            Column("Filing", 20),
            Column("Note", share=2),
        ),
        rows=lambda update: [position_cells(update, each) for each in entries(update)],
        lines=lambda update: position_lines(update, entries(update)),
        csv_columns=tuple(POSITION_COLUMNS),
        csv_rows=lambda update: [
            [value(update, each) for value in POSITION_COLUMNS.values()] for each in entries(update)
        ],
        heading=ledger_heading,
    )


class Printer(Generic[E]):
    """Prints events of one view in one format, each as it is added; `count` is how many.

    `headed` says that the columns' headings have been printed already.
    """

    def __init__(self, view: View[E], form: Format, console: Console | None = None, *, headed: bool = False) -> None:
        self.count = 0
        self._view = view
        self._form = form
        self._table = GrowingTable(console or new_console(), view.columns, headed=headed)
        self._csv = csv.writer(sys.stdout, lineterminator="\n")
        if form is Format.CSV and not headed:
            self._csv.writerow(view.csv_columns)

    def add(self, event: E) -> None:
        """Print one more."""
        self.count += 1
        if self._form is Format.JSONL:
            sys.stdout.write(encode(event).decode() + "\n")
            sys.stdout.flush()
        elif self._form is Format.CSV:
            self._csv.writerows(self._view.csv_rows(event))
            sys.stdout.flush()
        else:
            view = self._view
            heading = view.heading(event) if view.heading else None
            self._table.add(view.rows(event), view.lines(event), style=view.style(event), heading=heading)
