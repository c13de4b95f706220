"""Which changes of a schema break its readers or writers, and which do not."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts import generate
from contracts.codec import EVENTS
from contracts.compatibility import classify

SCHEMAS = Path(generate.__file__).parent / "schemas"

TRADE: dict[str, Any] = {
    "title": "Trade",
    "type": "object",
    "properties": {
        "code": {"enum": ["P", "S"], "type": "string"},
        "shares": {"pattern": "^[0-9]+$", "type": "string"},
        "price": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "owner": {"$ref": "#/$defs/Owner", "description": "who"},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}, "default": []},
        "footnotes": {"type": "object", "additionalProperties": {"type": "string"}},
        "count": {"type": "integer", "minimum": 0},
    },
    "required": ["code", "shares"],
    "$defs": {
        "Owner": {"type": "object", "properties": {"key": {"type": "string"}}, "required": ["key"]},
        "Line": {"type": "object", "properties": {"line": {"type": "integer"}}},
    },
}

Edit = Callable[[dict[str, Any]], Any]


def field(name: str, **schema: Any) -> Edit:
    """Give a field another schema."""
    return lambda trade: trade["properties"].update({name: schema})


BREAKING: dict[str, tuple[Edit, str, str]] = {
    "a field removed": (lambda t: t["properties"].pop("price"), "price", "removed"),
    "a required field added": (
        lambda t: (t["properties"].update(day={"type": "string"}), t["required"].append("day")),
        "day",
        "a required field is added",
    ),
    "a field made required": (lambda t: t["required"].append("count"), "count", "becomes required"),
    "a field no longer required": (lambda t: t["required"].remove("code"), "code", "no longer required"),
    "a type changed": (field("count", type="string", minimum=0), "count", "from integer to string"),
    "a type widened": (field("count", type="number", minimum=0), "count", "from integer to number"),
    "null allowed": (
        field("shares", anyOf=[{"type": "string", "pattern": "^[0-9]+$"}, {"type": "null"}]),
        "shares",
        "may now be null",
    ),
    "null no longer allowed": (field("price", type="string", default=None), "price", "may no longer be null"),
    "an enum value removed": (field("code", type="string", enum=["P"]), "code", "'S' is removed"),
    "an enum value added": (field("code", type="string", enum=["P", "S", "G"]), "code", "'G' is added"),
    "an enum cut to a constant": (field("code", type="string", const="P"), "code", "'S' is removed"),
    "a free text restricted": (
        field("shares", type="string", pattern="^[0-9]+$", enum=["1"]),
        "shares",
        "now restricted to a list",
    ),
    "an enum opened": (field("code", type="string"), "code", "no longer restricted to a list"),
    "a pattern changed": (field("shares", type="string", pattern="^[0-9.]+$"), "shares", "`pattern` changes"),
    "a pattern dropped": (field("shares", type="string"), "shares", "to nothing"),
    "a bound raised": (field("count", type="integer", minimum=1), "count", "`minimum` changes from 0 to 1"),
    "a default changed": (
        field("price", anyOf=[{"type": "string"}, {"type": "null"}], default="0"),
        "price",
        "`default` changes",
    ),
    "unknown fields forbidden": (lambda t: t.update(additionalProperties=False), "{}", "from True to False"),
    "a free object's values changed": (
        field("footnotes", type="object", additionalProperties={"type": "integer"}),
        "footnotes{}",
        "from string to integer",
    ),
    "a keyword nobody knows": (lambda t: t["properties"]["code"].update(dependsOn="x"), "code", "`dependsOn`"),
    "a field of a definition removed": (lambda t: t["$defs"]["Owner"].update(properties={}), "owner.key", "removed"),
    "a member's type changed": (
        lambda t: t["$defs"]["Line"]["properties"].update(line={"type": "string"}),
        "lines[].line",
        "from integer to string",
    ),
}

BENIGN: dict[str, tuple[Edit, str]] = {
    "an optional field added": (field("remarks", type="string", default=""), "remarks"),
    "an optional field added to a definition": (
        lambda t: t["$defs"]["Line"]["properties"].update(note={"type": "string"}),
        "lines[].note",
    ),
    "a description reworded": (lambda t: t["properties"]["owner"].update(description="whose"), "owner"),
    "a title reworded": (lambda t: t.update(title="A trade"), ""),
}


@pytest.mark.parametrize("name", BREAKING)
def test_breaking(name: str) -> None:
    """Each is found once, as breaking, at the field's path, in a sentence that says what it is."""
    edit, path, words = BREAKING[name]
    changed = copy.deepcopy(TRADE)
    edit(changed)
    changes = classify(TRADE, changed)
    assert [(change.path, change.breaking) for change in changes] == [(path, True)], changes
    assert words in changes[0].sentence


