"""Holdings on topics to which partitions were added: it names the topic and stops, before any alert is wrong.

Without the guards, `before` was 6000 for 8500, version 1 existed twice, and then the state could not be opened.
"""

import asyncio
import re
from contextlib import aclosing

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.codec import encode
from contracts.errors import Misconfigured, StateCorrupted
from contracts.topics import ALERTS, HOLDINGS_DEAD_LETTERS, POSITIONS, TOPICS, TRANSACTIONS, Topic
from deploy.kafka.local import LocalKafka
from services.cli.state.state_repair import repair_partition
from services.holdings.processor import holdings_service
from services.runtime.kafka.kafka_engine import KafkaEngine
from services.runtime.partitioning import partition_of
from services.runtime.port import Record
from tests.broker import add_partitions
from tests.chaos.deployments import KafkaDeployment
from tests.engines.arena import HOME, LATER, OPENED, PARTITIONS, SOLD, Arena
from tests.unit.cli.command import insidertape
from tests.unit.holdings.builders import ISSUER

pytestmark = pytest.mark.kafka

NEVER = 3_600.0
MORE = next(n for n in range(PARTITIONS + 1, 20) if HOME != partition_of(ISSUER.key.encode(), n) < PARTITIONS)
"""A number of partitions that moves the issuer's reports to another partition which holdings already reads."""
MOVED = partition_of(ISSUER.key.encode(), MORE)
WRITTEN = (POSITIONS, ALERTS, HOLDINGS_DEAD_LETTERS)


@pytest.fixture
async def arena(modules_kafka: LocalKafka) -> Arena:
    """Return one owner's book, from a holdings process that has stopped. Topics are checked only on demand."""
    deployment = KafkaDeployment(modules_kafka, partitions=PARTITIONS)
    await deployment.prepare()
    settings = deployment.clients.settings.model_copy(update={"kafka_topic_check_interval": NEVER})
    arena = Arena(settings, KafkaEngine(settings))
    await arena.publish(OPENED)
    await arena.drain()
    return arena


async def add(arena: Arena, *topics: Topic) -> None:
    """Add partitions to the topics."""
    _, servers = arena.options
    for topic in topics:
        await add_partitions(servers, topic.name, MORE)


async def written(arena: Arena) -> list[Record]:
    """Return all records that holdings has written."""
    return [record for topic in WRITTEN for record in await arena.records(topic)]


def partitions_changed(topic: Topic) -> str:
    """Return a pattern of the message that names the topic."""
    return re.escape(f"partitions_changed: {topic.name} has {MORE} partitions, and had {PARTITIONS} when holdings ")


async def test_a_report_rerouted_by_new_partitions_stops_running_holdings(arena: Arena) -> None:
    """Its producer learns about the new partitions before holdings checks them."""
    running = asyncio.create_task(arena.run())
    await arena.publish(SOLD)
    async with aclosing(arena.engine.read((ALERTS,), follow=True)) as alerts:
        async for record in alerts:
            if b'"b"' in (record.value or b""):
                break
    before = await written(arena)
    await add(arena, TRANSACTIONS)
    await arena.publish(LATER)
    assert {each.partition for each in await arena.records(TRANSACTIONS) if each.value == encode(LATER)} == {MOVED}
    with pytest.raises(Misconfigured, match=partitions_changed(TRANSACTIONS) + "started: .* repartition --to"):
        await running
    assert await written(arena) == before


@pytest.mark.parametrize(
    "topic", [TRANSACTIONS, POSITIONS, ALERTS, HOLDINGS_DEAD_LETTERS], ids=lambda topic: topic.name
)
async def test_a_start_with_partitions_added_to_one_topic_is_refused(arena: Arena, topic: Topic) -> None:
    """The message names only that topic."""
    before = await written(arena)
    await add(arena, topic)
    with pytest.raises(
        Misconfigured, match=f"not_co_partitioned: {topic.name} has {MORE} partitions, and .* {PARTITIONS}:"
    ):
        await arena.run()
    assert await written(arena) == before


async def test_a_start_with_partitions_added_to_all_topics_is_refused(arena: Arena) -> None:
    """The partition counts are equal, but the state is in the old partitions: committed offsets carry the old count."""
    before = await written(arena)
    await add(arena, *TOPICS)
    await arena.publish(LATER)
    with pytest.raises(Misconfigured, match=partitions_changed(TRANSACTIONS) + "last committed: .* repartition --to"):
        await arena.run()
    assert await written(arena) == before


async def test_state_misplaced_by_partitions_added_to_all_topics_is_not_restored(arena: Arena) -> None:
    """This holds even if the offsets have no count, because an older release or an operator committed them."""
    _, servers = arena.options
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, group_id=holdings_service().group, enable_auto_commit=False)
    await consumer.start()
    home = TopicPartition(TRANSACTIONS.name, HOME)
    consumer.assign([home])
    await consumer.commit({home: 1})
    await consumer.stop()
    await add(arena, *TOPICS)
    message = rf"misplaced_state: {POSITIONS.name}\[{HOME}\]@0: .* belongs to partition {MOVED} of {MORE}; "
    with pytest.raises(StateCorrupted, match=message):
        await arena.run()
    listed = insidertape("state", "verify", *arena.options)
    assert f"misplaced_state: {POSITIONS.name}[{HOME}]@0" in listed.stdout
    with pytest.raises(Misconfigured, match=rf"partitions_changed: {TRANSACTIONS.name}\[{HOME}\]@0 .* repartition"):
        await repair_partition(arena.engine, HOME)
