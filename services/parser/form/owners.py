"""The owners' table after the tables of securities: for each its name and address in lines, and crosses by column."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from contracts.codes import DiagnosticCode
from services.parser.document import RawOwner, folded
from services.parser.form import cover
from services.parser.form.blocks import said, shown, without_cik

_COLUMNS: Final = {
    "director": "is_director",
    "10% owner": "is_ten_percent_owner",
    "officer": "is_officer",
    "other": "is_other",
}
RELATIONSHIPS: Final = frozenset(_COLUMNS.values())
"""The fields of the four boxes."""

_WORDS: Final = {"is_officer": "officer_title", "is_other": "other_text"}
"""The columns where words stand in for a cross: an officer's title, what an other person is."""

_CROSS: Final = re.compile(r"\[[X ]\]|_*X?_*")
_FIRST_WORDS: Final = 2
_CAPTIONS: Final = ("Reporting Owner", "Relationships", "Director")


def relationship_columns(words: Sequence[str]) -> dict[int, str] | None:
    """The fields of the columns under a caption row; None where the row is none. The first column is the name's."""
    shift = 1 if words and words[0].lower() in _COLUMNS else 0
    columns = {index + shift: _COLUMNS[word.lower()] for index, word in enumerate(words) if word.lower() in _COLUMNS}
    return columns if len(columns) == len(_COLUMNS) else None


def owner_of_row(cells: Sequence[str], columns: dict[int, str], known: Sequence[RawOwner]) -> RawOwner | None:
    """Read one row of the table; None if nothing parts name and address, and no `known` owner's begin it.

    A row without any cross says nothing of the relationship: every owner has one, so the page has lost it.
    """
    block, cik = without_cik(cells[0])
    name, *address = [folded(line) for line in shown(block).split("\n")]
    if not address and _holds_an_address(name):
        name = next((other.values["name"] for other in known if _begins(name, other)), "")
        if not name:
            return None
    owner = RawOwner({"name": name} if name else {})
    if cik is not None:
        owner.values["cik"] = cik
    cover.read_address(owner, address)
    crosses = {field: said(cells[index]) for index, field in columns.items() if index < len(cells)}
    if any(crosses.values()):
        for field, cross in crosses.items():
            _read_cross(field, cross, owner)
    return owner


def _begins(line: str, owner: RawOwner) -> bool:
    """Whether an owner's name, and behind it the first words of the street, begin a line."""
    name = owner.values.get("name", "")
    unsure = [
        raw for code, field, raw in owner.problems if (code, field) == (DiagnosticCode.AMBIGUOUS_ADDRESS, "street1")
    ]
    street = owner.values.get("street1", *unsure[:1] or [""])
    return bool(name and street) and line.startswith(f"{name} {' '.join(street.split()[:_FIRST_WORDS])}")


def _holds_an_address(line: str) -> bool:
    """Whether a line ends in state and ZIP code, so that a name in it runs into an address."""
    ending = RawOwner()
    cover.read_city(ending, line)
    return any(map(str.isdigit, ending.values.get("zip_code", "")))


def _read_cross(field: str, said: str, owner: RawOwner) -> None:
    if _CROSS.fullmatch(said):
        owner.values[field] = "true" if "X" in said else "false"
    elif field in _WORDS:
        owner.values[field] = "true"
        owner.values[_WORDS[field]] = said
    else:
        owner.problems.append((DiagnosticCode.AMBIGUOUS_RELATIONSHIP, field, said))


def owners_of_paragraphs(paragraphs: Sequence[Sequence[str]]) -> Iterator[RawOwner]:
    """The owners of a table that has lost its columns: name and address in lines, then crosses that tell nothing."""
    current: RawOwner | None = None
    for lines in paragraphs:
        if len(lines) == 1:
            if current is not None and not lines[0].startswith(_CAPTIONS):
                current.problems.append((DiagnosticCode.AMBIGUOUS_RELATIONSHIP, None, lines[0]))
            continue
        if current is not None:
            yield current
        current = RawOwner({"name": lines[0]})
        cover.read_address(current, lines[1:])
    if current is not None:
        yield current


def merged(owner: RawOwner, listed: Sequence[RawOwner]) -> RawOwner:
    """The cover's owner with what the owners' table has of the same name.

    The table has a line for each part of the address, and an officer's title apart from other words. The cover's own
    boxes stand: the table shows an officer without a title as none.
    """
    other = next((other for other in listed if _are_same(owner, other)), None)
    if other is None:
        return owner
    values = {**owner.values, **other.values}
    values.update({name: value for name, value in owner.values.items() if name.startswith("is_")})
    told = not RELATIONSHIPS.isdisjoint(other.values)
    if not told:
        values.update({name: owner.values[name] for name in _WORDS.values() if name in owner.values})
    elif not RELATIONSHIPS.isdisjoint(owner.values):
        for name in _WORDS.values():
            if name not in other.values:
                values.pop(name, None)
    about = [problem for problem in owner.problems if problem[0] != DiagnosticCode.AMBIGUOUS_ADDRESS]
    if told:
        settled = {*_WORDS.values(), *(RELATIONSHIPS & other.values.keys())}
        about = [problem for problem in about if problem[1] not in settled]
    if values.keys() >= RELATIONSHIPS:
        about = [problem for problem in about if problem[:2] != (DiagnosticCode.AMBIGUOUS_RELATIONSHIP, None)]
    return RawOwner(
        values, [*about, *(found for found in other.problems if found[0] == DiagnosticCode.AMBIGUOUS_ADDRESS)]
    )


def _are_same(owner: RawOwner, other: RawOwner) -> bool:
    return "name" in owner.values and owner.values["name"] == other.values.get("name")


def without_doubles(owners: Sequence[RawOwner]) -> list[RawOwner]:
    """The owners in order, each once: a page may name the first again among the others."""
    seen: set[str] = set()
    kept: list[RawOwner] = []
    for owner in owners:
        identity = owner.values.get("cik") or f"name:{owner.values.get('name')}"
        if identity not in seen:
            seen.add(identity)
            kept.append(owner)
    return kept
