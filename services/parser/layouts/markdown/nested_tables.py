"""The rows of a table that a converter left on one line, or on one line each: separated by counting cells.

A row ends when the next cell would be one too many. The bar between two rows, the bar of a spanned column and an empty
cell differ by a space or not at all. So a table is only taken apart if every row comes out even.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from services.parser.form.blocks import Block, Row, Text, Unreadable, display_text, plain_text, strip_text
from services.parser.form.captions import are_part_captions, is_caption, spread
from services.parser.layouts.converter_markup import split_at_bars

_RULE: Final = re.compile(r" *:?-{3,}:? *")


def cells_between(line: str, *, open_rows: bool = False) -> list[str]:
    """Return the cells between a line's bars, as they are. Bars at the ends of a row are not between cells.

    >>> cells_between("| a | b |"), cells_between("a| b", open_rows=True)
    ([' a ', ' b '], ['a', ' b'])
    """
    if open_rows:
        return split_at_bars(line)
    text = line.strip(" ")
    return split_at_bars(text.removeprefix("|").removesuffix("|"))


class TableRows:
    """A table's rows, one per line, below its captions."""

    def __init__(self, captions: Sequence[Text] = ()) -> None:
        """Begin with the row of captions; those of their second line may follow."""
        self._captions = list(captions)
        self._captioned = not captions
        self._width: int | None = None

    def take(self, cells: Sequence[Text], *, whole: bool) -> Iterator[Block]:
        """Return the blocks of one more row. A row that is cut off, or not as wide as the table, is unreadable.

        >>> rows = TableRows(["Title", "Amount"])
        >>> list(rows.take(["Common Stock", "500"], whole=True))
        [Row(cells=['Title', 'Amount'], ruled=False), Row(cells=['Common Stock', '500'], ruled=False)]
        """
        if not self._captioned and are_part_captions([display_text(cell) for cell in cells if cell]):
            yield from self._end_captions(cells)
            return
        yield from self.end()
        if not any(cells):
            return
        if whole and (self._width is None or len(cells) == self._width):
            yield Row(list(cells))
        else:
            yield Unreadable(" | ".join(map(display_text, cells)))

    def end(self) -> Iterator[Block]:
        """Return the captions if no row has followed them.

        >>> list(TableRows(["Title"]).end())
        [Row(cells=['Title'], ruled=False)]
        """
        if not self._captioned:
            yield from self._end_captions(())

    def _end_captions(self, parts: Sequence[Text]) -> Iterator[Block]:
        self._captioned = True
        captions, second = spread(list(map(display_text, self._captions)), list(map(display_text, parts)))
        self._width = len(captions)
        yield Row([*captions])
        if any(second):
            yield Row([*second])


def read_nested_table(cells: Sequence[Text]) -> Iterator[Block]:
    """Return the blocks of a table on one line, from its first caption on. Empty `cells` keep their white space.

    >>> cells = ["1. Title of Security", "2. Nature of Ownership", " ", "Common", "By trust", " "]
    >>> [row.cells for row in read_nested_table(cells)]
    [['1. Title of Security', '2. Nature of Ownership'], ['Common', 'By trust']]
    """
    shown = list(map(display_text, cells))
    at = _end_of(shown, 0, is_caption)
    captions = [cell.strip() for cell in shown[:at] if not _RULE.fullmatch(cell)]
    parts_end = _end_of(shown, at, lambda cell: are_part_captions([cell]))
    captions, parts = spread(captions, [cell.strip() for cell in shown[at:parts_end]])
    yield Row([*captions])
    if any(parts):
        yield Row([*parts])
    yield from _rows_of(cells, parts_end, len(captions))


def _end_of(cells: Sequence[str], at: int, belongs: Callable[[str], bool]) -> int:
    """Return where a run of cells that belong together ends, with any rules and empty cells among them."""
    end = at
    while end < len(cells) and (not cells[end].strip() or _RULE.fullmatch(cells[end]) or belongs(cells[end].strip())):
        end += 1
    return end


def _rows_of(cells: Sequence[Text], at: int, width: int) -> Iterator[Block]:
    while at < len(cells):
        row, behind = cells[at : at + width], cells[at + width : at + width + 1]
        if not row or not plain_text(row[0]) or len(behind) == 0 or len(display_text(behind[0])) > 1:
            rest = [text for cell in cells[at:] if (text := display_text(cell).strip())]
            if rest:
                yield Unreadable(" | ".join(rest))
            return
        yield Row([strip_text(cell) for cell in row])
        at += width + 1
