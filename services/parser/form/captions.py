"""The captions of Tables I and II, and the slots under them.

A slot is a contract field, or one of: `voluntary` (the V column), `amount`, `acquired`, `disposed` (shares, or a value
if there is a currency sign), `following` and `underlying_amount` (likewise).
"""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Final

from contracts.enumerations import Table
from services.parser.document import without_last_empty

Column = tuple[str, ...]
"""The possible slots of a column: one if its captions agree, more if they were lost or shifted."""

_CAPTIONS: Final[tuple[tuple[re.Pattern[str], Column], ...]] = tuple(
    (re.compile(pattern), slots)
    for pattern, slots in (
        (r"title and amount", ("underlying_title", "underlying_amount")),
        (r"title of", ("security_title",)),
        (r"deemed execution", ("deemed_execution_date",)),
        (r"transaction date", ("transaction_date",)),
        (r"transaction code", ("code", "voluntary")),
        (r"number of derivative securities acquired", ("acquired", "disposed")),
        (r"securities acquired", ("amount", "acquired_disposed", "price_per_share")),
        (r"date exercisable and expiration", ("exercise_date", "expiration_date")),
        (r"conversion or exercise price", ("exercise_price",)),
        (r"price of derivative", ("price_per_share",)),
        (r"(?:amount|number) of (?:derivative )?securities beneficially owned", ("following",)),
        (r"ownership (?:form|of derivative security)", ("ownership",)),
        (r"nature of", ("nature_of_ownership",)),
    )
)
PARTS: Final[dict[str, str]] = {
    "code": "code",
    "v": "voluntary",
    "amount": "amount",
    "(a) or (d)": "acquired_disposed",
    "price": "price_per_share",
    "(a)": "acquired",
    "(d)": "disposed",
    "date exercisable": "exercise_date",
    "expiration date": "expiration_date",
    "title": "underlying_title",
    "amount or number of shares": "underlying_amount",
}
"""The second line of captions, in lower case, and the slot under each."""

_NUMBERED: Final = re.compile(r"[0-9]{1,2}[A-Za-z]? ?\. ?[A-Z]")
_HYPHENATED: Final = re.compile(r"(?<=[a-z])-\s(?=[a-z])")
_TITLE: Final = re.compile(r"(?:1 ?\. ?)?title of (derivative )?security")

_FEWEST_CONTINUED: Final = 3
_MOST_KEPT: Final = 1000
_LONGEST_KEPT: Final = 200
"""Size of the cache of captions, and characters of the longest one kept. All filings of a make have the same."""

_TABLE_I: Final[tuple[Column, ...]] = (
    ("security_title",), ("transaction_date",), ("deemed_execution_date",), ("code",), ("voluntary",), ("amount",),
    ("acquired_disposed",), ("price_per_share",), ("following",), ("ownership",), ("nature_of_ownership",),
)  # fmt: skip
_TABLE_II: Final[tuple[Column, ...]] = (
    ("security_title",), ("exercise_price",), ("transaction_date",), ("deemed_execution_date",), ("code",),
    ("voluntary",), ("acquired",), ("disposed",), ("exercise_date",), ("expiration_date",), ("underlying_title",),
    ("underlying_amount",), ("price_per_share",), ("following",), ("ownership",), ("nature_of_ownership",),
)  # fmt: skip
_TABLE_I_OF_FORM_3: Final[tuple[Column, ...]] = (
    ("security_title",), ("following",), ("ownership",), ("nature_of_ownership",),
)  # fmt: skip
_TABLE_II_OF_FORM_3: Final[tuple[Column, ...]] = (
    ("security_title",), ("exercise_date",), ("expiration_date",), ("underlying_title",), ("underlying_amount",),
    ("exercise_price",), ("ownership",), ("nature_of_ownership",),
)  # fmt: skip


def standard_columns(table: Table, form: str) -> tuple[Column, ...]:
    """Return the columns of a whole table of that form.

    >>> standard_columns("non_derivative", "3")
    (('security_title',), ('following',), ('ownership',), ('nature_of_ownership',))
    """
    if form.startswith("3"):
        return _TABLE_I_OF_FORM_3 if table == "non_derivative" else _TABLE_II_OF_FORM_3
    return _TABLE_I if table == "non_derivative" else _TABLE_II


def captioned_table(cells: Sequence[str]) -> Table | None:
    """Return the table whose caption row this is; None for any other row.

    >>> captioned_table(["1. Title of Derivative Security"])
    'derivative'
    """
    match = _TITLE.match(cells[0].lower()) if cells else None
    if match is None:
        return None
    return "derivative" if match.group(1) else "non_derivative"


