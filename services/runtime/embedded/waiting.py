"""Waiting for the embedded log, and long work over it, in a way that leaves the event loop its turns.

SQLite waits for a lock within a statement, and reads as long as there is something to read. Neither hears a signal
meanwhile, so an engine lets it do only little at a time.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from contracts.errors import TransientError
from services.runtime.embedded.log import BUSY_SECONDS
from services.runtime.embedded.storage_errors import LOG_BUSY
from services.runtime.engine import Stopped

T = TypeVar("T")

BLOCKING_SECONDS: Final = 0.05
"""How long a statement may wait for another process, and work may go on, before the loop has its turn."""
_AGAIN_SECONDS: Final = 0.02


async def when_free(attempt: Callable[[], T], stop: asyncio.Event | None = None, *, seconds: float = BUSY_SECONDS) -> T:
    """Return what `attempt` returns, tried again for up to `seconds` while another process holds the log.

    Raises:
        TransientError: it is held for longer.
        Stopped: `stop` was set first.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return attempt()
        except TransientError as error:
            if error.code != LOG_BUSY or time.monotonic() >= deadline:
                raise
        if stop is None:
            await asyncio.sleep(_AGAIN_SECONDS)
            continue
        with suppress(TimeoutError):
            async with asyncio.timeout(_AGAIN_SECONDS):
                await stop.wait()
            raise Stopped


class Turns:
    """Gives the event loop its turns during long work, and ends the work when `stop` is set."""

    def __init__(self, stop: asyncio.Event | None = None) -> None:
        self._stop = stop
        self._due = time.monotonic() + BLOCKING_SECONDS

    async def take(self) -> None:
        """Give the loop a turn if it has waited for long enough.

        Raises:
            Stopped: `stop` is set.
        """
        if time.monotonic() < self._due:
            return
        await asyncio.sleep(0)
        self._due = time.monotonic() + BLOCKING_SECONDS
        if self._stop is not None and self._stop.is_set():
            raise Stopped
