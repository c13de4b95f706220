"""Long work and waits on an embedded log yield to the event loop, so that a signal ends them soon."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest

from contracts.errors import TransientError
from services.runtime.data_directory import FILE_NAME
from services.runtime.embedded.embedded_engine import EmbeddedEngine
from services.runtime.embedded.log import BUSY_SECONDS, EmbeddedLog
from services.runtime.embedded.waiting import when_free
from services.runtime.engine import Stopped, unless_stopped
from services.runtime.port import Output, Processed, Record
from tests.engines.processors import CountingSource, Numbers, Totals

RECORDS = 3_000
SLOW_SECONDS = 0.002
"""Time per record: all of them together take six seconds."""
SOON_SECONDS = 2.5


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EmbeddedEngine]:
    """Yield an engine on a log that belongs to this test."""
    engine = EmbeddedEngine(EmbeddedLog(tmp_path))
    yield engine
    await engine.close()


@pytest.fixture
def topics() -> Numbers:
    """Return the topics of this test."""
    return Numbers()


async def stopped_soon(work: Callable[[asyncio.Event], Awaitable[object]], after: float = 0.3) -> None:
    """Start the work, set its event from the loop after some seconds, and require that it ends soon."""
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(after, stop.set)
    started = time.monotonic()
    await work(stop)
    assert stop.is_set(), "the work was done before the stop"
    assert time.monotonic() - started < after + SOON_SECONDS


def sleep_per_record() -> None:
    """Take as long as one record takes."""
    time.sleep(SLOW_SECONDS)


def in_one_partition(outputs: Sequence[Output]) -> list[Output]:
    """Put all records into one partition, so that they arrive in one batch."""
    return [Output(each.topic, each.key, each.value, partition=0) for each in outputs]


class Slow(Totals):
    """Takes a fixed time per record."""

    def restore(self, record: Record) -> None:
        """Take in a total."""
        sleep_per_record()
        super().restore(record)

    def process(self, record: Record) -> Processed:
        """Add the number."""
        sleep_per_record()
        return super().process(record)


async def test_stop_ends_a_long_batch(engine: EmbeddedEngine, topics: Numbers) -> None:
    """The batch is not committed, and the next member processes it again."""
    await engine.publish(in_one_partition([topics.number("k", 1)] * RECORDS))
    await stopped_soon(lambda stop: engine.run(topics.service(lambda: Slow(topics)), stop))


async def test_stop_ends_the_restore_of_a_large_state(engine: EmbeddedEngine, topics: Numbers) -> None:
    """Restoring a million books takes half a minute."""
    totals = [Output(topics.totals, f"key-{n}".encode(), b"1") for n in range(RECORDS)]
    await engine.publish(in_one_partition([*totals, topics.number("k", 1)]))
    await stopped_soon(lambda stop: engine.run(topics.service(lambda: Slow(topics)), stop))


async def test_stop_ends_the_restore_of_a_long_cursor(engine: EmbeddedEngine, topics: Numbers) -> None:
    """A watcher's cursor has one entry per file that it has published."""

    class SlowSource(CountingSource):
        def restore(self, record: Record) -> None:
            sleep_per_record()
            super().restore(record)

    await engine.publish(
        [Output(topics.cursor, f"numbers|{n}".encode(), b"1", routing=b"numbers") for n in range(RECORDS)]
    )
    service = topics.source_service(lambda: SlowSource(topics, RECORDS))
    with suppress(Stopped):
        await stopped_soon(lambda stop: engine.run_source(service, stop))


async def test_reader_of_a_large_log_can_be_interrupted(engine: EmbeddedEngine, topics: Numbers) -> None:
    """The reader itself never awaits anything else."""
    await engine.publish([topics.number("k", 1)] * RECORDS)

    async def read() -> None:
        async for _ in engine.read((topics.numbers,), follow=False):
            sleep_per_record()

    async def read_owned() -> None:
        async with engine.own(topics.service(), (await partition_with_records(engine, topics))) as owned:
            async for _ in owned.read(topics.numbers):
                sleep_per_record()

    for work in (read, read_owned):

        async def interrupted(stop: asyncio.Event, work: Callable[[], Awaitable[None]] = work) -> None:
            with pytest.raises(Stopped):
                await unless_stopped(stop, work())

        await stopped_soon(interrupted)


async def partition_with_records(engine: EmbeddedEngine, topics: Numbers) -> int:
    """Return the partition that contains the numbers."""
    ends = await engine.ends((topics.numbers,))
    return next(partition for (_, partition), end in ends.items() if end)


async def test_follower_of_a_log_whose_version_always_changes_yields_to_other_tasks(
    engine: EmbeddedEngine, topics: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a read-only mount, SQLite reports a new version at each check of a file that no process has open."""
    versions = iter(range(10**9))
    monkeypatch.setattr(EmbeddedLog, "data_version", lambda _: next(versions))

    async def follow(stop: asyncio.Event) -> None:
        async def read() -> None:
            async for _ in engine.read((topics.numbers,), follow=True):
                pass

        with pytest.raises(Stopped):
            await unless_stopped(stop, read())

    await stopped_soon(follow, after=1.0)
    await stopped_soon(lambda stop: engine.run(topics.service(), stop), after=1.0)
    assert next(versions) < 100, "the follower reads in a busy loop"


@pytest.fixture
def open_transaction(
    engine: EmbeddedEngine,  # noqa: ARG001 - creates the log first
    tmp_path: Path,
) -> Iterator[sqlite3.Connection]:
    """Yield another process's connection, in the middle of a transaction."""
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield db


async def test_stop_ends_the_wait_for_a_locked_log(
    engine: EmbeddedEngine,
    topics: Numbers,
    open_transaction: sqlite3.Connection,  # noqa: ARG001 - the fixture only has to exist
) -> None:
    """This holds for a service, a source and a command that publishes; SQLite alone would wait for half a minute."""
    await stopped_soon(lambda stop: engine.run(topics.service(), stop))
    await stopped_soon(lambda stop: engine.run_source(topics.source_service(lambda: CountingSource(topics, 10)), stop))

    async def publish(stop: asyncio.Event) -> None:
        with pytest.raises(Stopped):
            await unless_stopped(stop, engine.publish([topics.number("k", 1)]))

    await stopped_soon(publish)


async def test_log_that_is_unlocked_in_time_is_written(
    engine: EmbeddedEngine, topics: Numbers, open_transaction: sqlite3.Connection
) -> None:
    """Other tasks run in the meantime, and nothing is lost."""
    asyncio.get_running_loop().call_later(0.3, open_transaction.execute, "COMMIT")
    await engine.publish([topics.number("k", 1)])
    assert [record.value async for record in engine.read((topics.numbers,), follow=False)] == [b"1"]


async def test_log_that_stays_locked_is_a_transient_error(
    engine: EmbeddedEngine,
    open_transaction: sqlite3.Connection,  # noqa: ARG001 - the fixture only has to exist
) -> None:
    """The wait is bounded, and other errors are raised at once."""

    def heartbeat() -> None:
        engine._log.heartbeat("g", "m", now_ms=0, lasts_ms=1)

    with pytest.raises(TransientError, match="log_busy"):
        await when_free(heartbeat, seconds=0.1)

    def fail() -> None:
        raise TransientError("other", "trouble")

    started = time.monotonic()
    with pytest.raises(TransientError, match="other"):
        await when_free(fail)
    assert time.monotonic() - started < BUSY_SECONDS / 2
