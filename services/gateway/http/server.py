"""Serves the application with uvicorn, and drops clients that are too slow."""

import asyncio
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from starlette.types import ASGIApp
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured

_HEAD_SECONDS: Final = 10.0
"""Time for a client to send the head of its first request."""

_WRITE_SECONDS: Final = 30.0
"""Time for a client to read enough that more can be written."""

_BACKLOG: Final = 2_048
_HEAD_BYTES: Final = 16_384
_SHUTDOWN_SECONDS: Final = 3


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with limits on how long a client may send nothing, or read nothing."""

    head_seconds = _HEAD_SECONDS
    write_seconds = _WRITE_SECONDS
    _waiting: asyncio.TimerHandle | None = None
    _writing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect the head of a request in time."""
        super().connection_made(transport)
        self._waiting = self.loop.call_later(self.head_seconds, self._drop_silent)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers, which would keep the connection in memory."""
        for timer in (self._waiting, self._writing):
            if timer is not None:
                timer.cancel()
        self._waiting = self._writing = None
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Expect the client to read in time."""
        super().pause_writing()
        self._writing = self.loop.call_later(self.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Expect nothing more: the client reads."""
        super().resume_writing()
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None

    def _drop_silent(self) -> None:
        self._waiting = None
        if self.cycle is None:  # no request has begun
            self.transport.abort()


class _QuietServer(Server):
    """A server that leaves signals to the process that it is part of."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens, so that an address in use is noticed before anything starts.

    Raises:
        Misconfigured: the address cannot be used.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(_BACKLOG)
        except BaseException:
            listening.close()
            raise
    except OSError as error:
        raise Misconfigured(
            ErrorCode.NO_GATEWAY_PORT, f"the gateway cannot listen on {host}:{port}: {error.strerror or error}"
        ) from None
    return listening


async def serve(app: ASGIApp, listening: socket.socket, stop: asyncio.Event, *, connections: int) -> None:
    """Serve the application on a socket that listens until `stop` is set; more connections at a time get 503."""
    config = Config(
        app,
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        loop="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        h11_max_incomplete_event_size=_HEAD_BYTES,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        limit_concurrency=connections,
    )
    server = _QuietServer(config)
    stopping = asyncio.create_task(stop.wait())
    stopping.add_done_callback(lambda _: setattr(server, "should_exit", True))
    try:
        await server.serve(sockets=[listening])
    finally:
        stopping.cancel()


def allow_connections() -> None:
    """Raise the limit of open files to the highest that this process may have: each client is one."""
    with suppress(ValueError, OSError):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
