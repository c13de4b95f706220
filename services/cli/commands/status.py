"""`insidertape status`: lag, dead letters and state of every part."""

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
    """Show sources, services, lag, dead letters, state and topics. Read-only; works while the services run.

    The exit status is 1 if records are waiting for a service that has no running member. Dead letters alone are not a
    failure. A number after ≤ is an upper bound: on Kafka, topics of more than 2,000 offsets are not counted exactly.
    """
    from services.cli.application.exit_codes import FOUND
    from services.cli.application.process import run_command, until_stopped
    from services.cli.reading.service_status import show_status
    from services.cli.wiring.storage import Storage

    async def work() -> None:
        if await show_status(Storage(data, kafka), as_json=form is StatusFormat.JSONL):
            raise typer.Exit(FOUND)

    run_command(until_stopped(work), silent=True)
