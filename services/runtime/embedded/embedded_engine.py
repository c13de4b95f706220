"""The embedded engine: runs services over a log in one SQLite file, on one machine and without a broker.

Members of a group divide its partitions by their rank among the live members. If two members work on one partition for
a moment, no harm is done: a batch commits only if the group's offset is still where the batch began, else it is void.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final

import structlog

from contracts.errors import TransientError
from contracts.topics import Topic
from services.runtime.backoff import Backoff
from services.runtime.batch import MOST_RECORDS
from services.runtime.dead_letter_limit import DeadLetterLimit
from services.runtime.embedded.log import EmbeddedLog, OffsetConflictError
from services.runtime.embedded.log_status import group_progress, group_status, topic_status
from services.runtime.embedded.member import HEARTBEAT_MS, Member
from services.runtime.embedded.owned_partition import EmbeddedOwnedPartition, refuse_members
from services.runtime.embedded.steps import OffsetChange, commit_batch, read_partition
from services.runtime.embedded.waiting import BLOCKING_SECONDS, Turns, when_free
from services.runtime.engine import FROM_BEGINNING, Offsets, OwnedPartition, Stopped, unless_stopped
from services.runtime.instruments import Instruments, ServiceInstruments
from services.runtime.port import Output, Record, Service, Source, SourceService
from services.runtime.restoring import restore
from services.runtime.status import GroupProgress, GroupStatus, TopicStatus

_log = structlog.get_logger(__name__)

_POLL_SECONDS: Final = 0.2


class EmbeddedEngine:
    """Runs services over an `EmbeddedLog`. Services of one process share one engine; more processes may join."""

    def __init__(
        self, log: EmbeddedLog, *, dead_letter_share: float = 1.0, instruments: Instruments | None = None
    ) -> None:
        log.block_at_most(BLOCKING_SECONDS)
        self._log = log
        self._dead_letter_share = dead_letter_share
        self._instruments = instruments or Instruments()
        self._changed = asyncio.Event()

    async def run(self, service: Service, stop: asyncio.Event) -> None:
        """See `Engine.run`."""
        instruments = self._instruments.service(service.name)
        member = Member(self._log, service, DeadLetterLimit(self._dead_letter_share), instruments, stop)
        backoff = Backoff()
        try:
            expired = False
            while not stop.is_set():
                instruments.polled()
                try:
                    expired = expired or await self._expire(service.input_topic, stop)
                    changed, version = self._changed, self._log.data_version()
                    worked = await member.work()
                    instruments.works()
                    if worked:
                        backoff.reset()
                        self._announce()
                    else:
                        await self._wait_for_change(changed, version, stop)
                except TransientError as error:
                    _log.warning("batch_retried", service=service.name, error=str(error))
                    instruments.retries(error)
                    await backoff.wait(stop)
        except Stopped:
            pass
        finally:
            instruments.ended()
            await member.leave()

    async def run_source(self, service: SourceService, stop: asyncio.Event) -> None:
        """See `Engine.run_source`."""
        backoff = Backoff()
        instruments = self._instruments.service(service.label)
        try:
            while not stop.is_set():
                try:
                    await self._publish_source(service, stop, instruments)
                except TransientError as error:
                    cause = str(error)
                    _log.warning("source_reopened", service=service.name, error=cause)
                    instruments.lost("void" if isinstance(error, OffsetConflictError) else "failed")
                    instruments.waits(cause)
                    await backoff.wait(stop)
                except Stopped:
                    return
                else:
                    return
        finally:
            instruments.ended()

    async def caught_up(self, service: Service) -> bool:
        """See `Engine.caught_up`."""
        return await when_free(partial(self._log.caught_up, service.group, service.input_topic), seconds=_POLL_SECONDS)

    async def group_status(self, service: Service) -> GroupStatus:
        """See `Engine.group_status`."""
        return await when_free(partial(group_status, self._log, service))

    async def group_progress(self, service: Service) -> GroupProgress:
        """See `Engine.group_progress`."""
        return await when_free(partial(group_progress, self._log, service))

    async def topic_status(self, topics: Sequence[Topic]) -> dict[str, TopicStatus]:
        """See `Engine.topic_status`."""
        return {topic.name: await when_free(partial(topic_status, self._log, topic)) for topic in topics}

    async def publish(self, outputs: Sequence[Output]) -> None:
        """See `Engine.publish`."""
        await commit_batch(self._log, outputs)
        self._announce()

    async def ends(self, topics: Sequence[Topic]) -> Offsets:
        """See `Engine.ends`."""
        partitions = range(self._log.partitions)
        return await when_free(
            lambda: {(topic.name, p): self._log.end(topic, p) for topic in topics for p in partitions}
        )

    async def read(
        self, topics: Sequence[Topic], *, follow: bool, after: Offsets = FROM_BEGINNING
    ) -> AsyncGenerator[Record, None]:
        """See `Engine.read`; records are in the order of their commits."""
        position, turns = await when_free(partial(self._log.position_before, topics, after)), Turns()
        while True:
            changed = self._changed
            version, found = await when_free(partial(self._read_next, topics, position))
            for position, record in found:  # noqa: B007 - the position to continue from
                if record.offset >= after.get((record.topic, record.partition), 0):
                    yield record
                await turns.take()
            if not found:
                if not follow:
                    return
                await self._wait_for_change(changed, version, asyncio.Event())

    @asynccontextmanager
    async def own(self, service: Service, partition: int) -> AsyncIterator[OwnedPartition]:
        """See `Engine.own`."""
        await when_free(partial(refuse_members, self._log, service))
        yield await when_free(partial(EmbeddedOwnedPartition, self._log, service, partition))

    async def close(self) -> None:
        """See `Engine.close`."""
        self._log.close()

    async def _publish_source(
        self, service: SourceService, stop: asyncio.Event, instruments: ServiceInstruments
    ) -> None:
        await self._expire(service.cursor, stop)
        source, batches = await self._open_source(service, stop)
        instruments.works()
        instruments.looked()
        while (outputs := await unless_stopped(stop, source.next_batch())) is not None:
            started = time.perf_counter()
            progress = OffsetChange(service.group, service.cursor, 0, before=batches, after=batches + 1)
            written = await commit_batch(self._log, outputs, progress, stop)
            batches += 1
            instruments.published(outputs, time.perf_counter() - started)
            source.committed(written)
            self._announce()

    async def _open_source(self, service: SourceService, stop: asyncio.Event) -> tuple[Source, int]:
        """Return a source with its cursor restored, and the number of batches that the cursor accounts for."""
        batches = await when_free(partial(self._log.committed, service.group, service.cursor, 0), stop)
        source = service.source()
        for partition in range(self._log.partitions):
            async for record in read_partition(self._log, service.cursor, partition, stop):
                if service.restores(record):
                    restore(source, record)
        return source, batches

    async def _expire(self, topic: Topic, stop: asyncio.Event) -> bool:
        """Delete records past the topic's retention, some at a time; return True once all are deleted."""
        now_ms, turns = _now_ms(), Turns(stop)
        while await when_free(partial(self._log.expire, topic, now_ms=now_ms), stop):
            await turns.take()
        return True

    def _announce(self) -> None:
        """Wake all tasks of this process that wait for a change of the log."""
        self._changed.set()
        self._changed = asyncio.Event()

    def _read_next(self, topics: Sequence[Topic], position: int) -> tuple[int, list[tuple[int, Record]]]:
        """Return the log's version and the next records. The version is read first, so that no change is missed."""
        version = self._log.data_version()
        return version, self._log.read_all(topics, position, most=MOST_RECORDS)

    async def _wait_for_change(self, changed: asyncio.Event, version: int, stop: asyncio.Event) -> None:
        """Wait until this process announces a change, another process commits, `stop` is set, or a heartbeat is due.

        It always waits for a moment, since a file on a read-only mount may have another version each time.
        """
        due = time.monotonic() + HEARTBEAT_MS / 1_000
        while not (stop.is_set() or changed.is_set() or time.monotonic() >= due):
            with suppress(Stopped, TimeoutError):
                async with asyncio.timeout(_POLL_SECONDS):
                    await unless_stopped(stop, changed.wait())
            if await when_free(self._log.data_version, stop) != version:
                return


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
