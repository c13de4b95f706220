"""`insidertape parse`: files to events, with no engine."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from services.cli.application.exit_codes import FOUND
from services.cli.options.choices import Format


def parse(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files, or directories of files.")],
    form: Annotated[
        Format | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            case_sensitive=False,
            help="table, jsonl or csv.",
            show_default="table on a terminal, else jsonl",
        ),
    ] = None,
) -> None:
    """Print what files of filings report, whatever they are written in. Needs no data directory.

    JSON lines are the events themselves. A file that cannot be parsed is named on standard error with the reason; the
    exit status is then 1.
    """
    from services.cli.application.process import readable_failures
    from services.cli.reading.parsed_files import parse_paths

    with readable_failures():
        if parse_paths(paths, form or (Format.TABLE if sys.stdout.isatty() else Format.JSONL)):
            raise typer.Exit(FOUND)
