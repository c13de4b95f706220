"""`insidertape run`: watcher, parser and holdings in one process, and the alerts as they come."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from contracts.codec import decode
from contracts.envelope import header_texts
from contracts.holding_changed import HoldingChanged
from contracts.topics import ALERTS, DEAD_LETTERS, TRANSACTIONS
from services.cli.place import data_directory, opened_engine
from services.cli.show import records_until
from services.cli.tables import new_console
from services.cli.views import ALERTS_VIEW, Format, Printer
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.engine import Engine
from services.runtime.pipeline import run_pipeline
from services.runtime.port import Record
from services.watcher.service import directory_watcher

_SHOWN_TOPICS = (TRANSACTIONS, ALERTS, *DEAD_LETTERS)


class Live:
    """What a person sees of a run: a row for each alert, and on a terminal a line that counts."""

    def __init__(self, console: Console) -> None:
        self._printer = Printer(ALERTS_VIEW, Format.TABLE, console)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("looking for filings")
        self._filings: set[str] = set()
        self._alerts = 0
        self._dead = 0
        self.place: dict[tuple[str, int], int] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    @property
    def counts(self) -> str:
        """How much has gone through, in words."""
        return (
            f"{_plural(len(self._filings), 'filing')} parsed, {_plural(self._alerts, 'alert')}, "
            f"{_plural(self._dead, 'dead letter')}"
        )

    @property
    def dead(self) -> int:
        """How many records went to the dead letters."""
        return self._dead

    def take(self, record: Record) -> None:
        """Show a record."""
        self.place[record.topic, record.partition] = record.offset + 1
        if record.topic == TRANSACTIONS.name:
            self._filings.add(header_texts(record.headers).get("ce_subject", ""))
        elif record.topic == ALERTS.name:
            self._alerts += 1
            self._printer.add(decode(record.value, HoldingChanged))
        else:
            self._dead += 1
        self._progress.update(self._task, description=self.counts)


async def run_all(
    sources: Sequence[Path], data: Path | None, kafka: str | None, stop: asyncio.Event, *, once: bool
) -> None:
    """Run the whole pipeline until `stop` is set, or with `once` until all is done; say what came of it."""
    console = new_console()
    feeds = [directory_watcher(sources, follow=not once, ignored=[data_directory(data)])] if sources else []
    services = [parser_service(), holdings_service()]
    async with opened_engine(data, kafka) as engine:
        with Live(console) as live:
            live.place.update(await engine.ends(_SHOWN_TOPICS))
            if not once:
                console.print(_welcome(sources, data, kafka), highlight=False)
            showing = asyncio.create_task(_show(engine, live, stop))
            try:
                await run_pipeline(engine, feeds, services, stop, once=once)
            finally:
                showing.cancel()
                with suppress(asyncio.CancelledError):
                    await showing
            async for record in engine.read(_SHOWN_TOPICS, follow=False, after=live.place):
                live.take(record)
    console.print(_farewell(live, data, kafka), highlight=False)


async def _show(engine: Engine, live: Live, stop: asyncio.Event) -> None:
    async for record in records_until(engine, _SHOWN_TOPICS, stop, follow=True, after=dict(live.place)):
        live.take(record)


def _welcome(sources: Sequence[Path], data: Path | None, kafka: str | None) -> str:
    watched = ", ".join(str(source) for source in sources) or "nothing (no --source)"
    return f"Watching {watched}; log in {_where(data, kafka)}. Ctrl-C ends it.\n"


def _farewell(live: Live, data: Path | None, kafka: str | None) -> str:
    place = f"--kafka {kafka}" if kafka else f"--data {data}" if data else ""
    commands = [
        ("positions", "the ledger as it stands"),
        ("alerts --kind decreased", "alerts again, filtered"),
        ("alerts --follow --format jsonl", "alerts as they come, for a program"),
        *([("dlq list", "what could not be read, and why")] if live.dead else []),
        ("run --source DIR", "keep watching a directory of filings"),
    ]
    lines = [(f"insidertape {command} {place}".rstrip(), meaning) for command, meaning in commands]
    width = max(len(line) for line, _ in lines)
    return "\n".join(
        [
            f"\n{live.counts}. Log: {_where(data, kafka)}",
            "Try next:",
            *(f"  {line:<{width}}  {meaning}" for line, meaning in lines),
        ]
    )


def _where(data: Path | None, kafka: str | None) -> str:
    return f"Kafka at {kafka}" if kafka else str(data_directory(data))


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
