"""`insidertape parse`: files to events, with no engine."""

import csv
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from contracts.codec import encode
from contracts.errors import PermanentError
from contracts.transactions_reported import TransactionsReported
from services.cli.render.columns import LINE_COLUMNS
from services.cli.render.line_rows import lines_of
from services.cli.render.reported import LINE_HEADINGS, heading, line_cells, notes, owner_lines
from services.cli.render.safe_text import escaped, printable, spreadsheet_cell
from services.cli.render.screen import new_console
from services.cli.render.views import Format
from services.parser import parse_filing
from services.parser.defects import refused_on_defect

_RIGHT = frozenset({"Amount", "Price", "Holds after"})

Show = Callable[[Path, Sequence[TransactionsReported]], None]


def parse_paths(paths: Sequence[Path], form: Format) -> int:
    """Print what each filing reports, and on standard error why a file has none.

    Directories stand for all files in them but hidden ones. Returns how many files could not be parsed.
    """
    show = _showing(form)
    files = events = failures = 0
    for path in _files(paths):
        files += 1
        try:
            content = path.read_bytes()
            with refused_on_defect():
                reports = parse_filing(content, source_url=path.resolve().as_uri())
        except PermanentError as error:
            failures += 1
            _complain(path, error.code, error.message)
        except OSError as error:
            failures += 1
            _complain(path, "unreadable_file", error.strerror or str(error))
        else:
            events += len(reports)
            show(path, reports)
    if form is Format.TABLE and files > 1:
        filings = "1 filing" if files - failures == 1 else f"{files - failures} filings"
        unread = f"; {failures} of {files} files could not be read" if failures else ""
        sys.stderr.write(f"{filings}, {events} events (one for each owner){unread}\n")
    return failures


def _showing(form: Format) -> Show:
    if form is Format.TABLE:
        console = new_console()
        return lambda path, reports: _print_filing(console, path, reports)
    if form is Format.JSONL:
        return lambda _, reports: _write_lines(reports)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(LINE_COLUMNS)
    return lambda _, reports: writer.writerows(
        [spreadsheet_cell(value(report, line)) for value in LINE_COLUMNS.values()]
        for report in reports
        for line in lines_of(report)
    )


def _write_lines(reports: Sequence[TransactionsReported]) -> None:
    for report in reports:
        sys.stdout.write(escaped(encode(report).decode()) + "\n")


def _print_filing(console: Console, path: Path, reports: Sequence[TransactionsReported]) -> None:
    """The filing once, whatever the number of its owners: their lines are the same."""
    title = Text(printable(heading(reports[0])), style="bold")
    title.append(f"  {printable(path.name)} ({reports[0].filing.source_format})", style="dim not bold")
    console.print(title)
    for line in owner_lines(reports):
        console.print(_indented(Text(printable(line))))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in LINE_HEADINGS:
        table.add_column(name, justify="right" if name in _RIGHT else "left", overflow="fold")
    for each in lines_of(reports[0]):
        table.add_row(*(Text(printable(cell)) for cell in line_cells(each)))
    if table.row_count:
        console.print(_indented(table))
    for note in notes(reports):
        console.print(_indented(Text(printable(note), style="yellow" if note.startswith("!") else "dim")))
    console.print()


def _indented(content: Table | Text) -> Padding:
    return Padding(content, (0, 0, 0, 2), expand=False)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, subfolders, names in os.walk(path):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))


def _complain(path: Path, code: str, message: str) -> None:
    sys.stderr.write(f"{path}: {code}: {message}\n")
