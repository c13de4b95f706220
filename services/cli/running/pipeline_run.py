"""`insidertape run`: watcher, parser and holdings in one process, with alerts shown as they arrive."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.text import Text

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured
from contracts.topics import ALERTS
from services.cli.application.exit_codes import INTERRUPTED
from services.cli.reading.event_listing import flushing
from services.cli.render.run_summary import farewell, welcome
from services.cli.render.screen import new_console
from services.cli.running.live_output import DisplayOptions, LiveOutput
from services.cli.running.run_counts import COUNTED_TOPICS
from services.cli.wiring.sources import opened_sources
from services.cli.wiring.storage import Storage, open_engine
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.engine import Engine
from services.runtime.instruments import Instruments
from services.runtime.pipeline import run_pipeline
from services.runtime.port import SourceService
from services.watcher.directory_service import directory_watcher

if TYPE_CHECKING:
    from services.cli.running.gateway_run import GatewayRun  # importing it takes longer than a run without it


async def run_all(  # noqa: PLR0913 - they are the options of a command
    sources: Sequence[Path],
    storage: Storage,
    stop: asyncio.Event,
    *,
    once: bool,
    edgar: bool = False,
    contact: str | None = None,
    shown: DisplayOptions = DisplayOptions(),  # noqa: B008 - it is immutable
    instruments: Instruments | None = None,
    gateway: "GatewayRun | None" = None,
) -> None:
    """Run the whole pipeline until `stop` is set, or with `once` until everything is processed; print a summary.

    With `edgar`, EDGAR's live filings are read too, and `contact` is sent with the requests. With a `gateway`, alerts
    are served too.

    Raises:
        Misconfigured: there is no source, a source is not a directory, or the contact for EDGAR is missing.
        Exit: with `once`, it was stopped before everything was processed.
    """
    _require_work(sources, storage, edgar=edgar)
    console = new_console(stderr=shown.is_for_programs)
    live = LiveOutput(shown)
    instruments = instruments or Instruments()
    directories = [_directories(sources, storage, live, instruments, once=once)] if sources else []
    services = [parser_service(), holdings_service()]
    async with (
        opened_sources(directories, edgar=edgar, contact=contact, follow=not once, instruments=instruments) as opened,
        open_engine(storage, instruments=instruments, stop=stop) as engine,
    ):
        with live:
            live.offsets.update(await engine.ends(COUNTED_TOPICS))
            if not (once or shown.quiet):
                _print(console, welcome(sources, storage, edgar=edgar, url=gateway.url if gateway else None))
            serving = asyncio.create_task(_serve(gateway, engine, stop, instruments))
            serving.add_done_callback(lambda _: stop.set() if gateway else None)
            showing = asyncio.create_task(_show(engine, live))
            if not once:  # when the reader has gone (`| head`), stop the services too
                showing.add_done_callback(lambda _: stop.set())
            try:
                await run_pipeline(engine, opened, services, stop, once=once)
                cut_short = once and stop.is_set()
            finally:
                showing.cancel()
                with suppress(asyncio.CancelledError):
                    await showing
                await serving
            async for record in engine.read(COUNTED_TOPICS, follow=False, after=live.offsets):
                live.take(record)
            live.finish()
        # On Kafka, end offsets also count transaction markers.
        so_far = None if storage.kafka is not None else sum((await engine.ends((ALERTS,))).values())
    summary = farewell(live.counts, so_far, sources, storage, width=console.width, cut_short=cut_short, edgar=edgar)
    _print(console, summary)
    if cut_short:
        raise typer.Exit(INTERRUPTED)


def _directories(
    sources: Sequence[Path], storage: Storage, live: LiveOutput, instruments: Instruments, *, once: bool
) -> SourceService:
    """Return the source of the directories; a single pass reports the number of files to the progress bar."""
    if once:
        return directory_watcher(
            sources, follow=False, ignored=[storage.directory], on_found=live.found, instruments=instruments
        )
    return directory_watcher(sources, follow=True, ignored=[storage.directory], instruments=instruments)


async def _show(engine: Engine, live: LiveOutput) -> None:
    """Show the records as they arrive until an error, such as a closed pipe, ends it."""

    async def take_all() -> None:
        async with aclosing(engine.read(COUNTED_TOPICS, follow=True, after=dict(live.offsets))) as records:
            async for record in records:
                live.take(record)

    await flushing(take_all(), live.flush)


async def _serve(gateway: "GatewayRun | None", engine: Engine, stop: asyncio.Event, instruments: Instruments) -> None:
    if gateway is not None:
        await gateway.run(stop, instruments=instruments, engine=engine)


def _require_work(sources: Sequence[Path], storage: Storage, *, edgar: bool) -> None:
    """Require a source or an existing log: without a source, a run still processes replayed dead letters.

    Raises:
        Misconfigured: there is nothing to do, or the data directory is also a source.
    """
    if not (sources or edgar or storage.has_data):
        raise Misconfigured(
            ErrorCode.NO_SOURCE,
            "there is nothing to process: give --edgar, or --source DIR with a directory of filings",
        )
    if storage.kafka is None and storage.directory in [source.expanduser().resolve() for source in sources]:
        raise Misconfigured(ErrorCode.DATA_IN_SOURCE, f"{storage.directory} cannot be both --source and --data")


def _print(console: Console, text: str) -> None:
    """Print text without markup or wrapping: paths may look like markup, and commands must stay on one line."""
    console.print(Text(text), soft_wrap=True)
