"""The columns of a row's cells.

If a row has its table's columns, its cells are assigned by place, as long as every cell is of its column's kind. If the
row has lost some, they are assigned by order and kind: a monotone alignment by dynamic programming, in time O(cells x
columns). A forward and a backward pass find all best alignments, and a cell is assigned only if they all agree on it.
For example, `Common Stock | S | 500 | D` has lost its date, price and shares owned: `S` can only be the code, and `D`
may be the disposal or the ownership.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from services.parser.document import without_last_empty
from services.parser.form.captions import Column
from services.parser.form.cell_values import CellValue

_T = TypeVar("_T")
_DATE_LIKE: Final = re.compile(r"[0-9]{1,4}[-/][0-9]{1,2}[-/][0-9]{1,4}")
_NUMBER_LIKE: Final = re.compile(r"[-+(]?[ $€£¥]*[-+]?(?=[.,]*[0-9])[0-9.,]+(?:[ -][0-9]{1,2}/[0-9]{1,2})?[)%]?")
_NO_NUMBER: Final = frozenset({"N/A", "NA", "-", "--", "NONE"})
_CODE_LIKE: Final = re.compile(r"[A-Za-z](?:/K)?[345]?|3", re.IGNORECASE)
_LETTER: Final = re.compile(r"[A-Za-z]")
_LETTERS: Final = {
    "voluntary": frozenset({"V"}),
    "acquired_disposed": frozenset({"A", "D"}),
    "ownership": frozenset({"D", "I"}),
}
"""Kinds of value that are one of a few letters."""

_KINDS: Final[dict[str, str]] = {
    "security_title": "text",
    "underlying_title": "text",
    "nature_of_ownership": "text",
    "transaction_date": "date",
    "deemed_execution_date": "date",
    "exercise_date": "date",
    "expiration_date": "date",
    "code": "code",
    "voluntary": "voluntary",
    "acquired_disposed": "acquired_disposed",
    "ownership": "ownership",
    "amount": "number",
    "acquired": "number",
    "disposed": "number",
    "price_per_share": "number",
    "exercise_price": "number",
    "following": "number",
    "underlying_amount": "number",
}
DATES: Final = frozenset(slot for slot, kind in _KINDS.items() if kind == "date")
"""The slots of dates."""

_ANCHORS: Final = frozenset({"date", "code", "voluntary", "acquired_disposed", "ownership"})
_OF_TRANSACTIONS: Final = frozenset(
    {
        "transaction_date", "deemed_execution_date", "code", "voluntary", "amount", "acquired", "disposed",
        "acquired_disposed", "price_per_share",
    }
)  # fmt: skip
_EXPECTED: Final = frozenset({"security_title", "transaction_date", "code", "amount", "acquired_disposed", "ownership"})
"""Slots that hardly any row lacks: an assignment that fills more of them, with more than a footnote, is better."""

_NEEDED: Final = (
    frozenset({"transaction_date"}),
    frozenset({"code"}),
    frozenset({"amount", "acquired", "disposed"}),
    frozenset({"acquired_disposed", "acquired", "disposed"}),
)
"""Slots of which a transaction's row must still fill one each, so that its other cells can be assigned by order."""


@dataclass(slots=True)
class ColumnAssignment:
    """A row's cells by slot, and the cells whose slot is not certain: their possible slots, and the cell.

    `in_order`: the cells were not in their columns, so that their order and kinds decided.
    """

    cells: dict[str, CellValue] = field(default_factory=dict)
    undecided: list[tuple[tuple[str, ...], CellValue]] = field(default_factory=list)
    in_order: bool = False

    def place(self, slots: tuple[str, ...], cell: CellValue) -> None:
        """Assign a cell to its only possible slot, if that is free; else keep it undecided.

        >>> assignment = ColumnAssignment()
        >>> assignment.place(("following",), CellValue("500"))
        >>> list(assignment.cells)
        ['following']
        """
        if len(slots) == 1 and slots[0] not in self.cells:
            self.cells[slots[0]] = cell
        else:
            self.undecided.append((slots, cell))


def assign_columns(
    cells: Sequence[CellValue], columns: Sequence[Column], standard: Sequence[Column]
) -> ColumnAssignment | None:
    """Return the row's cells under `columns` (as captioned), else under the form's `standard` columns.

    None if the row is unreadable.

    >>> cells = [CellValue("Common Stock"), CellValue("500"), CellValue("D")]
    >>> list(assign_columns(cells, [("security_title",), ("following",), ("ownership",)], ()).cells)
    ['security_title', 'following', 'ownership']
    """
    wide = cells if len(cells) == len(columns) else ()
    cells = without_last_empty(cells)
    for under in (columns, standard if len(cells) == len(standard) else ()):
        if under and len(cells) <= len(under):
            found = _by_place(cells, under, strict=True)
            if found is not None:
                return found
    if any(cell and not column for cell, column in zip(wide, columns, strict=False)):
        return _by_place(wide, columns, strict=False)  # a cell under no caption may belong to either neighbour
    found = assign_in_order(cells, columns, standard)
    return found or (_by_place(wide, columns, strict=False) if wide else None)


def assign_in_order(
    cells: Sequence[CellValue], columns: Sequence[Column], standard: Sequence[Column]
) -> ColumnAssignment | None:
    """Return the filled cells in the order of `columns`, else of `standard`; None if they fit neither.

    >>> cells = [CellValue("Common Stock"), CellValue("500"), CellValue("D")]
    >>> list(assign_in_order(cells, [("security_title",), ("voluntary",), ("following",), ("ownership",)], ()).cells)
    ['security_title', 'following', 'ownership']
    """
    filled = [cell for cell in cells if cell]
    return _by_order(filled, columns) or _by_order(filled, standard)


