"""Restores the history of the limit on dead letters when a partition on Kafka is opened."""

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.runtime.dead_letter_limit import TAILS, DeadLetterLimit, newest_history
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.names import KafkaNames
from services.runtime.kafka.reading import read_to_end
from services.runtime.port import Record, Service


async def resume_limit(
    limit: DeadLetterLimit,
    clients: KafkaClients,
    service: Service,
    partition: TopicPartition,
    reader: AIOKafkaConsumer,
    *,
    partitions: int,
) -> None:
    """Continue the limit from the history in the newest dead letter of the partition.

    `partitions` is the count of partitions of the input topic. The reader is left assigned to the partition of the dead
    letters.
    """
    if limit.never_stops:
        return
    dead_letters = TopicPartition(clients.names.topic(service.dead_letters), partition.partition)
    for most in TAILS:
        if history := newest_history(reversed(await _read_tail(reader, dead_letters, clients.names, most))):
            break
    else:
        return
    if limit.is_newer(history):
        asked = [TopicPartition(partition.topic, number) for number in history.next_offsets if number < partitions]
        committed = await clients.committed(service.group, asked)
        limit.resume(history, {tp.partition: offset or 0 for tp, offset in committed.items()})


async def _read_tail(reader: AIOKafkaConsumer, partition: TopicPartition, names: KafkaNames, most: int) -> list[Record]:
    """Return the committed records among the last `most` offsets of a partition.

    Transaction markers take offsets too, so there may be only half as many records.
    """
    reader.assign([partition])
    first = (await reader.beginning_offsets([partition]))[partition]
    start = max(first, (await reader.end_offsets([partition]))[partition] - most)
    after = {(names.contract(partition.topic), partition.partition): start}
    return [record async for record in read_to_end(reader, [partition], names, after)]
