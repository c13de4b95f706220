"""Who publishes the story: a feed that goes on for as long as it is let, and a second publisher that repeats some."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from contracts.errors import InvalidEvent
from contracts.topics import FILINGS, PARSER_DEAD_LETTERS, TRANSACTIONS, WATCHER_CURSOR
from services.runtime.port import Output, Processed, Record, Service, SourceService, WriteResult
from tests.chaos.facts import is_poison
from tests.chaos.story import AGAIN, REPEATED_EVERY, Chapter, filing_output, outputs_of

CURSOR_KEY: Final = "story"
_TICK_SECONDS: Final = 0.05
_MOST: Final = 500


class StorySource:
    """Publishes the story at so many filings a second, up to a number of them, from where its cursor stands."""

    def __init__(self, rate: float, until: int) -> None:
        self._rate = rate
        self._until = until
        self._next = 0
        self._began: tuple[float, int] | None = None

    def restore(self, record: Record) -> None:
        """Take in the cursor."""
        if record.key == _CURSOR:
            self._next = int(record.value or b"0")

    async def next_batch(self) -> Sequence[Output] | None:
        """The filings that are due, and the cursor that accounts for them."""
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
        """Nothing to do: a feed whose batch is not committed is dropped."""


_CURSOR: Final = f"{CURSOR_KEY}|number".encode()


def publisher(rate: float, until: int) -> SourceService:
    """The feed as an engine runs it: `rate` filings a second, those of the numbers below `until`."""
    return SourceService(
        name="publisher",
        cursor=WATCHER_CURSOR,
        cursor_key=CURSOR_KEY,
        output_topics=(FILINGS, TRANSACTIONS),
        source=lambda: StorySource(rate, until),
    )


class Repeater:
    """Publishes every tenth filing again, under a trace of its own."""

    def restore(self, record: Record) -> None:
        """Never called: it has no changelog.

        Raises:
            InvalidEvent: it was called all the same.
        """
        raise InvalidEvent("no_state", f"the repeater keeps no state, and was given {record.topic} to restore")

    def process(self, record: Record) -> Processed:
        """The filing again, or nothing."""
        key = (record.key or b"").decode(errors="replace")
        if is_poison(key) or any(name == AGAIN for name, _ in record.headers):
            return Processed()
        chapter = Chapter.of(key)
        return Processed(outputs=[filing_output(chapter, again=True)] if chapter.number % REPEATED_EVERY == 0 else ())


def repeater() -> Service:
    """The second publisher as an engine runs it. It refuses nothing, so no dead letter comes of it."""
    return Service(
        name="repeater",
        input_topic=FILINGS,
        output_topics=(FILINGS,),
        dead_letters=PARSER_DEAD_LETTERS,
        processor=Repeater,
    )
