"""`insidertape dlq list | show | replay`: dead letters."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.application.app import App
from services.cli.application.invocation import as_typed, command_line
from services.cli.options.choices import Format, ServiceName
from services.cli.options.common_options import FLAG, Data, Form, Kafka, examples
from services.cli.options.dead_letter_options import parse_time
from services.cli.options.fact_options import GivenForm, IssuerCik, IssuerName, IssuerTicker, parse_form

if TYPE_CHECKING:
    import asyncio

    from services.cli.dead_letters.dead_letter_replay import Replay
    from services.cli.wiring.storage import Storage
    from services.runtime.engine import Engine

dead_letters_app = App(help="Inspect and replay dead letters: records that could not be processed.")

_FILTERS: Final = "Filters (all must hold; repeat one to allow several values)"


@dead_letters_app.command(
    "list", epilog=examples("dlq list --code no_issuer --since 2024-12-31", "dlq list --service parser --format jsonl")
)
def dead_letters_list(
    code: Annotated[
        list[str] | None,
        typer.Option("--code", metavar="CODE", help="Error code, for example no_issuer.", rich_help_panel=_FILTERS),
    ] = None,
    service: Annotated[
        list[ServiceName] | None,
        typer.Option(
            "--service",
            metavar="NAME",
            help=f"Service that failed: {', '.join(ServiceName)}.",
            case_sensitive=False,
            rich_help_panel=_FILTERS,
        ),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since",
            metavar="TIME",
            parser=parse_time,
            help="Written at or after this date or time; UTC if it has no zone.",
            rich_help_panel=_FILTERS,
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", metavar="COUNT", min=1, help="Only the newest COUNT.", rich_help_panel=_FILTERS),
    ] = None,
    replayed: Annotated[
        bool,
        typer.Option("--replayed", metavar=FLAG, help="Include those that were replayed, with the time of the replay."),
    ] = False,
    form: Form = Format.TABLE,
    data: Data = None,
    kafka: Kafka = None,
) -> None:
    """List the dead letters with their errors, oldest first. A count by code goes to standard error.

    Replayed dead letters are left out: one that failed again is listed as a new dead letter.
    """
    from services.cli.application.process import run_command, until_stopped
    from services.cli.dead_letters.dead_letter_listing import DeadLetterFilter, list_dead_letters
    from services.cli.wiring.storage import Storage, open_engine

    wanted = DeadLetterFilter(tuple(code or ()), tuple(service or ()), since, replayed, limit)

    async def work() -> None:
        async with open_engine(Storage(data, kafka), read_only=True) as engine:
            await list_dead_letters(engine, wanted, form)

    run_command(until_stopped(work))


@dead_letters_app.command("show", epilog=examples("dlq show parser/3/0"))
def dead_letters_show(
    letter: Annotated[str, typer.Argument(metavar="ID", help="SERVICE/PARTITION/OFFSET, as shown by dlq list.")],
    data: Data = None,
    kafka: Kafka = None,
) -> None:
    """Print one dead letter in full: its headers, an empty line, then the original bytes."""
    from services.cli.application.process import run_command, until_stopped
    from services.cli.dead_letters.dead_letter_listing import show_dead_letter
    from services.cli.wiring.storage import Storage, open_engine

    storage = Storage(data, kafka)

    async def work() -> None:
        async with open_engine(storage, read_only=True) as engine:
            await show_dead_letter(engine, letter, storage.options)

    run_command(until_stopped(work))


@dead_letters_app.command(
    "replay",
    epilog=examples(
        "dlq replay parser/3/0",
        "dlq replay parser/3/0 --issuer-cik 1318605 --ticker TSLA --form 4",
        "dlq replay --all",
    ),
)
def dead_letters_replay(  # noqa: PLR0913, PLR0917 - a command has the options it has
    letters: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="SERVICE/PARTITION/OFFSET, as shown by dlq list.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", metavar=FLAG, help="Replay all that can be and have not been replayed, in batches.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", metavar=FLAG, help="Include those that were replayed before.")
    ] = False,
    issuer_cik: IssuerCik = None,
    issuer_name: IssuerName = None,
    ticker: IssuerTicker = None,
    form_type: GivenForm = None,
    data: Data = None,
    kafka: Kafka = None,
) -> None:
    """Return dead letters to the topics they came from, to be processed again.

    Use it once the cause is fixed. A filing that is replayed several times still counts once.

    --all replays batches of 250: each waits until the previous one was processed. It stops if any fail again.
    """
    from services.cli.application.process import run_command, until_stopped
    from services.cli.dead_letters.dead_letter_replay import replay_some
    from services.cli.dead_letters.given_facts import GivenFacts
    from services.cli.wiring.storage import Storage, open_engine

    if not letters and not every:
        raise typer.BadParameter(as_typed("give the IDs that `insidertape dlq list` shows, or --all"))
    if letters and every:
        raise typer.BadParameter("give either IDs or --all, not both")
    facts = GivenFacts(issuer_cik, issuer_name, ticker, parse_form(form_type) if form_type else None)
    if facts and (every or len(letters or ()) > 1):
        raise typer.BadParameter("facts describe one filing: give exactly one ID with them")
    storage = Storage(data, kafka)

    async def work_on_all(stop: "asyncio.Event") -> None:
        storage.require_data()
        async with open_engine(storage, stop=stop) as engine:
            await _replay_all(engine, storage, stop, again=again)

    async def work_on_some() -> None:
        storage.require_data()
        async with open_engine(storage) as engine:
            count = await replay_some(engine, letters or [], again=again, facts=facts)
            typer.echo(f"{count} replayed.{_how_to_process(count, storage)}")

    run_command(work_on_all if every else until_stopped(work_on_some))


async def _replay_all(engine: "Engine", storage: "Storage", stop: "asyncio.Event", *, again: bool) -> None:
    """Replay all dead letters and print the result.

    Raises:
        Exit: it ended before everything was replayed and processed.
    """
    from services.cli.dead_letters.dead_letter_replay import early_ending, replay_all

    replay = await replay_all(engine, stop, again=again)
    if not replay.put_back and not replay.left:
        typer.echo("There is nothing to replay.")
        return
    if replay.idle and not replay.left:
        typer.echo(f"{replay.put_back} replayed.{_how_to_process(replay.put_back, storage)}")
        return
    typer.echo(f"{replay.put_back} replayed.")
    if replay.ended_early:
        typer.echo(f"{early_ending(replay)} {_next_step(replay, storage)}", err=True)
        raise typer.Exit(1)


def _how_to_process(count: int, storage: "Storage") -> str:
    """Return how to process the replayed records; empty on Kafka, where running services do."""
    if storage.kafka is not None:
        return ""
    return f" To process {'it' if count == 1 else 'them'}: {command_line('run --once', storage.options)}"


def _next_step(replay: "Replay", storage: "Storage") -> str:
    rest = f"`{command_line('dlq replay --all', storage.options)}` replays the rest."
    if replay.died:
        return f"See `{command_line('dlq list', storage.options)}`; {rest}"
    start = "start one" if storage.kafka is not None else f"`{command_line('run --once', storage.options)}`"
    return f"To process the replayed records: {start}; then {rest}"
