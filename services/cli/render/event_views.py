"""Prints events as tables, JSON lines or CSV."""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Generic, TypeVar

from msgspec import Struct

from contracts.codec import encode
from contracts.structs import HoldingChanged, Position, PositionsUpdated, TransactionsReported
from services.cli.options.choices import AlertFormat, Format
from services.cli.render.alert_rows import alert_cells, alert_lines, position_name
from services.cli.render.csv_columns import LINE_COLUMNS, POSITION_COLUMNS
from services.cli.render.positions_view import (
    position_cells,
    position_lines,
    positions_heading,
    positions_order,
)
from services.cli.render.reported_lines import (
    ReportedLine,
    cited,
    report_heading,
    reported_cells,
    reported_json,
    reported_lines,
)
from services.cli.render.screen import Screen
from services.cli.render.sentence_list import SentenceList
from services.cli.render.tables import Column, GrowingTable, kind_style
from services.section16.alert_csv import ALERT_CSV_COLUMNS, alert_csv_rows, json_cell
from services.section16.safe_text import escaped, spreadsheet_cell

E = TypeVar("E", bound=Struct)

_MAX_NAMES: Final = 20_000  # positions that alerts may refer to; a command that follows runs for months


@dataclass(frozen=True)
class View(Generic[E]):
    """A kind of event as a person reads it (rows under `columns`, or lines), as JSON lines, and as rows of CSV.

    `heading` is a line above the rows of an event; without one they stand alone. Events of one `group` follow one
    another and are printed together, once `prepare` has seen all of them.
    """

    columns: Sequence[Column]
    rows: Callable[[E], Iterable[Sequence[str]]]
    lines: Callable[[E], Sequence[str]]
    csv_columns: Sequence[str]
    csv_rows: Callable[[E], Iterable[Sequence[object]]]
    json: Callable[[E], Iterable[bytes]] = lambda event: [encode(event)]
    style: Callable[[E], str] = lambda _: ""
    heading: Callable[[E], str] | None = None
    group: Callable[[E], object] | None = None
    prepare: Callable[[Sequence[E]], None] = lambda _: None


def alerts_view() -> View[HoldingChanged]:
    """Return the view of alerts. It remembers the positions they mention: one alert may name that of another."""
    names: dict[str, str] = {}

    def prepare(alerts: Sequence[HoldingChanged]) -> None:
        names.update((alert.position.position_id, position_name(alert)) for alert in alerts)
        while len(names) > _MAX_NAMES:
            del names[next(iter(names))]

    return View(
        columns=(
            Column("Date", 10),
            Column("Who", share=4),
            Column("Trade", share=6),
            Column("Security", share=5),
            Column("Holding", share=5),
            Column("Notes", share=8),
        ),
        rows=lambda alert: [alert_cells(alert, names)],
        lines=lambda alert: alert_lines(alert, names),
        csv_columns=ALERT_CSV_COLUMNS,
        csv_rows=alert_csv_rows,
        style=lambda alert: kind_style(alert.kind),
        group=lambda alert: (alert.filing.filing_id, alert.owner.key),
        prepare=prepare,
    )


def alert_printer(
    form: AlertFormat, screen: Screen | None = None, *, prompt: bool = False
) -> "Printer[HoldingChanged] | SentenceList":
    """Return the printer of alerts in a format: as sentences, one per filing, or alert by alert."""
    if form is AlertFormat.TEXT:
        return SentenceList(screen)
    return Printer(alerts_view(), Format(form.value), screen, prompt=prompt)


def positions_view(wanted: Callable[[PositionsUpdated], list[Position]], today: date) -> View[PositionsUpdated]:
    """Return the view of those positions of an update that are wanted, in order, under owner and issuer."""

    def entries(update: PositionsUpdated) -> list[Position]:
        return positions_order(wanted(update))

    return View(
        columns=(
            Column("Security", share=5),
            Column("Held", share=3),
            Column("Amount", 14, right=True),
            Column("As of", 10),
            Column("Filing", 20),
            Column("Note", share=4),
        ),
        rows=lambda update: [position_cells(each, today) for each in entries(update)],
        lines=lambda update: position_lines(update, entries(update), today),
        csv_columns=tuple(POSITION_COLUMNS),
        csv_rows=lambda update: [
            [value(update, each, today) for value in POSITION_COLUMNS.values()] for each in entries(update)
        ],
        heading=lambda update: positions_heading(update, today),
    )


def reports_view(wanted: Callable[[TransactionsReported], list[ReportedLine]]) -> View[TransactionsReported]:
    """Return the view of those lines of a report that are wanted, under filing, issuer and owner."""
    return View(
        columns=(
            Column("Date", 10),
            Column("Trade", share=5),
            Column("Security", share=5),
            Column("Held", share=3),
            Column("Holds after", 14, right=True),
            Column("Footnotes", share=6),
        ),
        rows=lambda report: [reported_cells(report, line) for line in wanted(report)],
        lines=lambda report: reported_lines(report, wanted(report)),
        csv_columns=(*LINE_COLUMNS, "footnote_texts"),
        csv_rows=lambda report: [
            [*(value(report, line) for value in LINE_COLUMNS.values()), json_cell(cited(report, line))]
            for line in wanted(report)
        ],
        json=lambda report: reported_json(report, wanted(report)),
        heading=report_heading,
    )


class Printer(Generic[E]):
    """Prints events of one view in one format; `count` is how many. Events of a group wait for `flush` or the next.

    `headed` says that the columns' headings have been printed already. With `prompt`, what a program reads is sent on
    its way event by event.
    """

    def __init__(
        self, view: View[E], form: Format, screen: Screen | None = None, *, headed: bool = False, prompt: bool = False
    ) -> None:
        self.count = 0
        self._view = view
        self._form = form
        self._screen = screen or Screen()
        self._table = GrowingTable(self._screen, view.columns, headed=headed)
        self._csv = csv.writer(self._screen.output, lineterminator="\n")
        self._waiting: list[E] = []
        self._prompt = prompt and form is not Format.TABLE
        if form is Format.CSV and not headed:
            self._csv.writerow(view.csv_columns)

    def add(self, event: E, *, matches: bool = True) -> None:
        """Print one more event, or keep it until its group is complete; events that do not match are left out."""
        if not matches:
            return
        self.count += 1
        if self._form is Format.JSONL:
            for line in self._view.json(event):
                self._screen.output.write(escaped(line.decode()) + "\n")
        elif self._form is Format.CSV:
            self._csv.writerows([spreadsheet_cell(value) for value in row] for row in self._view.csv_rows(event))
        else:
            group = self._view.group
            if group is not None and self._waiting and group(self._waiting[0]) != group(event):
                self._print_waiting()
            self._waiting.append(event)
            if group is None:
                self._print_waiting()
        if self._prompt:
            self._screen.output.flush()

    def finish(self) -> None:
        """Print what waits: the last group is complete."""
        self.flush()

    def flush(self) -> None:
        """Print waiting events and flush the output."""
        self._print_waiting()
        self._screen.output.flush()

    def _print_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._view.prepare(waiting)
        for event in waiting:
            self._print(event)

    def _print(self, event: E) -> None:
        view, style = self._view, self._view.style(event)
        if self._table.has_columns:
            heading = view.heading(event) if view.heading else None
            self._table.add_rows(view.rows(event), style=style, heading=heading)
        else:
            self._table.add_lines(view.lines(event), style=style)
