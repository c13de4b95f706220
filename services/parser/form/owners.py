"""The owners' table below the tables of securities: name and address in lines, and a cross under each relationship."""

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Final

from contracts.codes import DiagnosticCode
from services.parser.document import Problem, RawOwner, collapse_whitespace
from services.parser.form.addresses import read_address, read_city, set_value
from services.parser.form.blocks import Text, display_text, linked_cik, plain_text
from services.parser.form.check_boxes import column_cross

_COLUMNS: Final = {
    "director": "is_director",
    "10% owner": "is_ten_percent_owner",
    "officer": "is_officer",
    "other": "is_other",
}
RELATIONSHIPS: Final = frozenset(_COLUMNS.values())
"""The fields of the four boxes."""

_WORDS: Final = {"is_officer": "officer_title", "is_other": "other_text"}
"""The columns that may hold words instead of a cross: an officer's title, or another person's relationship."""

_FIRST_WORDS: Final = 2
_CAPTIONS: Final = ("Reporting Owner", "Relationships", "Director")


def relationship_columns(words: Sequence[str]) -> dict[int, str] | None:
    """Return the fields of the columns under a caption row; None for any other row. The first column is the name's.

    >>> relationship_columns(["Director", "10% Owner", "Officer", "Other"])
    {1: 'is_director', 2: 'is_ten_percent_owner', 3: 'is_officer', 4: 'is_other'}
    """
    shift = 1 if words and words[0].lower() in _COLUMNS else 0
    columns = {index + shift: _COLUMNS[word.lower()] for index, word in enumerate(words) if word.lower() in _COLUMNS}
    return columns if len(columns) == len(_COLUMNS) else None


def read_owner_row(cells: Sequence[Text], columns: dict[int, str], known: Sequence[RawOwner]) -> RawOwner | None:
    r"""Read one row of the table; None if name and address run together, and no `known` owner's begin the row.

    Every owner has a relationship. So if a row has no cross at all, the page has lost them.

    >>> owner = read_owner_row(["DOE JANE\n1 MAIN ST\nAUSTIN, TX 78701", "X"], {1: "is_director"}, [])
    >>> owner.values["name"], owner.values["is_director"]
    ('DOE JANE', 'true')
    """
    name, *address = [collapse_whitespace(line) for line in display_text(cells[0]).split("\n")]
    if not address and _holds_an_address(name):
        name = next((other.values["name"] for other in known if _begins(name, other)), "")
        if not name:
            return None
    owner = RawOwner()
    set_value(owner, "name", name)
    set_value(owner, "cik", linked_cik(cells[0]) or "")
    read_address(owner, address)
    _read_crosses({field: plain_text(cells[index]) for index, field in columns.items() if index < len(cells)}, owner)
    return owner


def _begins(line: str, owner: RawOwner) -> bool:
    """Return whether a line begins with an owner's name and the first words of the street."""
    name = owner.values.get("name", "")
    unsure = [
        raw for code, field, raw in owner.problems if (code, field) == (DiagnosticCode.AMBIGUOUS_ADDRESS, "street1")
    ]
    street = owner.values.get("street1", *unsure[:1] or [""])
    return bool(name and street) and line.startswith(f"{name} {' '.join(street.split()[:_FIRST_WORDS])}")


def is_another_owner(raw: str, known: Sequence[RawOwner]) -> bool:
    """Return whether unreadable text is one owner, with name and address, and none of the known ones.

    >>> is_another_owner("DOE JANE 1 MAIN ST AUSTIN, TX 78701 | X", [])
    True
    """
    text = raw.rstrip("|X ")  # the crosses after the address
    names = (owner.values.get("name", "") for owner in known)
    return _holds_an_address(text) and not any(name and text.startswith(name) for name in names)


def _holds_an_address(line: str) -> bool:
    """Return whether a line ends in state and ZIP code, so that a name in it runs into an address."""
    ending = RawOwner()
    read_city(ending, line)
    return any(map(str.isdigit, ending.values.get("zip_code", "")))


def _read_crosses(crosses: Mapping[str, str], owner: RawOwner) -> None:
    if any(crosses.values()):
        for field, cross in crosses.items():
            _read_cross(field, cross, owner)


def _read_cross(field: str, words: str, owner: RawOwner) -> None:
    crossed = column_cross(words)
    if crossed is not None:
        owner.values[field] = "true" if crossed else "false"
    elif field in _WORDS:
        owner.values[field] = "true"
        owner.values[_WORDS[field]] = words
    else:
        owner.problems.append((DiagnosticCode.AMBIGUOUS_RELATIONSHIP, field, words))


