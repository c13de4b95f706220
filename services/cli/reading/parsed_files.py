"""`insidertape parse`: parses files without an engine."""

import csv
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from contracts.codec import encode
from contracts.codes import ErrorCode
from contracts.errors import PermanentError
from contracts.transactions_reported import TransactionsReported
from services.cli.options.choices import Format
from services.cli.render.csv_columns import LINE_COLUMNS
from services.cli.render.parsed_filing import print_filing
from services.cli.render.reported_lines import lines_of
from services.cli.render.screen import Screen
from services.parser import parse_filing
from services.parser.defects import refused_on_defect
from services.section16.safe_text import escaped, spreadsheet_cell

Show = Callable[[Path, Sequence[TransactionsReported]], None]


def parse_paths(paths: Sequence[Path], form: Format) -> int:
    """Print what each filing reports, and errors on standard error; return how many files could not be parsed.

    Directories are searched for files; hidden ones are skipped.
    """
    show = _printer(form)
    files = events = failures = 0
    for path in _files(paths):
        files += 1
        try:
            content = path.read_bytes()
            with refused_on_defect():
                reports = parse_filing(content, source_url=path.resolve().as_uri())
        except PermanentError as error:
            failures += 1
            _print_error(path, error.code, error.message)
        except OSError as error:
            failures += 1
            _print_error(path, ErrorCode.UNREADABLE_FILE, error.strerror or str(error))
        else:
            events += len(reports)
            show(path, reports)
    if form is Format.TABLE and files > 1:
        filings = "1 filing" if files - failures == 1 else f"{files - failures} filings"
        unread = f"; {failures} of {files} files could not be parsed" if failures else ""
        sys.stderr.write(f"{filings}, {events} events (one per owner){unread}\n")
    return failures


def _printer(form: Format) -> Show:
    if form is Format.TABLE:
        screen = Screen()
        return lambda path, reports: print_filing(screen, path.name, reports)
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


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, subfolders, names in os.walk(path):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))


def _print_error(path: Path, code: str, message: str) -> None:
    sys.stderr.write(f"{path}: {code}: {message}\n")
