"""Writes exactly once, with one transactional producer.

Every send is awaited inside its transaction, since a commit would succeed even if one of its batches had failed. After
any error the writer is closed and not used again: an abort may not reach the broker, but the start of the next writer
settles the transaction.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import IllegalOperation, KafkaConnectionError, KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import OffsetAndMetadata, RecordMetadata

from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.denials import naming
from services.runtime.kafka.names import KafkaNames
from services.runtime.kafka.topic_guard import TopicGuard
from services.runtime.kafka.workarounds import close_producer, raise_transaction_error
from services.runtime.partitioning import partition_of_output
from services.runtime.port import Output, WriteResult

Delivery = asyncio.Future[RecordMetadata]
"""The future offset of a batch: where its first record is."""


class TransactionalWriter:
    """Writes batches with the offsets that they account for, under one transactional id.

    With a guard, keys are routed by the counts of partitions that it has pinned.
    """

    def __init__(
        self, producer: AIOKafkaProducer, names: KafkaNames, deadline: float, guard: TopicGuard | None = None
    ) -> None:
        self._producer = producer
        self._names = names
        self._deadline = deadline
        self._guard = guard

    @classmethod
    async def open(
        cls, clients: KafkaClients, transactional_id: str, guard: TopicGuard | None = None
    ) -> "TransactionalWriter":
        """Start a writer, which fences any older one with the same id and settles the transaction it left open."""
        producer = clients.producer(transactional_id)
        try:
            with naming("Write", transactional_id=clients.names.qualified(transactional_id)):
                await producer.start()
        except BaseException:
            await close_producer(producer)
            raise
        return cls(producer, clients.names, clients.settings.kafka_commit_deadline, guard)

    async def write(
        self, outputs: Sequence[Output], offsets: Mapping[TopicPartition, int | OffsetAndMetadata] | None, group: str
    ) -> list[WriteResult]:
        """Write the outputs and commit the group's offsets, all or nothing, and return where each output is.

        The offsets are sent after the outputs. If both were sent at once, the group's coordinator would sometimes
        refuse the offsets while the transaction's coordinator adds the partitions; aiokafka would retry after 100 ms.

        After an error the outcome is unknown: close this writer, open another, and read the committed offset.

        Raises:
            Misconfigured: a topic's count of partitions is not the guard's; nothing is written.
            TimeoutError: the deadline has passed.
        """
        async with asyncio.timeout(self._deadline):
            with naming("Write", group=self._names.qualified(group)):
                return await self._write(outputs, offsets, group)

    async def refresh(self) -> None:
        """Request the broker's metadata again.

        Raises:
            KafkaConnectionError: no broker answers.
        """
        if not await self._producer.client.force_metadata_update():
            raise KafkaConnectionError("no broker answers")

    async def close(self) -> None:
        """Close the producer, whatever state it is in."""
        await close_producer(self._producer)

    async def _write(
        self, outputs: Sequence[Output], offsets: Mapping[TopicPartition, int | OffsetAndMetadata] | None, group: str
    ) -> list[WriteResult]:
        counts = await self._counts(outputs)
        await self._producer.begin_transaction()
        try:
            placed = await self._send_all(outputs, counts)
            if offsets is not None:
                await self._producer.send_offsets_to_transaction(dict(offsets), self._names.qualified(group))
            await self._producer.commit_transaction()
        except (KafkaError, IllegalOperation):
            raise_transaction_error(self._producer)
            raise
        return placed

    async def _counts(self, outputs: Sequence[Output]) -> dict[str, int]:
        """Return the count of partitions of each topic in the outputs, by the broker's name of the topic."""
        counts: dict[str, int] = {}
        for topic in {output.topic for output in outputs}:
            name = self._names.topic(topic)
            counts[name] = len(await self._producer.partitions_for(name))
            if self._guard is not None:
                self._guard.require_partitions(topic, counts[name])
        return counts

    async def _send_all(self, outputs: Sequence[Output], counts: Mapping[str, int]) -> list[WriteResult]:
        """Send the outputs, in order per partition, await every delivery, and return where each output is.

        Once a delivery has failed, the client refuses further sends without a cause: the failed delivery has it.
        """
        sent: dict[BatchBuilder, Delivery] = {}
        try:
            written = await self._send_batches(outputs, counts, sent)
        except (KafkaError, IllegalOperation):
            for delivery in sent.values():
                if delivery.done():
                    delivery.result()
            raise
        begins = {batch: (await delivery).offset for batch, delivery in sent.items()}
        return [
            WriteResult(partition, begins[batch] + index if begins[batch] >= 0 else None)
            for batch, partition, index in written
        ]

    async def _send_batches(
        self, outputs: Sequence[Output], counts: Mapping[str, int], sent: dict[BatchBuilder, Delivery]
    ) -> list[tuple[BatchBuilder, int, int]]:
        """Send the outputs in batches, and return for each its batch, partition, and number within the batch.

        For the client, a batch costs as much as a single record.
        """
        now = now_ms()
        filling: dict[TopicPartition, BatchBuilder] = {}
        written: list[tuple[BatchBuilder, int, int]] = []
        for output in outputs:
            name = self._names.topic(output.topic)
            partition = TopicPartition(name, partition_of_output(output, counts[name]))
            batch = filling.get(partition)
            if batch is None or not _append(batch, output, now):
                if batch is not None:
                    sent[batch] = await self._send(batch, partition)
                batch = filling[partition] = self._producer.create_batch()
                _append(batch, output, now)  # an empty batch takes any record
            written.append((batch, partition.partition, batch.record_count() - 1))
        for partition, batch in filling.items():
            sent[batch] = await self._send(batch, partition)
        return written

    async def _send(self, batch: BatchBuilder, partition: TopicPartition) -> Delivery:
        batch.close()
        delivery: Delivery = await self._producer.send_batch(batch, partition.topic, partition=partition.partition)
        delivery.add_done_callback(_retrieve_error)
        return delivery


def now_ms() -> int:
    """Return the time given to records, in milliseconds since the epoch by this machine's clock."""
    return time.time_ns() // 1_000_000


def _append(batch: BatchBuilder, output: Output, timestamp_ms: int) -> bool:
    """Append the output to the batch; return False if the batch is full."""
    dated = timestamp_ms if output.timestamp_ms is None else output.timestamp_ms
    taken = batch.append(timestamp=dated, key=output.key, value=output.value, headers=list(output.headers))
    return taken is not None


def _retrieve_error(delivery: Delivery) -> None:
    """Mark a delivery's error as retrieved: the writer raises the first one, and asyncio would log the others."""
    if not delivery.cancelled():
        delivery.exception()
