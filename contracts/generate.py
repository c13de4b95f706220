"""Writes the contracts as data, for readers in other languages: `python -m contracts.generate`, or `make schemas`.

From the models come `schemas/<event>.v1.schema.json` (JSON Schema 2020-12), from the table of topics `asyncapi.yaml`
(AsyncAPI 3.0). Both are committed, and a test holds them equal to what this module would write. A schema that stands
is law: where the model would break its readers or writers, nothing is written, the breaking changes are listed and
the exit code is 1 (see `contracts.compatibility`).
"""

import json
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, get_args

import yaml
from pydantic.json_schema import GenerateJsonSchema

from contracts.codec import EVENTS
from contracts.compatibility import Change, classify
from contracts.envelope import CONTENT_TYPE, DELIVERY_HEADER, EXHIBITS_HEADER, SPEC_VERSION, Delivery, event_type
from contracts.topics import (
    ALERTS,
    DEAD_LETTERS,
    FILINGS,
    HOLDINGS_DEAD_LETTERS,
    PARSER_DEAD_LETTERS,
    POSITIONS,
    TOPICS,
    TRANSACTIONS,
    WATCHER_CURSOR,
    WATCHER_DEAD_LETTERS,
    Topic,
)

HERE: Final = Path(__file__).parent
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
BINDING_VERSION: Final = "0.5.0"

Document = dict[str, Any]

OPERATIONS: Final[tuple[tuple[str, str, Topic, str], ...]] = (
    ("watcher", "send", FILINGS, "Publishes each filing once, as its source gives it."),
    ("watcher", "receive", WATCHER_CURSOR, "Restores what it has published already."),
    ("watcher", "send", WATCHER_CURSOR, "Records what it has published, in the transaction that publishes it."),
    ("watcher", "send", WATCHER_DEAD_LETTERS, "Sets aside filings that cannot be published."),
    ("parser", "receive", FILINGS, "Reads each filing's text."),
    ("parser", "send", TRANSACTIONS, "Reports each owner's lines in a filing."),
    ("parser", "send", PARSER_DEAD_LETTERS, "Sets aside filings that cannot be read."),
    ("holdings", "receive", TRANSACTIONS, "Applies each report to its owner's positions, whole or not at all."),
    ("holdings", "receive", POSITIONS, "Restores the positions of a partition before it applies the first report."),
    ("holdings", "send", POSITIONS, "Updates an owner's positions, in one transaction with their alerts."),
    ("holdings", "send", ALERTS, "Announces each position that changed."),
    ("holdings", "send", HOLDINGS_DEAD_LETTERS, "Sets aside reports that cannot be applied."),
)
"""Who does what on which topic: service, action, topic, and why."""


_OF_TOPIC: Final[Mapping[str, Document]] = {
    FILINGS.name: {
        EXHIBITS_HEADER: {
            "type": "string",
            "description": "types of the exhibits that the content, too large with them, lacks: EX-24, EX-99.1",
        }
    }
}
"""Headers that records of one topic alone may have."""


class _Untitled(GenerateJsonSchema):
    """Leaves out the titles that only repeat a field's name in capitals."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never."""
        del schema
        return False


def event_name(event: type) -> str:
    """The name of an event in snake case, as CloudEvents types and file names carry it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", event.__name__).lower()


def schema_file(event: type) -> str:
    """The name of an event's schema file."""
    return f"{event_name(event)}.v1.schema.json"


def json_schema(event: type[Any]) -> Document:
    """The JSON Schema of an event as it is written; fields with a default are optional, for older events lack them."""
    body = event.model_json_schema(mode="serialization", schema_generator=_Untitled)
    return {
        "$schema": DIALECT,
        "$id": f"urn:insidertape:schema:{event_name(event)}:v1",
        "title": event.__name__,
        "description": body["description"],
        "type": body["type"],
        "properties": body["properties"],
        "required": body["required"],
        "additionalProperties": True,
        "$defs": body.get("$defs", {}),
    }


