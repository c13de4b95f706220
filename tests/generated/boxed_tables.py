"""Tables in boxes of ASCII (`+---+`) or of box-drawing characters, with cells wrapped to the columns."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import Final

from tests.generated.filings import Drawn
from tests.generated.style import Style
from tests.generated.text_blocks import Grid, blocks

_WIDEST: Final = 24
_FEW: Final = 4
_ASCII: Final = ("+-++", "+-++", "+-++", "|")
_DRAWN: Final = ("┌─┬┐", "├─┼┤", "└─┴┘", "│")


def written(filing: Drawn, style: Style, *, drawn: bool = False) -> str:
    """Return the text of the form in this layout, with box-drawing characters if `drawn`."""
    parts = []
    for block in blocks(filing, style):
        if isinstance(block, Grid):
            parts.append("\n".join(_table(block, _DRAWN if drawn else _ASCII)))
        else:
            parts.append("\n".join(block.lines))
    return "\n\n".join(parts) + "\n"


def wrapped(rows: Sequence[Sequence[str]]) -> tuple[list[int], list[list[list[str]]]]:
    """Return the widths of the columns, and each row's cells as wrapped lines: no word is broken."""
    widths = [
        max((len(word) for cell in column for word in cell.split()), default=1) for column in zip(*rows, strict=True)
    ]
    for index, column in enumerate(zip(*rows, strict=True)):
        longest = max(len(line) for cell in column for line in cell.split("\n"))
        widths[index] = max(widths[index], min(longest, _WIDEST if len(widths) > _FEW else 2 * _WIDEST))
    lines = [
        [
            [part for line in cell.split("\n") for part in wrap(line, width, break_long_words=False,
                                                                break_on_hyphens=False)] or [""]
            for cell, width in zip(row, widths, strict=True)
        ]
        for row in rows
    ]  # fmt: skip
    return widths, lines


def _table(grid: Grid, characters: tuple[str, str, str, str]) -> Iterator[str]:
    top, middle, bottom, side = characters
    widths, rows = wrapped(grid.rows)
    yield _rule(top, widths)
    for number, row in enumerate(rows):
        if number:
            yield _rule(middle, widths)
        for line in zip_longest(*row, fillvalue=""):
            yield side + side.join(f" {cell.ljust(width)} " for cell, width in zip(line, widths, strict=True)) + side
    yield _rule(bottom, widths)


def _rule(characters: str, widths: Sequence[int]) -> str:
    left, dash, cross, right = tuple(characters)
    return left + cross.join(dash * (width + 2) for width in widths) + right
