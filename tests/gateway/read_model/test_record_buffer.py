"""The buffer between the log and the database: batches grow under load, and reading pauses when they are full."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from contracts.errors import TransientError
from contracts.topics import ALERTS
from services.gateway.read_model import record_buffer
from services.gateway.read_model.record_buffer import RecordBuffer
from services.runtime.engine import Stopped
from services.runtime.port import Record


async def numbered(count: int, *, fails: bool = False) -> AsyncGenerator[Record, None]:
    """Yield that many records, then fail or end."""
    for number in range(count):
        yield Record(ALERTS.name, 0, number, None, b"x" * 10)
    if fails:
        raise TransientError("away", "the broker is away")


async def taken(buffer: RecordBuffer) -> list[int]:
    """Return the offsets of the next records."""
    return [record.offset for record in await buffer.take(asyncio.Event())]


async def test_records_read_meanwhile_are_taken_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """One transaction per record would be a hundred times slower; without a limit a backlog would fill the memory."""
    monkeypatch.setattr(record_buffer, "MOST_RECORDS", 3)
    async with RecordBuffer.reading(numbered(7)) as buffer:
        assert [await taken(buffer) for _ in range(4)] == [[0, 1, 2], [3, 4, 5], [6], []]


async def test_reading_pauses_at_the_limit_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record can have megabytes."""
    monkeypatch.setattr(record_buffer, "MOST_BYTES", 20)
    async with RecordBuffer.reading(numbered(3)) as buffer:
        assert [await taken(buffer) for _ in range(2)] == [[0, 1], [2]]


async def test_error_of_the_log_comes_after_its_records() -> None:
    """Records that were read before the failure are still good."""
    async with RecordBuffer.reading(numbered(2, fails=True)) as buffer:
        assert await taken(buffer) == [0, 1]
        with pytest.raises(TransientError, match="the broker is away"):
            await taken(buffer)


async def test_stop_ends_the_wait_for_records() -> None:
    """A gateway without news must end at once."""

    async def silent() -> AsyncGenerator[Record, None]:
        await asyncio.Event().wait()
        yield Record(ALERTS.name, 0, 0, None, None)

    stop = asyncio.Event()
    async with RecordBuffer.reading(silent()) as buffer:
        asyncio.get_running_loop().call_soon(stop.set)
        with pytest.raises(Stopped):
            await buffer.take(stop)