def asyncapi_document() -> Document:
    """The AsyncAPI document: every topic a channel, every service's sending and receiving an operation."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "insidertape",
            "version": "1.0.0",
            "description": "SEC Section 16 filings (Forms 3, 4 and 5) as an event stream on Apache Kafka. "
            "Generated from contracts/*.py by `make schemas`.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": dict(_operations()),
        "components": {
            "messages": {_message_name(topic): _message(topic) for topic in TOPICS},
            "schemas": {"event_headers": _event_headers(), "dead_letter_headers": _dead_letter_headers()},
        },
    }


def breaking_changes(directory: Path) -> list[tuple[str, Change]]:
    """What writing into `directory` would break: schema file and change, empty where nothing stands there yet."""
    events = {schema_file(event): event for event in EVENTS}
    found: list[tuple[str, Change]] = []
    for path in sorted((directory / "schemas").glob("*.schema.json")):
        if path.name in events:
            changes = classify(json.loads(path.read_text("utf-8")), json_schema(events[path.name]))
        else:
            changes = [Change("", "the event is removed, or renamed, and its readers go without", breaking=True)]
        found += [(path.name, change) for change in changes if change.breaking]
    return found


def write(directory: Path) -> list[Path]:
    """Write the schemas and the AsyncAPI document into `directory`; the files written."""
    texts = {Path("schemas") / schema_file(event): _json_text(json_schema(event)) for event in EVENTS}
    texts[Path("asyncapi.yaml")] = _yaml_text(asyncapi_document())
    (directory / "schemas").mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (directory / name).write_text(text, "utf-8")
    return list(texts)


def main(directory: Path = HERE) -> int:
    """Generate, or refuse: 0 where written, 1 where a change would break readers or writers."""
    breaking = breaking_changes(directory)
    for name, change in breaking:
        sys.stderr.write(f"{name}: {change}\n")
    if breaking:
        sys.stderr.write("Nothing is written: a breaking change takes a new major version on a new topic.\n")
        return 1
    for path in write(directory):
        sys.stdout.write(f"wrote {path}\n")
    return 0


def _json_text(document: Document) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _yaml_text(document: Document) -> str:
    head = "# Generated by `make schemas` from contracts/*.py; not edited by hand.\n"
    return head + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def _message_name(topic: Topic) -> str:
    """Messages are named for their event; what carries none is named for its topic."""
    return topic.name.removeprefix("insidertape.") if topic.event is None else event_name(topic.event)


def _channel(topic: Topic) -> Document:
    name = _message_name(topic)
    return {
        "address": topic.name,
        "description": f"{topic.description} Key: {topic.key}. Partitioned by: {topic.partition_key}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "topicConfiguration": {
                    "cleanup.policy": [topic.cleanup],
                    "retention.ms": topic.retention_ms,
                    "max.message.bytes": topic.max_message_bytes,
                },
                "bindingVersion": BINDING_VERSION,
            }
        },
    }


def _message(topic: Topic) -> Document:
    message: Document = {"name": _message_name(topic), "summary": topic.description}
    if topic.event is not None:
        fixed = {
            "properties": {"ce_type": {"const": event_type(event_name(topic.event))}, **_OF_TOPIC.get(topic.name, {})}
        }
        message["headers"] = {"allOf": [{"$ref": "#/components/schemas/event_headers"}, fixed]}
        message["payload"] = {"$ref": f"./schemas/{schema_file(topic.event)}"}
    elif topic in DEAD_LETTERS:
        message["headers"] = {"$ref": "#/components/schemas/dead_letter_headers"}
        message["payload"] = {"description": "The original's bytes, unchanged; they may be no JSON at all."}
    else:
        message["payload"] = {"description": "Internal: of no use to others, and no part of the contract."}
    key = {"type": "string", "description": topic.key}
    return {**message, "bindings": {"kafka": {"key": key, "bindingVersion": BINDING_VERSION}}}


def _operations() -> Iterator[tuple[str, Document]]:
    for service, action, topic, why in OPERATIONS:
        channel = f"#/channels/{topic.name}"
        operation: Document = {
            "action": action,
            "channel": {"$ref": channel},
            "summary": why,
            "tags": [{"name": service}],
            "messages": [{"$ref": f"{channel}/messages/{_message_name(topic)}"}],
        }
        if action == "receive" and topic.cleanup == "delete":  # a state's changelog is read outside any group
            group = {"type": "string", "enum": [f"insidertape.{service}"]}
            operation["bindings"] = {"kafka": {"groupId": group, "bindingVersion": BINDING_VERSION}}
        yield f"{service}_{action}s_{topic.name.removeprefix('insidertape.').replace('.', '_')}", operation


def _event_headers() -> Document:
    return _headers(
        "CloudEvents 1.0 in binary mode, and W3C trace context. The same input gives the same headers.",
        {
            "ce_id": {"type": "string", "pattern": "^[0-9a-f]{32}$", "description": "deterministic: deduplicate by it"},
            "ce_type": {"type": "string", "pattern": r"^insidertape\.[a-z_]+\.v[1-9][0-9]*$"},
            "ce_source": {"type": "string", "pattern": "^/insidertape/", "description": "the service"},
            "ce_specversion": {"type": "string", "const": SPEC_VERSION},
            "ce_time": {"type": "string", "format": "date-time", "description": "of the filing's publication, in UTC"},
            "ce_subject": {"type": "string"},
            "content-type": {"type": "string", "const": CONTENT_TYPE},
            "traceparent": {"type": "string", "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"},
            DELIVERY_HEADER: {
                "type": "string",
                "enum": list(get_args(Delivery)),
                "description": "published as it appeared, or from the archives; live where absent",
            },
        },
        optional={DELIVERY_HEADER},
    )


def _dead_letter_headers() -> Document:
    reasons = {
        "topic": "where the record was read",
        "partition": "decimal",
        "offset": "decimal",
        "stage": "the service that gave up on it",
        "exception.class.name": "the error's class, of contracts/errors.py",
        "exception.message": "the error's code, a colon, and what was wrong",
    }
    fields: Mapping[str, Document] = {
        f"__connect.errors.{name}": {"type": "string", "description": meaning} for name, meaning in reasons.items()
    }
    # What a source could not even publish was never on a topic.
    never_read = {f"__connect.errors.{name}" for name in ("topic", "partition", "offset")}
    return _headers("The original's headers, and why it could not be processed.", fields, optional=never_read)


def _headers(description: str, fields: Mapping[str, Document], *, optional: Collection[str]) -> Document:
    return {
        "type": "object",
        "description": description,
        "required": [name for name in fields if name not in optional],
        "properties": dict(fields),
    }


if __name__ == "__main__":
    sys.exit(main())
