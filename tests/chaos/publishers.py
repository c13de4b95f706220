"""The publishers of the timeline: a source that continues until stopped, and a second one that republishes some."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from contracts.errors import InvalidEvent
from contracts.topics import FILINGS, PARSER_DEAD_LETTERS, TRANSACTIONS, WATCHER_CURSOR
from services.runtime.port import Output, Processed, Record, Service, SourceService, WriteResult
from tests.chaos.observed_records import is_poison
from tests.chaos.timeline import REPEATED_EVERY, REPUBLISHED_HEADER, PlannedFiling, filing_output, outputs_of

CURSOR_KEY: Final = "timeline"
_TICK_SECONDS: Final = 0.05
_MOST: Final = 500


class TimelineSource:
    """Publishes the timeline at `rate` filings per second, from its cursor up to number `until`."""

    def __init__(self, rate: float, until: int) -> None:
        self._rate = rate
        self._until = until
        self._next = 0
        self._began: tuple[float, int] | None = None

    def restore(self, record: Record) -> None:
        """Restore the cursor."""
        if record.key == _CURSOR:
            self._next = int(record.value or b"0")

    async def next_batch(self) -> Sequence[Output] | None:
        """Return the filings that are due, and the cursor that accounts for them."""
        if self._began is None:
            self._began = (time.monotonic(), self._next)
        began, first = self._began
        while self._next < self._until:
            due = min(first + int((time.monotonic() - began) * self._rate), self._until, self._next + _MOST)
            if due > self._next:
                numbers = range(self._next, due)
                self._next = due
                cursor = Output(WATCHER_CURSOR, _CURSOR, str(due).encode(), routing=CURSOR_KEY.encode())
                return [*(output for number in numbers for output in outputs_of(number)), cursor]
            await asyncio.sleep(_TICK_SECONDS)
        return None

    def committed(self, _placed: Sequence[WriteResult]) -> None:
        """Do nothing: an engine drops a source whose batch was not committed."""


_CURSOR: Final = f"{CURSOR_KEY}|number".encode()


def publisher(rate: float, until: int) -> SourceService:
    """Return the source as an engine runs it: `rate` filings per second, with numbers below `until`."""
    return SourceService(
        name="publisher",
        cursor=WATCHER_CURSOR,
        cursor_key=CURSOR_KEY,
        output_topics=(FILINGS, TRANSACTIONS),
        source=lambda: TimelineSource(rate, until),
    )


class Repeater:
    """Republishes every tenth filing, with its own trace."""

    def restore(self, record: Record) -> None:
        """Reject the call: the repeater has no changelog.

        Raises:
            InvalidEvent: always.
        """
        raise InvalidEvent("no_state", f"the repeater has no state to restore from {record.topic}")

    def process(self, record: Record) -> Processed:
        """Return the filing again, or nothing."""
        key = (record.key or b"").decode(errors="replace")
        if is_poison(key) or any(name == REPUBLISHED_HEADER for name, _ in record.headers):
            return Processed()
        chapter = PlannedFiling.of(key)
        return Processed(outputs=[filing_output(chapter, again=True)] if chapter.number % REPEATED_EVERY == 0 else ())


def repeater() -> Service:
    """Return the second publisher as an engine runs it. It rejects nothing, so it writes no dead letters."""
    return Service(
        name="repeater",
        input_topic=FILINGS,
        output_topics=(FILINGS,),
        dead_letters=PARSER_DEAD_LETTERS,
        processor=Repeater,
    )
