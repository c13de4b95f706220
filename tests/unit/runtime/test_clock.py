"""The clock that services run by outside simulations."""

from datetime import UTC, datetime, timedelta

from services.runtime.clock import Clock, SystemClock


async def test_the_system_clock_is_aware_that_it_tells_utc() -> None:
    """A moment without its zone could not be compared with those of filings."""
    clock: Clock = SystemClock()
    before = datetime.now(UTC)
    moment = clock.now()
    assert moment.utcoffset() == timedelta(0)
    assert before <= moment <= datetime.now(UTC)


async def test_a_wait_for_a_moment_that_has_passed_is_over_at_once() -> None:
    """Fewer than no seconds is no error: whoever counts down to a moment may be late."""
    clock = SystemClock()
    await clock.sleep(-1)
