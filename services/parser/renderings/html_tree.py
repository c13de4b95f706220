"""A page's HTML as nested cells and tables, whatever tags are left out, doubled, misplaced or in capitals.

Tables, rows and cells open and close as in a browser; all else is text in the cell around it.
"""

import html
import re
from collections.abc import Callable
from typing import Final

from contracts.errors import InvalidFiling
from services.parser.renderings.html_cells import BREAK, PARAGRAPH, TAB, Cell, Grid
from services.parser.renderings.html_tags import pieces_of
from services.parser.renderings.page import CHECKED, UNCHECKED, cik_mark, marker, with_boxes

MOST_NESTED: Final = 40
"""Tables within tables within tables: ten times what a form and the page around it have."""

MOST_TAGS: Final = 40_000
"""Tags of the longest page: five times what the longest form has."""

MOST_PLACES: Final = 40_000
"""Places of all tables' rows and columns together: forty times what the longest form has."""

_PIECES_OF_TAG: Final = 3
_BORDER: Final = re.compile(r"\bborder\s*+=\s*+[\"']?[1-9]", re.IGNORECASE)
_COLUMNS: Final = re.compile(r"\bcolspan\s*+=\s*+[\"']?\s*+([0-9]{1,6})", re.IGNORECASE)
_ROWS: Final = re.compile(r"\browspan\s*+=\s*+[\"']?\s*+([0-9]{1,6})", re.IGNORECASE)
_CHECKABLE: Final = re.compile(r"\btype\s*+=\s*+[\"']?(?:checkbox|radio)", re.IGNORECASE)
_CHECKED: Final = re.compile(r"\schecked(?![\w-])", re.IGNORECASE)
_CIK: Final = re.compile(r"[?&;]CIK=([0-9]{1,10})(?![0-9A-Za-z])", re.IGNORECASE)
_TO_FOOTNOTE: Final = re.compile(r"\bhref\s*+=[^<>]*?#F[0-9]", re.IGNORECASE)
_MARKS: Final = re.compile(r"[(]?[0-9]{1,2}[)]?(?:[\s,]*[(][0-9]{1,2}[)]|\s*,\s*[0-9]{1,2})*")
_NUMBER: Final = re.compile(r"[0-9]+")
_LONGEST_MARKS: Final = 60


def parse_html(text: str) -> tuple[Cell, bool]:
    """The page as a cell, and whether it breaks off.

    Raises:
        InvalidFiling: it has more tags, tables within tables, or cells than any page of a form.
    """
    tree = _Tree()
    pieces, cut = pieces_of(text)
    if len(pieces) > _PIECES_OF_TAG * MOST_TAGS:
        raise InvalidFiling("too_large", f"the page has over {MOST_TAGS} tags")
    tree.add_text(pieces[0])
    for at in range(1, len(pieces), _PIECES_OF_TAG):
        read = _READ.get(pieces[at].lower())
        if read is not None:
            read(tree, pieces[at + 1])
        if pieces[at + 2]:
            tree.add_text(pieces[at + 2])
    broken_off = not tree.ended and (tree.begun or bool(tree.grids) or cut)
    tree.end_page()
    return tree.root, broken_off


