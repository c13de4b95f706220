"""Awaiting work until it is done or a stop is requested."""

import asyncio

import pytest

from services.runtime.engine import Stopped, unless_stopped


class Work:
    """Awaitable work that records whether it was started and whether it was cancelled."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.cancelled = False

    async def forever(self) -> None:
        """Wait without end."""
        self.started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise


async def test_the_result_is_that_of_the_work() -> None:
    """Without a stop, the result is the same as if the work were awaited alone."""
    assert await unless_stopped(asyncio.Event(), asyncio.sleep(0, "done")) == "done"


async def test_an_error_of_the_work_is_raised() -> None:
    """It is raised unchanged."""

    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await unless_stopped(asyncio.Event(), fail())


async def test_a_stop_cancels_the_work_and_waits_for_its_end() -> None:
    """Nothing may continue in the background after a stop."""
    work, stop = Work(), asyncio.Event()
    waiting = asyncio.create_task(unless_stopped(stop, work.forever()))
    await work.started.wait()
    stop.set()
    with pytest.raises(Stopped):
        await waiting
    assert work.cancelled


async def test_finished_work_counts_even_if_stop_was_set() -> None:
    """A batch that a source has returned is not lost."""
    stop = asyncio.Event()
    stop.set()
    done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    done.set_result("batch")
    assert await unless_stopped(stop, done) == "batch"


async def test_cancelling_cancels_the_work() -> None:
    """No task is left over."""
    work = Work()
    waiting = asyncio.create_task(unless_stopped(asyncio.Event(), work.forever()))
    await work.started.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert work.cancelled
    assert asyncio.all_tasks() == {asyncio.current_task()}
