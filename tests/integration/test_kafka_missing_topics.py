"""Topics at the start of a service: all of them must exist, and must be co-partitioned."""

import asyncio

import pytest

from contracts.errors import Misconfigured
from contracts.topics import Topic
from tests.engines.bench import within
from tests.engines.processors import CountingSource, Numbers, new_topic
from tests.integration.kafka_broker import PARTITIONS, KafkaBroker

pytestmark = pytest.mark.kafka


async def test_a_changelog_that_is_not_co_partitioned_with_its_input_is_refused(broker: KafkaBroker) -> None:
    """State would be restored from partitions of other keys; the message names the topic that differs."""
    topics = Numbers()
    await broker.create(*(topic for topic in topics.all if topic != topics.totals))
    await broker.create(topics.totals, partitions=PARTITIONS + 1)
    with pytest.raises(Misconfigured, match=f"not_co_partitioned: {topics.totals.name} has 3 partitions, and .* 2: "):
        await broker.run(topics.service())


@pytest.mark.parametrize("missing", ["numbers", "totals", "echoes", "dead_letters"])
async def test_a_service_without_one_of_its_topics_is_refused(broker: KafkaBroker, missing: str) -> None:
    """The error is raised at the start, not at the first record for the topic; it says how to create topics."""
    topics = Numbers()
    absent: Topic = getattr(topics, missing)
    await broker.create(*(topic for topic in topics.all if topic != absent))
    with pytest.raises(Misconfigured, match=f"no_topic: .*{absent.name}; `insidertape topics apply` creates all"):
        await broker.run(topics.service())


@pytest.mark.parametrize("missing", ["cursor", "numbers"])
async def test_a_source_without_one_of_its_topics_is_refused(broker: KafkaBroker, missing: str) -> None:
    """The error is raised before the source publishes anything."""
    topics = Numbers()
    absent: Topic = getattr(topics, missing)
    await broker.create(*(topic for topic in topics.all if topic != absent))
    source = topics.source_service(lambda: CountingSource(topics, 3))
    with pytest.raises(Misconfigured, match=f"no_topic: .*{absent.name}"):
        await within(broker.engine().run_source(source, asyncio.Event()))


async def test_reading_a_missing_topic_is_refused(broker: KafkaBroker) -> None:
    """A command must not wait for a topic that was never created."""
    with pytest.raises(Misconfigured, match="no_topic"):
        await within(broker.values(new_topic("absent")))
