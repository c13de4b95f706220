"""`insidertape parse`: parses files without an engine."""

import csv
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from contracts.codec import encode
from contracts.codes import ErrorCode
from contracts.errors import PermanentError
from services.cli.options.choices import Format
from services.cli.render.csv_columns import LINE_COLUMNS
from services.cli.render.parsed_filing import print_filing
from services.cli.render.reported_lines import lines_of
from services.cli.render.screen import Screen
from services.parser.defects import refused_on_defect
from services.parser.fragments import Fragment, parse_fragment
from services.section16.safe_text import escaped, spreadsheet_cell
from services.watcher.filing_facts import NO_FACTS, FilingFacts, is_sidecar

Show = Callable[[Path, Fragment], None]


def parse_paths(paths: Sequence[Path], form: Format, *, partial: bool = False, facts: FilingFacts = NO_FACTS) -> int:
    """Print what each filing reports, and errors on standard error; return how many files could not be parsed.

    Directories are searched for files; hidden ones and sidecars are skipped. `partial` prints fragments as JSON too.
    """
    show = _printer(form)
    files = events = failures = 0
    for path in _files(paths):
        files += 1
        try:
            content = path.read_bytes()
            with refused_on_defect():
                known = facts.with_sidecar(path)
                fragment = parse_fragment(
                    content, hints=known.hints, form_type=known.form_type, source_url=path.resolve().as_uri()
                )
            if fragment.missing and not (form is Format.TABLE or (partial and form is Format.JSONL)):
                raise fragment.refusal()
        except PermanentError as error:
            failures += 1
            _print_error(path, error.code, error.message)
        except OSError as error:
            failures += 1
            _print_error(path, ErrorCode.UNREADABLE_FILE, error.strerror or str(error))
        else:
            events += len(fragment.reports)
            show(path, fragment)
    if form is Format.TABLE and files > 1:
        filings = "1 filing" if files - failures == 1 else f"{files - failures} filings"
        unread = f"; {failures} of {files} files could not be parsed" if failures else ""
        sys.stderr.write(f"{filings}, {events} events (one per owner){unread}\n")
    return failures


def _printer(form: Format) -> Show:
    if form is Format.TABLE:
        screen = Screen()
        return lambda path, fragment: print_filing(screen, path.name, fragment.reports)
    if form is Format.JSONL:
        return lambda _, fragment: _write_lines(fragment)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(LINE_COLUMNS)
    return lambda _, fragment: writer.writerows(
        [spreadsheet_cell(value(report, line)) for value in LINE_COLUMNS.values()]
        for report in fragment.reports
        for line in lines_of(report)
    )


def _write_lines(fragment: Fragment) -> None:
    if fragment.missing:
        lines = (json.dumps(event, ensure_ascii=False) for event in fragment.as_json())
    else:
        lines = (encode(report).decode() for report in fragment.reports)
    for line in lines:
        sys.stdout.write(escaped(line) + "\n")


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, subfolders, names in os.walk(path):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            shown = (name for name in sorted(names) if not name.startswith(".") and not is_sidecar(name))
            yield from (Path(folder, name) for name in shown)


def _print_error(path: Path, code: str, message: str) -> None:
    sys.stderr.write(f"{path}: {code}: {message}\n")
