"""The limiter: no second with more requests than the budget, however many tasks ask and whatever holds them up."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.watcher.edgar.budget import BACKFILL_PER_SECOND, LIVE_PER_SECOND, MOST_PER_SECOND
from services.watcher.edgar.limiter import RequestLimiter
from tests.edgar.stepping_clock import SteppingClock

NOON = datetime(2025, 3, 10, 16, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def most_in_a_second(starts: list[datetime]) -> int:
    """The most starts in any closed window of a second."""
    return max(sum(start <= other <= start + SECOND for other in starts) for start in starts)


@pytest.mark.parametrize("per_second", [BACKFILL_PER_SECOND, LIVE_PER_SECOND, MOST_PER_SECOND])
async def test_no_second_has_more_starts_than_the_budget(per_second: int) -> None:
    """Fifty tasks that ask at once start evenly: the budget is used, and in no second exceeded."""
    clock = SteppingClock(NOON)
    limiter = RequestLimiter(clock, per_second)
    starts: list[datetime] = []

    async def ask() -> None:
        await limiter.turn()
        starts.append(clock.now())

    await asyncio.gather(*(ask() for _ in range(50)))
    assert most_in_a_second(starts) == per_second
    assert starts[-1] - starts[0] < timedelta(seconds=49 / (per_second - 1))


async def test_what_a_hold_up_cost_is_not_made_good() -> None:
    """After the process stood still for a minute there is no burst: the next wait is a whole one."""
    clock = SteppingClock(NOON)
    limiter = RequestLimiter(clock)
    starts: list[datetime] = []
    for number in range(30):
        if number == 10:
            clock.moment += timedelta(minutes=1)
        await limiter.turn()
        starts.append(clock.now())
    assert most_in_a_second(starts) == MOST_PER_SECOND


async def test_the_first_request_does_not_wait() -> None:
    """Nor one that comes when the last is long past."""
    clock = SteppingClock(NOON)
    limiter = RequestLimiter(clock)
    await limiter.turn()
    clock.moment += SECOND
    await limiter.turn()
    assert clock.slept == []


async def test_a_clock_set_back_is_not_waited_out() -> None:
    """A machine whose clock was an hour ahead goes on at once."""
    clock = SteppingClock(NOON)
    limiter = RequestLimiter(clock)
    await limiter.turn()
    clock.moment -= timedelta(hours=1)
    await limiter.turn()
    assert clock.slept == []
