"""Cells separated by tabs, as in text copied from a page; the values on the cover are underlined."""

from dataclasses import replace

from tests.generated.filings import Drawn
from tests.generated.style import Style
from tests.generated.text_blocks import Grid, blocks


def written(filing: Drawn, style: Style) -> str:
    """Return the text of the form in this layout."""
    parts = []
    for block in blocks(filing, replace(style, filled="<u>{}</u>")):
        if isinstance(block, Grid):
            parts.append("\n".join(_row(row, style) for row in block.rows))
        else:
            parts.append("\n".join(block.lines))
    return "\n\n".join(parts) + "\n"


def _row(cells: tuple[str, ...], style: Style) -> str:
    row = "\t".join(cell.replace("\n", " ") for cell in cells)
    return row.rstrip("\t") if style.drops_trailing else row
