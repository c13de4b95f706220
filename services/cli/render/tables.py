"""Tables that grow: a row per event under fixed columns if they fit, else a few lines per event.

Rows are laid out here and not by rich, which takes two milliseconds for one: widths are computed once per width of the
terminal, and a cell is broken into lines in one greedy pass over its words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len, chop_cells

from services.cli.render.screen import Screen
from services.section16.safe_text import printable

_TABLE_FROM: Final = 140  # narrower, columns get so thin that a row takes ten lines
_GAP: Final = 2
_INDENT: Final = 2
_NARROWEST: Final = 4
_STYLES: Final = {"green": "32", "red": "31", "yellow": "33", "bold": "1", "dim": "2"}
_KIND_STYLES: Final = {
    "opened": "green",
    "increased": "green",
    "decreased": "red",
    "closed": "red",
    "restated": "yellow",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: characters wide, or, without a width, sharing what the others leave."""

    heading: str
    width: int | None = None
    share: int = 1
    right: bool = False


def kind_style(kind: str) -> str:
    """Return the colour of an alert of this kind."""
    return _KIND_STYLES.get(kind, "")


def assign_widths(columns: Sequence[Column], width: int) -> list[int]:
    """Return the width of each column in a line of `width`; columns without a width share the rest by their shares."""
    left = width - _GAP * (len(columns) - 1) - sum(column.width or 0 for column in columns)
    shares = sum(column.share for column in columns if column.width is None)
    return [column.width or max(_NARROWEST, left * column.share // shares) for column in columns]


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines at its spaces; a word that is too long is cut. Greedy, in one pass."""
    cells = cell_width(text)
    if cells <= width:
        return [text]
    if cells != len(text):
        return _wrap_wide(text, width)
    lines, start = [], 0
    while len(text) - start > width:
        end = text.rfind(" ", start, start + width + 1)
        if end <= start:
            lines.append(text[start : start + width])
            start += width
        else:
            lines.append(text[start:end])
            start = end + 1
    return [*lines, text[start:]]


def _wrap_wide(text: str, width: int) -> list[str]:
    """Break a text some of whose characters take two columns, or none."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if cell_width(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *whole, line = chop_cells(word, width) or [""]
        lines += whole
    return [*lines, line]


def cell_width(text: str) -> int:
    """Return the columns of a terminal that a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def fit_widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return widths that fit the cells of all rows."""
    columns = list(zip(*rows, strict=True))
    widths = [max(map(cell_width, cells)) for cells in columns]
    words = [max(cell_width(word) for cell in cells for word in (cell.split() or [""])) for cells in columns]
    for least in (words, [_NARROWEST] * len(widths)):
        while sum(widths) + _GAP * (len(widths) - 1) > width:
            yielding = [number for number in range(len(widths)) if widths[number] > least[number]]
            if not yielding:
                break
            widths[max(yielding, key=lambda number: widths[number])] -= 1
    return widths


def lay_out(row: Sequence[str], widths: Sequence[int], rights: Sequence[bool], indent: int = 0) -> list[str]:
    """Return the lines of a row: each cell wrapped within its width, right-aligned in the columns of `rights`."""
    cells = [wrap(printable(cell), width) for cell, width in zip(row, widths, strict=True)]
    height = max(map(len, cells))
    padded = [
        _padded(cell, width, height, right=right) for cell, width, right in zip(cells, widths, rights, strict=True)
    ]
    margin, gap = " " * indent, " " * _GAP
    return [(margin + gap.join(parts)).rstrip() for parts in zip(*padded, strict=True)]


def styled(lines: Sequence[str], style: str) -> Sequence[str]:
    """Return the lines in a style, as escape sequences for terminals."""
    code = _STYLES.get(style)
    return lines if code is None else [f"\x1b[{code}m{line}\x1b[0m" for line in lines]


class GrowingTable:
    """A table that scrolls by: its columns keep their widths, and each event is printed as it comes.

    On a terminal too narrow for the columns an event is a first line with more lines indented below it.
    """

    def __init__(self, screen: Screen, columns: Sequence[Column], *, headed: bool = False) -> None:
        self._screen = screen
        self._columns = columns
        self._rights = [column.right for column in columns]
        self._headed = headed
        self._widths: tuple[int, list[int]] = (0, [])

    @property
    def has_columns(self) -> bool:
        """Whether the terminal is wide enough for columns."""
        return self._screen.width >= _TABLE_FROM

    def add_rows(self, rows: Iterable[Sequence[str]], *, style: str = "", heading: str | None = None) -> None:
        """Print rows under the columns, below a heading if one is given."""
        indent = 0 if heading is None else _INDENT
        widths = self._widths_within(self._screen.width - indent)
        lines: list[str] = []
        if not self._headed:
            self._headed = True
            lines += self._styled(
                lay_out([column.heading for column in self._columns], widths, self._rights, indent), "bold"
            )
        if heading is not None:
            broken = wrap(printable(heading), self._screen.width)
            lines += self._styled([line.rstrip() for line in broken], "bold")
        for row in rows:
            lines += self._styled(lay_out(row, widths, self._rights, indent), style)
        self._print(lines)

    def add_lines(self, lines: Sequence[str], *, style: str = "") -> None:
        """Print an event as lines: the first as wide as the terminal, the others indented."""
        width = self._screen.width
        printed: list[str] = []
        for number, line in enumerate(lines):
            indent = _INDENT if number else 0
            broken = [" " * indent + part for part in wrap(printable(line), max(width - indent, _NARROWEST))]
            printed += broken if number else self._styled(broken, style)
        self._print([line.rstrip() for line in printed])

    def _widths_within(self, width: int) -> list[int]:
        if self._widths[0] != width:
            self._widths = (width, assign_widths(self._columns, width))
        return self._widths[1]

    def _styled(self, lines: Sequence[str], style: str) -> Sequence[str]:
        return styled(lines, style) if self._screen.has_colours else lines

    def _print(self, lines: Sequence[str]) -> None:
        if lines:
            self._screen.write("\n".join(lines) + "\n")


def _padded(lines: Sequence[str], width: int, height: int, *, right: bool) -> list[str]:
    """Return the lines of a cell, all of the same width, padded to the height of the row."""
    filled = [
        (line.rjust(width) if right else line.ljust(width))
        if line.isascii()
        else _padded_wide(line, width, right=right)
        for line in lines
    ]
    return [*filled, *([" " * width] * (height - len(lines)))]


def _padded_wide(text: str, width: int, *, right: bool) -> str:
    """Return a text with spaces up to the width; some of its characters may take two columns, or none."""
    missing = " " * (width - cell_len(text))
    return missing + text if right else text + missing
