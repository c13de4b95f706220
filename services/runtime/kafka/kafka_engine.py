"""The Kafka engine: services over a broker, each record's effects exactly once, as many processes as partitions."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import InvalidProducerEpoch, ProducerFenced

from contracts.codes import ErrorCode
from contracts.errors import StateCorrupted, TakenOver, TransientError
from contracts.topics import Topic
from services.runtime.backoff import Backoff
from services.runtime.dead_letter_limit import DeadLetterLimit
from services.runtime.engine import FROM_BEGINNING, Offsets, OwnedPartition, Stopped, unless_stopped
from services.runtime.instruments import Instruments, ServiceInstruments
from services.runtime.kafka.broker_status import group_progress, group_status, topic_statuses
from services.runtime.kafka.clients import KafkaClients, kafka_errors, read_to_end, record_of
from services.runtime.kafka.fenced_partition import owned_partition
from services.runtime.kafka.group_member import GroupMember
from services.runtime.kafka.lag_monitor import watch_writer
from services.runtime.kafka.names import KafkaNames
from services.runtime.kafka.topic_guard import TopicGuard
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.runtime.partitioning import partition_of
from services.runtime.port import Output, Record, Service, Source, SourceService, WriteResult
from services.runtime.restoring import restore
from services.runtime.settings import KafkaSettings
from services.runtime.status import GroupProgress, GroupStatus, TopicStatus

_log = structlog.get_logger(__name__)

_FOLLOW_POLL_MS: Final = 500
_PROBE_SECONDS: Final = 2.0
_PUBLISH_ID: Final = "insidertape.publish"


class KafkaEngine:
    """Runs services on the broker that the settings name."""

    def __init__(
        self, settings: KafkaSettings, *, dead_letter_share: float = 1.0, instruments: Instruments | None = None
    ) -> None:
        self._clients = KafkaClients(settings)
        self._dead_letter_share = dead_letter_share
        self._instruments = instruments or Instruments()

    async def run(self, service: Service, stop: asyncio.Event) -> None:
        """See `Engine.run`."""
        backoff = Backoff()
        limit = DeadLetterLimit(self._dead_letter_share)
        guard = TopicGuard(self._clients, service.name, service.topics, changelog=service.changelog)
        instruments = self._instruments.service(service.name)
        try:
            while not stop.is_set():
                try:
                    await self._clients.broker.connect(stop, instruments.connects)
                    await GroupMember(service, self._clients, limit, guard, instruments).run(stop)
                except Stopped:
                    return
                except TransientError as error:
                    instruments.waits(error)
                    cause = await self._clients.broker.explain(error)
                    _log.warning("member_restarted", service=service.name, code=cause.code, error=cause.message)
                    instruments.waits(cause)
                    await backoff.wait(stop)
        finally:
            instruments.ended()

    async def run_source(self, service: SourceService, stop: asyncio.Event) -> None:
        """See `Engine.run_source`."""
        backoff = Backoff()
        guard = TopicGuard(self._clients, service.name, service.topics)
        instruments = self._instruments.service(service.label)
        try:
            while not stop.is_set():
                try:
                    await self._clients.broker.connect(stop, instruments.connects)
                    await guard.check()
                    await guard.hold(self._publish_source(service, guard, stop, backoff, instruments))
                except Stopped:
                    return
                except TransientError as error:
                    instruments.waits(error)
                    cause = await self._clients.broker.explain(error)
                    _log.warning("source_reopened", service=service.name, code=cause.code, error=cause.message)
                    instruments.waits(cause)
                    await backoff.wait(stop)
                else:
                    return
        finally:
            instruments.ended()

    async def caught_up(self, service: Service) -> bool:
        """See `Engine.caught_up`.

        Lag does not tell: commit markers count in it, and a transaction just committed may not show yet. So the rest
        of each partition is read: the group is done if a read_committed reader finds nothing up to the very end.
        """
        await self._clients.broker.connect()
        with kafka_errors():
            partitions = await self._clients.partitions(service.input_topic)
            async with self._clients.reader(committed_only=False) as every:
                ends: dict[TopicPartition, int] = await every.end_offsets(partitions)
            committed = await self._clients.committed(service.group, partitions)
            places = {tp: committed[tp] or 0 for tp in partitions}
            rest = [tp for tp in partitions if places[tp] < ends[tp]]
            if not rest:
                return True
            async with self._clients.reader() as reader:
                reader.assign(rest)
                for partition in rest:
                    reader.seek(partition, places[partition])
                return await self._nothing_left(reader, {tp: ends[tp] for tp in rest})

    async def group_status(self, service: Service) -> GroupStatus:
        """See `Engine.group_status`."""
        with kafka_errors():
            return await group_status(self._clients, service)

    async def group_progress(self, service: Service) -> GroupProgress:
        """See `Engine.group_progress`."""
        with kafka_errors():
            return await group_progress(self._clients, service)

    async def topic_status(self, topics: Sequence[Topic]) -> dict[str, TopicStatus]:
        """See `Engine.topic_status`."""
        with kafka_errors():
            return await topic_statuses(self._clients, topics)

    async def publish(self, outputs: Sequence[Output]) -> None:
        """See `Engine.publish`."""
        await self._clients.broker.connect()
        with kafka_errors():
            await self._clients.require_finished()
            writer = await TransactionalWriter.open(self._clients, _PUBLISH_ID)
            try:
                await writer.write(outputs, None, _PUBLISH_ID)
            finally:
                await writer.close()

    async def ends(self, topics: Sequence[Topic]) -> Offsets:
        """See `Engine.ends`."""
        await self._clients.broker.connect()
        with kafka_errors():
            partitions = await self._clients.partitions(*topics)
            async with self._clients.reader() as reader:
                ends: dict[TopicPartition, int] = await reader.end_offsets(partitions)
        return {(self._clients.names.contract(tp.topic), tp.partition): end for tp, end in ends.items()}

    async def read(
        self, topics: Sequence[Topic], *, follow: bool, after: Offsets = FROM_BEGINNING
    ) -> AsyncGenerator[Record, None]:
        """See `Engine.read`; in order within a partition.

        Raises:
            Misconfigured: while it follows, the topics are not those of its start any more: it would miss records.
        """
        await self._clients.broker.connect()
        guard = TopicGuard(self._clients, "this reader", topics, reads_only=True)
        if follow:
            await guard.check()
        with kafka_errors():
            partitions = await self._clients.partitions(*topics)
            async with self._clients.reader() as reader:
                reader.assign(partitions)
                async for record in read_to_end(reader, partitions, self._clients.names, after):
                    yield record
                while follow:
                    await guard.check_if_due()
                    for messages in (await reader.getmany(timeout_ms=_FOLLOW_POLL_MS)).values():
                        for message in messages:
                            yield record_of(message, self._clients.names)

    @asynccontextmanager
    async def own(self, service: Service, partition: int) -> AsyncIterator[OwnedPartition]:
        """See `Engine.own`."""
        await self._clients.broker.connect()
        async with owned_partition(self._clients, service, partition) as owned:
            yield owned

    async def close(self) -> None:
        """See `Engine.close`: every client is closed by what opened it."""

    async def _publish_source(
        self,
        service: SourceService,
        guard: TopicGuard,
        stop: asyncio.Event,
        backoff: Backoff,
        instruments: ServiceInstruments,
    ) -> None:
        writer: TransactionalWriter | None = None
        watching: asyncio.Task[None] | None = None
        try:
            with kafka_errors():
                writer, source = await self._open_source(service, guard)
            instruments.works()
            instruments.looked()
            watching = asyncio.create_task(watch_writer(writer, instruments))
            while (outputs := await unless_stopped(stop, source.next_batch())) is not None:
                started = time.perf_counter()
                try:
                    with kafka_errors():
                        placed = await self._write_source(service, writer, outputs)
                except BaseException:
                    instruments.lost("failed")
                    raise
                instruments.published(outputs, time.perf_counter() - started)
                source.committed(placed)
                backoff.reset()
        finally:
            if watching is not None:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
            if writer is not None:
                await writer.close()

    async def _open_source(self, service: SourceService, guard: TopicGuard) -> tuple[TransactionalWriter, Source]:
        """A writer that has fenced any other instance of the source, and the source with its cursor restored."""
        await self._clients.require_finished()
        async with self._clients.reader() as reader:
            async with asyncio.timeout(self._clients.settings.kafka_stall_deadline):  # the client would try for ever
                writer = await TransactionalWriter.open(self._clients, service.group, guard)
            try:
                source = service.source()
                await _restore_cursor(service, source, reader, self._clients.names, guard.partitions(service.cursor))
            except BaseException:
                await writer.close()
                raise
        return writer, source

    @staticmethod
    async def _write_source(
        service: SourceService, writer: TransactionalWriter, outputs: Sequence[Output]
    ) -> Sequence[WriteResult]:
        """Write a batch of the source; where each output is.

        Raises:
            TakenOver: another instance has fenced this one. Opening anew would fence the other in turn, for ever.
        """
        try:
            return await writer.write(outputs, None, service.group)
        except (ProducerFenced, InvalidProducerEpoch) as error:
            raise TakenOver(
                ErrorCode.FENCED,
                f"another {service.name} of {service.cursor_key} has taken over; only one may run at a time",
            ) from error

    @staticmethod
    async def _nothing_left(reader: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                waiting = set(ends)
                while waiting := {tp for tp in waiting if await reader.position(tp) < ends[tp]}:
                    if any((await reader.getmany(*waiting, timeout_ms=100)).values()):
                        return False
        except TimeoutError:
            return False  # a transaction is still open
        return True


async def _restore_cursor(
    service: SourceService, source: Source, reader: AIOKafkaConsumer, names: KafkaNames, count: int
) -> None:
    """Restore the source from the cursor partitions of its keys.

    A key that has no record there is looked for in the others, since a source that found no cursor would publish
    everything again.

    Raises:
        StateCorrupted: a cursor is in a partition that its key does not belong to.
    """
    homes = {partition_of(key.encode(), count) for key in service.restores_from}
    missing = {key.encode() for key in service.restores_from}
    async for record in _cursor_records(service, reader, names, sorted(homes), count):
        missing.discard(service.cursor_of(record))
        restore(source, record)
    if missing and (others := sorted(set(range(count)) - homes)):
        async for _ in _cursor_records(service, reader, names, others, count):
            pass


async def _cursor_records(
    service: SourceService, reader: AIOKafkaConsumer, names: KafkaNames, numbers: Sequence[int], count: int
) -> AsyncIterator[Record]:
    """The source's records in these partitions of the cursor topic, each checked to belong there."""
    partitions = [TopicPartition(names.topic(service.cursor), number) for number in numbers]
    reader.assign(partitions)
    async for record in read_to_end(reader, partitions, names):
        if not service.restores(record):
            continue
        if record.value is not None and (home := partition_of(service.cursor_of(record), count)) != record.partition:
            raise StateCorrupted(
                ErrorCode.MISPLACED_STATE,
                f"{record.location}: the cursor of {service.name} belongs to partition {home} of {count}: partitions "
                "were added to the topic. `insidertape topics repartition` puts all records where they belong",
            )
        yield record
