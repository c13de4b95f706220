"""Serves the probes and the metrics of a process, if a port is set."""

import asyncio
import platform
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured
from services.runtime import metric_names as names
from services.runtime.engine import EngineName
from services.runtime.instruments import Instruments
from services.runtime.settings import MetricsSettings

_BEAT_SECONDS: Final = 0.5


@contextmanager
def metrics_served(
    settings: MetricsSettings,
    *,
    engine: EngineName,
    services: Sequence[str] = (),
    instruments: Instruments | None = None,
) -> Iterator[Instruments]:
    """Serve `/metrics`, `/livez`, `/readyz` and `/version` within the context, if the settings name a port.

    The process is not ready before each of `services` is. The context must be entered and left in the event loop of the
    services.

    Raises:
        Misconfigured: the port cannot be used.
    """
    if settings.port is None:
        yield Instruments()
        return
    # Imported here, so that a process without a port starts faster.
    from importlib.metadata import version  # noqa: PLC0415

    from services.runtime.probe_server import serving  # noqa: PLC0415
    from services.runtime.prometheus import PrometheusMeter  # noqa: PLC0415

    instruments = instruments or Instruments(PrometheusMeter())
    about = {"version": version("insidertape"), "python": platform.python_version(), "engine": engine}
    instruments.meter.set(names.BUILD_INFO, 1, **about)
    for service in services:
        instruments.service(service)
    with ExitStack() as opened:
        try:
            opened.enter_context(serving(settings.host, settings.port, instruments, about))
        except OSError as error:
            raise Misconfigured(
                ErrorCode.NO_METRICS_PORT,
                f"metrics cannot be served on {settings.host}:{settings.port}: {error.strerror or error}; "
                "set INSIDERTAPE_METRICS_PORT to a free port, or unset it",
            ) from None
        opened.callback(_Heartbeat(instruments).stop)
        yield instruments


class _Heartbeat:
    """Notes twice per second that the event loop has run."""

    def __init__(self, instruments: Instruments) -> None:
        self._health = instruments.health
        self._loop = asyncio.get_running_loop()
        self._beat()

    def stop(self) -> None:
        """Stop noting it."""
        self._handle.cancel()

    def _beat(self) -> None:
        self._health.loop_ran()
        self._handle = self._loop.call_later(_BEAT_SECONDS, self._beat)
