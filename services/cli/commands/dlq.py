"""`insidertape dlq`: the commands about dead letters."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.application.app import App
from services.cli.application.invocation import command_line
from services.cli.options.choices import Format, ServiceName
from services.cli.options.common_options import FLAG, Data, Form, Kafka, examples
from services.cli.options.dead_letter_options import parse_cik, parse_form, parse_text, parse_time

if TYPE_CHECKING:
    import asyncio

    from services.cli.dead_letters.dead_letter_replay import Replay
    from services.cli.wiring.storage import Storage
    from services.runtime.engine import Engine

dead_letters_app = App(help="Look at what could not be processed (dead letters), and put it back.")

_FILTERS: Final = "Filters (all must hold; repeat one to allow several values)"
_FACTS: Final = "What a filing lacks (with one ID; the document wins)"


@dead_letters_app.command(
    "list", epilog=examples("dlq list --code no_issuer --since 2024-12-31", "dlq list --service parser --format jsonl")
)
def dead_letters_list(
    code: Annotated[
        list[str] | None,
        typer.Option("--code", metavar="CODE", help="With this code: no_issuer, …", rich_help_panel=_FILTERS),
    ] = None,
    service: Annotated[
        list[ServiceName] | None,
        typer.Option(
            "--service",
            metavar="NAME",
            help=f"{', '.join(ServiceName)}.",
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
            help="Written then or later: a date or a time, in UTC if it has no zone.",
            rich_help_panel=_FILTERS,
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="COUNT", min=1, help="Only the newest.", rich_help_panel=_FILTERS)
    ] = None,
    replayed: Annotated[
        bool, typer.Option("--replayed", metavar=FLAG, help="Also those that were replayed, and when.")
    ] = False,
    form: Form = Format.TABLE,
    data: Data = None,
    kafka: Kafka = None,
) -> None:
    """List the dead letters, oldest first, and why each is one. How many there are of each code goes to standard error.

    Those that were replayed are left out: if they died again, that is a dead letter of its own.
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
    letter: Annotated[str, typer.Argument(metavar="ID", help="SERVICE/PARTITION/OFFSET, as dlq list gives it.")],
    data: Data = None,
    kafka: Kafka = None,
) -> None:
    """Print one dead letter whole: its headers, an empty line, then the original bytes."""
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
        list[str] | None, typer.Argument(metavar="ID", help="SERVICE/PARTITION/OFFSET, as dlq list gives them.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", metavar=FLAG, help="All that can be put back and were not yet, in portions.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", metavar=FLAG, help="Also what was replayed before.")] = False,
    issuer_cik: Annotated[
        str | None,
        typer.Option("--issuer-cik", metavar="CIK", parser=parse_cik, help="The issuer's.", rich_help_panel=_FACTS),
    ] = None,
    issuer_name: Annotated[
        str | None,
        typer.Option("--issuer-name", metavar="NAME", parser=parse_text, help="Its name.", rich_help_panel=_FACTS),
    ] = None,
    ticker: Annotated[
        str | None,
        typer.Option("--ticker", metavar="SYMBOL", parser=parse_text, help="Its symbol.", rich_help_panel=_FACTS),
    ] = None,
    form_type: Annotated[
        str | None,
        typer.Option("--form", metavar="FORM", parser=parse_form, help="3, 4 or 5, or 3/A …", rich_help_panel=_FACTS),
    ] = None,
    data: Data = None,
    kafka: Kafka = None,
) -> None:
    """Copy dead letters back to the topics they came from, to be processed again.

    For when what stood in the way is gone. A filing counts once, however often it comes.

    --all puts back 250 at a time, the next when those have been processed, and stops if some die again.
    """
    from services.cli.application.process import run_command, until_stopped
    from services.cli.dead_letters.dead_letter_replay import replay_some
    from services.cli.dead_letters.given_facts import GivenFacts
    from services.cli.wiring.storage import Storage, open_engine

    if bool(letters) == every:
        raise typer.BadParameter("give ids, or --all")
    facts = GivenFacts(issuer_cik, issuer_name, ticker, parse_form(form_type) if form_type else None)
    if facts and (every or len(letters or ()) > 1):
        raise typer.BadParameter("facts are about one filing: give one id with them")
    storage = Storage(data, kafka)

    async def work_on_all(stop: "asyncio.Event") -> None:
        storage.require_data()
        async with open_engine(storage, stop=stop) as engine:
            await _replay_all(engine, storage, stop, again=again)

    async def work_on_some() -> None:
        storage.require_data()
        async with open_engine(storage) as engine:
            count = await replay_some(engine, letters or [], again=again, facts=facts)
            typer.echo(f"{count} put back.{_how_to_process(count, storage)}")

    run_command(work_on_all if every else until_stopped(work_on_some))


async def _replay_all(engine: "Engine", storage: "Storage", stop: "asyncio.Event", *, again: bool) -> None:
    """Replay all, and say what came of it.

    Raises:
        Exit: it ended before all was put back and processed.
    """
    from services.cli.dead_letters.dead_letter_replay import early_ending, replay_all

    replay = await replay_all(engine, stop, again=again)
    if not replay.put_back and not replay.left:
        typer.echo("There is nothing to put back.")
        return
    if replay.idle and not replay.left:
        typer.echo(f"{replay.put_back} put back.{_how_to_process(replay.put_back, storage)}")
        return
    typer.echo(f"{replay.put_back} put back.")
    if replay.ended_early:
        typer.echo(f"{early_ending(replay)} {_next_step(replay, storage)}", err=True)
        raise typer.Exit(1)


def _how_to_process(count: int, storage: "Storage") -> str:
    """Return how to have them processed: on Kafka, services do that."""
    if storage.kafka is not None:
        return ""
    return f" To process {'it' if count == 1 else 'them'}: {command_line('run --once', storage.options)}"


def _next_step(replay: "Replay", storage: "Storage") -> str:
    rest = f"`{command_line('dlq replay --all', storage.options)}` goes on with the rest."
    if replay.died:
        return f"See `{command_line('dlq list', storage.options)}`; {rest}"
    start = "start one" if storage.kafka is not None else f"`{command_line('run --once', storage.options)}`"
    return f"To process what was put back: {start}; then {rest}"
