"""Columns aligned by spaces alone, as a text browser prints a page: cells wrapped, an empty line between rows.

If the page is `wide`, as html-to-text makes it, each row is one line, and the headings are in capitals.
"""

from collections.abc import Iterator
from itertools import zip_longest

from tests.generated.boxed_tables import wrapped
from tests.generated.filings import Drawn
from tests.generated.style import Style
from tests.generated.text_blocks import Grid, Paragraph, blocks


def written(filing: Drawn, style: Style, *, wide: bool = False) -> str:
    """Return the text of the form in this layout."""
    parts = ("\n".join(_lines(block, wide=wide)) for block in blocks(filing, style))
    return "\n\n".join(parts) + "\n"


def _lines(block: Grid | Paragraph, *, wide: bool) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield from map(str.upper, block.lines) if wide and block.lines[0].endswith(":") else block.lines
    elif wide and block.captions:
        widths = [max(map(len, column)) for column in zip(*block.rows, strict=True)]
        for row in block.rows:
            yield "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    else:
        yield from _table(block)


def _table(grid: Grid) -> Iterator[str]:
    widths, rows = wrapped(grid.rows)
    for number, row in enumerate(rows):
        if number >= grid.captions and number:
            yield ""
        for line in zip_longest(*row, fillvalue=""):
            yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
