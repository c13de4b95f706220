"""Token buckets: so many requests at once, and so many per second on average."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

_MOST_BUCKETS: Final = 10_000


class RateLimits:
    """One bucket per name. A bucket that is full again is forgotten, as is the least recently used of too many."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> float:
        """Take one request from a bucket, and return 0; if it is empty, return the seconds until it is not."""
        now = self._clock()
        level, filled_at = self._buckets.pop(name, (float(self._burst), now))
        level = min(self._burst, level + (now - filled_at) * self._rate)
        taken = level >= 1
        self._buckets[name] = (level - 1 if taken else level, now)
        if len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return 0.0 if taken else (1 - level) / self._rate
