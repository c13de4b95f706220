"""A table's row as a line of the contract, once its cells are assigned to slots."""

import re
from collections.abc import Sequence
from typing import Final

from contracts.codes import DiagnosticCode
from contracts.enumerations import Table
from services.parser.document import RawLine
from services.parser.form.alignment import (
    DATES,
    ColumnAssignment,
    assign_columns,
    assign_in_order,
    assign_ruled_columns,
    is_transaction,
)
from services.parser.form.captions import Column
from services.parser.form.cell_values import CellValue
from services.parser.form.written_dates import as_printed
from services.parser.values import decimal_of

_AMOUNTS: Final = {
    "amount": ("shares", "total_value"),
    "acquired": ("shares", "total_value"),
    "disposed": ("shares", "total_value"),
    "following": ("shares_owned_following", "value_owned_following"),
    "underlying_amount": ("underlying_shares", "underlying_value"),
}
"""Slots of an amount: its field, and its field if a currency sign makes it a value."""

_CURRENCY: Final = re.compile(r"[-+]?\s?[$€£¥]")
_CODE: Final = re.compile(r"([A-Za-z]?)(/[Kk])?([345]?)")


def read_row(
    cells: Sequence[CellValue],
    columns: Sequence[Column],
    standard: Sequence[Column],
    table: Table,
    *,
    ruled: bool = False,
    in_order: bool = False,
) -> RawLine | None:
    """Return the line of a row; None if its cells cannot be assigned. `ruled` and `in_order`: see `blocks.Row`.

    >>> columns = [("security_title",), ("following",), ("ownership",)]
    >>> cells = [CellValue("Common Stock"), CellValue("500"), CellValue("D")]
    >>> read_row(cells, columns, (), "non_derivative").values["shares_owned_following"]
    '500'
    """
    fits = ruled and len(cells) == len(columns)
    assign = assign_in_order if in_order else assign_columns
    assignment = (assign_ruled_columns(cells, columns) if fits else None) or assign(cells, columns, standard)
    if assignment is None or "security_title" not in assignment.cells:
        return None
    line = RawLine(table, is_transaction(assignment))
    _read_cells(assignment, line)
    if line.values.get("form_type") == "3" and "code" not in line.values:
        line.is_transaction = not {"transaction_date", "shares"}.isdisjoint(line.values)
    return line


def _read_cells(assignment: ColumnAssignment, line: RawLine) -> None:
    for slot, cell in assignment.cells.items():
        if assignment.in_order and _is_inexact(slot, cell):
            _report_undecided(cell, line)
        else:
            _read_cell(slot, cell, line)
    for slots, cell in assignment.undecided:
        _read_undecided(slots, cell, line)


def _read_cell(slot: str, cell: CellValue, line: RawLine) -> None:
    field = _field_of(slot, cell)
    if slot == "voluntary":
        if cell.text:
            line.values["form_type"] = "5"
        _cite(line, "timeliness", cell)
        return
    if slot == "code":
        _read_code(cell, line)
        return
    if slot in ("acquired", "disposed") and cell.text:
        line.values["acquired_disposed"] = "A" if slot == "acquired" else "D"
    if slot in DATES:
        cell = CellValue(as_printed(cell.text), cell.markers)
    if slot in ("acquired_disposed", "ownership"):
        cell = CellValue(cell.text.upper(), cell.markers)
    _put(line, field, cell)


def _field_of(slot: str, cell: CellValue) -> str:
    if slot in _AMOUNTS:
        shares, value = _AMOUNTS[slot]
        return value if _CURRENCY.match(cell.text) else shares
    return slot


def _read_code(cell: CellValue, line: RawLine) -> None:
    """Read `S`, or `S/K` with an equity swap. On Form 5, the form it was due on follows: `S4`; 5 means late."""
    match = _CODE.fullmatch(cell.text)
    if match is None:
        _put(line, "code", cell)
        return
    letter, swap, form = match.groups()
    if swap:
        line.values["equity_swap_involved"] = "true"
    if form:
        line.values["form_type"] = form
        if form == "5":
            line.values["timeliness"] = "L"
    _put(line, "code", CellValue(letter, cell.markers))


def _read_undecided(slots: tuple[str, ...], cell: CellValue, line: RawLine) -> None:
    """Read a cell with several possible slots if they are one field; else report it and leave it out."""
    fields = {_field_of(slot, cell) for slot in slots}
    if len(fields) == 1:
        field = fields.pop()
        if field not in line.values:
            _put(line, field, cell)
            if set(slots) == {"acquired", "disposed"}:
                line.problems.append((DiagnosticCode.AMBIGUOUS_COLUMN, "acquired_disposed", cell.text))
            return
    _report_undecided(cell, line)


def _report_undecided(cell: CellValue, line: RawLine) -> None:
    markers = " ".join(f"({marker.removeprefix('F')})" for marker in cell.markers)
    line.problems.append((DiagnosticCode.AMBIGUOUS_COLUMN, None, f"{cell.text} {markers}".strip()))


def _is_inexact(slot: str, cell: CellValue) -> bool:
    """Return whether a cell is an amount that is not exactly readable, as `30,7836`: it may not be this column's."""
    return slot in _AMOUNTS and cell.text[:1].isdigit() and decimal_of(cell.text) is None


def _put(line: RawLine, field: str, cell: CellValue) -> None:
    if cell.text:
        line.values[field] = cell.text
    _cite(line, field, cell)


def _cite(line: RawLine, field: str, cell: CellValue) -> None:
    if cell.markers:
        line.footnotes.setdefault(field, []).extend(cell.markers)
