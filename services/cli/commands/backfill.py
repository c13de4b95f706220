"""`insidertape backfill`: past filings from EDGAR."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from services.cli.options.common_options import FLAG, Contact, Data, Kafka
from services.section16.vocabulary import FORM_TYPES
from services.watcher.edgar.budget import BACKFILL_PER_SECOND, MOST_PER_SECOND


def backfill(
    first: Annotated[
        datetime, typer.Option("--from", metavar="DATE", formats=["%Y-%m-%d"], help="First day of filing.")
    ],
    last: Annotated[
        datetime | None,
        typer.Option(
            "--to",
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="Last day of filing, included.",
            show_default="the last day that is over",
        ),
    ] = None,
    forms: Annotated[
        str, typer.Option("--forms", metavar="LIST", help="Forms to fetch, as in 4,4/A.", show_default="all six")
    ] = ",".join(FORM_TYPES),
    bulk: Annotated[
        bool,
        typer.Option("--bulk", metavar=FLAG, help="Whole days from EDGAR's archives: few requests, gigabytes a day."),
    ] = False,
    rate: Annotated[
        int,
        typer.Option(
            "--rate",
            metavar="N",
            min=1,
            max=MOST_PER_SECOND,
            help="Requests a second. More than the default only where no watcher runs beside it.",
        ),
    ] = BACKFILL_PER_SECOND,
    contact: Contact = None,
    data: Data = None,
    kafka: Kafka = None,
) -> None:
    """Fetch past filings from EDGAR, each once. Stop it when you like: it goes on where it was.

    A watcher may run beside it: from the day on which that was begun filings are its own. Events are marked, so that
    `alerts --delivery live` leaves out what is history.
    """
    from services.cli.application.process import run_command
    from services.cli.running.backfill_run import make_plan, run_backfill
    from services.cli.wiring.storage import Storage
    from services.runtime.clock import SystemClock
    from services.section16.edgar_calendar import eastern_day

    until = last.date() if last is not None else eastern_day(SystemClock().now()) - timedelta(days=1)
    plan = make_plan(first.date(), until, forms, archives=bulk)
    run_command(lambda stop: run_backfill(plan, Storage(data, kafka), contact, stop, per_second=rate), quiet=True)
