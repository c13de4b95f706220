"""The embedded engine: services over a log in one SQLite file, for one machine and no broker.

Members of a group share its partitions by rank among the members alive. Whoever is wrong about that for a moment
does no harm: a batch commits only if the group's offset is still where the batch began, else the work is void.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from contracts.errors import TakenOver, TransientError
from contracts.topics import Topic
from services.runtime.backoff import Backoff
from services.runtime.batch import MOST_BYTES, MOST_RECORDS, process_batch
from services.runtime.dead_letters import DeadLetterLimit
from services.runtime.embedded_log import EmbeddedLog, OffsetConflictError
from services.runtime.embedded_members import member_name
from services.runtime.engine import NOWHERE, OwnedPartition, Place, Stopped, unless_stopped
from services.runtime.placement import placement_of
from services.runtime.port import Feed, FeedService, Output, Processor, Record, Service
from services.runtime.restoring import StateRestore, restore

_log = structlog.get_logger(__name__)

_MEMBER_LASTS_MS: Final = 10_000
_HEARTBEAT_MS: Final = 3_000
_LOOK_AGAIN_SECONDS: Final = 0.2


class EmbeddedEngine:
    """Runs services over an `EmbeddedLog`. Services of one process share one engine; more processes may join."""

    def __init__(self, log: EmbeddedLog, *, dead_letter_share: float = 1.0) -> None:
        self._log = log
        self._dead_letter_share = dead_letter_share
        self._changed = asyncio.Event()

    async def run(self, service: Service, stop: asyncio.Event) -> None:
        """See `Engine.run`."""
        self._log.expire(service.source, now_ms=_now_ms())
        member, backoff = _Member(self._log, service, DeadLetterLimit(self._dead_letter_share)), Backoff()
        try:
            while not stop.is_set():
                changed, version = self._changed, self._log.data_version()
                try:
                    worked = await member.work()
                except TransientError as error:
                    _log.warning("batch_retried", service=service.name, why=str(error))
                    await backoff.wait(stop)
                    continue
                if worked:
                    backoff.reset()
                    self._announce()
                else:
                    await self._change(changed, version, stop)
        finally:
            member.leave()

    async def run_feed(self, service: FeedService, stop: asyncio.Event) -> None:
        """See `Engine.run_feed`."""
        backoff = Backoff()
        while not stop.is_set():
            try:
                await self._publish_feed(service, stop)
            except (TransientError, OffsetConflictError) as error:
                _log.warning("feed_reopened", service=service.name, error=str(error) or "another process published")
                await backoff.wait(stop)
            except Stopped:
                return
            else:
                return

    async def drained(self, service: Service) -> bool:
        """See `Engine.drained`."""
        return self._log.drained(service.group, service.source)

    async def publish(self, outputs: Sequence[Output]) -> None:
        """See `Engine.publish`."""
        with self._log.transaction():
            self._log.append(outputs)
        self._announce()

    async def ends(self, topics: Sequence[Topic]) -> Place:
        """See `Engine.ends`."""
        return {(topic.name, p): self._log.end(topic, p) for topic in topics for p in range(self._log.partitions)}

    async def read(
        self, topics: Sequence[Topic], *, follow: bool, after: Place = NOWHERE
    ) -> AsyncGenerator[Record, None]:
        """See `Engine.read`; in the order the records were committed."""
        place = self._log.place_before(topics, after)
        while True:
            changed, version = self._changed, self._log.data_version()
            found = self._log.read_all(topics, place, most=MOST_RECORDS)
            for place, record in found:  # noqa: B007 - the place to go on from
                if record.offset >= after.get((record.topic, record.partition), 0):
                    yield record
            if not found:
                if not follow:
                    return
                await self._change(changed, version, asyncio.Event())

    @asynccontextmanager
    async def own(self, service: Service, partition: int) -> AsyncIterator[OwnedPartition]:
        """See `Engine.own`."""
        _refuse_members(self._log, service)
        yield _Owned(self._log, service, partition)

    async def close(self) -> None:
        """See `Engine.close`."""
        self._log.close()

    async def _publish_feed(self, service: FeedService, stop: asyncio.Event) -> None:
        self._log.expire(service.cursor, now_ms=_now_ms())
        feed, batches = self._open_feed(service)
        while (outputs := await unless_stopped(stop, feed.next_batch())) is not None:
            with self._log.transaction():
                placed = self._log.append(outputs)
                self._log.commit_offset(service.group, service.cursor, 0, before=batches, after=batches + 1)
            batches += 1
            feed.committed(placed)
            self._announce()

    def _open_feed(self, service: FeedService) -> tuple[Feed, int]:
        """A feed with its cursor restored, and the number of batches that the cursor accounts for."""
        batches = self._log.committed(service.group, service.cursor, 0)
        feed = service.feed()
        for partition in range(self._log.partitions):
            for record in _records(self._log, service.cursor, partition):
                if service.restores(record):
                    restore(feed, record)
        return feed, batches

    def _announce(self) -> None:
        """Wake everything in this process that waits for the log to change."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _change(self, changed: asyncio.Event, version: int, stop: asyncio.Event) -> None:
        """Wait until this process announces a change, another commits, `stop` is set or a heartbeat is due."""
        due = time.monotonic() + _HEARTBEAT_MS / 1_000
        while not (stop.is_set() or changed.is_set() or time.monotonic() >= due) and (
            self._log.data_version() == version
        ):
            with suppress(Stopped, TimeoutError):
                async with asyncio.timeout(_LOOK_AGAIN_SECONDS):
                    await unless_stopped(stop, changed.wait())


