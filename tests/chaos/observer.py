"""A read_committed reader that follows the topics during a run and remembers what it read, and when."""

import asyncio
import time
from collections import Counter, defaultdict
from contextlib import aclosing
from typing import Final

from contracts.errors import StorageFailed, TransientError
from contracts.topics import ALERTS, FILINGS
from services.runtime.engine import FROM_BEGINNING, Offsets
from services.runtime.port import Record
from tests.chaos.deployments import Deployment
from tests.chaos.observed_records import WATCHED, Sighting, is_poison, sighting

_RETRY_SECONDS: Final = 0.2


class Observer:
    """Follows all watched topics through every outage.

    Alerts below the `copied` offsets do not count as progress.

    Attributes:
        seen: what was read, by topic and partition.
        counts: how many records were read, by topic.
        filings: the keys of the published filings.
        longest_silence: the longest wait for an alert in any one partition, outages included.
    """

    def __init__(self, deployment: Deployment, *, copied: Offsets = FROM_BEGINNING) -> None:
        self.seen: dict[tuple[str, int], list[Sighting]] = defaultdict(list)
        self.counts: Counter[str] = Counter()
        self.filings: set[bytes] = set()
        self.longest_silence = 0.0
        self._deployment = deployment
        self._copied = copied
        self._last_alert: dict[int, float] = {}
        self._progress = asyncio.Condition()
        self._observing = asyncio.create_task(self._observe(), name="observer")

    async def wait_for_progress(self, since: float) -> float:
        """Wait until every partition has an alert newer than `since`; return that time (time.monotonic)."""
        async with self._progress:
            while True:
                if self._observing.done():
                    self._observing.result()
                last = [self._last_alert.get(partition, 0.0) for partition in range(self._deployment.partitions)]
                if min(last) > since:
                    return time.monotonic()
                await self._progress.wait()

    async def wait_for_records(self, count: int, topic: str = ALERTS.name) -> None:
        """Wait until `count` records of a topic have been read."""
        async with self._progress:
            await self._progress.wait_for(lambda: self._observing.done() or self.counts[topic] >= count)
        if self._observing.done():
            self._observing.result()

    async def close(self) -> None:
        """Stop reading."""
        self._observing.cancel()
        await asyncio.gather(self._observing, return_exceptions=True)

    async def _observe(self) -> None:
        place: dict[tuple[str, int], int] = {}
        engine = self._deployment.engine()
        try:
            while True:
                try:
                    async with aclosing(engine.read(WATCHED, follow=True, after=dict(place))) as records:
                        async for record in records:
                            place[record.topic, record.partition] = record.offset + 1
                            self._note(record)
                            async with self._progress:
                                self._progress.notify_all()
                except (TransientError, StorageFailed):  # a full disk is a temporary fault, too
                    await asyncio.sleep(_RETRY_SECONDS)
        finally:
            await engine.close()
            async with self._progress:
                self._progress.notify_all()

    def _note(self, record: Record) -> None:
        self.seen[record.topic, record.partition].append(sighting(record))
        if is_poison((record.key or b"").decode(errors="replace")):
            return
        self.counts[record.topic] += 1
        if record.topic == FILINGS.name:
            self.filings.add(record.key or b"")
        if record.topic == ALERTS.name and record.offset >= self._copied.get((record.topic, record.partition), 0):
            now = time.monotonic()
            self.longest_silence = max(self.longest_silence, now - self._last_alert.get(record.partition, now))
            self._last_alert[record.partition] = now
