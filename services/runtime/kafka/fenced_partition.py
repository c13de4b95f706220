"""Holds one partition of a service that does not run, by the transactional id that the service itself would use."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from aiokafka import TopicPartition
from aiokafka.errors import InvalidProducerEpoch, ProducerFenced

from contracts.codes import ErrorCode
from contracts.errors import TakenOver
from contracts.topics import Topic
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.error_mapping import kafka_errors
from services.runtime.kafka.group_description import members_of
from services.runtime.kafka.reading import read_to_end
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.runtime.port import Output, Record, Service

_PATIENCE: Final = {"kafka_commit_deadline": 600.0, "kafka_transaction_timeout": 900.0}
"""A partition's whole state is written in one transaction: 900 s is the longest that a broker allows by default."""


class KafkaOwnedPartition:
    """See `OwnedPartition`."""

    def __init__(
        self, clients: KafkaClients, service: Service, partition: int, writer: TransactionalWriter, committed: int
    ) -> None:
        self._clients = clients
        self._service = service
        self._partition = partition
        self._writer = writer
        self.committed = committed

    async def read(self, topic: Topic) -> AsyncGenerator[Record, None]:
        """See `OwnedPartition.read`."""
        with kafka_errors():
            partition = self._partition_of(topic)
            async with self._clients.reader() as reader:
                reader.assign([partition])
                async for record in read_to_end(reader, [partition], self._clients.names):
                    yield record

    def name_of(self, topic: Topic) -> str:
        """See `OwnedPartition.name_of`."""
        return self._clients.names.topic(topic)

    async def begins(self, topic: Topic) -> int:
        """See `OwnedPartition.begins`."""
        partition = self._partition_of(topic)
        with kafka_errors():
            async with self._clients.reader() as reader:
                return int((await reader.beginning_offsets([partition]))[partition])

    async def write(self, outputs: Sequence[Output]) -> None:
        """See `OwnedPartition.write`. A service that was started in the meantime has fenced this writer."""
        with kafka_errors():
            await _unless_fenced(self._writer, outputs, self._service)

    def _partition_of(self, topic: Topic) -> TopicPartition:
        return TopicPartition(self.name_of(topic), self._partition)


@asynccontextmanager
async def owned_partition(
    clients: KafkaClients, service: Service, partition: int
) -> AsyncIterator[KafkaOwnedPartition]:
    """Take the partition: check that its group has no members, then fence the previous writer.

    The committed offset is read afterwards, so no other writer can change it any more.

    Raises:
        TakenOver: the service runs.
    """
    patient = KafkaClients(clients.settings.model_copy(update=_PATIENCE))
    input_partition = TopicPartition(clients.names.topic(service.input_topic), partition)
    with kafka_errors():
        await refuse_members(clients, service)
        writer = await TransactionalWriter.open(patient, service.transactional_id(partition))
    try:
        with kafka_errors():
            committed = (await clients.committed(service.group, [input_partition]))[input_partition] or 0
        yield KafkaOwnedPartition(clients, service, partition, writer, committed)
    finally:
        await writer.close()


async def _unless_fenced(writer: TransactionalWriter, outputs: Sequence[Output], service: Service) -> None:
    try:
        await writer.write(outputs, None, service.group)
    except (ProducerFenced, InvalidProducerEpoch) as error:
        raise TakenOver(
            ErrorCode.SERVICE_RAN, f"{service.name} was started in the meantime; nothing was written"
        ) from error


async def refuse_members(clients: KafkaClients, service: Service) -> None:
    """Check that the service does not run.

    Raises:
        TakenOver: the service's group has members.
    """
    if members := await members_of(clients, service):
        raise TakenOver(
            ErrorCode.SERVICE_RUNS, f"{service.name} runs with {len(members)} members; stop all of them first"
        )
