"""Collects what a reader of the log yields while a batch is being written, so that the next batch has it all."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Final, Self

from services.runtime.engine import unless_stopped
from services.runtime.port import Record

MOST_RECORDS: Final = 2_000
MOST_BYTES: Final = 16 * 1024 * 1024
"""Reading pauses when the buffer reaches either limit."""


class RecordBuffer:
    """Records that were read and not yet taken. Under load a batch grows; at rest a record is taken at once."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._bytes = 0
        self._ended = False
        self._error: Exception | None = None
        self._filled = asyncio.Event()  # there are records, or the generator has ended
        self._room = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def reading(cls, records: AsyncGenerator[Record, None]) -> AsyncIterator[Self]:
        """Fill a buffer from a generator, which is closed at the end."""
        buffer = cls()
        task = asyncio.create_task(buffer._fill(records))
        try:
            yield buffer
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def take(self, stop: asyncio.Event) -> list[Record]:
        """Wait for records and return all there are; an empty list if the generator has ended.

        Raises:
            Stopped: `stop` was set first.
            Exception: the error that ended the generator, once its records were taken.
        """
        await unless_stopped(stop, self._filled.wait())
        taken, self._records, self._bytes = self._records, [], 0
        self._room.set()
        if not self._ended:
            self._filled.clear()
        elif not taken and self._error is not None:
            raise self._error
        return taken

    async def _fill(self, records: AsyncGenerator[Record, None]) -> None:
        try:
            async with aclosing(records):
                async for record in records:
                    self._records.append(record)
                    self._bytes += len(record.value or b"")
                    self._filled.set()
                    if len(self._records) >= MOST_RECORDS or self._bytes >= MOST_BYTES:
                        self._room.clear()
                        await self._room.wait()
        except Exception as error:  # noqa: BLE001 - raised by `take`
            self._error = error
        finally:
            self._ended = True
            self._filled.set()
