"""A page's HTML as nested cells and tables, whatever tags are left out, doubled, misplaced or in capitals.

Tables, rows and cells open and close as in a browser. All other content is text in the cell around it.
"""

import html
import re
from typing import Final

from contracts.codes import ErrorCode
from contracts.errors import InvalidFiling
from services.parser.form.blocks import FootnoteMarker, PartyLink
from services.parser.form.check_boxes import box, replace_box_characters
from services.parser.layouts.html.grids import LINE, PARAGRAPH, VALUE, Break, Grid, GridCell, Part

MOST_NESTED: Final = 40
"""Levels of nested tables: ten times as many as a form and the page around it have."""


MOST_PLACES: Final = 40_000
"""Places of all tables' rows and columns together: forty times as many as the longest form has."""

_MARKERS: Final = re.compile(r"[(]?[0-9]{1,2}[)]?(?:[\s,]*[(][0-9]{1,2}[)]|\s*,\s*[0-9]{1,2})*")
_WINGDINGS: Final = {
    "o": False, "q": False, "\u00a8": False, "\u00a1": False,
    "x": True, "\u00fe": True, "\u00fd": True, "T": True, "S": True, "R": True,
}  # fmt: skip
"""The check boxes of Wingdings and Wingdings 2, as the letters that stand for them in a page."""

_NUMBER: Final = re.compile(r"[0-9]+")
_LONGEST_MARKERS: Final = 60


