"""`insidertape backfill`: past filings from EDGAR."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from services.cli.options.common_options import FLAG, Contact, Data, Kafka
from services.section16.vocabulary import FORM_TYPES
from services.watcher.edgar.budget import BACKFILL_PER_SECOND, MOST_PER_SECOND


def backfill(
    first: Annotated[datetime, typer.Option("--from", metavar="DATE", formats=["%Y-%m-%d"], help="First filing date.")],
    last: Annotated[
        datetime | None,
        typer.Option(
            "--to",
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="Last filing date, inclusive.",
            show_default="yesterday",
        ),
    ] = None,
    forms: Annotated[
        str, typer.Option("--forms", metavar="LIST", help="Forms to fetch, for example 4,4/A.", show_default="all six")
    ] = ",".join(FORM_TYPES),
    bulk: Annotated[
        bool,
        typer.Option(
            "--bulk", metavar=FLAG, help="Download EDGAR's daily archives: few requests, but gigabytes per day."
        ),
    ] = False,
    rate: Annotated[
        int,
        typer.Option(
            "--rate",
            metavar="N",
            min=1,
            max=MOST_PER_SECOND,
            help="Requests per second. Exceed the default only if no watcher is running.",
        ),
    ] = BACKFILL_PER_SECOND,
    contact: Contact = None,
    data: Data = None,
    kafka: Kafka = None,
) -> None:
    """Fetch past filings from EDGAR, each exactly once. If it is interrupted, the same command continues.

    A watcher may run at the same time; it covers filings from the day it was first started. Events are marked as
    backfill, and `alerts --delivery live` leaves them out.
    """
    from services.cli.application.process import run_command
    from services.cli.running.backfill_run import make_plan, run_backfill
    from services.cli.wiring.storage import Storage
    from services.runtime.clock import SystemClock
    from services.section16.edgar_calendar import eastern_day

    until = last.date() if last is not None else eastern_day(SystemClock().now()) - timedelta(days=1)
    plan = make_plan(first.date(), until, forms, archives=bulk)
    run_command(lambda stop: run_backfill(plan, Storage(data, kafka), contact, stop, per_second=rate), quiet=True)
