"""`insidertape health`: whether the service on this machine is ready, for the health check of a container."""

from typing import Annotated

import typer


def health(
    metrics_port: Annotated[
        int | None,
        typer.Option(
            "--metrics-port",
            metavar="PORT",
            envvar="INSIDERTAPE_METRICS_PORT",
            help="Port of the probes. Default: $INSIDERTAPE_METRICS_PORT",
            show_default=False,
            show_envvar=False,
        ),
    ] = None,
    http_port: Annotated[
        int,
        typer.Option(
            "--http-port",
            metavar="PORT",
            envvar="INSIDERTAPE_HTTP_PORT",
            help="Port of the gateway, asked if nothing listens on the port of the probes. "
            "Default: $INSIDERTAPE_HTTP_PORT, 8345",
            show_default=False,
            show_envvar=False,
        ),
    ] = 8345,
) -> None:
    """Ask the service on this machine whether it is ready; exit with 1 if it is not.

    It is the health check of the container image.
    """
    from services.cli.reading.readiness import readiness_of

    ready, message = readiness_of([port for port in (metrics_port, http_port) if port])
    typer.echo(message, err=not ready)
    raise typer.Exit(0 if ready else 1)