def continue_captions(cells: Sequence[str]) -> bool:
    """Return whether a row has the captions of the second half of a table, whose first half is above it.

    >>> continue_captions(["6. Date Exercisable and Expiration Date", "8. Price of Derivative", "11. Nature of"])
    True
    """
    filled = [cell for cell in cells if cell]
    return len(filled) >= _FEWEST_CONTINUED and not filled[0].startswith("1.") and all(map(is_caption, filled))


def are_part_captions(cells: Sequence[str]) -> bool:
    """Return whether a row is the second line of captions: Code, V, Amount and so on.

    >>> are_part_captions(["Code", "V", ""])
    True
    """
    captions = [cell.lower() for cell in cells if cell]
    return bool(captions) and all(caption in PARTS for caption in captions)


@cache
def part_captions(slots: Column) -> Mapping[str, str]:
    """Return the second line of captions under a caption of several slots, in lower case and in order, with its slots.

    >>> part_captions(("code", "voluntary"))
    {'code': 'code', 'v': 'voluntary'}
    """
    names = {slot: name for name, slot in PARTS.items()}
    return {names[slot]: slot for slot in slots} if len(slots) > 1 else {}


def is_caption(cell: str) -> bool:
    """Return whether a cell is a numbered caption of either table.

    >>> is_caption("3. Transaction Code (Instr. 8)")
    True
    """
    return _NUMBERED.match(cell) is not None and bool(slots_of(cell))


def spread(captions: Sequence[str], parts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return captions and their second line, each in its column, although the page has lost how many each one spans.

    A caption takes the parts that can be its own: this is greedy matching, in linear time. If parts are left over, the
    captions stay as they are.

    >>> spread(["3. Transaction Code", "6. Ownership Form"], ["Code", "V"])
    (['3. Transaction Code', '', '6. Ownership Form'], ['Code', 'V', ''])
    """
    names = list(filter(None, parts))
    filled = list(filter(None, captions))
    if not names:
        spans = any(len(slots_of(caption)) > 1 for caption in filled)
        return (list(without_last_empty(captions)) if spans else filled), []
    wide: list[str] = []
    second: list[str] = []
    left = deque(names)
    for caption in filled:
        own = _taken_parts(slots_of(caption), left)
        wide.extend([caption, *[""] * (len(own) - 1)])
        second.extend(own or [""])
    return (list(without_last_empty(captions)), list(parts)) if left else (wide, second)


def _taken_parts(slots: Column, left: deque[str]) -> list[str]:
    """Remove and return the first of the parts that are left, as far as they can be those of a caption's slots."""
    taken: list[str] = []
    while len(slots) > 1 and left and PARTS.get(left[0].lower()) in slots:
        taken.append(left.popleft())
    return taken


def columns_of(captions: Sequence[str], parts: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns under a caption row and its second line, if there is one.

    >>> columns_of(["3. Transaction Code", ""], ["Code", "V"])
    (('code',), ('voluntary',))
    """
    columns: list[Column] = []
    at = 0
    while at < len(captions):
        width = 1
        while at + width < len(captions) and not captions[at + width]:
            width += 1
        slots = slots_of(captions[at])
        names = [parts[index].lower() if index < len(parts) else "" for index in range(at, at + width)]
        columns.extend(_columns_of_group(slots, names))
        at += width
    return tuple(columns)


def slots_of(caption: str) -> Column:
    """Return the slots under a caption.

    >>> slots_of("3. Transaction Code (Instr. 8)")
    ('code', 'voluntary')
    """
    return _slots_of(caption) if len(caption) <= _LONGEST_KEPT else _slots_of.__wrapped__(caption)


@lru_cache(_MOST_KEPT)
def _slots_of(caption: str) -> Column:
    lowered = _HYPHENATED.sub("", caption.lower())
    for pattern, slots in _CAPTIONS:
        if pattern.search(lowered):
            return slots
    return ()


def _columns_of_group(slots: Column, names: Sequence[str]) -> list[Column]:
    """Return the columns of one caption: by their second line, else by order, else any of the caption's slots."""
    named = [PARTS.get(name) for name in names]
    if len(slots) == 1 and not any(named):
        return [slots, *[()] * (len(named) - 1)]
    if {None, *slots}.issuperset(named):
        return _columns_of_parts(slots, named)
    in_order = [(slot,) for slot in slots] if len(slots) == len(named) else [slots] * len(named)
    return [own if name is None or name in own else (*own, name) for own, name in zip(in_order, named, strict=True)]


def _columns_of_parts(slots: Column, named: Sequence[str | None]) -> list[Column]:
    """Return the columns of a caption whose second line has only its own parts: a column without one has the others."""
    left = [slot for slot in slots if slot not in named]
    if named.count(None) == len(left):
        return [(name or left.pop(0),) for name in named]
    return [(name,) if name is not None else tuple(left) for name in named]
