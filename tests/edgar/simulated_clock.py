"""Simulated time: where every task of a process sleeps and no request is under way, the clock jumps to the next waking.

A quarter then passes in minutes, and each moment is exact: time stands still while anything is being worked on. The
event loop asks before it would wait, when nothing is ready to run; that alone is a moment to jump.
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
        """Stand still while that HTTP client has a connection in use: from its making until the answer is read."""
        self._connectors.add(connector)

    def jump(self) -> bool:
        """Move to the moment at which the next sleeper wakes, and wake it; False where nobody sleeps, or must hold."""
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
    """Run a coroutine to its end, as `asyncio.run` does, on a loop that lets the clock jump."""
    with asyncio.Runner(loop_factory=lambda: _JumpingLoop(clock.jump)) as runner:
        return runner.run(main)


class _JumpingLoop(asyncio.SelectorEventLoop):
    """A loop that calls `jump` where it has nothing to do, neither by itself nor in a thread."""

    def __init__(self, jump: Callable[[], bool]) -> None:
        self._in_threads = 0
        super().__init__(_JumpingSelector(lambda: self._in_threads == 0 and jump()))

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]  # any callable
        """As every loop does; remembers that a thread is at work until its result has been taken in."""
        self._in_threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._back_from_thread)
        return future

    def _back_from_thread(self, _: Any) -> None:
        self._in_threads -= 1


class _JumpingSelector(selectors.DefaultSelector):
    """Looks for what is ready; where nothing is, jumps, and waits for real only where that moves nothing."""

    def __init__(self, jump: Callable[[], bool]) -> None:
        super().__init__()
        self._jump = jump

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """See `selectors.BaseSelector.select`."""
        if timeout is not None and timeout <= 0:
            return super().select(timeout)
        return super().select(0) or ([] if self._jump() else super().select(timeout))
