"""One assigned partition: its processor, its transactional writer and its place, from opening to letting go.

A worker takes what the reader has fetched, processes it and commits, over and over; under load its batches grow by
themselves. When anything fails it drops processor and writer, waits, and opens anew: the writer's start fences and
settles, the committed offset says where to go on, the changelog gives back the state.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured, TransientError
from services.runtime.backoff import Backoff
from services.runtime.batch import MOST_BYTES, MOST_RECORDS, BatchResult, process_batch
from services.runtime.dead_letter_limit import DeadLetterLimit
from services.runtime.failures import note_location
from services.runtime.instruments import BatchReport, ServiceInstruments
from services.runtime.kafka.clients import KafkaClients, kafka_errors, read_to_end
from services.runtime.kafka.limit_history import resume_limit
from services.runtime.kafka.topic_guard import TopicGuard
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.runtime.placement import placement_of
from services.runtime.port import Processor, Record, Service
from services.runtime.restoring import StateRestore, keys_of

_log = structlog.get_logger(__name__)

_SLICE: Final = 50  # records between two turns for the heartbeat
_COMMIT_FLOOR_SECONDS: Final = 0.005


class PartitionWorker:
    """Works on one partition of the service's source. `settled` is set while no transaction is under way.

    `opening` is true while writer and state are got ready, and `opened` how many steps and records that took so far.
    `records_seen` of the offsets it was led through, `offsets_seen`, were records: the others were commit markers.
    """

    def __init__(
        self,
        service: Service,
        partition: TopicPartition,
        clients: KafkaClients,
        consumer: AIOKafkaConsumer,
        limit: DeadLetterLimit,
        guard: TopicGuard,
        instruments: ServiceInstruments,
        is_owner: Callable[[TopicPartition], Awaitable[bool]],
    ) -> None:
        self.partition = partition
        self._is_owner = is_owner
        self._service = service
        self._clients = clients
        self._consumer = consumer
        self._limit = limit
        self._guard = guard
        self._placement = placement_of(service, partition.partition, guard.partitions(service.input_topic))
        self._instruments = instruments
        self._in_hand = 0  # records of the batch that is under way
        self.records_seen = 0
        self.offsets_seen = 0
        self._inbox: deque[Record] = deque()
        self._arrived = asyncio.Event()
        self._processor: Processor | None = None
        self._writer: TransactionalWriter | None = None
        self._next = 0  # the offset after the last committed batch
        self._expected = 0  # the offset after the last record in the inbox
        self._accepting = False
        self._stop = asyncio.Event()
        self.opening = False
        self.opened = 0
        self.settled = asyncio.Event()
        self.settled.set()

    @property
    def reading(self) -> bool:
        """Whether the reader should be fetching for this partition."""
        return self._accepting and self.partition not in self._consumer.paused()

    @property
    def accepting(self) -> bool:
        """Whether it takes in records: its state is restored, and no rebalance is under way."""
        return self._accepting

    @property
    def waiting(self) -> int:
        """How many records were fetched and are not committed."""
        return len(self._inbox) + self._in_hand

    def accept(self, records: Sequence[Record]) -> None:
        """Take in what the reader fetched; what was fetched for an earlier place is passed over."""
        if not self._accepting:
            return
        for record in records:
            if record.offset >= self._expected:
                self._inbox.append(record)
                self.records_seen += 1
                self.offsets_seen += record.offset + 1 - self._expected
                self._expected = record.offset + 1
        self._arrived.set()
        if len(self._inbox) >= MOST_RECORDS or _size(self._inbox) >= MOST_BYTES:
            self._consumer.pause(self.partition)

    def suspend(self) -> None:
        """A rebalance has begun: begin no other batch, and forget what is fetched but not begun."""
        self._accepting = False
        self._inbox.clear()

    def resume(self) -> None:
        """The partition is still this member's: go on from the last commit."""
        if self._processor is not None:
            self._go_on_from(self._next)

    async def run(self) -> None:
        """Work until stopped.

        Raises:
            FatalError: going on would do harm.
        """
        backoff = Backoff()
        failed = False
        try:
            while not self._stop.is_set():
                try:
                    if failed:
                        await self._await_ownership(backoff)
                        failed = False
                    await self._open()
                    await self._work(backoff.reset)
                except TransientError as error:
                    failed = True
                    self._instruments.failed_partition(self.partition.partition, error)
                    await self._drop()
                    cause = await self._clients.broker.explain(error)
                    _log.warning(
                        "partition_reopened",
                        service=self._service.name,
                        **_place(self.partition),
                        code=cause.code,
                        error=cause.message,
                    )
                    await backoff.wait(self._stop)
        except Exception as error:
            topic, partition = self.partition
            note_location(error, f"while {self._service.name} worked on", topic, partition, self._next)
            raise
        finally:
            await self._drop()

    def stop(self) -> None:
        """Finish the batch in hand and begin no other."""
        self._stop.set()
        self._arrived.set()

    async def _await_ownership(self, backoff: Backoff) -> None:
        """Wait until the group's coordinator names this member as the partition's owner, or the worker is stopped.

        The group may have moved the partition without this member having heard of it. To reopen it then would fence
        the new owner, who would reopen it in turn; on a busy machine the two would never stop, since each opening
        restores the whole state.
        """
        self.opening = True  # a member that waits here for the stall deadline has lost touch with the group
        while not self._stop.is_set():
            with kafka_errors():
                if await self._is_owner(self.partition):
                    return
            await backoff.wait(self._stop)

    async def _open(self) -> None:
        if self._stop.is_set():
            return
        self.opening = True
        names = self._clients.names
        self._instruments.opening(self.partition.partition)
        started = time.perf_counter()
        await self._guard.check()
        with kafka_errors():
            transactional_id = self._service.transactional_id(self.partition.partition)
            self.opened += 1
            self._writer = await TransactionalWriter.open(self._clients, transactional_id, self._guard)
            self.opened += 1
            processor = self._service.processor()
            async with self._clients.reader() as reader:
                start = await self._committed(reader)
                if self._service.changelog is not None:
                    changelog = TopicPartition(names.topic(self._service.changelog), self.partition.partition)
                    reader.assign([changelog])
                    state = StateRestore(processor, self._service.changelog, self._placement)
                    async for record in read_to_end(reader, [changelog], names):
                        state.take(record)
                        self.opened += 1
                    state.finish()
                self.opened += 1
                count = self._guard.partitions(self._service.input_topic)
                await resume_limit(self._limit, self._clients, self._service, self.partition, reader, partitions=count)
        self._limit.opened(self.partition.partition, start)
        self._processor = processor
        self.opening = False
        seconds = time.perf_counter() - started
        self._instruments.opened(self.partition.partition, seconds=seconds, keys=keys_of(processor))
        if self.partition in self._consumer.assignment():
            self._go_on_from(start)
        _log.info("partition_opened", service=self._service.name, **_place(self.partition), offset=start)

    async def _committed(self, reader: AIOKafkaConsumer) -> int:
        """Where the group goes on: the committed offset, or the beginning at the very first start.

        Raises:
            Misconfigured: records are missing there, or the group's state was made under another count of partitions.
        """
        offsets = await self._clients.committed_metadata(self._service.group, self._watched_offsets())
        if self._service.changelog is not None:
            self._guard.require_notes(self._service.input_topic, (each.metadata for each in offsets.values() if each))
        mine = offsets[self.partition]
        beginning = int((await reader.beginning_offsets([self.partition]))[self.partition])
        end = int((await reader.end_offsets([self.partition]))[self.partition])
        if mine is None:
            return beginning
        committed = int(mine.offset)
        if not beginning <= committed <= end:
            group = self._clients.names.qualified(self._service.group)
            raise Misconfigured(
                ErrorCode.OFFSET_OUT_OF_RANGE,
                f"{group} stands at {committed} of {self.partition}, which holds {beginning} to {end}: "
                "records were deleted before they were processed, or the topic was made anew",
            )
        return committed

    def _watched_offsets(self) -> list[TopicPartition]:
        """The partitions whose committed offsets concern this one: with state all, since added ones have none yet."""
        if self._service.changelog is None:
            return [self.partition]
        count = self._guard.partitions(self._service.input_topic)
        return [TopicPartition(self.partition.topic, number) for number in range(count)]

    def _go_on_from(self, offset: int) -> None:
        self._next = self._expected = offset
        self._inbox.clear()
        self._consumer.seek(self.partition, offset)
        self._consumer.resume(self.partition)
        self._accepting = True

    async def _work(self, committed: Callable[[], None]) -> None:
        while not self._stop.is_set():
            await self._arrived.wait()
            self._arrived.clear()
            while (records := self._take()) and not self._stop.is_set():
                self.settled.clear()
                self._in_hand = len(records)
                try:
                    await self._batch(records)
                finally:
                    self._in_hand = 0
                    self.settled.set()
                committed()

    def _take(self) -> list[Record]:
        taken: list[Record] = []
        size = 0
        while self._inbox and len(taken) < MOST_RECORDS and size < MOST_BYTES:
            taken.append(self._inbox.popleft())
            size += len(taken[-1].value or b"")
        if taken and not self._inbox and self._accepting and self.partition in self._consumer.assignment():
            self._consumer.resume(self.partition)
        return taken

    async def _batch(self, records: list[Record]) -> None:
        processor, writer = self._processor, self._writer
        assert processor is not None  # noqa: S101 - set by _open, before any batch
        assert writer is not None  # noqa: S101 - likewise
        started = time.perf_counter()
        await self._check_places(records)
        parts: list[BatchResult] = []
        for begin in range(0, len(records), _SLICE):
            parts.append(process_batch(self._service, processor, records[begin : begin + _SLICE], self._placement))
            await asyncio.sleep(0)
        result = BatchResult.joined(parts)
        after, number = records[-1].offset + 1, self.partition.partition
        self._limit.take(number, result.outcomes, after)
        outputs = self._limit.stamped(result.outputs, self._service.dead_letters)
        processed = time.perf_counter()
        note = self._guard.note(self._service.input_topic) if self._service.changelog is not None else ""
        try:
            with kafka_errors():
                place = {self.partition: OffsetAndMetadata(after, note)}
                await writer.write(outputs, place, self._service.group)
        except BaseException:
            self._instruments.lost("failed")
            raise
        self._limit.committed(number)
        self._next = after
        committed = time.perf_counter()
        self._instruments.committed(
            BatchReport(
                records=len(records),
                outputs=len(result.outputs),
                process_seconds=processed - started,
                transaction_seconds=committed - processed,
                oldest_ms=records[0].timestamp_ms,
                dead_letters=result.dead_letters,
                diagnostics=result.diagnostics,
            )
        )
        _log.info(
            "batch_committed",
            service=self._service.name,
            **_place(self.partition),
            first_offset=records[0].offset,
            records=len(records),
            outputs=len(result.outputs),
            dead_letters=result.dead,
            process_ms=round((processed - started) * 1_000, 1),
            commit_ms=round((committed - processed) * 1_000, 1),
        )
        await asyncio.sleep(max(0.0, _COMMIT_FLOOR_SECONDS - (committed - started)))

    async def _check_places(self, records: list[Record]) -> None:
        """If a record is in a wrong partition, ask the broker whether partitions were added; if not, its producer errs.

        Raises:
            Misconfigured: they were; nothing of the batch is written.
        """
        placement, source = self._placement, self._service.input_topic
        if placement is not None and any(placement.home(source, record) is not None for record in records):
            await self._guard.check()

    async def _drop(self) -> None:
        """Let go of processor and writer; what was processed but not committed is as if it had not been."""
        self.opening = self._accepting = False
        self._inbox.clear()
        self._processor = None
        self._limit.dropped(self.partition.partition)
        writer, self._writer = self._writer, None
        if writer is not None:
            await writer.close()


def _size(records: Sequence[Record] | deque[Record]) -> int:
    return sum(len(record.value or b"") for record in records)


def _place(partition: TopicPartition) -> dict[str, object]:
    return {"topic": partition.topic, "partition": partition.partition}
