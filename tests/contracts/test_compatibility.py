"""Which changes of a schema break its readers or writers, and which do not."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from contracts.codec import EVENTS
from deploy.generators import generate
from deploy.generators.asyncapi import schema_file
from deploy.generators.compatibility import classify

SCHEMAS = generate.CONTRACTS / "schemas"

TRADE: dict[str, Any] = {
    "title": "Trade",
    "type": "object",
    "properties": {
        "code": {"enum": ["P", "S"], "type": "string"},
        "shares": {"pattern": "^[0-9]+$", "type": "string"},
        "price": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "owner": {"$ref": "#/$defs/Owner", "description": "who"},
        "side": {"anyOf": [{"enum": ["B"], "type": "string"}, {"type": "null"}], "default": None},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}, "default": []},
        "footnotes": {"type": "object", "additionalProperties": {"type": "string"}},
        "count": {"type": "integer", "minimum": 0},
    },
    "required": ["code", "shares"],
    "$defs": {
        "Owner": {"type": "object", "properties": {"key": {"type": "string"}}, "required": ["key"]},
        "Line": {"type": "object", "properties": {"line": {"type": "integer", "default": 0}}},
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
    "an enum value added to a nullable field": (
        lambda t: t["properties"]["side"]["anyOf"][0]["enum"].append("S"),
        "side",
        "'S' is added",
    ),
    "a format added": (field("shares", type="string", pattern="^[0-9]+$", format="uuid"), "shares", "`format` changes"),
    "an upper bound added": (field("count", type="integer", minimum=0, maximum=9), "count", "`maximum` changes"),
    "a bound of members added": (lambda t: t["properties"]["lines"].update(maxItems=2), "lines", "`maxItems` changes"),
    "a default dropped": (
        field("price", anyOf=[{"type": "string"}, {"type": "null"}]),
        "price",
        "`default` changes from None to nothing",
    ),
    "a default list filled": (
        lambda t: t["properties"]["lines"].update(default=[{"line": 0}]),
        "lines",
        "`default` changes",
    ),
    "a default number turned into a boolean": (
        lambda t: t["$defs"]["Line"]["properties"]["line"].update(default=False),
        "lines[].line",
        "`default` changes from 0 to False",
    ),
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
        lambda t: t["$defs"]["Line"]["properties"].update(line={"type": "string", "default": 0}),
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
def test_breaking_change_is_found_once(name: str) -> None:
    """At the field's path, in a sentence that describes it."""
    edit, path, words = BREAKING[name]
    changed = copy.deepcopy(TRADE)
    edit(changed)
    changes = classify(TRADE, changed)
    assert [(change.path, change.breaking) for change in changes] == [(path, True)], changes
    assert words in changes[0].sentence


@pytest.mark.parametrize("name", BENIGN)
def test_benign_change_is_reported_and_breaks_nothing(name: str) -> None:
    """A person who generates the schemas sees what changes."""
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
def test_schema_with_the_same_meaning_is_unchanged(edit: Edit) -> None:
    """Order and names of definitions carry no meaning."""
    changed = copy.deepcopy(TRADE)
    edit(changed)
    assert classify(TRADE, changed) == []


def test_default_object_may_gain_the_default_of_an_optional_field() -> None:
    """An optional field added to a model shows in the defaults of the fields that hold the model."""
    old = {"properties": {"hints": {"type": "object", "default": {"issuer": None}}}}
    new = {"properties": {"hints": {"type": "object", "default": {"issuer": None, "sector": None}}}}
    assert classify(old, new) == []
    assert [change.breaking for change in classify(new, old)] == [True]


@pytest.mark.parametrize("nullable", [False, True])
def test_default_object_that_gains_anything_but_a_fields_own_default_is_breaking(*, nullable: bool) -> None:
    """Events without the field would suddenly have a sector, which nobody filed."""

    def schema(default: dict[str, Any], **fields: Any) -> dict[str, Any]:
        hints = {"type": "object", "properties": fields}
        shape = {"anyOf": [hints, {"type": "null"}]} if nullable else hints
        return {"properties": {"hints": {**shape, "default": default}}}

    issuer, sector = {"type": "string", "default": ""}, {"type": "string", "default": "none"}
    old = schema({"issuer": ""}, issuer=issuer)
    same = schema({"issuer": "", "sector": "none"}, issuer=issuer, sector=sector)
    other = schema({"issuer": "", "sector": "energy"}, issuer=issuer, sector=sector)
    assert [change.breaking for change in classify(old, same)] == [False]
    assert [(change.path, change.breaking) for change in classify(old, other) if change.breaking] == [("hints", True)]


