"""Reads the committed records of partitions, from given offsets to the end that they have now."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from services.runtime.engine import FROM_BEGINNING, Offsets
from services.runtime.kafka.fetched_batches import UnreadableBytes
from services.runtime.kafka.names import KafkaNames
from services.runtime.kafka.topic_guard import TopicGuard
from services.runtime.port import Record

_RECORDS_PER_TURN: Final = 200
"""Records yielded before other tasks, such as the heartbeat, have a turn: fetched records are there without waiting."""


async def read_to_end(
    consumer: AIOKafkaConsumer,
    partitions: Sequence[TopicPartition],
    names: KafkaNames,
    after: Offsets = FROM_BEGINNING,
    guard: TopicGuard | None = None,
) -> AsyncGenerator[Record, None]:
    """Yield every committed record of the assigned partitions, from the given offsets to the end they have now.

    A consumer's position moves past commit and abort markers up to the last stable offset. So a partition is read to
    its end when the position reaches the end; the offsets before it may hold no record.

    A topic that is deleted meanwhile never reaches that end. When nothing arrives, the guard checks the topics; without
    one, the ends are requested again, which fails for a topic that is gone.

    Raises:
        KafkaError: the broker does not answer, or a topic is gone.
        Misconfigured: the guard found that a topic was changed.
    """
    await _seek(consumer, partitions, names, after)
    ends = await consumer.end_offsets(partitions)
    unfinished = set(partitions)
    while unfinished := {tp for tp in unfinished if await consumer.position(tp) < ends[tp]}:
        batches = await consumer.getmany(*unfinished, timeout_ms=200)
        if not batches and guard is not None:
            await guard.check_if_due()
        elif not batches:
            now = await consumer.end_offsets(list(unfinished))
            ends = {tp: min(ends[tp], now[tp]) for tp in unfinished}
        for messages in batches.values():
            for number, message in enumerate(messages):
                if number % _RECORDS_PER_TURN == 0:
                    await asyncio.sleep(0)
                yield record_of(message, names)


async def _seek(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], names: KafkaNames, after: Offsets
) -> None:
    starts = {tp: after.get((names.contract(tp.topic), tp.partition)) for tp in partitions}
    for partition, start in starts.items():
        if start:
            consumer.seek(partition, start)
    if from_beginning := [partition for partition, start in starts.items() if not start]:
        # All in one call: each request waits for the fetch that is under way.
        await consumer.seek_to_beginning(*from_beginning)


def record_of(message: ConsumerRecord, names: KafkaNames) -> Record:
    """Return aiokafka's record as one of the port."""
    return Record(
        names.contract(message.topic),
        message.partition,
        message.offset,
        message.key,
        message.value,
        tuple(message.headers),
        message.timestamp,
        message.value.reason if type(message.value) is UnreadableBytes else None,
        names.namespace,
    )
