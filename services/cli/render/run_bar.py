"""The progress bar of a run: share of files done, rate, and time left."""

import time
from collections.abc import Callable
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from services.section16.wording import plural

_WIDE: Final = 110
_REFRESHES_PER_SECOND: Final = 4  # drawing takes rich some milliseconds


class RunBar:
    """Shows how far a run is. It counts up until it knows how many files there are, and then draws a bar.

    Rate and time left are of the whole run so far: filings per second, and how long the rest takes at that rate.
    """

    def __init__(
        self, console: Console, *, hidden: bool = False, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._expected = 0
        self._counts = (0, 0, 0)
        self._began = monotonic()
        wide = console.width >= _WIDE
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=30 if wide else 10),
            TaskProgressColumn(),
            TextColumn("{task.description}", markup=False),
            *([TimeElapsedColumn()] if wide else []),
            console=console,
            transient=True,
            disable=hidden,
            refresh_per_second=_REFRESHES_PER_SECOND,
        )
        self._task = self._progress.add_task("looking for filings", total=None)

    def start(self) -> None:
        """Show the bar."""
        self._progress.start()

    def stop(self) -> None:
        """Remove the bar."""
        self._progress.stop()

    def expect(self, files: int) -> None:
        """Set the number of files to process; may be called again, from any thread."""
        if not self._expected:
            self._began = self._monotonic()
        self._expected = files
        self.update(*self._counts)
        self._progress.refresh()

    def update(self, done: int, alerts: int, dead_letters: int) -> None:
        """Show the counts so far."""
        self._counts = (done, alerts, dead_letters)
        total = max(self._expected, done) if self._expected else None
        self._progress.update(
            self._task,
            total=total,
            completed=done,
            description=words(done, total, alerts, dead_letters, self._monotonic() - self._began),
        )


def words(done: int, total: int | None, alerts: int, dead_letters: int, seconds: float) -> str:
    """Return the rate, the time left and the counts, as in `570/s, 0:01 left, 450 of 1,000 filings, 1,210 alerts`."""
    rate = done / seconds if done and seconds > 0 else 0.0
    parts = [f"{rate:,.0f}/s"]
    if total is None:
        parts.append(plural(done, "filing"))
    else:
        left = _clock((total - done) / rate) if rate else "-:--"
        parts += [f"{left} left", f"{done:,} of {plural(total, 'filing')}"]
    return ", ".join([*parts, plural(alerts, "alert"), *([f"{dead_letters:,} dead"] if dead_letters else [])])


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
