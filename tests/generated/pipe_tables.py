"""Markdown tables with pipes and a row of dashes, cells of several lines held together by `<br>`."""

from tests.generated.filings import Drawn
from tests.generated.style import Style
from tests.generated.text_blocks import Grid, blocks


def written(filing: Drawn, style: Style) -> str:
    """Return the text of the form in this layout."""
    parts = (
        _table(block, style) if isinstance(block, Grid) else "  \n".join(block.lines) for block in blocks(filing, style)
    )
    return "\n\n".join(parts) + "\n"


def _table(grid: Grid, style: Style) -> str:
    lines = []
    for row in grid.rows:
        cells = [cell.replace("\n", "<br>") for cell in row]
        while style.drops_trailing and len(cells) > 1 and not cells[-1]:
            cells.pop()
        lines.append(f"| {' | '.join(cells)} |")
    lines.insert(1, "|" + "---|" * len(grid.rows[0]))
    return "\n".join(lines)
