"""Waiting longer and longer, with jitter, while something keeps failing."""

import asyncio
import random
from contextlib import suppress
from typing import Final

_FIRST_SECONDS: Final = 0.2
_LONGEST_SECONDS: Final = 10.0


class Backoff:
    """The wait doubles with each failure, from `first` up to ten seconds, until something succeeds."""

    def __init__(self, first: float = _FIRST_SECONDS) -> None:
        self._first = self._seconds = first

    def reset(self) -> None:
        """Something succeeded: begin anew."""
        self._seconds = self._first

    async def wait(self, stop: asyncio.Event) -> None:
        """Wait, but no longer than until `stop` is set."""
        with suppress(TimeoutError):
            async with asyncio.timeout(random.uniform(self._seconds / 2, self._seconds)):  # noqa: S311 - jitter
                await stop.wait()
        self._seconds = min(self._seconds * 2, _LONGEST_SECONDS)
