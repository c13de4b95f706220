"""The rows of a table that a converter left on one line, or that stand a line each: told apart by counting.

A row ends where the next cell would be one too many; the bar between two rows, the bar of a column that is spanned and
an empty cell differ by a space or not at all. So a table is only taken apart where every row comes out even.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from services.parser.form.blocks import Block, Row, Unreadable
from services.parser.form.captions import are_part_captions, is_caption, spread
from services.parser.form.markup import split_at_bars

_RULE: Final = re.compile(r" *:?-{3,}:? *")


def cells_between(line: str, *, open_rows: bool = False) -> list[str]:
    """What stands between a line's bars, as it is; the bars at the ends of a row that has them are not between."""
    if open_rows:
        return split_at_bars(line)
    text = line.strip(" ")
    return split_at_bars(text.removeprefix("|").removesuffix("|"))


class TableRows:
    """A table's rows, a line each, behind its captions."""

    def __init__(self, captions: Sequence[str] = ()) -> None:
        """Begin with the row of captions; those of their second line may follow."""
        self._captions = list(captions)
        self._told = not captions
        self._width: int | None = None

    def take(self, cells: Sequence[str], *, whole: bool) -> Iterator[Block]:
        """The blocks of one more row; one that is cut off, or has not the table's width, is unreadable."""
        if not self._told and are_part_captions([cell for cell in cells if cell]):
            yield from self._tell(cells)
            return
        yield from self.end()
        if not any(cells):
            return
        if whole and (self._width is None or len(cells) == self._width):
            yield Row(list(cells))
        else:
            yield Unreadable(" | ".join(cells))

    def end(self) -> Iterator[Block]:
        """The captions, where no row came."""
        if not self._told:
            yield from self._tell(())

    def _tell(self, parts: Sequence[str]) -> Iterator[Block]:
        self._told = True
        captions, second = spread(self._captions, parts)
        self._width = len(captions)
        yield Row(captions)
        if any(second):
            yield Row(second)


def read_table(cells: Sequence[str]) -> Iterator[Block]:
    """The blocks of a table on one line, from its first caption on; `cells` that are empty have their white space."""
    at = _end_of(cells, 0, is_caption)
    captions = [cell.strip() for cell in cells[:at] if not _RULE.fullmatch(cell)]
    parts_end = _end_of(cells, at, lambda cell: are_part_captions([cell]))
    captions, parts = spread(captions, [cell.strip() for cell in cells[at:parts_end]])
    yield Row(captions)
    if any(parts):
        yield Row(parts)
    yield from _rows_of(cells, parts_end, len(captions))


def _end_of(cells: Sequence[str], at: int, belongs: Callable[[str], bool]) -> int:
    """Where a run of cells that belong together, rules and empty cells among them, ends."""
    end = at
    while end < len(cells) and (not cells[end].strip() or _RULE.fullmatch(cells[end]) or belongs(cells[end].strip())):
        end += 1
    return end


def _rows_of(cells: Sequence[str], at: int, width: int) -> Iterator[Block]:
    while at < len(cells):
        row, behind = cells[at : at + width], cells[at + width : at + width + 1]
        if not row or not row[0].strip() or len(behind) == 0 or len(behind[0]) > 1:
            rest = [text for cell in cells[at:] if (text := cell.strip())]
            if rest:
                yield Unreadable(" | ".join(rest))
            return
        yield Row([cell.strip() for cell in row])
        at += width + 1