@pytest.mark.parametrize("name", BENIGN)
def test_benign(name: str) -> None:
    """Each is reported all the same, and breaks nothing."""
    edit, path = BENIGN[name]
    changed = copy.deepcopy(TRADE)
    edit(changed)
    assert [(change.path, change.breaking) for change in classify(TRADE, changed)] == [(path, False)]


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda t: t.update({"$defs": dict(reversed(t["$defs"].items()))}), id="definitions reordered"),
        pytest.param(lambda t: t["properties"]["code"].update(enum=["S", "P"]), id="enum values reordered"),
        pytest.param(lambda t: t["properties"]["price"]["anyOf"].reverse(), id="variants reordered"),
        pytest.param(
            lambda t: (
                t["$defs"].update(Person=t["$defs"].pop("Owner")),
                t["properties"]["owner"].update({"$ref": "#/$defs/Person"}),
            ),
            id="a definition renamed",
        ),
        pytest.param(
            lambda t: t["properties"]["owner"].update({**t["$defs"]["Owner"], "$ref": "#/$defs/Owner"}),
            id="a definition repeated where it is used",
        ),
    ],
)
def test_what_means_the_same_is_no_change(edit: Edit) -> None:
    """Order and names of definitions carry no meaning."""
    changed = copy.deepcopy(TRADE)
    edit(changed)
    assert classify(TRADE, changed) == []


def test_a_default_object_may_gain_what_an_optional_field_brings() -> None:
    """An optional field added to a model shows in the defaults of the fields that hold the model."""
    old = {"properties": {"hints": {"type": "object", "default": {"issuer": None}}}}
    new = {"properties": {"hints": {"type": "object", "default": {"issuer": None, "sector": None}}}}
    assert classify(old, new) == []
    assert [change.breaking for change in classify(new, old)] == [True]


def test_a_schema_that_refers_to_itself_is_walked_once() -> None:
    """A recursive definition ends, and a change within it is found."""
    old: dict[str, Any] = {
        "$ref": "#/$defs/Node",
        "$defs": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}, "n": {"type": "null"}}}},
    }
    new = copy.deepcopy(old)
    new["$defs"]["Node"]["properties"]["n"] = {"type": "string"}
    assert [change.path for change in classify(old, new)] == ["n"]


def test_a_reference_to_nothing_is_an_error() -> None:
    """A broken schema is not quietly compatible with anything."""
    with pytest.raises(ValueError, match="Absent"):
        classify({"$ref": "#/$defs/Absent"}, {"type": "object"})


def test_variants_of_one_type_are_told_apart() -> None:
    """Two objects in one union are compared each with its own."""
    old = {"anyOf": [{"type": "object", "title": "a"}, {"type": "object", "required": ["b"]}]}
    new = {"anyOf": [{"type": "object", "title": "a"}]}
    assert [str(change) for change in classify(old, new)] == [
        "breaking: the event: it may no longer be object (2), and old events hold that"
    ]


@pytest.mark.parametrize("event", EVENTS)
def test_a_real_schema_is_compatible_with_itself_and_with_no_field_of_it_removed(event: type) -> None:
    """Each field of each committed schema is guarded: taken out, it is a breaking change, and so is requiring it."""
    schema = json.loads((SCHEMAS / generate.schema_file(event)).read_text("utf-8"))
    assert classify(schema, schema) == []
    for name in schema["properties"]:
        less = copy.deepcopy(schema)
        del less["properties"][name]
        assert [(change.path, change.breaking) for change in classify(schema, less)] == [(name, True)]
        if name not in schema["required"]:
            stricter = copy.deepcopy(schema)
            stricter["required"].append(name)
            assert [(change.path, change.breaking) for change in classify(schema, stricter)] == [(name, True)]


def test_a_field_deep_in_a_real_schema_is_guarded_wherever_it_is_used() -> None:
    """A definition's field is named by the path by which readers know it."""
    schema = json.loads((SCHEMAS / "transactions_reported.v1.schema.json").read_text("utf-8"))
    narrowed = copy.deepcopy(schema)
    narrowed["$defs"]["Transaction"]["properties"]["code"] = {"type": "string", "default": None}
    assert "transactions[].code" in [change.path for change in classify(schema, narrowed) if change.breaking]
