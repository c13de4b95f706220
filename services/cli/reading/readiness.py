"""Asks a service on this machine for its readiness, with the standard library alone: it runs twice a minute."""

from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from typing import Final

_HOST: Final = "127.0.0.1"
_PATIENCE_SECONDS: Final = 3.0
_LONGEST_MESSAGE: Final = 1_000


def readiness_of(ports: Sequence[int]) -> tuple[bool, str]:
    """Return whether the service is ready, and its own message or the reason why it gives none.

    The first of the ports that accepts a connection is asked.
    """
    for port in ports:
        try:
            return _asked(port)
        except ConnectionRefusedError:
            continue
        except (OSError, HTTPException) as error:
            return False, f"port {port} does not answer: {error or type(error).__name__}"
    return False, f"nothing listens on port {' or '.join(map(str, ports))}"


def _asked(port: int) -> tuple[bool, str]:
    """Return the answer of `/readyz` on this port."""
    connection = HTTPConnection(_HOST, port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        message = response.read(_LONGEST_MESSAGE).decode("utf-8", "replace").strip()
    finally:
        connection.close()
    return response.status == 200, message  # noqa: PLR2004 - importing the standard library's name for it costs more
