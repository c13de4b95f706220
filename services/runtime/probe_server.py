"""The HTTP server of the probes and the metrics. Imported only if a port is set.

It runs in its own threads, since a blocked event loop could not report that it is blocked.
"""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import BoundedSemaphore, Thread
from typing import Any, Final

from services.runtime.health import Verdict
from services.runtime.instruments import Instruments

_TEXT: Final = "text/plain; charset=utf-8"
_PROMETHEUS: Final = "text/plain; version=0.0.4; charset=utf-8"
_JSON: Final = "application/json"
_MOST_CONNECTIONS: Final = 32
_SILENCE_SECONDS: Final = 5.0

Response = tuple[HTTPStatus, str, bytes]


@contextmanager
def serving(host: str, port: int, instruments: Instruments, about: Mapping[str, str]) -> Iterator[None]:
    """Serve within the context. `about` is the content of `/version`.

    Raises:
        OSError: the address cannot be used.
    """
    server = _Server((host, port), instruments, json.dumps(about).encode() + b"\n")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    """Starts a thread per connection, up to a limit, and drops clients that are silent."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = _MOST_CONNECTIONS

    def __init__(self, address: tuple[str, int], instruments: Instruments, about: bytes) -> None:
        self.instruments = instruments
        self.about = about
        self._slots = BoundedSemaphore(_MOST_CONNECTIONS)
        self.address_family, *_ = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)[0]
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind without looking up the name of the host, which may take seconds without a name server."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "", int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for a connection, or close it if there are too many."""
        if not self._slots.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._slots.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore errors of clients that disconnect or do not send HTTP."""


class _Handler(BaseHTTPRequestHandler):
    """Responses GET and HEAD on four paths."""

    server: _Server
    timeout = _SILENCE_SECONDS

    def do_GET(self) -> None:
        self._send(self._respond())

    def do_HEAD(self) -> None:
        self._send(self._respond(), body=False)

    def refuse(self) -> None:
        """Refuse any other method."""
        self._send((HTTPStatus.METHOD_NOT_ALLOWED, _TEXT, b"only GET and HEAD\n"))

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = do_CONNECT = refuse  # noqa: N815

    def version_string(self) -> str:
        """Return the server's name without versions, which /version has."""
        return "insidertape"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Log nothing: probes come every few seconds."""

    def _respond(self) -> Response:
        instruments = self.server.instruments
        match self.path.partition("?")[0]:
            case "/livez":
                return _verdict(instruments.health.liveness())
            case "/readyz":
                return _verdict(instruments.health.readiness())
            case "/metrics":
                return HTTPStatus.OK, _PROMETHEUS, instruments.meter.text()
            case "/version":
                return HTTPStatus.OK, _JSON, self.server.about
        return HTTPStatus.NOT_FOUND, _TEXT, b"not found: try /metrics, /livez, /readyz or /version\n"

    def _send(self, response: Response, *, body: bool = True) -> None:
        status, kind, content = response
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, HEAD")
        self.end_headers()
        if body:
            self.wfile.write(content)


def _verdict(verdict: Verdict) -> Response:
    status = HTTPStatus.OK if verdict.ok else HTTPStatus.SERVICE_UNAVAILABLE
    return status, _TEXT, f"{verdict.message}\n".encode()
