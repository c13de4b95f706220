"""The limiter: no second has more requests than the limit, however many tasks wait and whatever delays them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.watcher.edgar.budget import BACKFILL_PER_SECOND, LIVE_PER_SECOND, MOST_PER_SECOND
from services.watcher.edgar.limiter import RequestLimiter
from tests.edgar.stepping_clock import SteppingClock

NOON = datetime(2025, 3, 10, 16, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def most_in_a_second(starts: list[datetime]) -> int:
    """Return the highest number of starts within any closed window of one second."""
    return max(sum(start <= other <= start + SECOND for other in starts) for start in starts)


@pytest.mark.parametrize("per_second", [BACKFILL_PER_SECOND, LIVE_PER_SECOND, MOST_PER_SECOND])
async def test_no_second_has_more_starts_than_the_budget(per_second: int) -> None:
    """Fifty concurrent tasks start evenly: the limit is used, and never exceeded."""
    clock = SteppingClock(NOON)
    limiter = RequestLimiter(clock, per_second)
    starts: list[datetime] = []

    async def ask() -> None:
        await limiter.turn()
        starts.append(clock.now())

    await asyncio.gather(*(ask() for _ in range(50)))
    assert most_in_a_second(starts) == per_second
    assert starts[-1] - starts[0] < timedelta(seconds=49 / (per_second - 1))


async def test_a_delay_is_not_followed_by_a_burst() -> None:
    """After the process stood still for a minute there is no burst: the next request waits as usual."""
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
    """The same holds for a request long after the last one."""
    clock = SteppingClock(NOON)
    limiter = RequestLimiter(clock)
    await limiter.turn()
    clock.moment += SECOND
    await limiter.turn()
    assert clock.slept == []


async def test_a_clock_set_back_causes_no_wait() -> None:
    """A process whose clock was an hour ahead continues at once."""
    clock = SteppingClock(NOON)
    limiter = RequestLimiter(clock)
    await limiter.turn()
    clock.moment -= timedelta(hours=1)
    await limiter.turn()
    assert clock.slept == []
