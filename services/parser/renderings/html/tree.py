"""A page's HTML as nested cells and tables, whatever tags are left out, doubled, misplaced or in capitals.

Tables, rows and cells open and close as in a browser; all else is text in the cell around it.
"""

import html
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from contracts.errors import InvalidFiling
from services.parser.renderings.html.cells import BREAK, PARAGRAPH, TAB, Cell, Grid
from services.parser.renderings.html.tags import Tag, pieces_of, simple_tag, tag_of
from services.parser.renderings.page import CHECKED, UNCHECKED, cik_mark, marker, with_boxes

MOST_NESTED: Final = 40
"""Tables within tables within tables: ten times what a form and the page around it have."""

MOST_TAGS: Final = 40_000
"""Tags of the longest page: five times what the longest form has."""

MOST_PLACES: Final = 40_000
"""Places of all tables' rows and columns together: forty times what the longest form has."""

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
_LONGEST_HEAD: Final = 250
_MOST_HEADS: Final = 2000
"""Different tags that are kept in mind, and the longest of them: a form has some hundred, and all forms the same."""


def parse_html(text: str) -> tuple[Cell, bool]:
    """The page as a cell, and whether it breaks off.

    Raises:
        InvalidFiling: it has more tags, tables within tables, or cells than any page of a form.
    """
    tree = _Tree()
    pieces, cut = pieces_of(text)
    text, *pieces = pieces
    if len(pieces) > MOST_TAGS:
        raise InvalidFiling("too_large", f"the page has over {MOST_TAGS} tags")
    for piece in pieces:
        head, closed, after = piece.partition(">")
        step = _step_of_head(head) if closed and len(head) <= _LONGEST_HEAD else None
        if step is None:
            found = tag_of(piece)
            if found is None:
                text += "<" + piece
                continue
            tag, after = found
            step = _step_of(tag)
        if text:
            tree.add_text(text)
        step(tree)
        text = after
    tree.add_text(text)
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
        blank = raw.isspace()
        if not blank and not raw.isascii():
            raw = with_boxes(raw)
        if self.cell is not None:
            self.cell.parts.append(raw)
            self.cell.filled = self.cell.filled or not blank
        elif not blank:
            around = self.grids[-1].around
            around.parts.insert(-1, PARAGRAPH + raw)
            around.filled = True

    def ignore(self) -> None:
        """A tag that changes nothing."""

    def begin_page(self) -> None:
        self.begun = True

    def end_page(self) -> None:
        self.ended = True
        while self.grids:
            self.end_table()

    def begin_table(self, *, bordered: bool = False) -> None:
        if self.cell is None:  # a table between the cells of another ends that one
            self.end_table()
        if len(self.grids) == MOST_NESTED:
            raise InvalidFiling("too_deep", f"tables are nested more than {MOST_NESTED} deep")
        around = self.cell or self.root
        grid = Grid(around, bordered=bordered)
        around.parts.append(grid)
        self.grids.append(grid)
        self._turn_to(None)

    def end_table(self) -> None:
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
        if not self.grids:
            self.begin_table()
        self.grids[-1].rows.append([])
        self.grids[-1].in_row = True
        if self.cell is not None:
            self._turn_to(None)

    def end_row(self) -> None:
        if self.grids:
            self.grids[-1].in_row = False
            if self.cell is not None:
                self._turn_to(None)

    def begin_cell(self, columns: int, rows: int) -> None:
        if not self.grids or not self.grids[-1].in_row:
            self.begin_row()
        cell, grid = Cell([], columns, rows), self.grids[-1]
        self._places += columns * rows
        if self._places > MOST_PLACES:
            raise InvalidFiling("too_large", f"the page's tables have over {MOST_PLACES} places")
        grid.spans = grid.spans or columns * rows > 1
        grid.rows[-1].append(cell)
        self._turn_to(cell)

    def end_cell(self) -> None:
        if self.grids and self.cell is not None:
            self._turn_to(None)

    def _turn_to(self, cell: Cell | None) -> None:
        self.cell = cell
        self._raised = self._value_end = -1
        self._in_value = False
        self._cik = None

    def break_line(self) -> None:
        if self.cell is not None:
            self.cell.parts.append(BREAK)

    def break_paragraph(self) -> None:
        if self.cell is not None:
            self.cell.parts.append(PARAGRAPH)

    def add_box(self, *, checked: bool) -> None:
        if self.cell is not None:
            self.cell.parts.append(f" {CHECKED if checked else UNCHECKED} ")
            self.cell.filled = True

    def begin_raised(self) -> None:
        self._raised = len(self.cell.parts) if self.cell is not None else -1

    def end_raised(self) -> None:
        """What was raised, or linked to a footnote, is markers if it is numbers alone."""
        if self.cell is None or self._raised < 0:
            return
        parts = self.cell.parts
        raised = "".join([part for part in parts[self._raised :] if isinstance(part, str)]).strip()
        if len(raised) <= _LONGEST_MARKS and _MARKS.fullmatch(raised):
            parts[self._raised :] = [marker(int(number)) for number in _NUMBER.findall(raised)]
        self._raised = -1

    def begin_link(self, cik: str | None, *, to_footnote: bool) -> None:
        self._cik = cik
        if to_footnote and cik is None:
            self.begin_raised()

    def end_link(self) -> None:
        if self._cik is not None and self.cell is not None:
            self.cell.parts.append(cik_mark(self._cik))
            self._cik = None
        self.end_raised()

    def begin_value(self) -> None:
        """A value that the viewer's pages name as one: of two that touch, each is its own."""
        if self.cell is not None:
            if len(self.cell.parts) == self._value_end:
                self.cell.parts.append(TAB)
            self._in_value = True

    def end_span(self) -> None:
        self.end_raised()
        if self._in_value and self.cell is not None:
            self._value_end = len(self.cell.parts)
            self._in_value = False


