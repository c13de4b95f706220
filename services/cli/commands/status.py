"""`insidertape status`: the command about how everything stands."""

from typing import Annotated

import typer

from services.cli.options.choices import StatusFormat
from services.cli.options.common_options import Data, Kafka


def status(
    data: Data = None,
    kafka: Kafka = None,
    form: Annotated[
        StatusFormat, typer.Option("--format", metavar="FORMAT", case_sensitive=False, help="table or jsonl.")
    ] = StatusFormat.TABLE,
) -> None:
    """Show services, lag, dead letters, state, sources and topics, while they run; nothing is written.

    Exit status 1 if records wait for a service that has no member; dead letters are shown, and are no failure. A number
    after ≤ is a bound: a topic of more than 2,000 offsets on Kafka is not read to be counted.
    """
    from services.cli.application.exit_codes import FOUND
    from services.cli.application.process import run_command, until_stopped
    from services.cli.reading.service_status import show_status
    from services.cli.wiring.storage import Storage

    async def work() -> None:
        if await show_status(Storage(data, kafka), as_json=form is StatusFormat.JSONL):
            raise typer.Exit(FOUND)

    run_command(until_stopped(work), silent=True)
