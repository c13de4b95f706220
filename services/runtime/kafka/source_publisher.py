"""Publishes what one source gives, from the opening of its transactional writer to its end."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import InvalidProducerEpoch, ProducerFenced

from contracts.codes import ErrorCode
from contracts.errors import StateCorrupted, TakenOver
from services.runtime.backoff import Backoff
from services.runtime.engine import unless_stopped
from services.runtime.instruments import ServiceInstruments
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.error_mapping import kafka_errors
from services.runtime.kafka.lag_monitor import watch_writer
from services.runtime.kafka.reading import read_to_end
from services.runtime.kafka.topic_guard import TopicGuard
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.runtime.partitioning import partition_of
from services.runtime.port import Output, Record, Source, SourceService, WriteResult
from services.runtime.restoring import restore


class SourcePublisher:
    """Writes the batches of one source, each with its cursor entries in one transaction."""

    def __init__(
        self, service: SourceService, clients: KafkaClients, guard: TopicGuard, instruments: ServiceInstruments
    ) -> None:
        self._service = service
        self._clients = clients
        self._guard = guard
        self._instruments = instruments

    async def run(self, stop: asyncio.Event, backoff: Backoff) -> None:
        """Publish until the source ends; each committed batch resets the backoff.

        Raises:
            Stopped: `stop` was set.
            TransientError: the broker is unavailable; run a new publisher.
            FatalError: the source must not continue.
        """
        writer: TransactionalWriter | None = None
        monitoring: asyncio.Task[None] | None = None
        try:
            with kafka_errors():
                writer, source = await self._open()
            self._instruments.works()
            self._instruments.looked()
            monitoring = asyncio.create_task(watch_writer(writer, self._instruments))
            while (outputs := await unless_stopped(stop, source.next_batch())) is not None:
                started = time.perf_counter()
                try:
                    with kafka_errors():
                        written = await self._write(writer, outputs)
                except BaseException:
                    self._instruments.lost("failed")
                    raise
                self._instruments.published(outputs, time.perf_counter() - started)
                source.committed(written)
                backoff.reset()
        finally:
            if monitoring is not None:
                monitoring.cancel()
                await asyncio.gather(monitoring, return_exceptions=True)
            if writer is not None:
                await writer.close()

    async def _open(self) -> tuple[TransactionalWriter, Source]:
        """Return a writer that has fenced any other instance of the source, and the source with its cursor restored."""
        await self._clients.require_finished()
        async with self._clients.reader() as reader:
            async with asyncio.timeout(self._clients.settings.kafka_stall_deadline):  # the client would try forever
                writer = await TransactionalWriter.open(self._clients, self._service.group, self._guard)
            try:
                source = self._service.source()
                await self._restore_cursor(source, reader)
            except BaseException:
                await writer.close()
                raise
        return writer, source

    async def _write(self, writer: TransactionalWriter, outputs: Sequence[Output]) -> Sequence[WriteResult]:
        """Write a batch and return where each of its outputs is.

        Raises:
            TakenOver: another instance has fenced this one. Reopening would fence that one in turn, without end.
        """
        try:
            return await writer.write(outputs, None, self._service.group)
        except (ProducerFenced, InvalidProducerEpoch) as error:
            raise TakenOver(
                ErrorCode.FENCED,
                f"another {self._service.name} of {self._service.cursor_key} has taken over; "
                "only one may run at a time",
            ) from error

    async def _restore_cursor(self, source: Source, reader: AIOKafkaConsumer) -> None:
        """Restore the source from the partitions that its cursor keys belong to.

        If a key has no record there, the other partitions are searched for it: a source without its cursor would
        publish everything again.

        Raises:
            StateCorrupted: a cursor is in a partition that its key does not belong to.
        """
        count = self._guard.partitions(self._service.cursor)
        homes = {partition_of(key.encode(), count) for key in self._service.restores_from}
        missing = {key.encode() for key in self._service.restores_from}
        async for record in self._cursor_records(reader, sorted(homes)):
            missing.discard(self._service.cursor_of(record))
            restore(source, record)
        if missing and (others := sorted(set(range(count)) - homes)):
            async for _ in self._cursor_records(reader, others):
                pass  # each record is checked as it is read

    async def _cursor_records(self, reader: AIOKafkaConsumer, numbers: Sequence[int]) -> AsyncIterator[Record]:
        """Yield the source's records in these partitions of the cursor topic.

        Raises:
            StateCorrupted: a record is in a partition that its key does not belong to.
        """
        service, names = self._service, self._clients.names
        count = self._guard.partitions(service.cursor)
        partitions = [TopicPartition(names.topic(service.cursor), number) for number in numbers]
        reader.assign(partitions)
        async for record in read_to_end(reader, partitions, names):
            if not service.restores(record):
                continue
            home = partition_of(service.cursor_of(record), count)
            if record.value is not None and home != record.partition:
                raise StateCorrupted(
                    ErrorCode.MISPLACED_STATE,
                    f"{record.location}: the cursor of {service.name} belongs to partition {home} of {count}: "
                    "partitions were added to the topic. `insidertape topics repartition` puts all records where they "
                    "belong",
                )
            yield record
