"""`insidertape parse`: parse files without an engine."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from services.cli.application.exit_codes import FOUND
from services.cli.options.choices import Format
from services.cli.options.common_options import FLAG
from services.cli.options.fact_options import GivenForm, IssuerCik, IssuerName, IssuerTicker, issuer_hints, parse_form


def parse(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files, or directories to search for files.")],
    output_format: Annotated[
        Format | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            case_sensitive=False,
            help="table, jsonl or csv.",
            show_default="table on a terminal, otherwise jsonl",
        ),
    ] = None,
    partial: Annotated[
        bool,
        typer.Option(
            "--partial", metavar=FLAG, help="With jsonl, print fragments too: pages that name no issuer or no owner."
        ),
    ] = False,
    issuer_cik: IssuerCik = None,
    issuer_name: IssuerName = None,
    ticker: IssuerTicker = None,
    form_type: GivenForm = None,
) -> None:
    """Parse files in any format and print what they report. Needs no data directory.

    With --format jsonl, each line is a TransactionsReported event. Files that cannot be parsed are reported on standard
    error, and the exit status is 1. A fragment names no issuer or no owner: a table shows what it does say, and with
    --partial so does jsonl, with null for the missing party and `fragment`. A file `NAME.hints.json` beside a filing
    `NAME` gives the same facts as the options.
    """
    from services.cli.application.process import readable_failures
    from services.cli.reading.parsed_files import parse_paths
    from services.watcher.filing_facts import FilingFacts

    facts = FilingFacts(issuer_hints(issuer_cik, issuer_name, ticker), parse_form(form_type) if form_type else None)
    with readable_failures():
        shown = output_format or (Format.TABLE if sys.stdout.isatty() else Format.JSONL)
        if parse_paths(paths, shown, partial=partial, facts=facts):
            raise typer.Exit(FOUND)
