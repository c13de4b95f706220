"""What a person sees of a run while it lasts: each alert as it comes, and on a terminal a line that counts."""

from typing import Final, Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from contracts.codec import decode
from contracts.envelope import delivery_of, header_texts
from contracts.holding_changed import HoldingChanged
from contracts.topics import ALERTS, DEAD_LETTERS, TRANSACTIONS
from services.cli.tables import new_console
from services.cli.views import ALERTS_VIEW, Format, Printer
from services.runtime.port import Record

SHOWN_TOPICS: Final = (TRANSACTIONS, ALERTS, *DEAD_LETTERS)


class Counts:
    """How much has gone through: filings parsed, alerts, dead letters."""

    def __init__(self) -> None:
        self.filings = 0
        self.alerts = 0
        self.dead_letters = 0
        self._last_filing: dict[tuple[str, int], str] = {}

    def take(self, record: Record) -> None:
        """Count a record of `SHOWN_TOPICS`. The events of a joint filing follow one another, and are one filing."""
        if record.topic == ALERTS.name:
            self.alerts += 1
        elif record.topic == TRANSACTIONS.name:
            filing_id = header_texts(record.headers).get("ce_subject", "")
            place = (record.topic, record.partition)
            self.filings += filing_id != self._last_filing.get(place)
            self._last_filing[place] = filing_id
        else:
            self.dead_letters += 1

    @property
    def any(self) -> bool:
        """Whether anything has."""
        return bool(self.filings or self.alerts or self.dead_letters)

    def __str__(self) -> str:
        return (
            f"{plural(self.filings, 'filing')} parsed, {plural(self.alerts, 'alert')}, "
            f"{plural(self.dead_letters, 'dead letter')}"
        )


class Live:
    """Prints alerts and counts on `console`; where that is no terminal, standard error may be one to count on."""

    def __init__(self, console: Console) -> None:
        self.counts = Counts()
        self.place: dict[tuple[str, int], int] = {}
        self._printer = Printer(ALERTS_VIEW, Format.TABLE, console)
        counting = console if console.is_terminal else new_console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=counting,
            transient=True,
            disable=not counting.is_terminal,
        )
        self._task = self._progress.add_task("looking for filings")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def take(self, record: Record) -> None:
        """Show a record."""
        self.place[record.topic, record.partition] = record.offset + 1
        self.counts.take(record)
        if record.topic == ALERTS.name and delivery_of(record.headers) == "live":  # those of years gone by are no news
            self._printer.add(decode(record.value, HoldingChanged))
        self._progress.update(self._task, description=str(self.counts))


def plural(count: int, noun: str) -> str:
    """A count with its noun."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