_Step = Callable[[_Tree], None]
"""What a tag does to the tree."""


@lru_cache(_MOST_HEADS)
def _step_of_head(head: str) -> _Step | None:
    tag = simple_tag(head)
    return _step_of(tag) if tag else None


def _step_of(tag: Tag) -> _Step:
    name, attributes = tag
    if name in _OF_ATTRIBUTES:
        return _OF_ATTRIBUTES[name](attributes)
    return _STEPS.get(name, _Tree.ignore)


def _table(attributes: str) -> _Step:
    bordered = _BORDER.search(attributes) is not None
    return lambda tree: tree.begin_table(bordered=bordered)


def _cell(attributes: str) -> _Step:
    columns, rows = _span(_COLUMNS, attributes), _span(_ROWS, attributes)
    return lambda tree: tree.begin_cell(columns, rows)


def _span(pattern: re.Pattern[str], attributes: str) -> int:
    found = pattern.search(attributes)
    return max(1, int(found.group(1))) if found else 1


def _box(attributes: str) -> _Step:
    if not _CHECKABLE.search(attributes):
        return _Tree.ignore
    checked = _CHECKED.search(attributes) is not None
    return lambda tree: tree.add_box(checked=checked)


def _link(attributes: str) -> _Step:
    party = _CIK.search(attributes)
    cik = party.group(1) if party else None
    to_footnote = _TO_FOOTNOTE.search(attributes) is not None
    return lambda tree: tree.begin_link(cik, to_footnote=to_footnote)


def _value(attributes: str) -> _Step:
    """The viewer's pages name a value's class."""
    if "FootnoteData" in attributes:
        return _Tree.begin_raised
    return _Tree.begin_value if "FormData" in attributes else _Tree.ignore


_OF_ATTRIBUTES: Final[dict[str, Callable[[str], _Step]]] = {
    "table": _table,
    "td": _cell,
    "th": _cell,
    "input": _box,
    "a": _link,
    "span": _value,
}
_PARAGRAPHS: Final = (
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "center", "li", "dd", "dt", "dl", "ul", "ol", "blockquote", "form",
    "pre", "address", "section", "article", "header", "footer", "main", "nav", "fieldset",
)  # fmt: skip
_STEPS: Final[dict[str, _Step]] = {
    "html": _Tree.begin_page,
    "body": _Tree.begin_page,
    "/html": _Tree.end_page,
    "/body": _Tree.end_page,
    "/table": _Tree.end_table,
    "thead": _Tree.end_row,
    "tbody": _Tree.end_row,
    "tfoot": _Tree.end_row,
    "tr": _Tree.begin_row,
    "/tr": _Tree.end_row,
    "/td": _Tree.end_cell,
    "/th": _Tree.end_cell,
    "br": _Tree.break_line,
    "hr": _Tree.break_paragraph,
    "sup": _Tree.begin_raised,
    "/sup": _Tree.end_raised,
    "/a": _Tree.end_link,
    "/span": _Tree.end_span,
    **{slash + name: _Tree.break_paragraph for name in _PARAGRAPHS for slash in ("", "/")},
}
