"""The `insidertape` command: reads the command line, composes the services, and does nothing else."""

import asyncio
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from contracts.errors import Misconfigured
from services.cli.filters import Filter, Kind
from services.cli.letters import list_letters, replay_letters, show_letter
from services.cli.parse import parse_paths
from services.cli.place import Data, Kafka, ServiceKafka, kafka_override, kafka_settings, opened_engine
from services.cli.process import run_command
from services.cli.run import run_all
from services.cli.show import show_alerts, show_positions
from services.cli.views import Format
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.kafka_clients import KafkaClients
from services.runtime.kafka_engine import KafkaEngine
from services.runtime.settings import HoldingsSettings, ParserSettings, WatcherSettings, load
from services.runtime.topic_admin import apply_topics, check_topics
from services.watcher.service import directory_watcher

app = typer.Typer(
    help="SEC Section 16 filings (Forms 3, 4 and 5) as an event stream: transactions, positions, alerts.",
    epilog="Begin with: insidertape run --once --source DIR_WITH_FILINGS",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
topics_app = typer.Typer(help="Create Kafka's topics, or compare them with the contracts.", no_args_is_help=True)
letters_app = typer.Typer(help="Look at what could not be processed, and put it back.", no_args_is_help=True)
app.add_typer(topics_app, name="topics")
app.add_typer(letters_app, name="dlq")

Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")]
Form = Annotated[Format, typer.Option("--format", help="How to print.")]
Tickers = Annotated[list[str] | None, typer.Option("--ticker", help="Only issuers with this ticker symbol.")]
Owners = Annotated[list[str] | None, typer.Option("--owner", help="Only owners whose name holds this, or of this CIK.")]


def _dollars(text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", "").removeprefix("$"))
    except InvalidOperation:
        raise typer.BadParameter(f"{text!r} is no amount of dollars") from None


@app.command()
def run(
    source: Annotated[
        list[Path] | None, typer.Option("--source", metavar="DIR", help="Directory to watch, with all below it.")
    ] = None,
    data: Data = None,
    once: Annotated[bool, typer.Option("--once", help="Process what is there, then exit.")] = False,
    kafka: Kafka = None,
) -> None:
    """Run watcher, parser and holdings in one process, and show the alerts as they come."""
    run_command(lambda stop: run_all(source or [], data, kafka, stop, once=once), quiet=True)


@app.command()
def parse(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files, or directories of files.")],
) -> None:
    """Print the events in files of filings, one JSON a line, with no engine. Exit status 1 if one cannot be parsed."""
    if parse_paths(paths):
        raise typer.Exit(1)


@app.command()
def alerts(  # noqa: PLR0913, PLR0917 - a command has the options it has
    data: Data = None,
    kafka: Kafka = None,
    form: Form = Format.TABLE,
    follow: Follow = False,
    ticker: Tickers = None,
    owner: Owners = None,
    kind: Annotated[
        list[Kind] | None,
        typer.Option(help="Only alerts of this kind."),
    ] = None,
    code: Annotated[list[str] | None, typer.Option(help="Only with a trade of this code (P, S, A, G …).")] = None,
    min_value: Annotated[
        Decimal | None, typer.Option(parser=_dollars, metavar="DOLLARS", help="Only trades worth at least this.")
    ] = None,
) -> None:
    """Show the alerts: what changed, why, and on what evidence."""
    wanted = Filter(ticker or (), owner or (), kind or (), code or (), min_value)

    async def work(stop: asyncio.Event) -> None:
        async with opened_engine(data, kafka, read_only=True) as engine:
            await show_alerts(engine, wanted, form, stop, follow=follow)

    run_command(work)


@app.command()
def positions(
    data: Data = None,
    kafka: Kafka = None,
    form: Form = Format.TABLE,
    follow: Follow = False,
    ticker: Tickers = None,
    owner: Owners = None,
    closed: Annotated[bool, typer.Option("--closed", help="Also positions that have come to nothing.")] = False,
) -> None:
    """Show the latest position of every owner in every issuer."""
    wanted = Filter(ticker or (), owner or ())

    async def work(stop: asyncio.Event) -> None:
        async with opened_engine(data, kafka, read_only=True) as engine:
            await show_positions(engine, wanted, form, stop, follow=follow, closed=closed)

    run_command(work)


@app.command()
def watcher(
    source: Annotated[
        list[Path] | None,
        typer.Option("--source", metavar="DIR", help="Directory to watch.  [default: $INSIDERTAPE_SOURCES]"),
    ] = None,
    kafka: ServiceKafka = None,
) -> None:
    """Publish new filings to Kafka."""

    async def work(stop: asyncio.Event) -> None:
        override: dict[str, object] = {**kafka_override(kafka), **({"sources": tuple(source)} if source else {})}
        settings = load(WatcherSettings, **override)
        if not settings.sources:
            raise Misconfigured("no_source", "nothing to watch: give --source DIR or set INSIDERTAPE_SOURCES")
        feed = directory_watcher(settings.sources, follow=True, poll_interval=settings.poll_interval)
        await KafkaEngine(settings).run_feed(feed, stop)

    run_command(work)


@app.command()
def parser(kafka: ServiceKafka = None) -> None:
    """Parse published filings. Run as many of these as there are partitions."""

    async def work(stop: asyncio.Event) -> None:
        settings = load(ParserSettings, **kafka_override(kafka))
        await KafkaEngine(settings, dead_letter_share=settings.dead_letter_share).run(parser_service(), stop)

    run_command(work)


@app.command()
def holdings(kafka: ServiceKafka = None) -> None:
    """Keep every owner's positions and publish alerts. Run as many of these as there are partitions."""

    async def work(stop: asyncio.Event) -> None:
        settings = load(HoldingsSettings, **kafka_override(kafka))
        await KafkaEngine(settings, dead_letter_share=settings.dead_letter_share).run(holdings_service(), stop)

    run_command(work)


@topics_app.command("apply")
def topics_apply(kafka: ServiceKafka = None) -> None:
    """Create the topics that are missing; exit status 1 if those that exist differ from the contracts."""

    async def work(_: asyncio.Event) -> None:
        clients = KafkaClients(kafka_settings(kafka))
        for name in await apply_topics(clients):
            typer.echo(f"created {name}")
        _report(await check_topics(clients))

    run_command(work)


@topics_app.command("check")
def topics_check(kafka: ServiceKafka = None) -> None:
    """Say how the broker's topics differ from the contracts; exit status 1 if they do."""

    async def work(_: asyncio.Event) -> None:
        _report(await check_topics(KafkaClients(kafka_settings(kafka))))

    run_command(work)


def _report(differences: list[str]) -> None:
    for difference in differences:
        typer.echo(difference, err=True)
    if differences:
        raise typer.Exit(1)
    typer.echo("The topics are as the contracts say.")


@letters_app.command("list")
def letters_list(data: Data = None, kafka: Kafka = None) -> None:
    """List the dead letters, and why each is one."""

    async def work(_: asyncio.Event) -> None:
        async with opened_engine(data, kafka, read_only=True) as engine:
            await list_letters(engine)

    run_command(work)


@letters_app.command("show")
def letters_show(
    letter: Annotated[str, typer.Argument(metavar="ID", help="As `dlq list` gives it.")],
    data: Data = None,
    kafka: Kafka = None,
) -> None:
    """Print one dead letter whole: its headers, then the original value."""

    async def work(_: asyncio.Event) -> None:
        async with opened_engine(data, kafka, read_only=True) as engine:
            await show_letter(engine, letter)

    run_command(work)


@letters_app.command("replay")
def letters_replay(
    letters: Annotated[list[str] | None, typer.Argument(metavar="[ID…]", help="As `dlq list` gives them.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that came from a topic.")] = False,
    data: Data = None,
    kafka: Kafka = None,
) -> None:
    """Copy dead letters back to the topics they came from. A filing counts once, however often it comes."""
    if bool(letters) == every:
        raise typer.BadParameter("give ids, or --all")

    async def work(_: asyncio.Event) -> None:
        async with opened_engine(data, kafka) as engine:
            count = await replay_letters(engine, letters or [], every=every)
        typer.echo(f"{count} put back; the next run processes {'it' if count == 1 else 'them'}")

    run_command(work)


def main() -> None:
    """The entry point."""
    app()


if __name__ == "__main__":
    main()
