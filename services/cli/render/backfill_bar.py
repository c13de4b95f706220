"""The progress bar of a backfill, and its summary."""

from datetime import date
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from services.section16.wording import plural

_SPEED_OVER_SECONDS: Final = 300.0


class _FilingsPerSecond(ProgressColumn):
    """The average number of filings per second since the start."""

    def render(self, task: Task) -> Text:
        """Return the rate, or an empty text at the start."""
        seconds = task.elapsed or 0
        return Text(f"{task.fields['filings'] / seconds:,.1f}/s" if seconds else "")


class BackfillBar:
    """Shows a backfill's progress on a terminal, and keeps count of it anywhere. See `BackfillProgress`."""

    def __init__(self, console: Console) -> None:
        self.filings = 0
        self.dead = 0
        self.left = 0
        self.notes: list[str] = []
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[published]}"),
            _FilingsPerSecond(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
            speed_estimate_period=_SPEED_OVER_SECONDS,
        )
        self._task = self._bar.add_task("reading the index", total=None, filings=0, published="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begin(self, days: int, note: str | None) -> None:
        """See `BackfillProgress.begin`; a source that is reopened starts over."""
        self._bar.update(self._task, total=days, completed=0)
        if note is not None:
            self._note(note)

    def reach(self, day: date, days: float) -> None:
        """See `BackfillProgress.reach`."""
        self._bar.update(self._task, completed=days, description=str(day))

    def publish(self, filings: int, dead: int) -> None:
        """See `BackfillProgress.publish`."""
        self.filings += filings
        self.dead += dead
        self._bar.update(self._task, filings=self.filings, published=plural(self.filings, "filing"))

    def leave(self, filings: int) -> None:
        """See `BackfillProgress.leave`."""
        self.left = filings

    def end(self, note: str) -> None:
        """See `BackfillProgress.end`."""
        self._note(note)

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def __str__(self) -> str:
        dead = f" and {plural(self.dead, 'dead letter')}" if self.dead else ""
        return f"{plural(self.filings, 'filing')}{dead} published"


def backfill_summary(bar: BackfillBar, data: str, *, cut_short: bool) -> str:
    """Return the summary of a backfill: counts, what is left and why, and the data directory."""
    summary = [f"{bar}."]
    if cut_short:
        summary.append("Stopped early; the same command continues from here.")
    if bar.left:
        summary.append(
            f"EDGAR did not deliver {plural(bar.left, 'filing')}; run the same command again to fetch the rest."
        )
    summary += [f"Ended early: {note}." for note in bar.notes]
    return "\n".join([*summary, f"Data: {data}"])
