"""`insidertape dlq`: the commands about dead letters."""

from typing import Annotated

import typer

from services.cli.app import App
from services.cli.invocation import command_line
from services.cli.options import FLAG, Data, Kafka, examples

letters_app = App(help="Look at what could not be processed (dead letters), and put it back.")


@letters_app.command("list")
def letters_list(data: Data = None, kafka: Kafka = None) -> None:
    """List the dead letters, and why each is one."""
    from services.cli.letters import list_letters
    from services.cli.place import Place, opened_engine
    from services.cli.process import run_command, until_stopped

    async def work() -> None:
        async with opened_engine(Place(data, kafka), read_only=True) as engine:
            await list_letters(engine)

    run_command(until_stopped(work))


@letters_app.command("show", epilog=examples("dlq show parser/3/0"))
def letters_show(
    letter: Annotated[str, typer.Argument(metavar="ID", help="As dlq list gives it.")],
    data: Data = None,
    kafka: Kafka = None,
) -> None:
    """Print one dead letter whole: its headers, an empty line, then the original bytes."""
    from services.cli.letters import show_letter
    from services.cli.place import Place, opened_engine
    from services.cli.process import run_command, until_stopped

    async def work() -> None:
        async with opened_engine(Place(data, kafka), read_only=True) as engine:
            await show_letter(engine, letter)

    run_command(until_stopped(work))


@letters_app.command("replay", epilog=examples("dlq replay parser/3/0", "dlq replay --all"))
def letters_replay(
    letters: Annotated[list[str] | None, typer.Argument(metavar="ID", help="As dlq list gives them.")] = None,
    every: Annotated[bool, typer.Option("--all", metavar=FLAG, help="All that can be put back.")] = False,
    data: Data = None,
    kafka: Kafka = None,
) -> None:
    """Copy dead letters back to the topics they came from, to be processed again.

    For when what stood in the way is gone. A filing counts once, however often it comes.
    """
    from services.cli.letters import replay_letters
    from services.cli.place import Place, opened_engine
    from services.cli.process import run_command, until_stopped

    if bool(letters) == every:
        raise typer.BadParameter("give ids, or --all")
    place = Place(data, kafka)

    async def work() -> None:
        place.require_data()
        async with opened_engine(place) as engine:
            count = await replay_letters(engine, letters or [], every=every)
        if not count:
            typer.echo("There is nothing to put back.")
        elif kafka is not None:
            typer.echo(f"{count} put back.")
        else:
            them = "it" if count == 1 else "them"
            typer.echo(f"{count} put back. To process {them}: {command_line('run --once', place.options)}")

    run_command(until_stopped(work))
