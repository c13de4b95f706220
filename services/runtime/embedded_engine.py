"""The embedded engine: services over a log in one SQLite file, for one machine and no broker.

Members of a group share its partitions by rank among the members alive. Whoever is wrong about that for a moment
does no harm: a batch commits only if the group's offset is still where the batch began, else the work is void.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from contracts.errors import TransientError
from contracts.topics import Topic
from services.runtime.backoff import Backoff
from services.runtime.batch import MOST_BYTES, MOST_RECORDS, BatchResult, process_batch
from services.runtime.dead_letters import DeadLetterLimit
from services.runtime.embedded_log import EmbeddedLog, OffsetConflictError
from services.runtime.embedded_members import member_name
from services.runtime.embedded_owner import EmbeddedOwnedPartition, all_records, refuse_members
from services.runtime.embedded_standing import group_standing, topic_standing
from services.runtime.engine import NOWHERE, OwnedPartition, Place, Stopped, unless_stopped
from services.runtime.instruments import BatchReport, Instruments, ServiceInstruments
from services.runtime.placement import placement_of
from services.runtime.port import Feed, FeedService, Output, Processor, Record, Service
from services.runtime.restoring import StateRestore, keys_of, restore
from services.runtime.standing import GroupStanding, TopicStanding

_log = structlog.get_logger(__name__)

_MEMBER_LASTS_MS: Final = 10_000
_HEARTBEAT_MS: Final = 3_000
_LOOK_AGAIN_SECONDS: Final = 0.2
_RESTORED_AT_ONCE: Final = 500  # records between two turns for the rest of the process


class EmbeddedEngine:
    """Runs services over an `EmbeddedLog`. Services of one process share one engine; more processes may join."""

    def __init__(
        self, log: EmbeddedLog, *, dead_letter_share: float = 1.0, instruments: Instruments | None = None
    ) -> None:
        self._log = log
        self._dead_letter_share = dead_letter_share
        self._instruments = instruments or Instruments()
        self._changed = asyncio.Event()

    async def run(self, service: Service, stop: asyncio.Event) -> None:
        """See `Engine.run`."""
        self._log.expire(service.source, now_ms=_now_ms())
        instruments = self._instruments.service(service.name)
        member = _Member(self._log, service, DeadLetterLimit(self._dead_letter_share), instruments)
        backoff = Backoff()
        try:
            while not stop.is_set():
                changed, version = self._changed, self._log.data_version()
                instruments.polled()
                try:
                    worked = await member.work()
                except TransientError as error:
                    _log.warning("batch_retried", service=service.name, why=str(error))
                    instruments.retries(error)
                    await backoff.wait(stop)
                    continue
                instruments.works()
                if worked:
                    backoff.reset()
                    self._announce()
                else:
                    await self._change(changed, version, stop)
        finally:
            instruments.ended()
            member.leave()

    async def run_feed(self, service: FeedService, stop: asyncio.Event) -> None:
        """See `Engine.run_feed`."""
        backoff = Backoff()
        instruments = self._instruments.service(service.label)
        try:
            while not stop.is_set():
                try:
                    await self._publish_feed(service, stop, instruments)
                except (TransientError, OffsetConflictError) as error:
                    why = str(error) or "another process published"
                    _log.warning("feed_reopened", service=service.name, error=why)
                    instruments.lost("void" if isinstance(error, OffsetConflictError) else "failed")
                    instruments.waits(why)
                    await backoff.wait(stop)
                except Stopped:
                    return
                else:
                    return
        finally:
            instruments.ended()

    async def drained(self, service: Service) -> bool:
        """See `Engine.drained`."""
        return self._log.drained(service.group, service.source)

    async def standing(self, service: Service) -> GroupStanding:
        """See `Engine.standing`."""
        return group_standing(self._log, service)

    async def survey(self, topics: Sequence[Topic]) -> dict[str, TopicStanding]:
        """See `Engine.survey`."""
        return {topic.name: topic_standing(self._log, topic) for topic in topics}

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
        refuse_members(self._log, service)
        yield EmbeddedOwnedPartition(self._log, service, partition)

    async def close(self) -> None:
        """See `Engine.close`."""
        self._log.close()

    async def _publish_feed(self, service: FeedService, stop: asyncio.Event, instruments: ServiceInstruments) -> None:
        self._log.expire(service.cursor, now_ms=_now_ms())
        feed, batches = self._open_feed(service)
        instruments.works()
        instruments.looked()
        while (outputs := await unless_stopped(stop, feed.next_batch())) is not None:
            started = time.perf_counter()
            with self._log.transaction():
                placed = self._log.append(outputs)
                self._log.commit_offset(service.group, service.cursor, 0, before=batches, after=batches + 1)
            batches += 1
            instruments.published(outputs, time.perf_counter() - started)
            feed.committed(placed)
            self._announce()

    def _open_feed(self, service: FeedService) -> tuple[Feed, int]:
        """A feed with its cursor restored, and the number of batches that the cursor accounts for."""
        batches = self._log.committed(service.group, service.cursor, 0)
        feed = service.feed()
        for partition in range(self._log.partitions):
            for record in all_records(self._log, service.cursor, partition):
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

    def __init__(
        self, log: EmbeddedLog, service: Service, limit: DeadLetterLimit, instruments: ServiceInstruments
    ) -> None:
        self._log = log
        self._instruments = instruments
        self._service = service
        self._limit = limit
        self._name = member_name()
        self._partitions: dict[int, tuple[Processor, int]] = {}
        self._assignment: list[int] | None = None
        self._heartbeat_due_ms = 0

    async def work(self) -> bool:
        """One batch of each partition; whether there was anything to do."""
        self._join()
        worked = False
        for partition in self._assignment or ():
            worked |= await self._work_on(partition)
            await asyncio.sleep(0)  # a turn for the other services of the process
        return worked

    def leave(self) -> None:
        """Leave the group, so that the others take over at once."""
        self._log.leave(self._service.group, self._name)

    def _join(self) -> None:
        now = _now_ms()
        if now < self._heartbeat_due_ms:
            return
        members = self._log.heartbeat(self._service.group, self._name, now_ms=now, lasts_ms=_MEMBER_LASTS_MS)
        self._heartbeat_due_ms = now + _HEARTBEAT_MS  # if the heartbeat failed it is still due
        rank = members.index(self._name)
        assignment = list(range(rank, self._log.partitions, len(members)))
        self._partitions = {p: work for p, work in self._partitions.items() if p in assignment}
        if assignment != self._assignment:
            self._assignment = assignment
            self._instruments.assigned(assignment)

    async def _work_on(self, partition: int) -> bool:
        processor, start = self._partitions.get(partition) or await self._open(partition)
        source = self._service.source
        records = self._log.read(source, partition, start, most=MOST_RECORDS, most_bytes=MOST_BYTES)
        if not records:
            self._instruments.lag(partition, 0)
            return False
        started = time.perf_counter()
        after = records[-1].offset + 1
        self._partitions.pop(partition)  # a processor whose batch is not committed must not be used again
        placement = placement_of(self._service, partition, self._log.partitions)
        result = process_batch(self._service, processor, records, self._limit, placement)
        processed = time.perf_counter()
        try:
            with self._log.transaction():
                self._log.append(result.outputs)
                self._log.commit_offset(self._service.group, source, partition, before=start, after=after)
        except OffsetConflictError:
            _log.info("batch_void", service=self._service.name, partition=partition, offset=start)
            self._instruments.lost("void")
            return True
        except BaseException:
            self._instruments.lost("failed")
            raise
        self._partitions[partition] = (processor, after)
        self._report(partition, records, result, processed - started, time.perf_counter() - processed)
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

    def _report(
        self, partition: int, records: Sequence[Record], result: BatchResult, process: float, commit: float
    ) -> None:
        """Report a committed batch, and what is left of the partition."""
        if not self._instruments.enabled:
            return
        self._instruments.committed(
            BatchReport(
                records=len(records),
                outputs=len(result.outputs),
                process_seconds=process,
                transaction_seconds=commit,
                oldest_ms=records[0].timestamp_ms,
                dead_letters=result.dead_letters,
                diagnostics=result.diagnostics,
            )
        )
        left = self._log.end(self._service.source, partition) - records[-1].offset - 1
        self._instruments.lag(partition, left)

    async def _open(self, partition: int) -> tuple[Processor, int]:
        """A processor with its state restored, and the offset to go on from.

        The offset is read first: state that another member commits in between makes the next commit void.
        """
        started = time.perf_counter()
        self._instruments.opening(partition)
        start = self._log.committed(self._service.group, self._service.source, partition)
        processor = self._service.processor()
        if self._service.changelog is not None:
            placement = placement_of(self._service, partition, self._log.partitions)
            state = StateRestore(processor, self._service.changelog, placement)
            for number, record in enumerate(all_records(self._log, self._service.changelog, partition), start=1):
                state.take(record)
                if number % _RESTORED_AT_ONCE == 0:
                    self._instruments.polled()
                    await asyncio.sleep(0)
            state.finish()
        self._partitions[partition] = (processor, start)
        self._instruments.opened(partition, seconds=time.perf_counter() - started, keys=keys_of(processor))
        return processor, start


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
