"""Events on the terminal: a row each where a table fits, else a few lines each."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_PLAIN_WIDTH: Final = 200
_TABLE_FROM: Final = 140  # narrower, columns get so thin that a row takes ten lines
_INDENT: Final = (0, 0, 0, 2)
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


class _Console(Console):
    """A console that leaves it to the command to say what a closed pipe means."""

    def on_broken_pipe(self) -> None:
        """Let the error through: rich would end the process with status 1."""
        raise BrokenPipeError


def new_console(*, stderr: bool = False) -> Console:
    """Standard output or error; wide enough to read where it is no terminal."""
    terminal = _Console(stderr=stderr)
    if terminal.is_terminal:
        return terminal
    return _Console(stderr=stderr, width=shutil.get_terminal_size((_PLAIN_WIDTH, 0)).columns)


def kind_style(kind: str) -> str:
    """The colour of an alert of this kind."""
    return _KIND_STYLES.get(kind, "")


def printable(text: str) -> str:
    """The text without what would command a terminal instead of showing: filings are written by others."""
    return "".join(character if character.isprintable() else " " for character in text)


class GrowingTable:
    """A table that scrolls by: its columns keep their widths, and each event is printed as it comes.

    On a terminal too narrow for the columns an event is a first line with more lines indented below it.
    """

    def __init__(self, console: Console, columns: Sequence[Column], *, headed: bool = False) -> None:
        self._console = console
        self._columns = columns
        self._headed = headed

    def add(
        self, rows: Iterable[Sequence[str]], lines: Sequence[str], *, style: str = "", heading: str | None = None
    ) -> None:
        """Print one more event, as `rows` under the columns, below its own `heading`, or as `lines`, whichever fits."""
        if self._console.width >= _TABLE_FROM:
            self._print_columns(under=heading is not None)
            if heading is not None:
                self._console.print(Text(printable(heading), style="bold"))
            for row in rows:
                self._print(self._table(row, style), under=heading is not None)
        else:
            for number, line in enumerate(lines):
                text = Text(printable(line), style=style if number == 0 else "")
                self._console.print(text if number == 0 else Padding(text, _INDENT))

    def _print_columns(self, *, under: bool) -> None:
        """The columns' headings, before the first event."""
        if not self._headed:
            self._print(self._table([column.heading for column in self._columns], "bold"), under=under)
            self._headed = True

    def _print(self, table: Table, *, under: bool) -> None:
        self._console.print(Padding(table, _INDENT) if under else table)

    def _table(self, row: Sequence[str], style: str) -> Table:
        """A row, as a table of its own: the next comes later."""
        table = Table(box=None, show_header=False, pad_edge=False, expand=True)
        for column in self._columns:
            table.add_column(
                width=column.width,
                ratio=None if column.width else column.share,
                justify="right" if column.right else "left",
                overflow="fold",
            )
        table.add_row(*(Text(printable(cell)) for cell in row), style=style)
        return table