class _Member:
    """One member of a group: the partitions it works on, each with its processor and its place."""

    def __init__(self, log: EmbeddedLog, service: Service, limit: DeadLetterLimit) -> None:
        self._log = log
        self._service = service
        self._limit = limit
        self._name = member_name()
        self._partitions: dict[int, tuple[Processor, int]] = {}
        self._assignment: list[int] = []
        self._heartbeat_due_ms = 0

    async def work(self) -> bool:
        """One batch of each partition; whether there was anything to do."""
        self._join()
        worked = False
        for partition in self._assignment:
            worked |= self._work_on(partition)
            await asyncio.sleep(0)  # a turn for the other services of the process
        return worked

    def leave(self) -> None:
        """Leave the group, so that the others take over at once."""
        self._log.leave(self._service.group, self._name)

    def _join(self) -> None:
        now = _now_ms()
        if now < self._heartbeat_due_ms:
            return
        self._heartbeat_due_ms = now + _HEARTBEAT_MS
        members = self._log.heartbeat(self._service.group, self._name, now_ms=now, lasts_ms=_MEMBER_LASTS_MS)
        rank = members.index(self._name)
        self._assignment = list(range(rank, self._log.partitions, len(members)))
        self._partitions = {p: work for p, work in self._partitions.items() if p in self._assignment}

    def _work_on(self, partition: int) -> bool:
        processor, start = self._partitions.get(partition) or self._open(partition)
        source = self._service.source
        records = self._log.read(source, partition, start, most=MOST_RECORDS, most_bytes=MOST_BYTES)
        if not records:
            return False
        started = time.perf_counter()
        after = records[-1].offset + 1
        self._partitions.pop(partition)  # a processor whose batch is not committed must not be used again
        placement = placement_of(self._service, partition, self._log.partitions)
        result = process_batch(self._service, processor, records, self._limit, placement)
        try:
            with self._log.transaction():
                self._log.append(result.outputs)
                self._log.commit_offset(self._service.group, source, partition, before=start, after=after)
        except OffsetConflictError:
            _log.info("batch_void", service=self._service.name, partition=partition, offset=start)
            return True
        self._partitions[partition] = (processor, after)
        _log.info(
            "batch",
            service=self._service.name,
            topic=source.name,
            partition=partition,
            first_offset=start,
            records=len(records),
            outputs=len(result.outputs),
            dead_letters=result.dead,
            duration_ms=round((time.perf_counter() - started) * 1_000, 1),
        )
        return True

    def _open(self, partition: int) -> tuple[Processor, int]:
        """A processor with its state restored, and the offset to go on from.

        The offset is read first: state that another member commits in between makes the next commit void.
        """
        start = self._log.committed(self._service.group, self._service.source, partition)
        processor = self._service.processor()
        if self._service.changelog is not None:
            placement = placement_of(self._service, partition, self._log.partitions)
            state = StateRestore(processor, self._service.changelog, placement)
            for record in _records(self._log, self._service.changelog, partition):
                state.take(record)
            state.finish()
        self._partitions[partition] = (processor, start)
        return processor, start


class _Owned:
    """A partition whose service does not run; see `OwnedPartition`."""

    def __init__(self, log: EmbeddedLog, service: Service, partition: int) -> None:
        self._log = log
        self._service = service
        self._partition = partition
        self.committed = log.committed(service.group, service.source, partition)

    async def read(self, topic: Topic) -> AsyncGenerator[Record, None]:
        """See `OwnedPartition.read`."""
        for record in _records(self._log, topic, self._partition):
            yield record

    def name_of(self, topic: Topic) -> str:
        """See `OwnedPartition.name_of`."""
        return topic.name

    async def begins(self, topic: Topic) -> int:
        """See `OwnedPartition.begins`."""
        first = self._log.read(topic, self._partition, 0, most=1, most_bytes=1)
        return first[0].offset if first else self._log.end(topic, self._partition)

    async def write(self, outputs: Sequence[Output]) -> None:
        """See `OwnedPartition.write`."""
        service = self._service
        with self._log.transaction():
            _refuse_members(self._log, service)
            if self._log.committed(service.group, service.source, self._partition) != self.committed:
                raise TakenOver("service_ran", f"{service.name} has been at work meanwhile; nothing was written")
            self._log.append(outputs)


def _refuse_members(log: EmbeddedLog, service: Service) -> None:
    if log.members(service.group, now_ms=_now_ms()):
        raise TakenOver("service_runs", f"{service.name} runs on {log.path}; stop it first")


def _records(log: EmbeddedLog, topic: Topic, partition: int) -> Iterator[Record]:
    """All records of a partition."""
    start = 0
    while batch := log.read(topic, partition, start, most=MOST_RECORDS, most_bytes=MOST_BYTES):
        yield from batch
        start = batch[-1].offset + 1


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
