"""The guarantees of the broker that exactly-once processing relies on, checked on the broker of the Kafka tests.

A mock of a broker accepts every call below and keeps none of these promises, so a suite that passes on a mock proves
nothing.
"""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import ProducerFenced

from deploy.kafka.local import LocalKafka
from tests.broker import create_topic

pytestmark = pytest.mark.kafka


@pytest.fixture
async def topic(kafka_bootstrap: str) -> str:
    """Return a topic with one partition that belongs to this test."""
    name = f"test.{uuid.uuid4().hex}"
    await create_topic(kafka_bootstrap, name)
    return name


@asynccontextmanager
async def transactional(bootstrap_servers: str, transactional_id: str) -> AsyncIterator[AIOKafkaProducer]:
    """Yield a producer that has taken over this transactional id from any earlier owner."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers, transactional_id=transactional_id, acks="all", linger_ms=0
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def settle(bootstrap_servers: str, transactional_id: str) -> None:
    """Wait until the end of the transaction has reached every partition.

    The broker acknowledges a commit once it has decided on it, and writes the markers later. It admits a new owner of
    the transactional id only after all markers are written.
    """
    async with transactional(bootstrap_servers, transactional_id):
        pass


async def read(bootstrap_servers: str, topic: str, isolation_level: str = "read_committed") -> list[bytes]:
    """Return everything in the topic, up to its end for a reader of this isolation level."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers, isolation_level=isolation_level, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        values: list[bytes] = []
        while await consumer.position(partition) < end:
            batches = await consumer.getmany(timeout_ms=200)
            values.extend(record.value for records in batches.values() for record in records)
        return values
    finally:
        await consumer.stop()


async def test_a_committed_transaction_is_read_whole_and_in_order(kafka_bootstrap: str, topic: str) -> None:
    """A transaction's records are visible to read_committed once it is committed, and not before."""
    async with transactional(kafka_bootstrap, f"{topic}.writer") as producer:
        await producer.begin_transaction()
        for value in (b"1", b"2", b"3"):
            await producer.send_and_wait(topic, value)
        assert await read(kafka_bootstrap, topic) == []
        await producer.commit_transaction()
    await settle(kafka_bootstrap, f"{topic}.writer")
    assert await read(kafka_bootstrap, topic) == [b"1", b"2", b"3"]


async def test_an_aborted_transaction_leaves_nothing_for_read_committed(kafka_bootstrap: str, topic: str) -> None:
    """The broker stores aborted records, shows them to read_uncommitted, and hides them from read_committed."""
    async with transactional(kafka_bootstrap, f"{topic}.writer") as producer:
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"regretted")
        await producer.abort_transaction()
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"meant")
        await producer.commit_transaction()
    await settle(kafka_bootstrap, f"{topic}.writer")
    assert await read(kafka_bootstrap, topic, "read_uncommitted") == [b"regretted", b"meant"]
    assert await read(kafka_bootstrap, topic) == [b"meant"]


async def test_a_second_producer_fences_the_first_and_aborts_its_transaction(kafka_bootstrap: str, topic: str) -> None:
    """The broker accepts only the latest owner of a transactional id; an earlier one can no longer commit."""
    async with transactional(kafka_bootstrap, f"{topic}.writer") as zombie:
        await zombie.begin_transaction()
        await zombie.send_and_wait(topic, b"of the zombie")
        async with transactional(kafka_bootstrap, f"{topic}.writer") as owner:
            await owner.begin_transaction()
            await owner.send_and_wait(topic, b"of the owner")
            await owner.commit_transaction()
        with pytest.raises(ProducerFenced):
            await zombie.commit_transaction()
    await settle(kafka_bootstrap, f"{topic}.writer")
    assert await read(kafka_bootstrap, topic) == [b"of the owner"]


async def test_offsets_are_committed_with_the_transaction_or_not_at_all(kafka_bootstrap: str, topic: str) -> None:
    """Offsets sent in a transaction become the group's if it commits, and are discarded if it aborts."""
    writer, group, partition = f"{topic}.writer", f"{topic}.group", TopicPartition(topic, 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka_bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([partition])
        async with transactional(kafka_bootstrap, writer) as producer:
            await producer.begin_transaction()
            await producer.send_offsets_to_transaction({partition: 7}, group)
            await producer.abort_transaction()
        await settle(kafka_bootstrap, writer)
        assert await consumer.committed(partition) is None
        async with transactional(kafka_bootstrap, writer) as producer:
            await producer.begin_transaction()
            await producer.send_offsets_to_transaction({partition: 8}, group)
            await producer.commit_transaction()
        await settle(kafka_bootstrap, writer)
        assert await consumer.committed(partition) == 8
    finally:
        await consumer.stop()


async def test_committed_records_survive_a_killed_broker(own_kafka: LocalKafka) -> None:
    """A broker restarted at the same address still has everything that it acknowledged before it was killed."""
    address = own_kafka.bootstrap_servers
    await create_topic(address, "survives")
    async with transactional(address, "writer") as producer:
        await producer.begin_transaction()
        await producer.send_and_wait("survives", b"acknowledged")
        await producer.commit_transaction()
        own_kafka.kill()
    own_kafka.restart()
    await settle(address, "writer")
    assert own_kafka.bootstrap_servers == address
    assert await read(address, "survives") == [b"acknowledged"]
