"""Columns aligned by spaces alone, as a text browser prints a page: cells wrapped, an empty line between rows."""

from collections.abc import Iterator
from itertools import zip_longest

from tests.generated.boxed_tables import wrapped
from tests.generated.filings import Drawn
from tests.generated.style import Style
from tests.generated.text_blocks import Grid, blocks


def written(filing: Drawn, style: Style) -> str:
    """Return the text of the form in this layout."""
    parts = ("\n".join(_table(block) if isinstance(block, Grid) else block.lines) for block in blocks(filing, style))
    return "\n\n".join(parts) + "\n"


def _table(grid: Grid) -> Iterator[str]:
    widths, rows = wrapped(grid.rows)
    for number, row in enumerate(rows):
        if number >= grid.captions and number:
            yield ""
        for line in zip_longest(*row, fillvalue=""):
            yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
