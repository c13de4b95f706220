"""The clock that services use outside simulations."""

from datetime import UTC, datetime, timedelta

from services.runtime.clock import Clock, SystemClock


async def test_the_system_clock_returns_aware_utc_times() -> None:
    """A time without its zone could not be compared with those of filings."""
    clock: Clock = SystemClock()
    before = datetime.now(UTC)
    moment = clock.now()
    assert moment.utcoffset() == timedelta(0)
    assert before <= moment <= datetime.now(UTC)


async def test_a_negative_wait_returns_at_once() -> None:
    """It is not an error: a caller that counts down to a time may be late."""
    clock = SystemClock()
    await clock.sleep(-1)