def assign_ruled_columns(cells: Sequence[CellValue], columns: Sequence[Column]) -> ColumnAssignment | None:
    """Return each cell in its own column, of whatever kind it is; None if a filled column has no slot.

    >>> list(assign_ruled_columns([CellValue("N/A")], [("following",)]).cells)
    ['following']
    """
    found = ColumnAssignment()
    for cell, column in zip(cells, columns, strict=True):
        if not cell:
            continue
        if not column:
            return None
        found.place(column if len(column) == 1 else _fitting(column, cell) or column, cell)
    return found


def is_transaction(placement: ColumnAssignment) -> bool:
    """Return whether the row reports a transaction, and not only a holding.

    >>> is_transaction(ColumnAssignment({"code": CellValue("S")}))
    True
    """
    if not _OF_TRANSACTIONS.isdisjoint(placement.cells):
        return True
    return any(slots and _OF_TRANSACTIONS.issuperset(slots) for slots, _ in placement.undecided)


def fits(slot: str, cell: CellValue) -> bool:
    """Return whether a cell is of a slot's kind. An empty cell fits every slot except a title.

    >>> fits("following", CellValue("1,000")), fits("code", CellValue("1,000"))
    (True, False)
    """
    text = cell.text
    if not text:
        return slot != "security_title"
    kind = _KINDS[slot]
    if kind == "text":
        return len(text) > 1 and _LETTER.search(text) is not None
    if kind == "number":
        return _NUMBER_LIKE.fullmatch(text) is not None or text.upper() in _NO_NUMBER
    if kind == "date":
        return _DATE_LIKE.fullmatch(text) is not None
    if kind == "code":
        return _CODE_LIKE.fullmatch(text) is not None
    return text.upper() in _LETTERS[kind]


def _fitting(column: Column, cell: CellValue) -> Column:
    """Return the column's slots that the cell fits."""
    if len(column) == 1:
        return column if fits(column[0], cell) else ()
    return tuple([slot for slot in column if fits(slot, cell)])


def _by_place(cells: Sequence[CellValue], columns: Sequence[Column], *, strict: bool) -> ColumnAssignment | None:
    """Return each cell under its own column. If not `strict`, only anchors must be of the right kind."""
    found = ColumnAssignment()
    for cell, column in zip(cells, columns, strict=False):
        if not cell:
            continue
        fitting = _fitting(column, cell)
        if not fitting and (strict or any(_KINDS[slot] in _ANCHORS for slot in column)):
            return None
        found.place(fitting or column, cell)
    return found if strict or not _ANCHORS.isdisjoint(map(_KINDS.__getitem__, found.cells)) else None


def _by_order(cells: Sequence[CellValue], columns: Sequence[Column]) -> ColumnAssignment | None:
    """Return the filled cells in the order of the columns, as a holding's row, else as a transaction's."""
    columns = _with_one_amount(columns)
    found = _best(cells, [tuple(slot for slot in column if slot not in _OF_TRANSACTIONS) for column in columns])
    if found is not None:
        return found
    found = _best(cells, columns)
    if found is None:
        return None
    filled = set(found.cells).union(*(slots for slots, _ in found.undecided))
    return None if any(needed.isdisjoint(filled) for needed in _NEEDED) else found


def _with_one_amount(columns: Sequence[Column]) -> list[Column]:
    """Return the columns with those of acquired and disposed as one: a row fills only one of the two."""
    either = ("acquired", "disposed")
    merged: list[Column] = []
    for column in columns:
        if column == either[1:] and merged and merged[-1] == either[:1]:
            merged[-1] = either
        else:
            merged.append(column)
    return merged


def _best(cells: Sequence[CellValue], columns: Sequence[Column]) -> ColumnAssignment | None:
    """Return the slots that all best alignments agree on, by a forward and a backward pass; None if there is none."""
    fitting = [[_fitting(column, cell) for column in columns] for cell in cells]
    gains = [[_gain(column) if cell.text else 0 for column in row] for cell, row in zip(cells, fitting, strict=True)]
    forward = _scores(fitting, gains)
    backward = _reversed(_scores(_reversed(fitting), _reversed(gains)))
    best = max(forward[-1], default=-1) if forward else -1
    if best < 0:
        return None
    found = ColumnAssignment(in_order=True)
    for cell, row, gain, before, after in zip(cells, fitting, gains, forward, backward, strict=True):
        found.place(_best_slots(row, gain, before, after, best), cell)
    return found


def _reversed(table: Sequence[Sequence[_T]]) -> list[Sequence[_T]]:
    return [row[::-1] for row in table[::-1]]


def _best_slots(
    row: Sequence[Column], gains: Sequence[int], before: Sequence[int], after: Sequence[int], best: int
) -> tuple[str, ...]:
    """Return the slots of the columns through which a best alignment runs. Both scores count the column's own gain."""
    slots: dict[str, None] = {}
    for column, gain, ahead, behind in zip(row, gains, before, after, strict=True):
        if ahead >= 0 and behind >= 0 and ahead + behind - gain == best:
            slots.update(dict.fromkeys(column))
    return tuple(slots)


def _scores(fitting: Sequence[Sequence[Column]], gains: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return, for each cell and column, the best score of an alignment that ends there; -1 if there is none."""
    scores: list[list[int]] = []
    for index, row in enumerate(fitting):
        reached = 0 if index == 0 else -1
        here: list[int] = []
        for at, column in enumerate(row):
            here.append(reached + gains[index][at] if column and reached >= 0 else -1)
            if index > 0:
                reached = max(reached, scores[index - 1][at])
        scores.append(here)
    return scores


def _gain(column: Column) -> int:
    return 1 if len(column) == 1 and column[0] in _EXPECTED else 0