class Tree:
    """The tree of a page: its open tables, and the cell that text goes to, which is None between cells.

    >>> tree = Tree()
    >>> tree.add_text("FORM 4")
    >>> tree.root.parts
    ['FORM 4']
    """

    def __init__(self) -> None:
        self.root = GridCell()
        self.cell: GridCell | None = self.root
        self.grids: list[Grid] = []
        self.begun = False
        self.ended = False
        self._places = 0
        self._raised = -1  # where in the cell's parts the raised text begins, -1 for none
        self._cik: str | None = None  # of the link that is open
        self._value_end = -1  # where in the cell's parts a value ended, by its class
        self._in_value = False
        self._symbols = -1  # where in the cell's parts text in a font of symbols begins, -1 for none

    def add_text(self, raw: str) -> None:
        """Add text to the open cell. Between cells, it goes before the table."""
        if "&" in raw:
            raw = html.unescape(raw)
        blank = raw.isspace()
        if not blank and not raw.isascii():
            raw = replace_box_characters(raw)
        if self.cell is not None:
            self.cell.parts.append(raw)
            self.cell.filled = self.cell.filled or not blank
        elif not blank:
            around = self.grids[-1].around
            around.parts[-1:-1] = [PARAGRAPH, raw] if raw else [PARAGRAPH]
            around.filled = True

    def ignore(self) -> None:
        """Ignore a tag."""

    def begin_page(self) -> None:
        """Begin the page: only a page that began can break off."""
        self.begun = True

    def end_page(self) -> None:
        """End the page, and every table in it."""
        self.ended = True
        while self.grids:
            self.end_table()

    def begin_table(self, *, bordered: bool = False) -> None:
        """Begin a table in the open cell, which may be in another table."""
        if self.cell is None:  # a table between the cells of another ends that one
            self.end_table()
        if len(self.grids) == MOST_NESTED:
            raise InvalidFiling(ErrorCode.TOO_DEEP, f"tables are nested more than {MOST_NESTED} deep")
        around = self.cell or self.root
        grid = Grid(around, bordered=bordered)
        around.parts.append(grid)
        self.grids.append(grid)
        self._turn_to(None)

    def end_table(self) -> None:
        """End the innermost table: text goes to the cell around it."""
        if not self.grids:
            return
        grid = self.grids.pop()
        around = grid.around
        around.depth = max(around.depth, 1)
        for row in grid.rows:
            for cell in row:
                around.filled = around.filled or cell.filled
                around.depth = max(around.depth, cell.depth + 1)
        self._turn_to(around)

    def begin_row(self) -> None:
        """Begin a row of the innermost table, and the table if there is none."""
        if not self.grids:
            self.begin_table()
        self.grids[-1].rows.append([])
        self.grids[-1].in_row = True
        if self.cell is not None:
            self._turn_to(None)

    def end_row(self) -> None:
        """End the row and its open cell."""
        if self.grids:
            self.grids[-1].in_row = False
            if self.cell is not None:
                self._turn_to(None)

    def begin_cell(self, columns: int, rows: int) -> None:
        """Begin a cell over so many columns and rows, in a new row if none is open."""
        if not self.grids or not self.grids[-1].in_row:
            self.begin_row()
        cell, grid = GridCell([], columns, rows), self.grids[-1]
        self._places += columns * rows
        if self._places > MOST_PLACES:
            raise InvalidFiling(ErrorCode.TOO_MUCH_MARKUP, f"the page's tables have over {MOST_PLACES} places")
        grid.spans = grid.spans or columns * rows > 1
        grid.rows[-1].append(cell)
        self._turn_to(cell)

    def end_cell(self) -> None:
        """End the cell."""
        if self.grids and self.cell is not None:
            self._turn_to(None)

    def _turn_to(self, cell: GridCell | None) -> None:
        self.cell = cell
        self._raised = self._value_end = self._symbols = -1
        self._in_value = False
        self._cik = None

    def break_line(self) -> None:
        """Begin a new line in the open cell."""
        if self.cell is not None:
            self.cell.parts.append(LINE)

    def break_paragraph(self) -> None:
        """Begin a new paragraph in the open cell."""
        if self.cell is not None:
            self.cell.parts.append(PARAGRAPH)

    def add_box(self, *, checked: bool) -> None:
        """Add a check box to the open cell."""
        if self.cell is not None:
            self.cell.parts.append(f" {box(checked=checked)} ")
            self.cell.filled = True

    def begin_raised(self) -> None:
        """Begin raised text, which may be markers."""
        self._raised = len(self.cell.parts) if self.cell is not None else -1

    def end_raised(self) -> None:
        """End raised text, or a link to a footnote: it is markers if there are only numbers in it."""
        if self.cell is None or self._raised < 0:
            return
        parts = self.cell.parts
        raised = "".join([_as_text(part) for part in parts[self._raised :]]).strip()
        if len(raised) <= _LONGEST_MARKERS and _MARKERS.fullmatch(raised):
            parts[self._raised :] = [FootnoteMarker(int(number)) for number in _NUMBER.findall(raised)]
        self._raised = -1

    def begin_symbols(self) -> None:
        """Begin text in a font of symbols, some of which are check boxes."""
        self._symbols = len(self.cell.parts) if self.cell is not None else -1

    def end_symbols(self) -> None:
        """End text in a font of symbols: its letters are boxes, and any other symbol is unreadable."""
        if self.cell is None or self._symbols < 0:
            return
        parts = self.cell.parts
        drawn = "".join([_as_text(part) for part in parts[self._symbols :]]).strip()
        if drawn:
            checked = _WINGDINGS.get(drawn)
            parts[self._symbols :] = ["?" if checked is None else f" {box(checked=checked)} "]
        self._symbols = -1

    def begin_link(self, cik: str | None, *, to_footnote: bool) -> None:
        """Begin a link to a party or to a footnote."""
        self._cik = cik
        if to_footnote and cik is None:
            self.begin_raised()

    def end_link(self) -> None:
        """End the link: its CIK follows its text."""
        if self._cik is not None and self.cell is not None:
            self.cell.parts.append(PartyLink(self._cik))
            self._cik = None
        self.end_raised()

    def begin_value(self) -> None:
        """Begin a value of the viewer's pages: two that touch are separate values."""
        if self.cell is not None:
            if len(self.cell.parts) == self._value_end:
                self.cell.parts.append(VALUE)
            self._in_value = True

    def end_span(self) -> None:
        """End a span, and the value in it."""
        self.end_raised()
        if self._in_value and self.cell is not None:
            self._value_end = len(self.cell.parts)
            self._in_value = False


def _as_text(part: Part) -> str:
    """Return a part of raised text: white space for a break; for a mark or a table, something that is not a number."""
    if isinstance(part, str):
        return part
    return " " if isinstance(part, Break) else "?"
