"""The structure of a page's HTML: cells of text and tables, and tables (grids) of rows of cells."""

from dataclasses import dataclass, field
from enum import Enum
from itertools import chain
from typing import Final, TypeAlias

from services.parser.form.blocks import Mark


class Break(Enum):
    """A break between parts of a cell: between lines, between paragraphs, or between values side by side."""

    LINE = "line"
    PARAGRAPH = "paragraph"
    VALUE = "value"


LINE: Final = Break.LINE
PARAGRAPH: Final = Break.PARAGRAPH
VALUE: Final = Break.VALUE

Part: TypeAlias = "str | Break | Mark | Grid"


@dataclass(slots=True)
class GridCell:
    """A cell, or the page around all: text and tables in order.

    `filled` is whether there is anything to see in it, `depth` how deep tables are nested in it.
    """

    parts: list[Part] = field(default_factory=list)
    columns: int = 1
    rows: int = 1
    filled: bool = False
    depth: int = 0

    def has_words(self) -> bool:
        """Return whether there is text in it outside its tables.

        >>> GridCell(["Title"]).has_words(), GridCell([" ", Break.LINE]).has_words()
        (True, False)
        """
        return any(
            not part.isspace() if isinstance(part, str) else not isinstance(part, Break | Grid) for part in self.parts
        )


EMPTY: Final = GridCell()


@dataclass(slots=True)
class Grid:
    """A table: its rows of cells, whether a row is open, and whether any cell spans more than one place."""

    around: GridCell
    bordered: bool = False
    rows: list[list[GridCell]] = field(default_factory=list)
    in_row: bool = False
    spans: bool = False

    def is_empty_box(self) -> bool:
        """Return whether it draws a box to check: one bordered cell, with nothing in it.

        >>> Grid(GridCell(), bordered=True, rows=[[GridCell()]]).is_empty_box()
        True
        """
        cells = list(chain.from_iterable(self.rows)) if self.bordered else []
        return len(cells) == 1 and not cells[0].filled

    def spread(self) -> list[list[GridCell]]:
        """Return the rows with a cell for each column: empty ones after and below a cell that spans more.

        >>> grid = Grid(GridCell(), rows=[[GridCell(["a"], columns=2)]], spans=True)
        >>> len(grid.spread()[0])
        2
        """
        if not self.spans:
            return self.rows
        covered: list[int] = []
        return [_spread(row, covered) for row in self.rows]


def _spread(row: list[GridCell], covered: list[int]) -> list[GridCell]:
    """Return one row. `covered` is, for each column, the number of further rows that a cell above reaches into."""
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