def test_default_of_an_object_with_free_names_may_not_gain_a_name() -> None:
    """A map of footnotes has no optional fields: a name in its default is content."""
    texts = {"type": "object", "additionalProperties": {"type": "string"}}
    old = {"properties": {"footnotes": {**texts, "default": {}}}}
    new = {"properties": {"footnotes": {**texts, "default": {"F1": "By trust."}}}}
    assert [change.breaking for change in classify(old, new)] == [True]


def test_default_of_a_field_that_refers_to_its_own_definition_is_compared() -> None:
    """The definition is walked once, but what stands beside each reference is compared everywhere."""
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node", "default": None}}}
    old: dict[str, Any] = {"$ref": "#/$defs/Node", "$defs": {"Node": node}}
    new = copy.deepcopy(old)
    new["$defs"]["Node"]["properties"]["next"]["default"] = {}
    assert [(change.path, change.breaking) for change in classify(old, new)] == [("next", True)]


@pytest.mark.parametrize("keyword", ["oneOf", "allOf", "prefixItems"])
def test_definition_behind_a_keyword_nobody_knows_is_compared(keyword: str) -> None:
    """The keyword still reads the same, but what it refers to has another type."""
    old: dict[str, Any] = {
        "properties": {"pair": {keyword: [{"$ref": "#/$defs/Leg"}]}},
        "$defs": {"Leg": {"type": "object", "properties": {"shares": {"type": "string"}}}},
    }
    assert classify(old, copy.deepcopy(old)) == []
    new = copy.deepcopy(old)
    new["$defs"]["Leg"]["properties"]["shares"]["type"] = "number"
    assert [(change.path, change.breaking) for change in classify(old, new)] == [("pair", True)]


@pytest.mark.parametrize(("unknown", "breaks"), [(True, False), ({}, False), (False, True), ({"type": "string"}, True)])
def test_optional_field_needs_an_object_that_is_open_to_new_fields(*, unknown: Any, breaks: bool) -> None:
    """Readers of a closed object reject the new field, and in a map the name may be taken already."""
    old = {"type": "object", "properties": {}, "additionalProperties": unknown}
    new = {**old, "properties": {"route": {"type": "integer"}}}
    assert [(change.path, change.breaking) for change in classify(old, new)] == [("route", breaks)]


def test_constraint_that_a_reference_restates_differently_cannot_be_judged() -> None:
    """Both would hold, and comparing either alone would let a change of the other through."""
    schema = {
        "properties": {"count": {"$ref": "#/$defs/Count", "minimum": 0}},
        "$defs": {"Count": {"type": "integer", "minimum": 5}},
    }
    with pytest.raises(ValueError, match="minimum"):
        classify(schema, schema)


def test_recursive_schema_is_walked_once() -> None:
    """A recursive definition must end, and a change within it must be found."""
    old: dict[str, Any] = {
        "$ref": "#/$defs/Node",
        "$defs": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}, "n": {"type": "null"}}}},
    }
    new = copy.deepcopy(old)
    new["$defs"]["Node"]["properties"]["n"] = {"type": "string"}
    assert [change.path for change in classify(old, new)] == ["n"]


def test_reference_to_nothing_is_an_error() -> None:
    """A broken schema is not quietly compatible with anything."""
    with pytest.raises(ValueError, match="Absent"):
        classify({"$ref": "#/$defs/Absent"}, {"type": "object"})


def test_variants_of_one_type_are_compared_separately() -> None:
    """Each of two objects in one union is compared with its own earlier form."""
    old = {"anyOf": [{"type": "object", "title": "a"}, {"type": "object", "required": ["b"]}]}
    new = {"anyOf": [{"type": "object", "title": "a"}]}
    assert [str(change) for change in classify(old, new)] == [
        "breaking: the event: it may no longer be object (2), and old events hold that"
    ]


@pytest.mark.parametrize("event", EVENTS)
def test_committed_schema_guards_each_of_its_fields(event: type) -> None:
    """Removing or requiring a field is a breaking change; the unchanged schema is compatible."""
    schema = json.loads((SCHEMAS / schema_file(event)).read_text("utf-8"))
    assert classify(schema, schema) == []
    for name in schema["properties"]:
        less = copy.deepcopy(schema)
        del less["properties"][name]
        assert [(change.path, change.breaking) for change in classify(schema, less)] == [(name, True)]
        if name not in schema["required"]:
            stricter = copy.deepcopy(schema)
            stricter["required"].append(name)
            assert [(change.path, change.breaking) for change in classify(schema, stricter)] == [(name, True)]


def test_field_of_a_shared_definition_is_guarded_wherever_it_is_used() -> None:
    """A definition's field is named by the path by which readers know it."""
    schema = json.loads((SCHEMAS / "transactions_reported.v1.schema.json").read_text("utf-8"))
    narrowed = copy.deepcopy(schema)
    narrowed["$defs"]["Transaction"]["properties"]["code"] = {"type": "string", "default": None}
    assert "transactions[].code" in [change.path for change in classify(schema, narrowed) if change.breaking]
