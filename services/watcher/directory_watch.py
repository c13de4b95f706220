"""Waiting for directories to change: told by the file system where it tells, looked after where it does not."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from pathlib import Path

import structlog
from watchfiles import awatch

_log = structlog.get_logger(__name__)


class DirectoryWatch:
    """Watches directories and all below them. `poll_interval` is seconds after which to look without being told.

    With `force_polling` the file system is not asked to tell of anything. It is not asked again either once it has
    refused: where it has no watches left, asking would take those of others.
    """

    def __init__(self, directories: Sequence[Path], *, poll_interval: float, force_polling: bool = False) -> None:
        self._directories = directories
        self._poll_interval = poll_interval
        self._polling = force_polling
        self._told: AsyncGenerator[object, None] | None = None

    async def change(self, look: Callable[[], Awaitable[bool]], *, within: float) -> None:
        """Wait until something has changed, or `within` seconds or the poll interval have passed.

        Changes from before the watch was in place are not told: so once it is, `look` says whether there may be any.
        """
        if self._polling or within < self._poll_interval:
            await asyncio.sleep(min(within, self._poll_interval))
            return
        begun = self._told is None
        if self._told is None:
            self._told = awatch(
                *self._directories, rust_timeout=int(self._poll_interval * 1_000), yield_on_timeout=True
            )
        telling = asyncio.create_task(_next(self._told))
        try:
            if begun:
                await asyncio.sleep(0)  # a turn for the task: the watch is in place, or is refused
                if not telling.done() and await look():
                    return
            await telling
        except (OSError, RuntimeError, StopAsyncIteration) as error:
            self._polling = True
            _log.warning("directories_polled", seconds=self._poll_interval, error=str(error) or type(error).__name__)
        finally:
            if not telling.done():
                telling.cancel()
                await asyncio.gather(telling, return_exceptions=True)
                self._told = None


async def _next(told: AsyncGenerator[object, None]) -> None:
    try:
        await anext(told)
    except StopAsyncIteration:
        raise RuntimeError("the watch has come to its end") from None
