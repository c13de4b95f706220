"""One transactional producer, and the way to use it that is exactly once.

Every send is awaited inside the transaction: a commit succeeds although a batch of it failed. After any error the
writer is closed and never used again: an abort may not reach the broker, but the next writer's start settles it.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import IllegalOperation, KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from services.runtime.kafka_clients import KafkaClients
from services.runtime.kafka_denials import naming
from services.runtime.kafka_names import KafkaNames
from services.runtime.partitioning import partition_of_output
from services.runtime.port import Output

_CLOSE_SECONDS = 5.0


class TransactionalWriter:
    """Writes batches, each with the offsets it accounts for, under one transactional id."""

    def __init__(self, producer: AIOKafkaProducer, names: KafkaNames, deadline: float) -> None:
        self._producer = producer
        self._names = names
        self._deadline = deadline

    @classmethod
    async def open(cls, clients: KafkaClients, transactional_id: str) -> "TransactionalWriter":
        """Start a writer: this fences any older one of the id and settles the transaction it left."""
        producer = clients.producer(transactional_id)
        try:
            with naming("Write", transactional_id=clients.names.qualified(transactional_id)):
                async with asyncio.timeout(clients.settings.kafka_stall_deadline):  # it would try for ever
                    await producer.start()
        except BaseException:
            await _close(producer)
            raise
        return cls(producer, clients.names, clients.settings.kafka_commit_deadline)

    async def write(self, outputs: Sequence[Output], offsets: dict[TopicPartition, int] | None, group: str) -> None:
        """Write the outputs and commit the group's offsets, all or nothing, within the deadline.

        The offsets follow the outputs: sent beside them, the group's coordinator now and then refuses them while the
        transaction's is at work on the partitions, and aiokafka asks again only 100 ms later.

        An error leaves the outcome open: close this writer, open another, and ask for the committed offset.
        """
        async with asyncio.timeout(self._deadline):
            with naming("Write", group=self._names.qualified(group)):
                await self._write(outputs, offsets, group)

    async def close(self) -> None:
        """Let go of the producer, whatever state it is in."""
        await _close(self._producer)

    async def _write(self, outputs: Sequence[Output], offsets: dict[TopicPartition, int] | None, group: str) -> None:
        await self._producer.begin_transaction()
        try:
            await self._send_all(outputs)
            if offsets is not None:
                await self._producer.send_offsets_to_transaction(offsets, self._names.qualified(group))
            await self._producer.commit_transaction()
        except (KafkaError, IllegalOperation):
            # What broke the transaction is kept there; what is raised is often only what followed from it.
            ended = self._producer._txn_manager.wait_for_transaction_end()  # noqa: SLF001 - nothing public tells it
            if ended.done():
                ended.result()
            raise

    async def _send_all(self, outputs: Sequence[Output]) -> None:
        """Send the outputs, those of a partition in order, and await every delivery.

        Once a delivery has failed the client refuses further sends, without saying why: the failed delivery says it.
        """
        sent: list[asyncio.Future[object]] = []
        try:
            await self._send_batches(outputs, sent)
        except (KafkaError, IllegalOperation):
            for delivery in sent:
                if delivery.done():
                    delivery.result()
            raise
        for delivery in sent:
            await delivery

    async def _send_batches(self, outputs: Sequence[Output], sent: "list[asyncio.Future[object]]") -> None:
        """Put the outputs into batches and send these; a batch costs the client what a record sent alone would."""
        now = now_ms()
        names = {self._names.topic(output.topic) for output in outputs}
        counts = {name: len(await self._producer.partitions_for(name)) for name in names}
        filling: dict[TopicPartition, BatchBuilder] = {}
        for output in outputs:
            name = self._names.topic(output.topic)
            place = TopicPartition(name, partition_of_output(output, counts[name]))
            if (batch := filling.get(place)) is not None:
                if _append(batch, output, now):
                    continue
                sent.append(await self._send(batch, place))
            filling[place] = self._producer.create_batch()
            _append(filling[place], output, now)  # an empty batch takes any record
        for place, batch in filling.items():
            sent.append(await self._send(batch, place))

    async def _send(self, batch: BatchBuilder, place: TopicPartition) -> "asyncio.Future[object]":
        batch.close()
        delivery: asyncio.Future[object] = await self._producer.send_batch(
            batch, place.topic, partition=place.partition
        )
        delivery.add_done_callback(_heed)
        return delivery


def now_ms() -> int:
    """Return the time that records are dated, in milliseconds since the epoch by this machine's clock."""
    return time.time_ns() // 1_000_000


def _append(batch: BatchBuilder, output: Output, timestamp_ms: int) -> bool:
    """Whether the batch took the output."""
    taken = batch.append(timestamp=timestamp_ms, key=output.key, value=output.value, headers=list(output.headers))
    return taken is not None


def _heed(delivery: "asyncio.Future[object]") -> None:
    """Take note of a delivery's error: of many that fail together the writer raises one; asyncio would log the rest."""
    if not delivery.cancelled():
        delivery.exception()


async def _close(producer: AIOKafkaProducer) -> None:
    """Stop a producer that may hold a transaction it cannot end: bounded, and its errors are of no more use.

    Its own stop gives up at the first trouble, and would leave a sender at work and connections open behind it.
    """
    sender = producer._sender  # noqa: SLF001 - nothing public ends the sender alone
    for end in (producer.stop, sender.close, producer.client.close):
        with suppress(KafkaError, OSError, TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await end()
