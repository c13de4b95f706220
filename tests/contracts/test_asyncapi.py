"""The AsyncAPI document is sound: its references resolve, and it describes the topics of the code."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from contracts.envelope import DELIVERY_HEADER, new_envelope
from contracts.topics import DEAD_LETTERS, TOPICS, Topic
from deploy.generators import generate
from deploy.generators.asyncapi import schema_file

CONTRACTS = generate.CONTRACTS
DOCUMENT: dict[str, Any] = yaml.safe_load((CONTRACTS / "asyncapi.yaml").read_text("utf-8"))


def references(node: Any) -> Iterator[str]:
    """Yield every `$ref` in the document."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolve(reference: str) -> Any:
    """Return the target of a reference in the document."""
    if not reference.startswith("#/"):
        return yaml.safe_load((CONTRACTS / reference).read_text("utf-8"))
    node: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def header_schema(name: str) -> dict[str, Any]:
    """Return a schema of headers."""
    schema: dict[str, Any] = DOCUMENT["components"]["schemas"][name]
    return schema


def test_each_reference_resolves() -> None:
    """Within the document and to the schema files beside it."""
    found = set(references(DOCUMENT))
    assert {f"./schemas/{schema_file(topic.event)}" for topic in TOPICS if topic.event} <= found
    for reference in found:
        assert resolve(reference), reference


def test_reference_to_nothing_fails_the_check() -> None:
    """The check above can fail."""
    with pytest.raises(KeyError):
        resolve("#/channels/insidertape.orders.v1")


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_each_topic_is_a_channel_with_its_configuration(topic: Topic) -> None:
    """Cleanup, retention and size limit are those the topics are created with."""
    channel = DOCUMENT["channels"][topic.name]
    configured = channel["bindings"]["kafka"]["topicConfiguration"]
    as_kafka_has_it = {
        name: ",".join(value) if isinstance(value, list) else str(value) for name, value in configured.items()
    }
    assert channel["address"] == topic.name
    assert as_kafka_has_it == topic.config()


def test_each_channel_has_a_topic() -> None:
    """A topic that is removed must leave the document."""
    assert set(DOCUMENT["channels"]) == {topic.name for topic in TOPICS}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_each_topic_has_one_writer(topic: Topic) -> None:
    """The writer's contract is the topic's."""
    writers = {
        operation["tags"][0]["name"]
        for operation in DOCUMENT["operations"].values()
        if operation["action"] == "send" and operation["channel"]["$ref"] == f"#/channels/{topic.name}"
    }
    assert len(writers) == 1


def test_operations_refer_to_messages_of_their_channel() -> None:
    """AsyncAPI 3.0 requires the reference through the channel."""
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in {"send", "receive"}
        for message in operation["messages"]:
            assert message["$ref"].startswith(operation["channel"]["$ref"] + "/messages/")


def test_service_reads_its_input_in_its_consumer_group() -> None:
    """Lag is monitored by the name of the group."""
    operation = DOCUMENT["operations"]["holdings_receives_transactions_v1"]
    assert operation["bindings"]["kafka"]["groupId"]["enum"] == ["insidertape.holdings"]


def test_headers_of_a_record_follow_the_schema() -> None:
    """An envelope as written, against the schema as a reader in another language sees it."""
    envelope = new_envelope(
        event_name="filing_published",
        source="watcher",
        subject="0009991003-22-000002",
        identity="0009991003-22-000002",
        time=datetime(2022, 12, 17, 1, 15, 2, tzinfo=UTC),
    )
    headers = {name: (value or b"").decode() for name, value in envelope.headers()}
    validator = Draft202012Validator(header_schema("event_headers"))
    validator.validate(headers)
    assert set(headers) == set(header_schema("event_headers")["properties"])
    for name in headers:
        lacking = {key: value for key, value in headers.items() if key != name}
        assert validator.is_valid(lacking) == (name == DELIVERY_HEADER), name  # which the oldest records lack
    assert not validator.is_valid({**headers, DELIVERY_HEADER: "by post"})


@pytest.mark.parametrize("topic", DEAD_LETTERS, ids=lambda topic: topic.name)
def test_dead_letter_headers_include_the_reason(topic: Topic) -> None:
    """They are the headers that readers of Kafka Connect know."""
    (message,) = DOCUMENT["channels"][topic.name]["messages"].values()
    headers = resolve(resolve(message["$ref"])["headers"]["$ref"])
    names = ("topic", "partition", "offset", "stage", "exception.class.name", "exception.message", "incomplete")
    assert set(headers["properties"]) == {f"__connect.errors.{name}" for name in names}
    assert "__connect.errors.stage" in headers["required"]
