"""A watcher of the fake EDGAR without an engine: its log is in memory, and it can be stopped between any two steps."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime

from aiohttp import web

from contracts.topics import FILINGS, WATCHER_CURSOR
from services.runtime.port import Output, Record, WriteResult
from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.limiter import RequestLimiter
from services.watcher.edgar.source import EdgarSource
from tests.edgar.catalog import Catalog
from tests.edgar.fake_edgar import FakeEdgar, Fault, Respond
from tests.edgar.hooks import simulated_time
from tests.edgar.simulated_clock import SimulatedClock, run_simulated


class WatcherHarness:
    """A fake EDGAR and the log of its watcher. `cursor` is the compacted topic; a watcher can be opened repeatedly."""

    def __init__(self, catalog: Catalog, begins: datetime, *faults: Fault, poll_interval: float = 10.0) -> None:
        self._poll_interval = poll_interval
        self.clock = SimulatedClock(begins)
        self.fake_edgar = FakeEdgar(catalog, self.clock)
        self.fake_edgar.faults = [self._count, *faults]
        self.cursor: dict[bytes, bytes] = {}
        self.filings: list[tuple[str, str]] = []
        self.batches: list[int] = []
        self.dead_letters: list[Output] = []
        self._client: EdgarClient | None = None
        self._watching: asyncio.Future[None] | None = None
        self._requests_left: int | None = None

    @property
    def numbers(self) -> list[str]:
        """The published accession numbers, in order."""
        return [number for number, _ in self.filings]

    @property
    def waiting(self) -> list[str]:
        """The accession numbers that are pending according to the cursor."""
        return [key.decode()[6:] for key, value in self.cursor.items() if "seen_at" in json.loads(value)]

    def run(self, work: Callable[["WatcherHarness"], Awaitable[None]]) -> None:
        """Run the work in simulated time, with the fake EDGAR and a client of it."""

        async def main() -> None:
            async with AsyncExitStack() as opened:
                origin = await opened.enter_async_context(self.fake_edgar.running())
                traces = [simulated_time(self.clock)]
                client = EdgarClient(origin, "tests@example.com", self.clock, RequestLimiter(self.clock), traces=traces)
                self._client = await opened.enter_async_context(client)
                await work(self)

        run_simulated(self.clock, main())

    def opened(self, *, follow: bool = False) -> EdgarSource:
        """Return a source with the cursor restored."""
        assert self._client is not None
        feed = EdgarSource(self._client, self.clock, follow=follow, poll_interval=self._poll_interval)
        for offset, (key, value) in enumerate(self.cursor.items()):
            feed.restore(Record(WATCHER_CURSOR.name, 0, offset, key, value))
        return feed

    def commit(self, feed: EdgarSource, outputs: Sequence[Output]) -> None:
        """Write a whole batch, and notify the source."""
        before = len(self.filings)
        for output in outputs:
            if output.topic is FILINGS:
                assert output.value is not None
                self.filings.append(((output.key or b"").decode(), json.loads(output.value)["source"]))
            elif output.topic is not WATCHER_CURSOR:
                self.dead_letters.append(output)
            else:
                self.cursor.pop(output.key or b"", None)
                if output.value is not None:
                    self.cursor[output.key or b""] = output.value
        self.batches.append(len(self.filings) - before)
        feed.committed([WriteResult(0, offset) for offset, _ in enumerate(outputs)])

    async def look(self, *, killed_at: int | None = None) -> bool:
        """Run a single pass, or kill it at that request; return whether it completed.

        A killed watcher keeps nothing but what is committed.
        """
        self._requests_left = killed_at
        self._watching = asyncio.ensure_future(self._follow(self.opened()))
        try:
            await self._watching
        except asyncio.CancelledError:
            return False
        finally:
            self._requests_left = None
        return True

    async def watch(self, until: datetime) -> None:
        """Watch until a given time."""
        feed = self.opened(follow=True)
        watching = asyncio.ensure_future(self._follow(feed))
        await self.clock.sleep((until - self.clock.now()).total_seconds())
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    async def _follow(self, feed: EdgarSource) -> None:
        while (outputs := await feed.next_batch()) is not None:
            self.commit(feed, outputs)

    async def _count(self, _request: web.Request, _now: datetime, respond: Respond) -> web.StreamResponse:
        if self._requests_left is not None and self._watching is not None:
            self._requests_left -= 1
            if self._requests_left < 0:
                self._watching.cancel()
        return await respond()
