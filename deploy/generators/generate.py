"""Writes the contracts as data, for readers in other languages. `make schemas` runs it.

The models become `schemas/<event>.v1.schema.json` (JSON Schema 2020-12), the table of topics becomes `asyncapi.yaml`
(AsyncAPI 3.0), and the structs' declarations become `structs.pyi`. All are committed, and a test compares them with
what this module would write. A committed schema is binding: if a change would break readers or writers, the generator
lists the breaking changes, writes nothing and exits with 1 (see `deploy.generators.compatibility`).
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic.json_schema import GenerateJsonSchema

from contracts.codec import EVENTS
from deploy.generators.asyncapi import Document, asyncapi_document, event_name, schema_file
from deploy.generators.compatibility import Change, classify
from deploy.generators.struct_stubs import STUBS, struct_stubs

CONTRACTS: Final = Path(__file__).parents[2] / "contracts"
ASYNCAPI: Final = "asyncapi.yaml"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class _Untitled(GenerateJsonSchema):
    """Leaves out the titles that only repeat a field's name in capitals."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Return False for every field."""
        del schema
        return False


def json_schema(event: type[Any]) -> Document:
    """Return the JSON Schema of an event as it is written.

    Fields with a default are optional: older events lack them.
    """
    body = event.model_json_schema(mode="serialization", schema_generator=_Untitled)
    head = {
        "$schema": DIALECT,
        "$id": f"urn:insidertape:schema:{event_name(event)}:v1",
        "title": event.__name__,
        "description": body["description"],
        "type": body["type"],
        "properties": body["properties"],
        "required": body.get("required", []),
        "additionalProperties": True,
        "$defs": body.get("$defs", {}),
    }
    return {**head, **body, "title": event.__name__}


def breaking_changes(directory: Path) -> list[tuple[str, Change]]:
    """Return each file in `directory` that writing would break, with the change; empty if nothing stands there yet."""
    return [(name, change) for name, change in _changes(directory) if change.breaking]


def _changes(directory: Path) -> Iterator[tuple[str, Change]]:
    events = {schema_file(event): event for event in EVENTS}
    standing = {path.name: path for path in sorted((directory / "schemas").glob("*.schema.json"))}
    for name, path in standing.items():
        if name in events:
            old = json.loads(path.read_text("utf-8"))
            yield from ((name, change) for change in classify(old, json_schema(events[name])))
        else:
            yield name, Change("", "the event is removed, or renamed, and its readers go without", breaking=True)
    if (directory / ASYNCAPI).exists():
        document = yaml.safe_load((directory / ASYNCAPI).read_text("utf-8"))
        for name in events.keys() - standing.keys():
            if f"./schemas/{name}" in json.dumps(document):
                yield name, Change("", "the schema is gone, so its changes cannot be judged", breaking=True)
        yield from ((ASYNCAPI, change) for change in _changes_of_topics(document, asyncapi_document()))


def _changes_of_topics(old: Document, new: Document) -> Iterator[Change]:
    """Compare what readers of topics rely on: that a channel exists, where it is, and the headers of its records."""
    for name, channel in old["channels"].items():
        if name not in new["channels"]:
            yield Change(name, "the channel is removed, and its readers go without", breaking=True)
        elif channel["address"] != new["channels"][name]["address"]:
            yield Change(name, "the channel moves to another topic", breaking=True)
    yield from classify(_headers_of(old), _headers_of(new))


def _headers_of(document: Document) -> Document:
    """Return one schema with the headers of all messages: those that they share, and those of each message alone."""
    shared = document["components"]["schemas"]
    own = {
        name: message["headers"]["allOf"][1]
        for name, message in document["components"]["messages"].items()
        if "allOf" in message.get("headers", {})
    }
    return {"type": "object", "properties": {**shared, **own}}


def write(directory: Path) -> list[Path]:
    """Write the schemas and the AsyncAPI document into `directory`, and return the files written."""
    texts = {Path("schemas") / schema_file(event): _json_text(json_schema(event)) for event in EVENTS}
    texts[Path(ASYNCAPI)] = _yaml_text(asyncapi_document())
    texts[Path(STUBS)] = struct_stubs()
    (directory / "schemas").mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (directory / name).write_text(text, "utf-8")
    return list(texts)


def main(directory: Path = CONTRACTS) -> int:
    """Generate, or refuse: return 0 if written, 1 if a change would break readers or writers."""
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


if __name__ == "__main__":
    sys.exit(main())