class _Tree:
    """The tables that are open, and the cell that text goes to: None between the cells of a table."""

    def __init__(self) -> None:
        self.root = Cell()
        self.cell: Cell | None = self.root
        self.grids: list[Grid] = []
        self.begun = False
        self.ended = False
        self._places = 0
        self._raised = -1  # where in the cell's parts the raised text begins, -1 for none
        self._cik: str | None = None  # of the link that is open
        self._value_end = -1  # where in the cell's parts a value ended, by its class
        self._in_value = False

    def add_text(self, raw: str) -> None:
        """Text in the open cell; between cells, it goes before the table."""
        if "&" in raw:
            raw = html.unescape(raw)
        if not raw.isascii():
            raw = with_boxes(raw)
        blank = raw.isspace()
        if self.cell is not None:
            self.cell.parts.append(raw)
            self.cell.filled = self.cell.filled or not blank
        elif not blank:
            around = self.grids[-1].around
            around.parts.insert(-1, PARAGRAPH + raw)
            around.filled = True

    def begin_page(self, _: str) -> None:
        self.begun = True

    def end_page(self, _: str = "") -> None:
        self.ended = True
        while self.grids:
            self.end_table()

    def begin_table(self, attributes: str = "") -> None:
        if self.cell is None:  # a table between the cells of another ends that one
            self.end_table()
        if len(self.grids) == MOST_NESTED:
            raise InvalidFiling("too_deep", f"tables are nested more than {MOST_NESTED} deep")
        around = self.cell or self.root
        grid = Grid(around, bordered=_BORDER.search(attributes) is not None)
        around.parts.append(grid)
        self.grids.append(grid)
        self._turn_to(None)

    def end_table(self, _: str = "") -> None:
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

    def begin_row(self, _: str = "") -> None:
        if not self.grids:
            self.begin_table()
        self.grids[-1].rows.append([])
        self.grids[-1].in_row = True
        self._turn_to(None)

    def end_row(self, _: str) -> None:
        if self.grids:
            self.grids[-1].in_row = False
            self._turn_to(None)

    def begin_cell(self, attributes: str) -> None:
        if not self.grids or not self.grids[-1].in_row:
            self.begin_row()
        cell = Cell()
        if "span" in attributes.lower():
            cell.columns, cell.rows = _span(_COLUMNS, attributes), _span(_ROWS, attributes)
        self._places += cell.columns * cell.rows
        if self._places > MOST_PLACES:
            raise InvalidFiling("too_large", f"the page's tables have over {MOST_PLACES} places")
        self.grids[-1].rows[-1].append(cell)
        self._turn_to(cell)

    def end_cell(self, _: str) -> None:
        if self.grids:
            self._turn_to(None)

    def _turn_to(self, cell: Cell | None) -> None:
        self.cell = cell
        self._raised = self._value_end = -1
        self._in_value = False
        self._cik = None

    def break_line(self, _: str) -> None:
        if self.cell is not None:
            self.cell.parts.append(BREAK)

    def break_paragraph(self, _: str) -> None:
        if self.cell is not None:
            self.cell.parts.append(PARAGRAPH)

    def add_box(self, attributes: str) -> None:
        if self.cell is not None and _CHECKABLE.search(attributes):
            self.cell.parts.append(f" {CHECKED if _CHECKED.search(attributes) else UNCHECKED} ")
            self.cell.filled = True

    def begin_raised(self, _: str = "") -> None:
        self._raised = len(self.cell.parts) if self.cell is not None else -1

    def end_raised(self, _: str = "") -> None:
        """What was raised, or linked to a footnote, is markers if it is numbers alone."""
        if self.cell is None or self._raised < 0:
            return
        parts = self.cell.parts
        raised = "".join([part for part in parts[self._raised :] if isinstance(part, str)]).strip()
        if len(raised) <= _LONGEST_MARKS and _MARKS.fullmatch(raised):
            parts[self._raised :] = [marker(int(number)) for number in _NUMBER.findall(raised)]
        self._raised = -1

    def begin_link(self, attributes: str) -> None:
        party = _CIK.search(attributes)
        self._cik = party.group(1) if party else None
        if party is None and _TO_FOOTNOTE.search(attributes):
            self.begin_raised()

    def end_link(self, _: str) -> None:
        if self._cik is not None and self.cell is not None:
            self.cell.parts.append(cik_mark(self._cik))
            self._cik = None
        self.end_raised()

    def begin_span(self, attributes: str) -> None:
        """The viewer's pages name a value's class: of two that touch, each is its own."""
        if "FootnoteData" in attributes:
            self.begin_raised()
        elif "FormData" in attributes and self.cell is not None:
            if len(self.cell.parts) == self._value_end:
                self.cell.parts.append(TAB)
            self._in_value = True

    def end_span(self, _: str) -> None:
        self.end_raised()
        if self._in_value and self.cell is not None:
            self._value_end = len(self.cell.parts)
            self._in_value = False


def _span(pattern: re.Pattern[str], attributes: str) -> int:
    found = pattern.search(attributes)
    return max(1, int(found.group(1))) if found else 1


_PARAGRAPHS: Final = (
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "center", "li", "dd", "dt", "dl", "ul", "ol", "blockquote", "form",
    "pre", "address", "section", "article", "header", "footer", "main", "nav", "fieldset",
)  # fmt: skip
_READ: Final[dict[str, Callable[[_Tree, str], None]]] = {
    "html": _Tree.begin_page,
    "body": _Tree.begin_page,
    "/html": _Tree.end_page,
    "/body": _Tree.end_page,
    "table": _Tree.begin_table,
    "/table": _Tree.end_table,
    "thead": _Tree.end_row,
    "tbody": _Tree.end_row,
    "tfoot": _Tree.end_row,
    "tr": _Tree.begin_row,
    "/tr": _Tree.end_row,
    "td": _Tree.begin_cell,
    "th": _Tree.begin_cell,
    "/td": _Tree.end_cell,
    "/th": _Tree.end_cell,
    "br": _Tree.break_line,
    "hr": _Tree.break_paragraph,
    "input": _Tree.add_box,
    "sup": _Tree.begin_raised,
    "/sup": _Tree.end_raised,
    "a": _Tree.begin_link,
    "/a": _Tree.end_link,
    "span": _Tree.begin_span,
    "/span": _Tree.end_span,
    **{slash + name: _Tree.break_paragraph for name in _PARAGRAPHS for slash in ("", "/")},
}
