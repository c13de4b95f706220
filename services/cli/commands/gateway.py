"""`insidertape gateway`: pages, API, live stream and webhooks over the alerts."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.options.common_options import FLAG, Data, Kafka
from services.cli.options.gateway_options import Database, Host, Port

if TYPE_CHECKING:
    import asyncio


def gateway(
    data: Data = None,
    kafka: Kafka = None,
    database: Database = None,
    host: Host = None,
    port: Port = None,
    rebuild: Annotated[
        bool,
        typer.Option(
            "--rebuild",
            metavar=FLAG,
            help="Forget the read model and read the topics again; keeps subscriptions and tokens.",
        ),
    ] = False,
) -> None:
    """Serve the alerts to browsers and programs: pages, an API, a live stream, feeds and webhooks.

    It reads what `run` or the services write, also while they run. It listens on loopback alone unless --host is given.
    """
    from services.cli.application.process import run_service
    from services.cli.running.gateway_run import GatewayRun
    from services.cli.wiring.storage import Storage
    from services.runtime.instruments import Instruments
    from services.runtime.prometheus import PrometheusMeter

    async def work(stop: "asyncio.Event") -> None:
        serving = GatewayRun(Storage(data, kafka), host=host, port=port, database=database)
        typer.echo(f"See it: {serving.url}   (Ctrl-C stops)", err=True)
        await serving.run(stop, instruments=Instruments(PrometheusMeter()), rebuild=rebuild)

    run_service("gateway", work, plain=True, quiet=True)
