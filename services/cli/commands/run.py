"""`insidertape run`: the whole pipeline in one process, showing alerts as they arrive."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.options.choices import AlertFormat
from services.cli.options.common_options import FLAG, AlertForm, Contact, Data, Edgar, Kafka, Sources
from services.cli.options.filter_options import ALERT_FILTERS, with_filters
from services.cli.options.gateway_options import Database, Host, Port, Web

if TYPE_CHECKING:
    import asyncio

    from contracts.alert_filter import AlertFilter
    from services.cli.running.gateway_run import GatewayRun
    from services.cli.wiring.storage import Storage
    from services.runtime.instruments import Instruments


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
    web: Web = False,
    host: Host = None,
    port: Port = None,
    database: Database = None,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet", "-q", metavar=FLAG, help="Show only the final summary: no alerts, progress or info logs."
        ),
    ] = False,
) -> None:
    """Watch EDGAR or directories of filings, and show insiders' trades as they are reported.

    Watcher, parser and holdings run in this one process. Each filing is processed once, however often you run this.
    Filters choose which alerts are shown; all of them are stored. If a filing does not name its issuer or its form, a
    file `NAME.hints.json` beside it can: --ticker and --form are filters here. With --format text, jsonl or csv,
    standard output contains only alerts.
    """
    from services.cli.application.process import run_service
    from services.cli.running.live_output import DisplayOptions
    from services.cli.running.pipeline_run import run_all
    from services.cli.wiring.storage import Storage
    from services.runtime.metrics import metrics_served
    from services.runtime.settings import MetricsSettings, load

    shown = DisplayOptions(form, wanted, quiet=quiet)
    if web and once:
        raise typer.BadParameter("--web serves until Ctrl-C; leave out --once")
    if not web and (host, port, database) != (None, None, None):
        raise typer.BadParameter("--host, --port and --database need --web")

    async def work(stop: "asyncio.Event") -> None:
        storage = Storage(data, kafka)
        expected = ("parser", "holdings")
        metered = _web_instruments() if web else None
        gateway = _web_gateway(storage, host, port, database) if web else None
        with metrics_served(
            load(MetricsSettings), engine=storage.engine_name, services=expected, instruments=metered
        ) as instruments:
            await run_all(
                source or [],
                storage,
                stop,
                once=once,
                edgar=edgar,
                contact=contact,
                shown=shown,
                instruments=metered or instruments,
                gateway=gateway,
            )

    run_service("run", work, plain=True, quiet=True, silent=quiet)


def _web_instruments() -> "Instruments":
    """Return instruments whose metrics the gateway serves."""
    from services.runtime.instruments import Instruments
    from services.runtime.prometheus import PrometheusMeter

    return Instruments(PrometheusMeter())


def _web_gateway(storage: "Storage", host: str | None, port: int | None, database: str | None) -> "GatewayRun":
    """Return a gateway whose address is taken."""
    from services.cli.running.gateway_run import GatewayRun

    return GatewayRun(storage, host=host, port=port, database=database)
