"""The output of a run in progress: each alert as it arrives and, on a terminal, a progress bar below."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from rich.console import Console, ConsoleOptions
from rich.segment import Segment

from contracts.alert_filter import AlertFilter
from contracts.codec import decode
from contracts.envelope import delivery_of
from contracts.errors import InvalidEvent
from contracts.structs import HoldingChanged
from contracts.topics import ALERTS
from services.cli.options.choices import AlertFormat
from services.cli.reading.event_filter import EVERYTHING
from services.cli.reading.skipped_records import Skipped
from services.cli.render.event_views import alert_printer
from services.cli.render.run_bar import RunBar
from services.cli.render.screen import Screen, new_console
from services.cli.running.run_counts import Counts
from services.runtime.port import Record


@dataclass(frozen=True, slots=True)
class DisplayOptions:
    """The output of a run: matching alerts in a format, or only the summary if `quiet`."""

    form: AlertFormat = AlertFormat.TABLE
    wanted: AlertFilter = EVERYTHING
    quiet: bool = False

    @property
    def is_for_programs(self) -> bool:
        """Whether standard output is for a program, so that messages go to standard error."""
        return self.form is not AlertFormat.TABLE

    def takes(self, record: Record, alert: HoldingChanged) -> bool:
        """Return whether to show an alert. Alerts from a backfill are shown only on request."""
        delivery = delivery_of(record.headers)
        return delivery in (self.wanted.delivery or ("live",)) and self.wanted.matches(alert, delivery=delivery)


class LiveOutput:
    """Prints alerts, and shows counts on a progress bar if standard output or standard error is a terminal.

    Both are drawn at most ten times per second, to keep drawing cheap compared with processing.
    """

    def __init__(self, shown: DisplayOptions, console: Console | None = None) -> None:
        console = console or new_console()
        bar_console = console if console.is_terminal else new_console(stderr=True)
        output = _BufferAboveBar(bar_console) if bar_console is console else None
        screen = Screen(console.file, output=output, width=None if console.is_terminal else console.width)
        self.counts = Counts()
        self.offsets: dict[tuple[str, int], int] = {}
        self.printer = alert_printer(shown.form, screen)
        self._shown = shown
        self._skipped = Skipped()
        self._bar = RunBar(bar_console, hidden=shown.quiet or not bar_console.is_terminal)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()
        self._skipped.end()

    def found(self, files: int) -> None:
        """Set the number of files to process."""
        self._bar.expect(files)

    def take(self, record: Record) -> None:
        """Count a record, and queue it for display if it is a matching alert; `flush` prints it."""
        self.offsets[record.topic, record.partition] = record.offset + 1
        self.counts.take(record)
        if record.topic == ALERTS.name and not self._shown.quiet:
            try:
                alert = decode(record.value, HoldingChanged)
            except InvalidEvent as error:
                self._skipped.add(record, error.message)
                return
            self.printer.add(alert, matches=self._shown.takes(record, alert))

    def finish(self) -> None:
        """Print all alerts that are still queued, and update the bar."""
        self.flush()
        self.printer.finish()

    def flush(self) -> None:
        """Print the queued alerts and update the bar."""
        self._bar.update(self.counts.filings + self.counts.unparsed, self.counts.alerts, self.counts.dead_letters)
        self.printer.flush()


class _BufferAboveBar:
    """Buffers text for a terminal with a progress bar; `flush` prints it above the bar."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._kept: list[str] = []

    def write(self, text: str) -> None:
        self._kept.append(text)

    def flush(self) -> None:
        kept, self._kept = self._kept, []
        if kept:
            self._console.print(_PreparedText("".join(kept)), end="", soft_wrap=True)


@dataclass(frozen=True, slots=True)
class _PreparedText:
    """Text that is laid out and coloured already, so that rich does not process it again."""

    text: str

    def __rich_console__(self, _: Console, __: ConsoleOptions) -> Iterable[Segment]:
        yield Segment(self.text)
