"""Creates, describes and deletes topics on a broker, and compares them with the contracts."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured
from contracts.topics import TOPICS, Topic
from services.runtime.kafka.clients import FINISH_COPY, KafkaClients
from services.runtime.kafka.denials import DENIALS, denial, topic_denied
from services.runtime.kafka.error_mapping import kafka_errors
from services.runtime.kafka.workarounds import described_topics

_NO_ERROR: Final = 0
_VISIBLE_WITHIN_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.1
_SAME_NUMBER: Final = "all topics of an environment need the same number"


@dataclass(frozen=True, slots=True)
class TopicDescription:
    """A topic on the broker; `config` includes the broker's defaults."""

    partitions: int
    replication: int
    config: Mapping[str, str]


async def apply_topics(clients: KafkaClients, topics: Sequence[Topic] = TOPICS) -> list[str]:
    """Create the missing topics, and return their names. Existing topics are not changed; see `check_topics`.

    Raises:
        Misconfigured: the broker refuses to create one.
        TransientError: the broker cannot be reached, or does not show the topics in time.
    """
    settings, name_of = clients.settings, clients.names.topic
    await clients.broker.connect()
    with kafka_errors("Create"):
        async with clients.admin() as admin:
            present = await described_topics(admin, [name_of(topic) for topic in topics])
            missing = [topic for topic in topics if name_of(topic) not in present]
            if missing:
                response = await admin.create_topics(
                    [
                        NewTopic(
                            name_of(topic),
                            settings.kafka_partitions,
                            settings.kafka_replication,
                            topic_configs=_config(topic, settings.kafka_replication),
                        )
                        for topic in missing
                    ]
                )
                _raise_refusals(response)
                await _wait_for_leaders(admin, [name_of(topic) for topic in missing])
    return [name_of(topic) for topic in missing]


async def check_topics(clients: KafkaClients, topics: Sequence[Topic] = TOPICS) -> list[str]:
    """Return the differences between the broker's topics and the contracts, one sentence for each."""
    described = await describe_topics(clients, topics)
    with kafka_errors("Describe"):
        unfinished = await clients.is_unfinished()
    differences = [f"{clients.names.described} has a part of a copy: {FINISH_COPY}"] if unfinished else []
    differences += [f"{clients.names.topic(topic)} is missing" for topic in topics if topic not in described]
    differences += _odd_counts({clients.names.topic(topic): each.partitions for topic, each in described.items()})
    for topic, each in described.items():
        for option, value in topic.config().items():
            if (actual := each.config.get(option)) != value:
                differences.append(
                    f"{clients.names.topic(topic)} has {option}={actual}, but the contract requires {value}"
                )
    return differences


async def describe_topics(clients: KafkaClients, topics: Sequence[Topic] = TOPICS) -> dict[Topic, TopicDescription]:
    """Return the broker's description of each topic that exists, in the given order."""
    names = {clients.names.topic(topic): topic for topic in topics}
    await clients.broker.connect()
    with kafka_errors("DescribeConfigs"):
        async with clients.admin() as admin:
            present = await described_topics(admin, list(names))
            found = [name for name in names if name in present]
            configs = await _configs(admin, found)
    return {
        names[name]: TopicDescription(
            len(present[name]["partitions"]),
            min((len(each["replicas"]) for each in present[name]["partitions"]), default=0),
            configs[name],
        )
        for name in found
    }


async def delete_topics(clients: KafkaClients, topics: Sequence[Topic]) -> None:
    """Delete topics with their records, and wait until they are gone.

    Raises:
        Misconfigured: the broker refuses to delete one.
        TransientError: the broker cannot be reached, or still shows the topics after a while.
    """
    names = [clients.names.topic(topic) for topic in topics]
    with kafka_errors("Delete"):
        async with clients.admin() as admin:
            response = await admin.delete_topics(names)
            for name, code, *_ in response.topic_error_codes:
                if for_code(code) in DENIALS:
                    raise topic_denied("Delete", name)
                if code not in (_NO_ERROR, UnknownTopicOrPartitionError.errno):
                    raise Misconfigured(
                        ErrorCode.TOPIC_REFUSED, f"the broker refuses to delete {name}: {for_code(code).__name__}"
                    )
            async with asyncio.timeout(_VISIBLE_WITHIN_SECONDS):
                while set(names) & set(await admin.list_topics()):  # noqa: ASYNC110 - the broker sets no event
                    await asyncio.sleep(_POLL_SECONDS)


def _odd_counts(counts: Mapping[str, int]) -> list[str]:
    """Return one sentence for each topic whose number of partitions differs from the majority's.

    Without a majority there is no telling which topic is wrong, so one sentence gives the number of each.
    """
    ((expected, agreeing),) = Counter(counts.values()).most_common(1) or [(0, 0)]
    if 2 * agreeing > len(counts):
        return [
            f"{name} has {count} partition{'s' * (count > 1)}, the others have {expected}: {_SAME_NUMBER}"
            for name, count in counts.items()
            if count != expected
        ]
    if not counts:
        return []
    each = ", ".join(f"{name} has {count}" for name, count in counts.items())
    return [f"the topics differ in their numbers of partitions: {each}. {_SAME_NUMBER[0].upper()}{_SAME_NUMBER[1:]}"]


async def _wait_for_leaders(admin: AIOKafkaAdminClient, topics: Sequence[str]) -> None:
    """Wait until the topics have leaders: the broker confirms their creation before it can serve them."""
    async with asyncio.timeout(_VISIBLE_WITHIN_SECONDS):
        while not all(await _leaders(admin, topics)):  # noqa: ASYNC110 - the broker sets no event
            await asyncio.sleep(_POLL_SECONDS)


async def _leaders(admin: AIOKafkaAdminClient, topics: Sequence[str]) -> list[bool]:
    """Return for each topic whether it has partitions and all of them have leaders."""
    described = await admin.describe_topics(list(topics))
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
        if error in DENIALS:
            raise denial(error(name), "Create")
        if code != _NO_ERROR and error is not TopicAlreadyExistsError:
            raise Misconfigured(
                ErrorCode.TOPIC_REFUSED, f"the broker refuses to create {name}: {error.__name__} {message}"
            )


async def _configs(admin: AIOKafkaAdminClient, topics: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return each topic's configuration, including the broker's defaults.

    Raises:
        Refused: this client may not read it.
    """
    if not topics:
        return {}
    responses = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in topics])
    found: dict[str, dict[str, str]] = {}
    for response in responses:
        for code, _message, _kind, name, entries in response.resources:
            if for_code(code) in DENIALS:
                raise topic_denied("DescribeConfigs", name)
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found
