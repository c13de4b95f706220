"""Tables on the terminal: whole ones, and ones that grow a row at a time."""

import shutil
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

_PLAIN_WIDTH = 200
_KIND_STYLES = {
    "opened": "green",
    "increased": "green",
    "decreased": "red",
    "closed": "red",
    "restated": "yellow",
}


def new_console() -> Console:
    """Standard output; wide enough to read where it is no terminal."""
    terminal = Console()
    return terminal if terminal.is_terminal else Console(width=shutil.get_terminal_size((_PLAIN_WIDTH, 0)).columns)


def kind_style(kind: str) -> str:
    """The colour of an alert of this kind."""
    return _KIND_STYLES.get(kind, "")


def whole_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table of all rows, its columns as wide as they need."""
    table = Table(*headings, box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*row)
    return table


class GrowingTable:
    """A table that scrolls by: its columns keep their widths, and each row is printed as it comes."""

    def __init__(self, console: Console, headings: Sequence[str], ratios: Sequence[int]) -> None:
        self._console = console
        self._headings = headings
        self._ratios = ratios
        self._begun = False

    def add(self, row: Sequence[str], *, style: str = "") -> None:
        """Print one more row, with the headings above the first."""
        table = Table(box=None, show_header=not self._begun, header_style="bold", pad_edge=False, expand=True)
        for heading, ratio in zip(self._headings, self._ratios, strict=True):
            right = heading in {"Change", "Of holding", "Now holds", "Amount"}
            table.add_column(heading, ratio=ratio, justify="right" if right else "left", overflow="fold")
        table.add_row(*row, style=style)
        self._console.print(table)
        self._begun = True
