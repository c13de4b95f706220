"""Entry point of `insidertape`: registers the commands, each of which imports what it runs only when called."""

import sys
from io import TextIOWrapper
from typing import Annotated, Final

import typer

from services.cli.application.app import App
from services.cli.application.completion import VARIABLE, prepare_completion
from services.cli.application.invocation import NAME, program
from services.cli.commands.backfill import backfill
from services.cli.commands.dlq import dead_letters_app
from services.cli.commands.explain import explain
from services.cli.commands.gateway import gateway
from services.cli.commands.health import health
from services.cli.commands.listings import alerts, positions, transactions
from services.cli.commands.parse import parse
from services.cli.commands.run import run
from services.cli.commands.services import holdings, parser, watcher
from services.cli.commands.state import state_app
from services.cli.commands.status import status
from services.cli.commands.subscriptions import subscriptions_app
from services.cli.commands.tokens import token_app
from services.cli.commands.topics import topics_app
from services.cli.commands.trace import trace
from services.cli.options.common_options import FLAG, examples

_HERE: Final = "On this machine"
_SERVICES: Final = "Services on Kafka"

app = App(
    help="SEC Section 16 filings (Forms 3, 4 and 5) as an event stream: transactions, positions, alerts.",
    epilog="To begin, point it at a directory of filings in any format:\n  insidertape run --once --source DIR",
)


def _print_version(asked: bool) -> None:
    if asked:
        from services.cli.application.version import version_line  # noqa: PLC0415 - no other command needs it

        typer.echo(version_line())
        raise typer.Exit


@app.callback()
def insidertape(
    _: Annotated[
        bool,
        typer.Option(
            "--version",
            metavar=FLAG,
            callback=_print_version,
            is_eager=True,
            help="Print the version and the reader of XML, and exit.",
        ),
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
app.command(rich_help_panel=_HERE, epilog=examples("gateway --data .data", "gateway --host 0.0.0.0 --port 80"))(gateway)
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
app.command(
    rich_help_panel=_HERE,
    epilog=examples("parse form4.xml", "parse filings/ > reports.jsonl", "parse filings/ --format csv"),
)(parse)
app.command(
    rich_help_panel=_HERE,
    epilog=examples("backfill --from 2024-01-01 --forms 4,4/A", "backfill --from 2006-01-01 --to 2015-12-31 --bulk"),
)(backfill)
app.command(
    rich_help_panel=_HERE,
    epilog=examples("trace 0001127602-24-029999", "trace filings/form4.xml --format jsonl"),
)(trace)
app.command(rich_help_panel=_HERE, epilog=examples("status", "status --kafka localhost:9092 --format jsonl"))(status)
app.command(rich_help_panel=_HERE)(health)
app.command(rich_help_panel=_HERE, epilog=examples("explain no_issuer", "explain"))(explain)
app.add_typer(dead_letters_app, name="dlq", rich_help_panel=_HERE)
app.add_typer(state_app, name="state", rich_help_panel=_HERE)
app.add_typer(token_app, name="token", rich_help_panel=_HERE)
app.add_typer(subscriptions_app, name="subscriptions", rich_help_panel=_HERE)
app.command(rich_help_panel=_SERVICES)(watcher)
app.command(rich_help_panel=_SERVICES)(parser)
app.command(rich_help_panel=_SERVICES)(holdings)
app.add_typer(topics_app, name="topics", rich_help_panel=_SERVICES)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Programs expect JSON and CSV in UTF-8; a terminal shows what its locale can encode.
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
    command = typer.main.get_command(app)
    prepare_completion(command, NAME)
    command(prog_name=program(), complete_var=VARIABLE)


if __name__ == "__main__":
    main()
