"""`insidertape parse`: parse files without an engine."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from services.cli.application.exit_codes import FOUND
from services.cli.options.choices import Format


def parse(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files, or directories to search for files.")],
    form: Annotated[
        Format | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            case_sensitive=False,
            help="table, jsonl or csv.",
            show_default="table on a terminal, otherwise jsonl",
        ),
    ] = None,
) -> None:
    """Parse files in any format and print what they report. Needs no data directory.

    With --format jsonl, each line is a TransactionsReported event. Files that cannot be parsed are reported on standard
    error, and the exit status is 1.
    """
    from services.cli.application.process import readable_failures
    from services.cli.reading.parsed_files import parse_paths

    with readable_failures():
        if parse_paths(paths, form or (Format.TABLE if sys.stdout.isatty() else Format.JSONL)):
            raise typer.Exit(FOUND)
