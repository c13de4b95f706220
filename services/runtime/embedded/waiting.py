"""Waits for the embedded log and works on it without blocking the event loop.

SQLite waits for a lock within a statement, and a read takes as long as there are rows. Neither reacts to a signal, so
the engine lets SQLite work only for short times.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from contracts.codes import ErrorCode
from contracts.errors import TransientError
from services.runtime.embedded.log import BUSY_SECONDS
from services.runtime.engine import Stopped

T = TypeVar("T")

BLOCKING_SECONDS: Final = 0.05
"""How long a statement may wait for another process, or work may continue, before the event loop has a turn."""
_RETRY_SECONDS: Final = 0.02


async def when_free(attempt: Callable[[], T], stop: asyncio.Event | None = None, *, seconds: float = BUSY_SECONDS) -> T:
    """Return the result of `attempt`, retried for up to `seconds` while another process holds the log.

    Raises:
        TransientError: another process holds the log for longer.
        Stopped: `stop` was set first.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return attempt()
        except TransientError as error:
            if error.code != ErrorCode.LOG_BUSY or time.monotonic() >= deadline:
                raise
        if stop is None:
            await asyncio.sleep(_RETRY_SECONDS)
            continue
        with suppress(TimeoutError):
            async with asyncio.timeout(_RETRY_SECONDS):
                await stop.wait()
            raise Stopped


class Turns:
    """Gives the event loop turns during long work, and ends the work when `stop` is set."""

    def __init__(self, stop: asyncio.Event | None = None) -> None:
        self._stop = stop
        self._due = time.monotonic() + BLOCKING_SECONDS

    async def take(self) -> None:
        """Give the event loop a turn if it has waited long enough.

        Raises:
            Stopped: `stop` is set.
        """
        if time.monotonic() < self._due:
            return
        await asyncio.sleep(0)
        self._due = time.monotonic() + BLOCKING_SECONDS
        if self._stop is not None and self._stop.is_set():
            raise Stopped
