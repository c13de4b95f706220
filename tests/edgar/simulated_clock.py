"""Simulated time: when all tasks sleep and no request is in flight, the clock jumps to the next wake-up.

A quarter then takes minutes, and every time is exact: the clock stands still while any work is being done. The event
loop lets the clock jump when no callback is ready, just before it would block.
"""

import asyncio
import heapq
import selectors
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from aiohttp import BaseConnector

T = TypeVar("T")


class SimulatedClock:
    """A `Clock` that begins at `start` and moves only by `jump`."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._order = count()
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._connectors: set[BaseConnector] = set()

    def now(self) -> datetime:
        """See `Clock.now`."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waking = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + timedelta(seconds=seconds), next(self._order), waking))
        await waking

    def hold_for(self, connector: BaseConnector) -> None:
        """Stand still while that HTTP client has a connection in use, until the response has been read."""
        self._connectors.add(connector)

    def jump(self) -> bool:
        """Move to the next wake-up and wake that sleeper; return False if there is none, or a request is in flight."""
        if any(connector._acquired for connector in self._connectors):
            return False
        while self._sleepers:
            moment, _, waking = heapq.heappop(self._sleepers)
            if not waking.done():
                self._now = max(self._now, moment)
                waking.set_result(None)
                return True
        return False


def run_simulated(clock: SimulatedClock, main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine like `asyncio.run`, on a loop that lets the clock jump."""
    with asyncio.Runner(loop_factory=lambda: _JumpingLoop(clock.jump)) as runner:
        return runner.run(main)


class _JumpingLoop(asyncio.SelectorEventLoop):
    """A loop that calls `jump` when it is idle and no thread is working."""

    def __init__(self, jump: Callable[[], bool]) -> None:
        self._in_threads = 0
        super().__init__(_JumpingSelector(lambda: self._in_threads == 0 and jump()))

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]  # any callable
        """Run as usual, and count the thread as working until its result has been received."""
        self._in_threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._back_from_thread)
        return future

    def _back_from_thread(self, _: Any) -> None:
        self._in_threads -= 1


class _JumpingSelector(selectors.DefaultSelector):
    """A selector that jumps if nothing is ready, and blocks only if the jump moves nothing."""

    def __init__(self, jump: Callable[[], bool]) -> None:
        super().__init__()
        self._jump = jump

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """See `selectors.BaseSelector.select`."""
        if timeout is not None and timeout <= 0:
            return super().select(timeout)
        return super().select(0) or ([] if self._jump() else super().select(timeout))
