"""`insidertape backfill`: past filings from EDGAR at the permitted request rate, with a progress bar."""

import asyncio
from contextlib import AsyncExitStack
from datetime import date
from typing import Final, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from contracts.enumerations import FormType
from services.cli.application.exit_codes import FOUND, INTERRUPTED
from services.cli.render.screen import new_console
from services.cli.render.wording import plural
from services.cli.wiring.sources import edgar_client, edgar_settings
from services.cli.wiring.storage import Storage, open_engine
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.clock import SystemClock
from services.runtime.metrics import metrics_served
from services.runtime.pipeline import run_pipeline
from services.runtime.settings import MetricsSettings, load
from services.section16.vocabulary import FORM_TYPES
from services.watcher.edgar.backfill import edgar_backfill
from services.watcher.edgar.backfill_plan import FIRST_DAY, Plan
from services.watcher.edgar.backfill_state import LABEL

_FORMS: Final[dict[str, FormType]] = {form: form for form in FORM_TYPES}
_SPEED_OVER_SECONDS: Final = 300.0


def parse_forms(text: str) -> frozenset[FormType]:
    """Parse a list of forms such as `4,4/A`."""
    named = [word.strip().upper() for word in text.split(",")]
    if unknown := [word for word in named if word not in _FORMS]:
        raise typer.BadParameter(f"{unknown[0]!r} is not a form; use {', '.join(FORM_TYPES)}")
    return frozenset(_FORMS[word] for word in named)


def make_plan(first: date, last: date, forms: str, *, archives: bool) -> Plan:
    """Return the plan for the options."""
    if last < first:
        raise typer.BadParameter(f"{last} is before {first}", param_hint="--to")
    if first < FIRST_DAY:
        raise typer.BadParameter(f"EDGAR's indexes begin on {FIRST_DAY}", param_hint="--from")
    return Plan(first, last, parse_forms(forms), archives=archives)


class _FilingsPerSecond(ProgressColumn):
    """The average number of filings per second since the start."""

    def render(self, task: Task) -> Text:
        """Return the rate, or an empty text at the start."""
        seconds = task.elapsed or 0
        return Text(f"{task.fields['filings'] / seconds:,.1f}/s" if seconds else "")


class BackfillBar:
    """Shows a backfill's progress on a terminal, and keeps count of it anywhere. See `Progress` of the feed."""

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


async def run_backfill(
    plan: Plan, storage: Storage, contact: str | None, stop: asyncio.Event, *, per_second: int
) -> None:
    """Publish the filings of the plan; without a broker, also parse them and update positions.

    Raises:
        Misconfigured: the contact is missing, or EDGAR has no index for a day that must have one.
        Exit: it was stopped early, or EDGAR did not deliver all filings.
    """
    console = new_console()
    async with AsyncExitStack() as opened:
        instruments = opened.enter_context(metrics_served(load(MetricsSettings), engine=storage.engine_name))
        own = instruments.service(LABEL)
        client = await opened.enter_async_context(
            edgar_client(edgar_settings(contact), per_second=per_second, instruments=own)
        )
        engine = await opened.enter_async_context(open_engine(storage, instruments=instruments, stop=stop))
        with BackfillBar(console) as bar:
            feed = edgar_backfill(client, SystemClock(), plan, bar, instruments)
            services = [] if storage.kafka is not None else [parser_service(), holdings_service()]
            await run_pipeline(engine, [feed], services, stop, once=True)
    cut_short = stop.is_set()
    console.print(Text(farewell(bar, storage, cut_short=cut_short)), soft_wrap=True)
    if cut_short or bar.left:
        raise typer.Exit(INTERRUPTED if cut_short else FOUND)


def farewell(bar: BackfillBar, storage: Storage, *, cut_short: bool) -> str:
    """Return the summary of a backfill: counts, what is left and why, and the data directory."""
    summary = [f"{bar}."]
    if cut_short:
        summary.append("Stopped early; the same command continues from here.")
    if bar.left:
        summary.append(
            f"EDGAR did not deliver {plural(bar.left, 'filing')}; run the same command again to fetch the rest."
        )
    summary += [f"Ended early: {note}." for note in bar.notes]
    return "\n".join([*summary, f"Data: {storage}"])
