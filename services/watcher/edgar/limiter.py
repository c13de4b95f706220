"""How fast EDGAR is asked: one limiter for all tasks, so that no second sees more requests than the budget allows."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from services.runtime.clock import Clock
from services.watcher.edgar.budget import MOST_PER_SECOND

_ROOM: Final = 0.5
"""Requests a second that the spacing leaves free: the network may bring two closer together than they were sent."""


class RequestLimiter:
    """Spaces the starts of requests evenly: in any second there are `per_second` at most, without bursts."""

    def __init__(self, clock: Clock, per_second: int = MOST_PER_SECOND) -> None:
        self._clock = clock
        self._spacing = timedelta(seconds=1 / (per_second - _ROOM))
        self._last: datetime | None = None
        self._turn = asyncio.Lock()

    async def turn(self) -> None:
        """Return when the next request may start; whoever asked first goes first.

        The spacing counts from when the last one did start, not from when it might have: after the process was held
        up, nothing is made good.
        """
        async with self._turn:
            while self._last is not None and (wait := self._last + self._spacing - self._clock.now()) > timedelta():
                if wait > self._spacing:  # the clock was set back: not to be waited out
                    break
                await self._clock.sleep(wait.total_seconds())
            self._last = self._clock.now()
