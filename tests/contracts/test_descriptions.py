"""Every field of every event and every header is described: what it means, its unit, and when it is null."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.holding_changed import HoldingChanged
from deploy.generators import generate

CONTRACTS = generate.CONTRACTS
SCHEMAS = sorted((CONTRACTS / "schemas").glob("*.json"))
FEWEST_WORDS = 2

Schema = dict[str, Any]


def parts(path: str, schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield the schema and every schema within it, by path; a reference is not followed, it has its own definition."""
    yield path, schema
    for keyword in ("properties", "$defs", "patternProperties"):
        for name, member in schema.get(keyword, {}).items():
            yield from parts(f"{path}.{name}" if path else name, member)
    for keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for member in schema.get(keyword, ()):
            yield from parts(path, member)
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            yield from parts(f"{path}[]", schema[keyword])


def undescribed(schema: Schema) -> list[str]:
    """Return the paths of fields and objects without a description.

    The description of a definition describes the object, not the field that contains it: a field that is only a
    reference needs one beside the reference.
    """
    found = []
    for path, part in parts("", schema):
        if "properties" in part and not described(part):
            found.append(path or "the event")
        fields = part.get("properties", {}).items()
        found += [f"{path}.{name}" if path else name for name, field in fields if not described(field)]
    return found


def described(part: Schema) -> bool:
    """Return whether a description says anything."""
    return len(str(part.get("description", "")).split()) >= FEWEST_WORDS


def is_nullable(field: Schema) -> bool:
    """Return whether null is among a field's variants."""
    return {"type": "null"} in field.get("anyOf", ())


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_each_field_of_an_event_is_described(path: Path) -> None:
    """A reader in another language has the schema alone."""
    assert undescribed(json.loads(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_each_field_that_may_be_null_says_when(path: Path) -> None:
    """Null can mean not filed, not readable or not applicable; `else null` is enough."""
    fields = {
        f"{where}.{name}": field
        for where, part in parts("", json.loads(path.read_text("utf-8")))
        for name, field in part.get("properties", {}).items()
        if is_nullable(field)
    }
    assert [name for name, field in fields.items() if "null" not in field["description"]] == []


def test_each_header_is_described() -> None:
    """Dead letters carry nothing but headers that explain them."""
    document = yaml.safe_load((CONTRACTS / "asyncapi.yaml").read_text("utf-8"))
    shared = document["components"]["schemas"]
    assert {name: undescribed(schema) for name, schema in shared.items()} == {name: [] for name in shared}


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ((), "is_current"),
        ((), "position"),
        ((), "trades"),
        (("$defs", "Trades"), "average_price"),
        (("$defs", "Filing"), "signatures"),
    ],
)
def test_field_without_a_description_fails_the_check(place: tuple[str, ...], name: str) -> None:
    """Also one that is only a reference: `position` would lean on the definition it refers to."""
    schema = copy.deepcopy(generate.json_schema(HoldingChanged))
    holder = schema
    for key in place:
        holder = holder[key]
    for nothing in ({}, {"description": ""}, {"description": name}):
        field = {key: value for key, value in holder["properties"][name].items() if key != "description"}
        holder["properties"][name] = field | nothing
        assert undescribed(schema) == [".".join((*place[1:], name))]


def test_field_within_an_inline_object_is_not_overlooked() -> None:
    """Members of arrays, variants and maps may have fields without being a definition."""
    field = {"type": "object", "description": "an object", "properties": {"inner": {"type": "string"}}}
    for holder in ({"items": field}, {"anyOf": [field, {"type": "null"}]}, {"additionalProperties": field}):
        schema = {"properties": {"outer": {"description": "the outer field", **holder}}, "description": "an event"}
        assert [path.rsplit(".", 1)[-1] for path in undescribed(schema)] == ["inner"]
