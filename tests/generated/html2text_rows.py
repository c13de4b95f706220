"""Rows as html2text makes them: pipes between the cells, none around the row, and lines that end in two spaces."""

from tests.generated.filings import Drawn
from tests.generated.style import Style
from tests.generated.text_blocks import Grid, blocks


def written(filing: Drawn, style: Style) -> str:
    """Return the text of the form in this layout."""
    parts = (_table(block) if isinstance(block, Grid) else "  \n".join(block.lines) for block in blocks(filing, style))
    return "\n\n".join(parts) + "\n"


def _table(grid: Grid) -> str:
    """Return a table; a caption over several columns has one cell, and the row below begins with its first part."""
    lines = []
    for number, row in enumerate(grid.rows):
        cells = [cell for cell in row if cell] if number < grid.captions else row
        lines.append("| ".join(cell.replace("\n", "  \n") for cell in cells) + "  ")
        if number == 0:
            lines.append("|".join(["---"] * len(cells)) + "  ")
    return "\n".join(lines)
