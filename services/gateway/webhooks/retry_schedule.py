"""When a delivery is tried again: the schedule of Standard Webhooks, and the wait that the receiver requests."""

from datetime import datetime, timedelta
from typing import Final

DELAYS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Delay after each failed attempt; the first attempt is immediate. After the tenth failure a delivery is given up."""

LONGEST_FAILURE: Final = timedelta(days=5)
"""A subscription without a success for so long is disabled at its next failure."""

LONGEST_RETRY_AFTER: Final = timedelta(hours=24)
"""Limit of the delay that a receiver can ask for."""

_JITTER: Final = 0.1


def next_attempt(failures: int, *, now: datetime, retry_after: timedelta | None, jitter: float) -> datetime | None:
    """Return when to try again after that many failures, at least one; None if the delivery is given up.

    `jitter`, from 0 to 1, lengthens the delay by up to a tenth, so that deliveries do not return all at once.
    The delay is never shorter than `retry_after`, which the receiver asked for.

    >>> from datetime import UTC
    >>> noon = datetime(2024, 7, 19, 12, tzinfo=UTC)
    >>> next_attempt(2, now=noon, retry_after=None, jitter=0.5).isoformat()
    '2024-07-19T12:05:15+00:00'
    >>> next_attempt(10, now=noon, retry_after=None, jitter=0.5) is None
    True
    """
    if failures > len(DELAYS):
        return None
    delay = DELAYS[failures - 1] * (1 + _JITTER * jitter)
    return now + max(delay, retry_after or timedelta())
