"""The `insidertape` command: reads the command line, composes the services, and does nothing else."""

import sys
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from services.cli.backfill import backfill
from services.cli.commands.listings import alerts, positions, transactions
from services.cli.commands.running import run
from services.cli.letter_commands import letters_app
from services.cli.options import FLAG, examples
from services.cli.parse import parse_paths
from services.cli.process import readable_ends
from services.cli.render.views import Format
from services.cli.service_commands import SERVICES_PANEL, holdings, parser, watcher
from services.cli.state_commands import state_app
from services.cli.topic_commands import topics_app

_HERE = "On this machine, with nothing to install"

app = typer.Typer(
    help="SEC Section 16 filings (Forms 3, 4 and 5) as an event stream: transactions, positions, alerts.",
    epilog="Begin with a directory of filings, in any format:\n  insidertape run --once --source DIR",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"insidertape {version('insidertape')}")
        raise typer.Exit


@app.callback()
def insidertape(
    _: Annotated[
        bool,
        typer.Option("--version", metavar=FLAG, callback=_print_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """SEC Section 16 filings (Forms 3, 4 and 5) as an event stream: transactions, positions, alerts."""


app.command(
    rich_help_panel=_HERE,
    epilog=examples(
        "run --once --source filings",
        "run --source filings --side sell --min-value 1,000,000",
        "run --edgar --contact 'Jane Doe jane@example.com' --format jsonl",
    ),
)(run)
app.command(
    rich_help_panel=_HERE,
    epilog=examples(
        "alerts --ticker GOOG --side sell --min-value 1,000,000",
        "alerts --side buy --role officer --since 2024-01-01 --first-owner",
    ),
)(alerts)
app.command(
    rich_help_panel=_HERE,
    epilog=examples("positions --owner brin --format csv", "positions --side sell --min-value 1,000,000"),
)(positions)
app.command(
    rich_help_panel=_HERE,
    epilog=examples("transactions --ticker GOOG --trades", "transactions --format csv --code P --since 2024-01-01"),
)(transactions)


@app.command(
    rich_help_panel=_HERE,
    epilog=examples("parse form4.xml", "parse filings/ > reports.jsonl", "parse filings/ --format csv"),
)
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
    with readable_ends():
        if parse_paths(paths, form or (Format.TABLE if sys.stdout.isatty() else Format.JSONL)):
            raise typer.Exit(1)


app.command(
    rich_help_panel=_HERE,
    epilog=examples("backfill --from 2024-01-01 --forms 4,4/A", "backfill --from 2006-01-01 --to 2015-12-31 --bulk"),
)(backfill)
app.add_typer(letters_app, name="dlq", rich_help_panel=_HERE)
app.add_typer(state_app, name="state", rich_help_panel=_HERE)
app.command(rich_help_panel=SERVICES_PANEL)(watcher)
app.command(rich_help_panel=SERVICES_PANEL)(parser)
app.command(rich_help_panel=SERVICES_PANEL)(holdings)
app.add_typer(topics_app, name="topics", rich_help_panel=SERVICES_PANEL)


def main() -> None:
    """The entry point."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A program that reads JSON or CSV takes it to be UTF-8; a terminal knows what its locale can show.
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
    app()


if __name__ == "__main__":
    main()
