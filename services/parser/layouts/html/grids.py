"""What a page's HTML is brought to: cells of text and tables, and tables of rows of cells."""

from dataclasses import dataclass, field
from itertools import chain
from typing import Final

BREAK: Final = "\x1c"
PARAGRAPH: Final = "\x1d"
TAB: Final = "\x1e"
"""What parts lines, paragraphs, and values side by side in a cell's text: none of a page's own characters."""


@dataclass(slots=True)
class GridCell:
    """A cell, or the page around all: text and tables in order.

    `filled` is whether there is anything to see in it, `depth` how deep tables are nested in it.
    """

    parts: "list[str | Grid]" = field(default_factory=list)
    columns: int = 1
    rows: int = 1
    filled: bool = False
    depth: int = 0

    def has_words(self) -> bool:
        """Whether text stands in it outside its tables."""
        return any(isinstance(part, str) and not part.isspace() for part in self.parts)


EMPTY: Final = GridCell()


@dataclass(slots=True)
class Grid:
    """A table: rows of cells, with what each spans; whether a row is open, and whether any cell spans more than one."""

    around: GridCell
    bordered: bool = False
    rows: list[list[GridCell]] = field(default_factory=list)
    in_row: bool = False
    spans: bool = False

    def is_empty_box(self) -> bool:
        """Whether it draws a box to check: one cell in a border, and nothing in it."""
        cells = list(chain.from_iterable(self.rows)) if self.bordered else []
        return len(cells) == 1 and not cells[0].filled

    def spread(self) -> list[list[GridCell]]:
        """The rows with a cell for each column: behind and below one that spans more, empty ones."""
        if not self.spans:
            return self.rows
        covered: list[int] = []
        return [_spread(row, covered) for row in self.rows]


def _spread(row: list[GridCell], covered: list[int]) -> list[GridCell]:
    """One row. `covered` has, for each column, the rows to come that a cell above reaches into."""
    spread: list[GridCell] = []
    for cell in row:
        while len(spread) < len(covered) and covered[len(spread)]:
            covered[len(spread)] -= 1
            spread.append(EMPTY)
        first = len(spread)
        spread.append(cell)
        if cell.columns > 1:
            spread.extend([EMPTY] * (cell.columns - 1))
        if cell.rows > 1:
            covered.extend([0] * (len(spread) - len(covered)))
            covered[first : len(spread)] = [cell.rows - 1] * cell.columns
    for column in range(len(spread), len(covered)):
        if covered[column]:
            covered[column] -= 1
            spread.extend([EMPTY] * (column + 1 - len(spread)))
    while covered and not covered[-1]:
        covered.pop()
    return spread
