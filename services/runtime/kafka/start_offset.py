"""Finds the offset from which a service works on a partition after it was opened."""

from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.topic_guard import TopicGuard
from services.runtime.port import Service


async def find_start_offset(
    clients: KafkaClients, service: Service, partition: TopicPartition, reader: AIOKafkaConsumer, guard: TopicGuard
) -> int:
    """Return the committed offset of the service's group, or the partition's first offset if it has committed none.

    Raises:
        Misconfigured: the records at that offset are gone, or the group's state was made with another count of
            partitions.
    """
    offsets = await clients.committed_metadata(service.group, _relevant(service, partition, guard))
    if service.changelog is not None:
        guard.require_notes(service.input_topic, (each.metadata for each in offsets.values() if each))
    found = offsets[partition]
    beginning = int((await reader.beginning_offsets([partition]))[partition])
    end = int((await reader.end_offsets([partition]))[partition])
    if found is None:
        return beginning
    committed = int(found.offset)
    if not beginning <= committed <= end:
        group = clients.names.qualified(service.group)
        raise Misconfigured(
            ErrorCode.OFFSET_OUT_OF_RANGE,
            f"{group} has committed offset {committed} of {partition}, which holds {beginning} to {end}: "
            "records were deleted before they were processed, or the topic was deleted and created again",
        )
    return committed


def _relevant(service: Service, partition: TopicPartition, guard: TopicGuard) -> list[TopicPartition]:
    """Return the partitions whose committed offsets concern this one.

    For a service with state these are all: a partition that was just added has no committed offset yet, but the others
    carry notes of the old count.
    """
    if service.changelog is None:
        return [partition]
    return [TopicPartition(partition.topic, number) for number in range(guard.partitions(service.input_topic))]
