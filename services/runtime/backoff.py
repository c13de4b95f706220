"""Exponential backoff: the one retry policy of all services."""

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

_FIRST_SECONDS: Final = 0.2
_LONGEST_SECONDS: Final = 10.0
_MOST_DOUBLINGS: Final = 30
"""Bounds the exponent: a delay has long reached its maximum by then, and a timedelta must not overflow."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to wait between attempts: `first`, then twice as long after each failure, up to `longest`.

    `attempts` is the number of attempts after which to give up; None if there is no limit. With a first delay of 10
    seconds and a longest of 5 minutes, the delays are 10, 20, 40, 80, 160, 300, 300, … seconds.
    """

    first: timedelta
    longest: timedelta
    attempts: int | None = None

    def delay(self, failures: int) -> timedelta:
        """Return the delay after that many failures in a row, at least one."""
        return min(self.first * (1 << min(failures - 1, _MOST_DOUBLINGS)), self.longest)

    def gives_up(self, failures: int) -> bool:
        """Return whether no attempt is left after that many failures in a row."""
        return self.attempts is not None and failures >= self.attempts


def jittered(delay: timedelta) -> timedelta:
    """Return a random delay between half of `delay` and all of it, so that many clients do not return at once."""
    seconds = delay.total_seconds()
    return timedelta(seconds=random.uniform(seconds / 2, seconds))  # noqa: S311 - jitter


class Backoff:
    """Counts failures in a row, and waits after each, from `first` seconds up to ten, with jitter."""

    def __init__(self, first: float = _FIRST_SECONDS) -> None:
        self._policy = RetryPolicy(timedelta(seconds=first), timedelta(seconds=_LONGEST_SECONDS))
        self._failures = 0

    def reset(self) -> None:
        """Start over with the first delay, after a success."""
        self._failures = 0

    async def wait(self, stop: asyncio.Event) -> None:
        """Wait after a failure, but no longer than until `stop` is set."""
        self._failures += 1
        with suppress(TimeoutError):
            async with asyncio.timeout(jittered(self._policy.delay(self._failures)).total_seconds()):
                await stop.wait()
