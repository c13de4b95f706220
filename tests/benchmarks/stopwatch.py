"""Measures time by the clock and of CPU."""

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class ElapsedTime:
    """Seconds by the clock and of CPU time; they differ if others use the machine."""

    elapsed: float
    processor: float

    def __str__(self) -> str:
        return f"{self.elapsed:.1f} s ({self.processor:.1f} s of CPU)"


class Stopwatch:
    """Measures time from its creation."""

    def __init__(self) -> None:
        self._elapsed, self._processor = time.perf_counter(), time.process_time()

    def spent(self) -> ElapsedTime:
        """Return the time passed since."""
        return ElapsedTime(time.perf_counter() - self._elapsed, time.process_time() - self._processor)
