"""Wait for directories to change: by notifications of the file system, or else by polling."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from pathlib import Path

import structlog
from watchfiles import awatch

_log = structlog.get_logger(__name__)


class DirectoryWatch:
    """Watches directories recursively. `poll_interval` is seconds after which to scan without a notification.

    Notifications are not requested with `force_polling`, nor again once they have failed: if the system is out of
    watches, another request would compete with other programs.
    """

    def __init__(self, directories: Sequence[Path], *, poll_interval: float, force_polling: bool = False) -> None:
        self._directories = directories
        self._poll_interval = poll_interval
        self._polling = force_polling
        self._changes: AsyncGenerator[object, None] | None = None

    async def change(self, scan: Callable[[], Awaitable[bool]], *, within: float) -> None:
        """Wait until something has changed, or `within` seconds or the poll interval have passed.

        Changes made before the watch is in place are not notified. So once it is, `scan` reports whether there are any.
        """
        if self._polling or within < self._poll_interval:
            await asyncio.sleep(min(within, self._poll_interval))
            return
        starting = self._changes is None
        if self._changes is None:
            self._changes = awatch(
                *self._directories, rust_timeout=int(self._poll_interval * 1_000), yield_on_timeout=True
            )
        notified = asyncio.create_task(_next(self._changes))
        try:
            if starting:
                await asyncio.sleep(0)  # let the task run until the watch is in place or has failed
                if not notified.done() and await scan():
                    return
            await notified
        except (OSError, RuntimeError, StopAsyncIteration) as error:
            self._polling = True
            _log.warning("directories_polled", seconds=self._poll_interval, error=str(error) or type(error).__name__)
        finally:
            if not notified.done():
                notified.cancel()
                await asyncio.gather(notified, return_exceptions=True)
                self._changes = None


async def _next(changes: AsyncGenerator[object, None]) -> None:
    try:
        await anext(changes)
    except StopAsyncIteration:
        raise RuntimeError("the watch ended") from None
