"""Topics on a broker: create those of the contracts, and say how the broker's differ from them."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from contracts.errors import Misconfigured
from contracts.topics import TOPICS, Topic
from services.runtime.kafka_clients import KafkaClients, kafka_errors

_NO_ERROR: Final = 0
_THERE_WITHIN_SECONDS: Final = 30.0
_LOOK_AGAIN_SECONDS: Final = 0.1


async def apply_topics(clients: KafkaClients, topics: Sequence[Topic] = TOPICS) -> list[str]:
    """Create the topics that are missing; their names. What exists is left as it is: see `check_topics`.

    Raises:
        Misconfigured: the broker refuses.
        TransientError: it cannot be reached, or does not show the topics in time.
    """
    settings = clients.settings
    with kafka_errors():
        async with clients.admin() as admin:
            present = set(await admin.list_topics())
            missing = [topic for topic in topics if topic.name not in present]
            if missing:
                response = await admin.create_topics(
                    [
                        NewTopic(
                            topic.name,
                            settings.kafka_partitions,
                            settings.kafka_replication,
                            topic_configs=_config(topic, settings.kafka_replication),
                        )
                        for topic in missing
                    ]
                )
                _raise_refusals(response)
                await _until_there(admin, missing)
    return [topic.name for topic in missing]


async def check_topics(clients: KafkaClients, topics: Sequence[Topic] = TOPICS) -> list[str]:
    """How the broker's topics differ from the contracts, a sentence each; nothing where they agree."""
    with kafka_errors():
        async with clients.admin() as admin:
            present = set(await admin.list_topics())
            found = [topic for topic in topics if topic.name in present]
            differences = [f"{topic.name} is missing" for topic in topics if topic.name not in present]
            counts = await _partition_counts(admin, found)
            configs = await _configs(admin, found)
    expected = max(counts.values(), default=clients.settings.kafka_partitions)
    for topic in found:
        if counts[topic.name] != expected:
            differences.append(
                f"{topic.name} has {counts[topic.name]} partitions, others {expected}: "
                "topics with one partition key need the same number"
            )
        for name, value in topic.config().items():
            actual = configs[topic.name].get(name)
            if actual != value:
                differences.append(f"{topic.name} has {name}={actual}, the contract says {value}")
    return differences


async def _until_there(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> None:
    """Wait until the topics have leaders: the broker says that they are made before it knows them itself."""
    async with asyncio.timeout(_THERE_WITHIN_SECONDS):
        while not all(await _leaders(admin, topics)):  # noqa: ASYNC110 - the broker sets no event
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def _leaders(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> list[bool]:
    """Whether each topic has partitions, and each of these a leader."""
    described = await admin.describe_topics([topic.name for topic in topics])
    return [
        bool(entry["partitions"]) and all(partition["leader"] >= 0 for partition in entry["partitions"])
        for entry in described
    ]


def _config(topic: Topic, replication: int) -> dict[str, str]:
    durable = {"min.insync.replicas": str(replication - 1)} if replication > 1 else {}
    return topic.config() | durable


def _raise_refusals(response: Any) -> None:
    for name, code, *message in response.topic_errors:
        error = for_code(code)
        if code != _NO_ERROR and error is not TopicAlreadyExistsError:
            raise Misconfigured("topic_refused", f"the broker refuses to create {name}: {error.__name__} {message}")


async def _partition_counts(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> dict[str, int]:
    described = await admin.describe_topics([topic.name for topic in topics]) if topics else []
    return {entry["topic"]: len(entry["partitions"]) for entry in described}


async def _configs(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> dict[str, dict[str, str]]:
    """Each topic's configuration, defaults of the broker included."""
    if not topics:
        return {}
    responses = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, t.name) for t in topics])
    return {
        name: {entry[0]: entry[1] for entry in entries}
        for response in responses
        for _code, _message, _kind, name, entries in response.resources
    }
