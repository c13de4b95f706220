"""Works on one assigned partition of a service's input topic, from opening it to releasing it.

A worker takes what was fetched, processes it and commits, again and again; under load its batches grow by themselves.
After any failure it drops its processor and writer, waits, and reopens the partition. The new writer fences the old one
and settles its transaction, the committed offset gives the record to start from, and the changelog restores the state.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from contracts.errors import TransientError
from services.runtime.backoff import Backoff
from services.runtime.batch import BatchResult, process_batch
from services.runtime.dead_letter_limit import DeadLetterLimit
from services.runtime.failures import note_location
from services.runtime.instruments import BatchReport, ServiceInstruments
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.error_mapping import kafka_errors
from services.runtime.kafka.inbox import Inbox
from services.runtime.kafka.limit_history import resume_limit
from services.runtime.kafka.partition_state import PartitionState
from services.runtime.kafka.start_offset import find_start_offset
from services.runtime.kafka.topic_guard import TopicGuard
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.runtime.placement import placement_of
from services.runtime.port import Processor, Record, Service
from services.runtime.restoring import keys_of

_log = structlog.get_logger(__name__)

_RECORDS_PER_TURN: Final = 50
"""Records processed before other tasks, such as the heartbeat, have a turn."""
_SHORTEST_BATCH_SECONDS: Final = 0.005
"""A batch that took less time waits for the rest of it, so that the next one is larger."""


class PartitionWorker:
    """Works on one partition of the service's input topic.

    `settled` is set while no transaction is under way. `is_opening` is true while writer and state are made ready;
    `opening_steps` counts the steps and records that this has taken so far.
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
        self.inbox = Inbox(consumer, partition)
        self.is_opening = False
        self.opening_steps = 0
        self.settled = asyncio.Event()
        self.settled.set()
        self._is_owner = is_owner
        self._service = service
        self._clients = clients
        self._consumer = consumer
        self._limit = limit
        self._guard = guard
        self._placement = placement_of(service, partition.partition, guard.partitions(service.input_topic))
        self._instruments = instruments
        self._processor: Processor | None = None
        self._writer: TransactionalWriter | None = None
        self._state = PartitionState(
            service,
            partition.partition,
            clients,
            guard,
            self._placement,
            step=self._count_step,
            wake=self.inbox.arrived.set,
        )
        self._next = 0  # the offset after the last committed batch
        self._in_progress = 0  # records of the batch that is under way
        self._stop = asyncio.Event()

    @property
    def is_reading(self) -> bool:
        """Whether the consumer is supposed to fetch for this partition."""
        return self.inbox.is_open and self.partition not in self._consumer.paused()

    @property
    def waiting(self) -> int:
        """The number of records that were fetched and are not committed."""
        return len(self.inbox) + self._in_progress

    def suspend(self) -> None:
        """Start no other batch, since a rebalance has begun; forget what was fetched for later batches."""
        self.inbox.close()

    def resume(self) -> None:
        """Continue after the last commit, since the partition is still assigned to this member."""
        if self._processor is not None:
            self.inbox.open_at(self._next)

    async def run(self) -> None:
        """Work until stopped.

        Raises:
            FatalError: continuing would do harm.
        """
        backoff = Backoff()
        failed = False
        try:
            while not self._stop.is_set():
                try:
                    if failed:
                        await self._await_ownership(backoff)
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
                        **_log_fields(self.partition),
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
        """Finish the batch that is under way, and start no other."""
        self._stop.set()
        self.inbox.arrived.set()

    async def _await_ownership(self, backoff: Backoff) -> None:
        """Wait until the group's coordinator names this member as the partition's owner, or the worker is stopped.

        The group may have moved the partition without this member having heard of it. To reopen it then would fence
        the new owner, who would reopen it in turn; on a busy machine the two would never stop, since each opening
        restores the whole state.
        """
        self.is_opening = True  # a member that waits here for the stall deadline has lost touch with the group
        while not self._stop.is_set():
            with kafka_errors():
                if await self._is_owner(self.partition):
                    return
            await backoff.wait(self._stop)

    async def _open(self) -> None:
        if self._stop.is_set():
            return
        self.is_opening = True
        self._instruments.opening(self.partition.partition)
        started = time.perf_counter()
        await self._guard.check()
        with kafka_errors():
            self.opening_steps += 1
            transactional_id = self._service.transactional_id(self.partition.partition)
            self._writer = await TransactionalWriter.open(self._clients, transactional_id, self._guard)
            self.opening_steps += 1
            async with self._clients.reader() as reader:
                # Read the offset after the writer has fenced its predecessor: no other commit can follow.
                start = await find_start_offset(self._clients, self._service, self.partition, reader, self._guard)
                processor = await self._state.restore(reader)
                self._count_step()
                count = self._guard.partitions(self._service.input_topic)
                await resume_limit(self._limit, self._clients, self._service, self.partition, reader, partitions=count)
        self._limit.opened(self.partition.partition, start)
        self._processor = processor
        self.is_opening = False
        seconds = time.perf_counter() - started
        self._instruments.opened(self.partition.partition, seconds=seconds, keys=keys_of(processor))
        if self.partition in self._consumer.assignment():
            self._next = start
            self.inbox.open_at(start)
        _log.info("partition_opened", service=self._service.name, **_log_fields(self.partition), offset=start)

    def _count_step(self) -> None:
        self.opening_steps += 1

    async def _work(self, on_commit: Callable[[], None]) -> None:
        while not self._stop.is_set():
            self._state.save_if_due(self._processor)
            if not (records := self.inbox.take()):
                await self.inbox.arrived.wait()
                self.inbox.arrived.clear()
                continue
            self.settled.clear()
            self._in_progress = len(records)
            try:
                await self._run_batch(records)
            finally:
                self._in_progress = 0
                self.settled.set()
            on_commit()

    async def _run_batch(self, records: list[Record]) -> None:
        """Process the records of a batch and commit what came of them."""
        started = time.perf_counter()
        await self._check_partitions(records)
        result = await self._process(records)
        processed = time.perf_counter()
        await self._commit(records[-1].offset + 1, result)
        committed = time.perf_counter()
        self._report(records, result, process_seconds=processed - started, commit_seconds=committed - processed)
        await asyncio.sleep(max(0.0, _SHORTEST_BATCH_SECONDS - (committed - started)))

    async def _process(self, records: Sequence[Record]) -> BatchResult:
        processor = self._processor
        assert processor is not None  # noqa: S101 - set by _open, before any batch
        parts: list[BatchResult] = []
        for begin in range(0, len(records), _RECORDS_PER_TURN):
            some = records[begin : begin + _RECORDS_PER_TURN]
            parts.append(process_batch(self._service, processor, some, self._placement))
            await asyncio.sleep(0)
        return BatchResult.joined(parts)

    async def _commit(self, after: int, result: BatchResult) -> None:
        """Write the outputs and the offset after the batch in one transaction."""
        writer, number = self._writer, self.partition.partition
        assert writer is not None  # noqa: S101 - set by _open, before any batch
        self._limit.take(number, result.outcomes, after)
        outputs = self._limit.stamped(result.outputs, self._service.dead_letters)
        note = self._guard.note(self._service.input_topic) if self._service.changelog is not None else ""
        try:
            with kafka_errors():
                offset = {self.partition: OffsetAndMetadata(after, note)}
                written = await writer.write(outputs, offset, self._service.group)
        except BaseException:
            self._instruments.lost("failed")
            raise
        self._limit.committed(number)
        self._next = after
        self._state.committed(outputs, written)

    def _report(
        self, records: Sequence[Record], result: BatchResult, *, process_seconds: float, commit_seconds: float
    ) -> None:
        self._instruments.committed(
            BatchReport(
                records=len(records),
                outputs=len(result.outputs),
                process_seconds=process_seconds,
                transaction_seconds=commit_seconds,
                oldest_ms=records[0].timestamp_ms,
                dead_letters=result.dead_letters,
                diagnostics=result.diagnostics,
            )
        )
        _log.info(
            "batch_committed",
            service=self._service.name,
            **_log_fields(self.partition),
            first_offset=records[0].offset,
            records=len(records),
            outputs=len(result.outputs),
            dead_letters=result.dead,
            process_ms=round(process_seconds * 1_000, 1),
            commit_ms=round(commit_seconds * 1_000, 1),
        )

    async def _check_partitions(self, records: Sequence[Record]) -> None:
        """Check whether partitions were added if a record is in the wrong one; otherwise its producer is at fault.

        Raises:
            Misconfigured: partitions were added; nothing of the batch is written.
        """
        placement, topic = self._placement, self._service.input_topic
        if placement is not None and any(placement.home(topic, record) is not None for record in records):
            await self._guard.check()

    async def _drop(self) -> None:
        """Drop processor and writer. Records without a commit count as not processed."""
        self.is_opening = False
        self.inbox.close()
        self._processor = None
        self._state.close()
        self._limit.dropped(self.partition.partition)
        writer, self._writer = self._writer, None
        if writer is not None:
            await writer.close()


def _log_fields(partition: TopicPartition) -> dict[str, object]:
    return {"topic": partition.topic, "partition": partition.partition}
