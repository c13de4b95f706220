"""Metrics for a monitor to fetch: served only where a port was given, and to this machine alone unless told."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import REGISTRY, CollectorRegistry, start_http_server

from contracts.errors import Misconfigured
from services.runtime.settings import MetricsSettings


@contextmanager
def metrics_served(settings: MetricsSettings, registry: CollectorRegistry = REGISTRY) -> Iterator[None]:
    """Serve this process's metrics at `/metrics` meanwhile, if the settings name a port.

    Raises:
        Misconfigured: the port cannot be had.
    """
    if settings.port is None:
        yield
        return
    try:
        server, thread = start_http_server(settings.port, addr=settings.host, registry=registry)
    except OSError as error:
        raise Misconfigured(
            "no_metrics_port", f"metrics cannot be served on {settings.host}:{settings.port}: {error.strerror or error}"
        ) from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
