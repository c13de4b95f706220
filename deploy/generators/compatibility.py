"""Classify each change of an event's JSON Schema as benign or breaking for readers and writers. Pure.

Topics are read forever, and by anyone. So a change must work in both directions at once: readers of the old schema
read new events (producers are deployed first), and readers of the new schema read old events (topics are replayed
from their beginning). A change that passes both is **benign**: a new optional field, or a reworded description. Every
other change is **breaking** and takes a new major version on a new topic:

- a field removed: its readers lack it;
- a field added to an object that forbids unknown fields, or types them: old readers reject it, or old events hold
  something else under that name;
- a field required that was not: old events lack it; or no longer required: new events may lack it;
- a type changed, widened or narrowed, null included: one of the two directions fails;
- an enum value removed: old events hold it; **or added**: readers decode enums strictly, as our own codec does, and
  would put every event with the new value in their dead letters;
- a pattern, format or bound changed, for the same reasons as a type;
- a default changed: events without the field would change their meaning;
- anything under a keyword that this module does not know: a change that cannot be classified is breaking.

Definitions are compared where they are used, so renaming one changes nothing. Values are compared as in JSON: the
number 0 is not false.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Schema = Mapping[str, Any]

_WORDS: Final = frozenset({"title", "description", "examples", "$comment", "$schema"})
"""Keywords that describe and do not constrain."""

_STRUCTURE: Final = frozenset({"$defs", "$ref", "type", "properties", "required", "items", "anyOf", "enum", "const"})
"""Keywords that are compared by their meaning; all others are compared literally."""

_REFERENCE_PREFIX: Final = "#/$defs/"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two schemas: the field's path as in `transactions[].shares`, and what it means."""

    path: str
    sentence: str
    breaking: bool

    def __str__(self) -> str:
        return f"{'breaking' if self.breaking else 'benign'}: {self.path or 'the event'}: {self.sentence}"


def classify(old_schema: Schema, new_schema: Schema) -> list[Change]:
    """Return every difference between two JSON Schemas of one event, in the order of the document.

    Raises:
        ValueError: a schema refers to a definition it does not have, or contradicts one beside its reference.
    """
    return list(_Comparison(old_schema, new_schema).compare("", old_schema, new_schema))


class _Comparison:
    """Two documents, walked in parallel. A pair of definitions that recurs below itself is not walked again."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old_document = old
        self._new_document = new
        self._open: set[tuple[str, str]] = set()

    def compare(self, path: str, old: Schema, new: Schema) -> Iterator[Change]:
        """Yield the differences between two schemas at the same path."""
        pair = (str(old.get("$ref", "")), str(new.get("$ref", "")))
        if "" not in pair and pair in self._open:
            yield from _words(path, old, new)
            yield from self._constraints(path, old, new)
            return
        self._open.add(pair)
        old, new = _resolved(old, self._old_document), _resolved(new, self._new_document)
        if "anyOf" in old or "anyOf" in new:
            old, new = _as_union(old), _as_union(new)
            yield from self._variants(path, old, new)
        elif old.get("type") != new.get("type"):
            yield Change(path, f"its type changes from {_type(old)} to {_type(new)}", breaking=True)
        yield from _words(path, old, new)
        yield from _values(path, old, new)
        yield from self._fields(path, old, new)
        yield from self._members(path, old, new)
        yield from self._constraints(path, old, new)
        self._open.discard(pair)

    def _variants(self, path: str, old: Schema, new: Schema) -> Iterator[Change]:
        """Compare the variants of two unions, matched by type."""
        before = _variants_by_type(old, self._old_document)
        after = _variants_by_type(new, self._new_document)
        for name, variant in before.items():
            if name in after:
                yield from self.compare(path, variant, after[name])
            else:
                yield Change(path, f"it may no longer be {name}, and old events hold that", breaking=True)
        for name in after:
            if name not in before:
                yield Change(path, f"it may now be {name}, which old readers do not expect", breaking=True)

    def _fields(self, path: str, old: Schema, new: Schema) -> Iterator[Change]:
        old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
        old_required, new_required = set(old.get("required", ())), set(new.get("required", ()))
        for name, schema in old_fields.items():
            field = f"{path}.{name}" if path else name
            if name not in new_fields:
                yield Change(field, "the field is removed, and its readers go without", breaking=True)
                continue
            if name in new_required - old_required:
                yield Change(field, "the field becomes required, and old events may lack it", breaking=True)
            if name in old_required - new_required:
                yield Change(field, "the field is no longer required, and old readers rely on it", breaking=True)
            yield from self.compare(field, schema, new_fields[name])
        closed = old.get("additionalProperties", True) not in (True, {})
        for name in new_fields:
            if name not in old_fields:
                field = f"{path}.{name}" if path else name
                if name in new_required:
                    yield Change(field, "a required field is added, and old events lack it", breaking=True)
                elif closed:
                    yield Change(field, "a field is added to an object that is not open to new fields", breaking=True)
                else:
                    yield Change(field, "an optional field is added", breaking=False)

    def _members(self, path: str, old: Schema, new: Schema) -> Iterator[Change]:
        """Compare the members of an array, or the values of an object with arbitrary names."""
        for keyword, suffix in (("items", "[]"), ("additionalProperties", "{}")):
            before, after = old.get(keyword, True), new.get(keyword, True)
            if isinstance(before, Mapping) and isinstance(after, Mapping):
                yield from self.compare(path + suffix, before, after)
            elif not _same(before, after):
                yield _keyword_changed(path + suffix, keyword, before, after)

    def _constraints(self, path: str, old: Schema, new: Schema) -> Iterator[Change]:
        """Compare every other keyword literally, with its references resolved."""
        handled = _WORDS | _STRUCTURE | {"additionalProperties"}
        for keyword in sorted((old.keys() | new.keys()) - handled):
            before, after = old.get(keyword, _ABSENT), new.get(keyword, _ABSENT)
            if keyword == "default":
                unchanged = _extends(before, after, new, self._new_document)
            else:
                unchanged = _same(_expanded(before, self._old_document), _expanded(after, self._new_document))
            if not unchanged:
                yield _keyword_changed(path, keyword, before, after)


def _words(path: str, old: Schema, new: Schema) -> Iterator[Change]:
    for keyword in sorted(_WORDS):
        if old.get(keyword) != new.get(keyword):
            yield Change(path, f"its {keyword} is reworded", breaking=False)


def _values(path: str, old: Schema, new: Schema) -> Iterator[Change]:
    """Return the values of an enum; a `const` is an enum with one value."""
    before, after = _enum(old), _enum(new)
    if before is None and after is None:
        return
    if before is None or after is None:
        restricted = "now" if before is None else "no longer"
        yield Change(path, f"its values are {restricted} restricted to a list", breaking=True)
        return
    for value in before:
        if not any(_same(value, other) for other in after):
            yield Change(path, f"the value {value!r} is removed, and old events hold it", breaking=True)
    for value in after:
        if not any(_same(value, other) for other in before):
            yield Change(path, f"the value {value!r} is added, and strict readers reject it", breaking=True)


def _keyword_changed(path: str, keyword: str, before: object, after: object) -> Change:
    return Change(path, f"its `{keyword}` changes from {before!r} to {after!r}", breaking=True)


def _extends(before: object, after: object, schema: Schema, document: Schema) -> bool:
    """Return whether a default object only gained the defaults of optional fields of its `schema`."""
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return _same(before, after)
    variants = [_resolved(variant, document) for variant in _as_union(schema)["anyOf"]]
    fields: dict[str, Schema] = {}
    for variant in variants:
        fields.update(variant.get("properties", {}))
    has_free_names = any("additionalProperties" in variant and "properties" not in variant for variant in variants)
    for name in after.keys() - before.keys():
        if has_free_names or (fields and not _same(after[name], fields.get(name, {}).get("default", _ABSENT))):
            return False
    return all(
        name in after and _extends(value, after[name], fields.get(name, {}), document) for name, value in before.items()
    )


def _same(before: object, after: object) -> bool:
    """Return whether two values are the same JSON. In Python 1, 1.0 and True are equal; in JSON true is a literal."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return before.keys() == after.keys() and all(_same(value, after[name]) for name, value in before.items())
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(_same, before, after))
    return isinstance(before, bool) == isinstance(after, bool) and before == after


