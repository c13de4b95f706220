"""The AsyncAPI 3.0 document: every topic a channel, every service's sending and receiving an operation. Pure."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, get_args

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
    ("holdings", "send", ALERTS, "Announces each position that a filing trades in or changes."),
    ("holdings", "send", HOLDINGS_DEAD_LETTERS, "Sets aside reports that cannot be applied."),
)
"""Who does what on which topic: service, action, topic, and why."""


_OF_TOPIC: Final[Mapping[str, Document]] = {
    FILINGS.name: {
        EXHIBITS_HEADER: {
            "type": "string",
            "description": "types of the exhibits that `content` lacks, as in EX-24, EX-99.1; absent if it has all",
        }
    },
    POSITIONS.name: {
        "insidertape_rebuilt": {
            "type": "string",
            "description": "present if `insidertape state repair` wrote the record: it stands, whatever came before",
        }
    },
}
"""Headers that records of one topic alone may have."""


def event_name(event: type) -> str:
    """Return the name of an event in snake case, as CloudEvents types and file names carry it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", event.__name__).lower()


def schema_file(event: type) -> str:
    """Return the name of an event's schema file."""
    return f"{event_name(event)}.v1.schema.json"


def asyncapi_document() -> Document:
    """Return the AsyncAPI document."""
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


def _message_name(topic: Topic) -> str:
    """Return the event's name, or the topic's if it carries no event."""
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
        message["payload"] = {"description": "The original's bytes, unchanged; they may not be JSON."}
    else:
        message["payload"] = {"description": "Internal to the watcher, and not part of the contract."}
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
            "ce_id": {
                "type": "string",
                "pattern": "^[0-9a-f]{32}$",
                "description": "deterministic id of the event: readers can deduplicate by it",
            },
            "ce_type": {
                "type": "string",
                "pattern": r"^insidertape\.[a-z_]+\.v[1-9][0-9]*$",
                "description": "name and major version of the event",
            },
            "ce_source": {
                "type": "string",
                "pattern": "^/insidertape/",
                "description": "service that wrote the event, as in /insidertape/parser",
            },
            "ce_specversion": {"type": "string", "const": SPEC_VERSION, "description": "version of CloudEvents"},
            "ce_time": {
                "type": "string",
                "format": "date-time",
                "description": "moment of the filing's publication, in UTC",
            },
            "ce_subject": {
                "type": "string",
                "description": "filing_id; for positions and alerts issuer_key|owner_key",
            },
            "content-type": {"type": "string", "const": CONTENT_TYPE, "description": "media type of the value"},
            "traceparent": {
                "type": "string",
                "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
                "description": "W3C trace context: one trace from the filing to its alerts",
            },
            DELIVERY_HEADER: {
                "type": "string",
                "enum": list(get_args(Delivery)),
                "description": "live if published as it appeared (also if absent), backfill if from the archives",
            },
        },
        optional={DELIVERY_HEADER},
    )


def _dead_letter_headers() -> Document:
    reasons = {
        "topic": "topic that the record was read from; absent if a source could not publish it",
        "partition": "partition that the record was read from, in decimal; absent if a source could not publish it",
        "offset": "offset that the record was read from, in decimal; absent if a source could not publish it",
        "stage": "service that gave up on the record",
        "exception.class.name": "class of the error, in contracts/errors.py",
        "exception.message": "code of the error (see contracts/CODES.md), a colon, and the cause in words",
        "incomplete": "why this is not the whole record (too large for the topic, or damaged); absent if it is",
    }
    fields: Mapping[str, Document] = {
        f"__connect.errors.{name}": {"type": "string", "description": meaning} for name, meaning in reasons.items()
    }
    # A filing that a source could not publish was never on a topic.
    never_read = {f"__connect.errors.{name}" for name in ("topic", "partition", "offset", "incomplete")}
    return _headers("The original's headers, and why it could not be processed.", fields, optional=never_read)


def _headers(description: str, fields: Mapping[str, Document], *, optional: Collection[str]) -> Document:
    return {
        "type": "object",
        "description": description,
        "required": [name for name in fields if name not in optional],
        "properties": dict(fields),
    }
