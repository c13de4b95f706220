"""`insidertape run`: the whole pipeline in one process, showing alerts as they arrive."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.options.choices import AlertFormat
from services.cli.options.common_options import FLAG, AlertForm, Contact, Data, Edgar, Kafka, Sources
from services.cli.options.filter_options import ALERT_FILTERS, with_filters

if TYPE_CHECKING:
    import asyncio

    from contracts.alert_filter import AlertFilter


@with_filters(ALERT_FILTERS)
def run(  # noqa: PLR0913, PLR0917 - a command has the options it has
    wanted: "AlertFilter",
    source: Sources = None,
    data: Data = None,
    once: Annotated[
        bool,
        typer.Option(
            "--once", metavar=FLAG, help="Process what is available, then exit. Without it, run until Ctrl-C."
        ),
    ] = False,
    edgar: Edgar = False,
    contact: Contact = None,
    kafka: Kafka = None,
    form: AlertForm = AlertFormat.TABLE,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet", "-q", metavar=FLAG, help="Show only the final summary: no alerts, progress or info logs."
        ),
    ] = False,
) -> None:
    """Watch EDGAR or directories of filings, and show insiders' trades as they are reported.

    Watcher, parser and holdings run in this one process. Each filing is processed once, however often you run this.
    Filters choose which alerts are shown; all of them are stored. With --format text, jsonl or csv, standard output
    contains only alerts.
    """
    from services.cli.application.process import run_service
    from services.cli.running.live_output import DisplayOptions
    from services.cli.running.pipeline_run import run_all
    from services.cli.wiring.storage import Storage
    from services.runtime.metrics import metrics_served
    from services.runtime.settings import MetricsSettings, load

    shown = DisplayOptions(form, wanted, quiet=quiet)

    async def work(stop: "asyncio.Event") -> None:
        storage = Storage(data, kafka)
        expected = ("parser", "holdings")
        with metrics_served(load(MetricsSettings), engine=storage.engine_name, services=expected) as instruments:
            await run_all(
                source or [],
                storage,
                stop,
                once=once,
                edgar=edgar,
                contact=contact,
                shown=shown,
                instruments=instruments,
            )

    run_service("run", work, plain=True, quiet=True, silent=quiet)