def _expanded(value: object, document: Schema, within: tuple[str, ...] = ()) -> object:
    """Return the value of an unknown keyword with each reference replaced by its definition."""
    if isinstance(value, list):
        return [_expanded(member, document, within) for member in value]
    if not isinstance(value, Mapping):
        return value
    reference = value.get("$ref")
    if isinstance(reference, str) and reference not in within:
        return _expanded(_resolved(value, document), document, (*within, reference))
    return {name: _expanded(member, document, within) for name, member in value.items()}


class _Absent:
    def __repr__(self) -> str:
        return "nothing"


_ABSENT: Final = _Absent()


def _resolved(schema: Schema, document: Schema) -> Schema:
    """Return the schema, or the definition it refers to, merged with the keywords beside the reference."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    definition = document.get("$defs", {}).get(str(reference).removeprefix(_REFERENCE_PREFIX))
    if definition is None:
        raise ValueError(f"the schema refers to {reference!r}, which it does not define")
    beside = {keyword: value for keyword, value in schema.items() if keyword != "$ref"}
    resolved = _resolved(definition, document)
    for keyword in (beside.keys() & resolved.keys()) - _WORDS - {"default"}:
        if not _same(beside[keyword], resolved[keyword]):
            raise ValueError(f"the schema restricts {reference!r} by another `{keyword}`, and both would hold")
    return {**resolved, **beside}


def _as_union(schema: Schema) -> Schema:
    """Return a schema as a union, perhaps with one variant; the field's description stays with the field."""
    if "anyOf" in schema:
        return schema
    outer = {keyword: value for keyword, value in schema.items() if keyword in _WORDS | {"default"}}
    return {**outer, "anyOf": [{keyword: value for keyword, value in schema.items() if keyword not in outer}]}


def _variants_by_type(union: Schema, document: Schema) -> dict[str, Schema]:
    """Return the variants of a union by type; variants with the same type are numbered."""
    variants: dict[str, Schema] = {}
    for variant in union["anyOf"]:
        name = base = _type(_resolved(variant, document))
        number = 1
        while name in variants:
            number += 1
            name = f"{base} ({number})"
        variants[name] = variant
    return variants


def _type(schema: Schema) -> str:
    declared = schema.get("type", "anything")
    return declared if isinstance(declared, str) else " or ".join(declared)


def _enum(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")
