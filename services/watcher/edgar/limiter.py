"""Limit the request rate to EDGAR: one limiter for all tasks, so that no second exceeds the budget."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from services.runtime.clock import Clock
from services.watcher.edgar.budget import MOST_PER_SECOND

_ROOM: Final = 0.5
"""Requests per second kept free: the network may deliver two closer together than they were sent."""


class RequestLimiter:
    """Spaces the starts of requests evenly: at most `per_second` in any second, without bursts."""

    def __init__(self, clock: Clock, per_second: int = MOST_PER_SECOND) -> None:
        self._clock = clock
        self._spacing = timedelta(seconds=1 / (per_second - _ROOM))
        self._last: datetime | None = None
        self._turn = asyncio.Lock()

    async def turn(self) -> None:
        """Wait until the next request may start, first come, first served.

        The spacing counts from the actual start of the last request: after a stall the lost requests are not made up.
        """
        async with self._turn:
            while self._last is not None and (wait := self._last + self._spacing - self._clock.now()) > timedelta():
                if wait > self._spacing:  # the clock was set back
                    break
                await self._clock.sleep(wait.total_seconds())
            self._last = self._clock.now()
