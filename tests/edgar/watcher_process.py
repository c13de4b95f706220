"""A watcher of EDGAR in simulated time, in this process or in a separate one that can be killed.

`python -m tests.edgar.watcher_process ORIGIN DIRECTORY BEGINS ENDS` watches from one simulated time to another, with
its log in the directory.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from contracts.topics import FILINGS
from services.runtime.embedded.embedded_engine import EmbeddedEngine
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.logging import configure_logging
from services.runtime.port import Output, Record, Source, WriteResult
from services.runtime.settings import LogSettings
from services.watcher.edgar.budget import LIVE_PER_SECOND
from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.limiter import RequestLimiter
from services.watcher.edgar_service import edgar_watcher
from tests.edgar.hooks import simulated_time
from tests.edgar.outcome import COMMITTED
from tests.edgar.simulated_clock import SimulatedClock, run_simulated

CONTACT = "insidertape tests@example.com"


class NotedSource:
    """A source that notes when each of its filings was committed."""

    def __init__(self, source: Source, clock: SimulatedClock, directory: Path) -> None:
        self._source = source
        self._clock = clock
        self._notes = directory / COMMITTED
        self._in_hand: list[str] = []

    def restore(self, record: Record) -> None:
        """See `Source.restore`."""
        self._source.restore(record)

    async def next_batch(self) -> Sequence[Output] | None:
        """See `Source.next_batch`."""
        outputs = await self._source.next_batch()
        self._in_hand = [(output.key or b"").decode() for output in outputs or () if output.topic is FILINGS]
        return outputs

    def committed(self, placed: Sequence[WriteResult]) -> None:
        """See `Source.committed`."""
        self._source.committed(placed)
        with self._notes.open("a") as notes:
            notes.write(json.dumps([self._clock.now().isoformat(), self._in_hand]) + "\n")


async def watch(
    origin: str,
    directory: Path,
    clock: SimulatedClock,
    ends: datetime,
    *,
    follow: bool = True,
    poll_interval: float = 10.0,
    silence: float = 30.0,
) -> None:
    """Watch until a simulated time; without `follow`, poll EDGAR once.

    `silence` is the real seconds without data after which a request has failed.
    """
    engine, stop = EmbeddedEngine(EmbeddedLog(directory)), asyncio.Event()
    traces, limiter = [simulated_time(clock)], RequestLimiter(clock, LIVE_PER_SECOND)
    async with EdgarClient(origin, CONTACT, clock, limiter, timeout=silence, traces=traces) as client:
        service = edgar_watcher(client, clock, follow=follow, poll_interval=poll_interval)
        noted = replace(service, source=lambda: NotedSource(service.source(), clock, directory))
        ending = asyncio.create_task(_end(clock, ends, stop))
        try:
            await engine.run_source(noted, stop)
        finally:
            ending.cancel()
            await engine.close()


async def _end(clock: SimulatedClock, ends: datetime, stop: asyncio.Event) -> None:
    await clock.sleep((ends - clock.now()).total_seconds())
    stop.set()


def main(origin: str, directory: str, begins: str, ends: str) -> None:
    """Watch in this process, logging only warnings: there are half a million cycles."""
    configure_logging(LogSettings(level="warning", format="json"))
    clock = SimulatedClock(datetime.fromisoformat(begins))
    run_simulated(clock, watch(origin, Path(directory), clock, datetime.fromisoformat(ends)))


if __name__ == "__main__":
    main(*sys.argv[1:])
