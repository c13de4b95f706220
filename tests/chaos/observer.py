"""A read_committed reader that looks on while it all happens, and remembers what it saw, and when."""

import asyncio
import time
from collections import Counter, defaultdict
from contextlib import aclosing
from typing import Final

from contracts.errors import StorageFailed, TransientError
from contracts.topics import ALERTS, FILINGS
from services.runtime.engine import FROM_BEGINNING, Offsets
from services.runtime.port import Record
from tests.chaos.facts import WATCHED, Sighting, is_poison, sighting
from tests.chaos.grounds import Ground

_LOOK_AGAIN_SECONDS: Final = 0.2


class Observer:
    """Follows all watched topics over every outage.

    `seen` is by topic and partition, `counts` by topic; `filings` are the keys of those published, `longest_silence` is
    the longest wait for an alert in any one partition, whatever was going on. What was `copied`, up to these offsets,
    is no sign that anything moves.
    """

    def __init__(self, ground: Ground, *, copied: Offsets = FROM_BEGINNING) -> None:
        self.seen: dict[tuple[str, int], list[Sighting]] = defaultdict(list)
        self.counts: Counter[str] = Counter()
        self.filings: set[bytes] = set()
        self.longest_silence = 0.0
        self._ground = ground
        self._copied = copied
        self._last_alert: dict[int, float] = {}
        self._saw = asyncio.Condition()
        self._looking = asyncio.create_task(self._look(), name="observer")

    async def moved(self, since: float) -> float:
        """Wait until alerts have come in every partition after `since` (time.monotonic); when that was so."""
        async with self._saw:
            while True:
                if self._looking.done():
                    self._looking.result()
                last = [self._last_alert.get(partition, 0.0) for partition in range(self._ground.partitions)]
                if min(last) > since:
                    return time.monotonic()
                await self._saw.wait()

    async def saw(self, count: int, topic: str = ALERTS.name) -> None:
        """Wait until so many records of a topic have been seen."""
        async with self._saw:
            await self._saw.wait_for(lambda: self._looking.done() or self.counts[topic] >= count)
        if self._looking.done():
            self._looking.result()

    async def close(self) -> None:
        """Look no longer."""
        self._looking.cancel()
        await asyncio.gather(self._looking, return_exceptions=True)

    async def _look(self) -> None:
        place: dict[tuple[str, int], int] = {}
        engine = self._ground.engine()
        try:
            while True:
                try:
                    async with aclosing(engine.read(WATCHED, follow=True, after=dict(place))) as records:
                        async for record in records:
                            place[record.topic, record.partition] = record.offset + 1
                            self._take(record)
                            async with self._saw:
                                self._saw.notify_all()
                except (TransientError, StorageFailed):  # a disk that is full, too, is a fault that passes
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        finally:
            await engine.close()
            async with self._saw:
                self._saw.notify_all()

    def _take(self, record: Record) -> None:
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
