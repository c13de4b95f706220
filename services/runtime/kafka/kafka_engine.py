"""The Kafka engine: runs services over a broker, exactly once, in up to as many processes as there are partitions."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.errors import TransientError
from contracts.topics import Topic
from services.runtime.backoff import Backoff
from services.runtime.dead_letter_limit import DeadLetterLimit
from services.runtime.engine import FROM_BEGINNING, Offsets, OwnedPartition, Stopped
from services.runtime.instruments import Instruments, ServiceInstruments
from services.runtime.kafka.broker_status import group_progress, group_status, topic_statuses
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.error_mapping import kafka_errors
from services.runtime.kafka.fenced_partition import owned_partition
from services.runtime.kafka.group_member import GroupMember
from services.runtime.kafka.reading import read_to_end, record_of
from services.runtime.kafka.source_publisher import SourcePublisher
from services.runtime.kafka.topic_guard import TopicGuard
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.runtime.port import Output, Record, Service, SourceService
from services.runtime.settings import KafkaSettings
from services.runtime.snapshot_file import prepare_directory
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
        directory = self._clients.settings.snapshot_directory
        if service.changelog is not None and directory is not None:
            prepare_directory(directory)
        try:
            while not stop.is_set():
                try:
                    await self._clients.broker.connect(stop, instruments.connects)
                    await GroupMember(service, self._clients, limit, guard, instruments).run(stop)
                except Stopped:
                    return
                except TransientError as error:
                    await self._report(error, "member_restarted", service.name, instruments)
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
                    await guard.hold(SourcePublisher(service, self._clients, guard, instruments).run(stop, backoff))
                except Stopped:
                    return
                except TransientError as error:
                    await self._report(error, "source_reopened", service.name, instruments)
                    await backoff.wait(stop)
                else:
                    return
        finally:
            instruments.ended()

    async def caught_up(self, service: Service) -> bool:
        """See `Engine.caught_up`.

        Lag cannot decide this: it includes commit markers, and a transaction that was just committed may not show yet.
        So the rest of each partition is read. The group has caught up if a read_committed consumer finds no record up
        to the true end.
        """
        await self._clients.broker.connect()
        with kafka_errors():
            partitions = await self._clients.partitions(service.input_topic)
            async with self._clients.reader(committed_only=False) as uncommitted:
                ends: dict[TopicPartition, int] = await uncommitted.end_offsets(partitions)
            committed = await self._clients.committed(service.group, partitions)
            starts = {tp: committed[tp] or 0 for tp in partitions}
            rest = [tp for tp in partitions if starts[tp] < ends[tp]]
            if not rest:
                return True
            async with self._clients.reader() as reader:
                reader.assign(rest)
                for partition in rest:
                    reader.seek(partition, starts[partition])
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
        """See `Engine.read`; records are in order within a partition.

        Raises:
            Misconfigured: while it followed them, the topics were changed, so that it would miss records.
        """
        await self._clients.broker.connect()
        guard = TopicGuard(self._clients, "this reader", topics, reads_only=True)
        if follow:
            await guard.check()
        with kafka_errors():
            partitions = await self._clients.partitions(*topics)
            async with self._clients.reader() as reader:
                reader.assign(partitions)
                watched = guard if follow else None
                async for record in read_to_end(reader, partitions, self._clients.names, after, watched):
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
        """See `Engine.close`. There is nothing to close: every client is closed by the method that opened it."""

    async def _report(self, error: TransientError, event: str, service: str, instruments: ServiceInstruments) -> None:
        """Log what made the service start again, with the cause that the broker gives, and show it on the probes."""
        instruments.waits(error)
        cause = await self._clients.broker.explain(error)
        _log.warning(event, service=service, code=cause.code, error=cause.message)
        instruments.waits(cause)

    @staticmethod
    async def _nothing_left(reader: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                unread = set(ends)
                while unread := {tp for tp in unread if await reader.position(tp) < ends[tp]}:
                    if any((await reader.getmany(*unread, timeout_ms=100)).values()):
                        return False
        except TimeoutError:
            return False  # a transaction is still open
        return True
