"""Growing waits: limits, jitter, and an end as soon as the service is stopped."""

import asyncio
import random

import pytest

from services.runtime.backoff import Backoff


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, float]]:
    """Return the range from which each wait is drawn; the waits themselves take no time."""
    ranges: list[tuple[float, float]] = []

    def draw(low: float, high: float) -> float:
        ranges.append((low, high))
        return 0.0

    monkeypatch.setattr(random, "uniform", draw)
    return ranges


async def test_the_wait_doubles_up_to_ten_seconds_with_jitter(waits: list[tuple[float, float]]) -> None:
    """Each is drawn from the upper half of its range, so that members do not return at the same time."""
    backoff = Backoff()
    for _ in range(9):
        await backoff.wait(asyncio.Event())
    assert [high for _, high in waits] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0, 10.0]
    assert all(low == high / 2 for low, high in waits)


async def test_a_success_resets_the_wait(waits: list[tuple[float, float]]) -> None:
    """The next failure is a new one."""
    backoff = Backoff()
    for _ in range(4):
        await backoff.wait(asyncio.Event())
    backoff.reset()
    await backoff.wait(asyncio.Event())
    assert waits[-1] == waits[0]


async def test_a_stop_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopping service must not sleep on."""
    monkeypatch.setattr(random, "uniform", lambda _low, _high: 3_600.0)
    stop = asyncio.Event()
    async with asyncio.timeout(30):
        waiting = asyncio.create_task(Backoff().wait(stop))
        await asyncio.sleep(0)
        stop.set()
        await waiting
        await Backoff().wait(stop)
