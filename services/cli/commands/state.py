"""`insidertape state verify | repair`: the state that holdings builds on."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.application.app import App
from services.cli.application.exit_codes import FOUND
from services.cli.application.invocation import command_line
from services.cli.options.common_options import FLAG, Data, Kafka, examples

if TYPE_CHECKING:
    from services.cli.state.state_repair import StateCheck

state_app = App(help="Check the positions that holdings builds on, and repair them from the transactions.")


@state_app.command("verify", epilog=examples("state verify", "state verify --kafka localhost:9092"))
def state_verify(data: Data = None, kafka: Kafka = None) -> None:
    """List the records of the positions topic that holdings cannot use. The exit status is 1 if there are any."""
    from services.cli.application.process import run_command, until_stopped
    from services.cli.state.state_repair import check_state
    from services.cli.wiring.storage import Storage, open_engine
    from services.section16.safe_text import printable
    from services.section16.wording import plural

    storage = Storage(data, kafka)

    async def work() -> None:
        async with open_engine(storage, read_only=True) as engine:
            checks = await check_state(engine)
        faults = [fault for check in checks.values() for fault in check.faults.values()]
        for fault in faults:
            key = (fault.record.key or b"").decode("utf-8", "replace")
            typer.echo(f"{fault.record.location}  {printable(key)}  {printable(str(fault.error))}")
        if faults:
            typer.echo(
                f"{plural(len(faults), 'record')} that holdings cannot use. To repair them, stop holdings and run: "
                f"{command_line('state repair', storage.options)}",
                err=True,
            )
            raise typer.Exit(FOUND)
        books = sum(len(check.digests) for check in checks.values())
        typer.echo(f"The state is valid: {plural(books, 'book')} in {plural(len(checks), 'partition')}.")

    run_command(until_stopped(work))


@state_app.command("repair", epilog=examples("state repair", "state repair --partition 3", "state repair --all"))
def state_repair(
    partitions: Annotated[
        list[int] | None,
        typer.Option("--partition", metavar="N", help="Rebuild this partition even if it has no faults; repeatable."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", metavar=FLAG, help="Rebuild all partitions even if they have no faults.")
    ] = False,
    data: Data = None,
    kafka: Kafka = None,
) -> None:
    """Repair the partitions in which `state verify` finds faults. Stop holdings first.

    Foreign records are moved to the dead letters of holdings and their keys deleted. Missing or wrong books are
    recomputed from the transactions. No alert is published again.
    """
    from services.cli.application.process import run_command, until_stopped
    from services.cli.state.state_repair import check_state, repair_partition
    from services.cli.wiring.storage import Storage, open_engine
    from services.section16.wording import plural

    if partitions and every:
        raise typer.BadParameter("give either --partition or --all, not both")
    storage = Storage(data, kafka)

    async def work() -> None:
        storage.require_data()
        async with open_engine(storage) as engine:
            checks = await check_state(engine)
            for partition in _chosen(checks, partitions or [], every=every):
                repair = await repair_partition(engine, partition)
                typer.echo(
                    f"partition {partition}: {plural(repair.quarantined, 'record')} quarantined, "
                    f"{plural(repair.deleted, 'key')} deleted, {plural(repair.rebuilt, 'book')} rebuilt"
                )
        typer.echo("The state is valid.")

    run_command(until_stopped(work))


def _chosen(checks: "dict[int, StateCheck]", asked: list[int], *, every: bool) -> list[int]:
    """Return the partitions to repair: the requested ones, else those with faults."""
    if unknown := sorted(set(asked) - set(checks)):
        raise typer.BadParameter(
            f"partition {unknown[0]} does not exist: the topic has partitions 0 to {len(checks) - 1}"
        )
    if every:
        return sorted(checks)
    return sorted(set(asked)) or [partition for partition, check in sorted(checks.items()) if check.faults]
