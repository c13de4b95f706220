"""The AsyncAPI document is sound: what it refers to is there, and it says of topics what the code says."""

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
    """Every `$ref` in the document."""
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
    """What a reference of the document refers to."""
    if not reference.startswith("#/"):
        return yaml.safe_load((CONTRACTS / reference).read_text("utf-8"))
    node: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def header_schema(name: str) -> dict[str, Any]:
    """A schema of headers."""
    schema: dict[str, Any] = DOCUMENT["components"]["schemas"][name]
    return schema


def test_every_reference_resolves() -> None:
    """Within the document and to the schema files beside it."""
    found = set(references(DOCUMENT))
    assert {f"./schemas/{schema_file(topic.event)}" for topic in TOPICS if topic.event} <= found
    for reference in found:
        assert resolve(reference), reference


def test_a_reference_to_nothing_would_be_noticed() -> None:
    """The check above can fail."""
    with pytest.raises(KeyError):
        resolve("#/channels/insidertape.orders.v1")


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_is_a_channel_with_its_configuration(topic: Topic) -> None:
    """Cleanup, retention and size limit are those the topics are created with."""
    channel = DOCUMENT["channels"][topic.name]
    configured = channel["bindings"]["kafka"]["topicConfiguration"]
    as_kafka_has_it = {
        name: ",".join(value) if isinstance(value, list) else str(value) for name, value in configured.items()
    }
    assert channel["address"] == topic.name
    assert as_kafka_has_it == topic.config()


def test_there_is_no_channel_without_a_topic() -> None:
    """A topic taken out leaves the document."""
    assert set(DOCUMENT["channels"]) == {topic.name for topic in TOPICS}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_is_sent_to_by_one_service(topic: Topic) -> None:
    """A topic has one writer: whose contract it is."""
    writers = {
        operation["tags"][0]["name"]
        for operation in DOCUMENT["operations"].values()
        if operation["action"] == "send" and operation["channel"]["$ref"] == f"#/channels/{topic.name}"
    }
    assert len(writers) == 1


def test_every_operation_speaks_of_messages_of_its_channel() -> None:
    """An operation's message is referred to through the channel, as AsyncAPI 3.0 asks."""
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in {"send", "receive"}
        for message in operation["messages"]:
            assert message["$ref"].startswith(operation["channel"]["$ref"] + "/messages/")


def test_a_service_reads_its_source_in_its_consumer_group() -> None:
    """The group's name is the one lag is watched by."""
    operation = DOCUMENT["operations"]["holdings_receives_transactions_v1"]
    assert operation["bindings"]["kafka"]["groupId"]["enum"] == ["insidertape.holdings"]


def test_the_headers_of_a_record_are_of_the_schema() -> None:
    """An envelope as it is written, against the schema as a stranger reads it."""
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
def test_dead_letters_say_why(topic: Topic) -> None:
    """Each dead letter topic's message has the headers that Kafka Connect's readers know."""
    (message,) = DOCUMENT["channels"][topic.name]["messages"].values()
    headers = resolve(resolve(message["$ref"])["headers"]["$ref"])
    names = ("topic", "partition", "offset", "stage", "exception.class.name", "exception.message", "incomplete")
    assert set(headers["properties"]) == {f"__connect.errors.{name}" for name in names}
    assert "__connect.errors.stage" in headers["required"]