def read_owner_paragraphs(paragraphs: Sequence[Sequence[str]]) -> Iterator[RawOwner]:
    """Read the owners of a table that has lost its columns: name and address in lines, then crosses without a column.

    >>> [owner.values["name"] for owner in read_owner_paragraphs([["DOE JANE", "AUSTIN, TX 78701"], ["X"]])]
    ['DOE JANE']
    """
    current: RawOwner | None = None
    for lines in paragraphs:
        if len(lines) == 1:
            if current is not None and not lines[0].startswith(_CAPTIONS):
                current.problems.append((DiagnosticCode.AMBIGUOUS_RELATIONSHIP, None, lines[0]))
            continue
        if current is not None:
            yield current
        current = RawOwner({"name": lines[0]})
        read_address(current, lines[1:])
    if current is not None:
        yield current


def merge_owner(owner: RawOwner, listed: Sequence[RawOwner]) -> RawOwner:
    """Return the cover's owner, completed by the owner of the same name in the owners' table.

    The table has a line for each part of the address, and an officer's title apart from other words. The cover's own
    boxes stand: the table has no cross for an officer without a title.

    >>> merge_owner(RawOwner({"name": "DOE"}), [RawOwner({"name": "DOE", "city": "AUSTIN"})]).values["city"]
    'AUSTIN'
    """
    other = next((other for other in listed if _are_same(owner, other)), None)
    if other is None:
        return owner
    words = set() if RELATIONSHIPS.isdisjoint(other.values) else set(_WORDS.values())
    of_cover = RELATIONSHIPS.union(_WORDS.values()) - words
    values = {**_without(owner.values, words), **other.values, **_only(owner.values, of_cover)}
    return RawOwner(values, [*_open_problems(owner, other, values), *_address_problems(other)])


def _only(values: Mapping[str, str], names: Container[str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name in names}


def _without(values: Mapping[str, str], names: Container[str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name not in names}


def report_missing_boxes(owner: RawOwner) -> None:
    """Add a problem if a box of the owner's relationship is missing, unless it has one.

    >>> owner = RawOwner({"name": "DOE"})
    >>> report_missing_boxes(owner)
    >>> owner.problems
    [(<DiagnosticCode.AMBIGUOUS_RELATIONSHIP: 'ambiguous_relationship'>, None, '')]
    """
    reported = any(code == DiagnosticCode.AMBIGUOUS_RELATIONSHIP for code, _, _ in owner.problems)
    if not reported and not owner.values.keys() >= RELATIONSHIPS:
        owner.problems.append((DiagnosticCode.AMBIGUOUS_RELATIONSHIP, None, ""))


def _open_problems(owner: RawOwner, other: RawOwner, values: dict[str, str]) -> list[Problem]:
    """Return the problems of the cover's owner that the owners' table does not settle."""
    settled: set[str | None] = set()
    if not RELATIONSHIPS.isdisjoint(other.values):
        settled = {*_WORDS.values(), *(RELATIONSHIPS & other.values.keys())}
    if values.keys() >= RELATIONSHIPS:
        settled.add(None)
    return [
        problem
        for problem in owner.problems
        if problem[0] != DiagnosticCode.AMBIGUOUS_ADDRESS
        and (problem[1] not in settled or (problem[1] is None and problem[0] != DiagnosticCode.AMBIGUOUS_RELATIONSHIP))
    ]


def _address_problems(owner: RawOwner) -> list[Problem]:
    return [problem for problem in owner.problems if problem[0] == DiagnosticCode.AMBIGUOUS_ADDRESS]


def _are_same(owner: RawOwner, other: RawOwner) -> bool:
    return "name" in owner.values and owner.values["name"] == other.values.get("name")


def without_duplicates(owners: Sequence[RawOwner]) -> list[RawOwner]:
    """Return the owners in order, each once: a page may name the first owner again among the others.

    >>> len(without_duplicates([RawOwner({"name": "DOE"}), RawOwner({"name": "DOE"})]))
    1
    """
    seen: set[str] = set()
    kept: list[RawOwner] = []
    for owner in owners:
        identity = owner.values.get("cik") or f"name:{owner.values.get('name')}"
        if identity not in seen:
            seen.add(identity)
            kept.append(owner)
    return kept
