"""Topics on a real broker: created only from the contracts' table, and compared with it."""

from dataclasses import replace
from uuid import uuid4

import pytest

from contracts.errors import Misconfigured, Unreachable
from contracts.topics import FILINGS, MEBIBYTE, POSITIONS, Topic
from deploy.kafka.local import free_ports
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.topic_admin import apply_topics, check_topics
from services.runtime.settings import KafkaSettings, load

pytestmark = pytest.mark.kafka


@pytest.fixture
def topics() -> tuple[Topic, Topic]:
    """Return a topic that expires and a compacted one, like those of the contracts, with unique names."""
    own = uuid4().hex[:12]
    return (
        replace(FILINGS, name=f"test.filings.{own}.v1"),
        replace(POSITIONS, name=f"test.positions.{own}.v1"),
    )


def clients(bootstrap: str, *, partitions: int = 3, replication: int = 1, namespace: str = "") -> KafkaClients:
    """Return clients whose topics have the given numbers of partitions and replicas."""
    return KafkaClients(
        load(
            KafkaSettings,
            kafka_bootstrap_servers=bootstrap,
            kafka_partitions=partitions,
            kafka_replication=replication,
            namespace=namespace,
        )
    )


async def test_topics_are_created_as_the_contracts_require(kafka_bootstrap: str, topics: tuple[Topic, Topic]) -> None:
    """Partitions, compaction, retention and the largest record; a check then finds no difference."""
    broker = clients(kafka_bootstrap)
    assert await apply_topics(broker, topics) == [topic.name for topic in topics]
    assert [tp.partition for tp in await broker.partitions(*topics)] == [0, 1, 2, 0, 1, 2]
    assert await check_topics(broker, topics) == []
    stricter = [replace(topics[0], cleanup="compact", retention_ms=1, max_message_bytes=MEBIBYTE)]
    assert await check_topics(broker, stricter) == [
        f"{topics[0].name} has cleanup.policy=delete, but the contract requires compact",
        f"{topics[0].name} has retention.ms={FILINGS.retention_ms}, but the contract requires 1",
        f"{topics[0].name} has max.message.bytes={8 * MEBIBYTE}, but the contract requires {MEBIBYTE}",
    ]


async def test_applying_again_creates_nothing(kafka_bootstrap: str, topics: tuple[Topic, Topic]) -> None:
    """Only missing topics are created; existing ones are not changed."""
    broker = clients(kafka_bootstrap)
    assert await apply_topics(broker, topics[:1]) == [topics[0].name]
    assert await apply_topics(broker, topics) == [topics[1].name]
    assert await apply_topics(broker, [replace(topic, retention_ms=1) for topic in topics]) == []
    assert await check_topics(broker, topics) == []


async def test_missing_topics_are_reported(kafka_bootstrap: str, topics: tuple[Topic, Topic]) -> None:
    """Whether some exist or none."""
    broker = clients(kafka_bootstrap)
    assert await check_topics(broker, topics) == [f"{topic.name} is missing" for topic in topics]
    await apply_topics(broker, topics[1:])
    assert await check_topics(broker, topics) == [f"{topics[0].name} is missing"]


@pytest.mark.parametrize("deviating", [2, 4])
async def test_only_the_topic_with_another_number_of_partitions_is_reported(
    kafka_bootstrap: str, topics: tuple[Topic, Topic], deviating: int
) -> None:
    """Whether it has fewer or more than the others, whose number the operator intended."""
    three = (*topics, replace(topics[0], name=f"{topics[0].name}.dlq.v1"))
    await apply_topics(clients(kafka_bootstrap, partitions=deviating), three[:1])
    await apply_topics(clients(kafka_bootstrap, partitions=3), three[1:])
    (difference,) = await check_topics(clients(kafka_bootstrap), three)
    assert difference.startswith(f"{three[0].name} has {deviating} partitions, the others have 3: ")
    assert three[1].name not in difference


async def test_without_a_majority_the_number_of_each_topic_is_given(
    kafka_bootstrap: str, topics: tuple[Topic, Topic]
) -> None:
    """Two against two: it is unknown which are wrong."""
    await apply_topics(clients(kafka_bootstrap, partitions=2), topics[:1])
    await apply_topics(clients(kafka_bootstrap, partitions=4), topics[1:])
    (difference,) = await check_topics(clients(kafka_bootstrap), topics)
    assert f"{topics[0].name} has 2, {topics[1].name} has 4" in difference


async def test_a_missing_topic_does_not_affect_the_majority_of_counts(
    kafka_bootstrap: str, topics: tuple[Topic, Topic]
) -> None:
    """Each fault is reported once, with its own topic."""
    deviating = replace(topics[0], name=f"{topics[0].name}.odd")
    absent = replace(topics[0], name=f"{topics[0].name}.absent")
    more = replace(topics[0], name=f"{topics[0].name}.more")
    await apply_topics(clients(kafka_bootstrap), (*topics, more))
    await apply_topics(clients(kafka_bootstrap, partitions=1), (deviating,))
    expected = (absent, deviating, *topics, replace(more, retention_ms=1))
    missing, count, retention = await check_topics(clients(kafka_bootstrap), expected)
    assert missing == f"{absent.name} is missing"
    assert count.startswith(f"{deviating.name} has 1 partition, the others have 3")
    assert retention == f"{more.name} has retention.ms={FILINGS.retention_ms}, but the contract requires 1"


async def test_topics_of_a_namespace_are_reported_with_the_brokers_names(
    kafka_bootstrap: str, topics: tuple[Topic, Topic]
) -> None:
    """Created, missing or different, they have the names that an operator finds on the broker."""
    broker = clients(kafka_bootstrap, namespace=f"ns-{topics[0].name[-15:-3]}")
    first, second = (f"{broker.names.namespace}.{topic.name}" for topic in topics)
    assert await apply_topics(broker, topics[:1]) == [first]
    assert await check_topics(broker, topics) == [f"{second} is missing"]
    with pytest.raises(Misconfigured, match=f"no_topic: the broker has no topic {second};"):
        await broker.partitions(*topics)
    assert {tp.topic for tp in await broker.partitions(topics[0])} == {first}
    assert await check_topics(clients(kafka_bootstrap), topics[:1]) == [f"{topics[0].name} is missing"]


async def test_a_refusal_of_the_broker_is_fatal(kafka_bootstrap: str, topics: tuple[Topic, Topic]) -> None:
    """For example more replicas than brokers: the message has the topic and the broker's error."""
    refused = rf"topic_refused: .*{topics[0].name}.*InvalidReplicationFactorError"
    with pytest.raises(Misconfigured, match=refused):
        await apply_topics(clients(kafka_bootstrap, replication=99), topics[:1])


async def test_a_missing_topic_is_fatal_for_a_service_that_needs_it(
    kafka_bootstrap: str, topics: tuple[Topic, Topic]
) -> None:
    """The message says how to create it."""
    with pytest.raises(Misconfigured, match=f"no_topic: .*{topics[0].name}; `insidertape topics apply` creates"):
        await clients(kafka_bootstrap).partitions(*topics)


async def test_an_unreachable_broker_ends_a_command(
    topics: tuple[Topic, Topic], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After as many tries as the settings allow."""
    monkeypatch.setenv("INSIDERTAPE_KAFKA_CONNECT_TRIES", "1")
    [port] = free_ports(1)
    for work in (apply_topics, check_topics):
        with pytest.raises(Unreachable, match=f"kafka_unreachable: 127.0.0.1:{port} cannot be reached"):
            await work(clients(f"127.0.0.1:{port}"), topics)
