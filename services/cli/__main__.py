"""The `insidertape` command: reads the command line, composes the services, and does nothing else."""

import asyncio
import sys
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from services.cli.backfill import backfill
from services.cli.filters import Filter, Kind
from services.cli.letter_commands import letters_app
from services.cli.options import (
    FLAG,
    Codes,
    Contact,
    Data,
    Deliveries,
    Edgar,
    Follow,
    Form,
    Kafka,
    Kinds,
    MinValue,
    Owners,
    Sources,
    Tickers,
    examples,
)
from services.cli.parse import parse_paths
from services.cli.place import Place, engine_to_read
from services.cli.process import readable_ends, run_command
from services.cli.run import run_all
from services.cli.service_commands import SERVICES_PANEL, holdings, parser, watcher
from services.cli.show import show_alerts, show_positions
from services.cli.topic_commands import topics_app
from services.cli.views import Format
from services.runtime.metrics import metrics_served
from services.runtime.settings import MetricsSettings, load

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


@app.command(
    rich_help_panel=_HERE,
    epilog=examples(
        "run --once --source filings",
        "run --source filings --data ~/insiders",
        "run --edgar --contact 'Jane Doe jane@example.com'",
    ),
)
def run(
    source: Sources = None,
    data: Data = None,
    once: Annotated[
        bool, typer.Option("--once", metavar=FLAG, help="Process what is there, then exit. Else go on until Ctrl-C.")
    ] = False,
    edgar: Edgar = False,
    contact: Contact = None,
    kafka: Kafka = None,
) -> None:
    """Watch EDGAR, or directories of filings, and show every change in what insiders hold.

    Watcher, parser and holdings run in this one process. Each filing counts once, however often you run it.
    """

    async def work(stop: asyncio.Event) -> None:
        with metrics_served(load(MetricsSettings)):
            await run_all(source or [], Place(data, kafka), stop, once=once, edgar=edgar, contact=contact)

    run_command(work, quiet=True)


@app.command(
    rich_help_panel=_HERE,
    epilog=examples(
        "alerts --ticker GOOG --kind decreased --min-value 1,000,000", "alerts --follow --format jsonl --code P"
    ),
)
def alerts(  # noqa: PLR0913, PLR0917 - a command has the options it has
    data: Data = None,
    kafka: Kafka = None,
    form: Form = Format.TABLE,
    follow: Follow = False,
    ticker: Tickers = None,
    owner: Owners = None,
    kind: Kinds = None,
    code: Codes = None,
    min_value: MinValue = None,
    delivery: Deliveries = None,
) -> None:
    """Show the alerts: what changed, why, and on what evidence."""
    wanted = Filter(ticker or (), owner or (), kind or (), code or (), min_value, delivery or ())

    async def work(stop: asyncio.Event) -> None:
        async with engine_to_read(Place(data, kafka), follow=follow) as engine:
            await show_alerts(engine, wanted, form, stop, follow=follow)

    run_command(work)


@app.command(
    rich_help_panel=_HERE,
    epilog=examples("positions --owner brin --format csv", "positions --code S --min-value 1,000,000"),
)
def positions(  # noqa: PLR0913, PLR0917 - a command has the options it has
    data: Data = None,
    kafka: Kafka = None,
    form: Form = Format.TABLE,
    follow: Follow = False,
    ticker: Tickers = None,
    owner: Owners = None,
    kind: Kinds = None,
    code: Codes = None,
    min_value: MinValue = None,
    closed: Annotated[
        bool,
        typer.Option("--closed", metavar=FLAG, help="Also positions that have come to nothing. So does --kind closed."),
    ] = False,
) -> None:
    """Show the latest position of every owner in every issuer.

    With --kind, --code or --min-value: the positions that an alert like that, so far, has told of.
    """
    wanted = Filter(ticker or (), owner or (), kind or (), code or (), min_value)
    if follow and wanted.asks_of_alerts:
        raise typer.BadParameter("--kind, --code and --min-value are about alerts: use `insidertape alerts --follow`")

    async def work(stop: asyncio.Event) -> None:
        async with engine_to_read(Place(data, kafka), follow=follow) as engine:
            also_closed = closed or Kind.CLOSED in wanted.kinds
            await show_positions(engine, wanted, form, stop, follow=follow, closed=also_closed)

    run_command(work)


@app.command(
    rich_help_panel=_HERE,
    epilog=examples("parse form4.xml", "parse filings/ > reports.jsonl", "parse filings/ --format csv"),
)
def parse(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files, or directories of files.")],
    form: Annotated[
        Format | None,
        typer.Option(
            "--format", metavar="FORMAT", help="table, jsonl or csv.", show_default="table on a terminal, else jsonl"
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
