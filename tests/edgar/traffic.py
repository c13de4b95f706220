"""What was asked of the stand-in, and when: the record that the promises about rate and economy are checked by."""

from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its moment in simulated time, what for, and the status it was answered with (0: not at all)."""

    at: datetime
    path: str
    status: int


class Traffic:
    """Counts requests, and the most of them in any second; `submissions` counts those sent, by accession number.

    `most_kept` bounds the requests that it remembers.
    """

    def __init__(self, most_kept: int = 100_000) -> None:
        self.asked: deque[Asked] = deque(maxlen=most_kept)
        self.statuses: Counter[int] = Counter()
        self.submissions: Counter[str] = Counter()
        self.throttles = 0
        self.most_in_a_second = 0
        self.total = 0
        self._last_second: deque[datetime] = deque()

    def begin(self, at: datetime) -> int:
        """A request comes in: how many there are in the second that ends with it, itself included."""
        while self._last_second and self._last_second[0] <= at - SECOND:
            self._last_second.popleft()
        self._last_second.append(at)
        self.total += 1
        self.most_in_a_second = max(self.most_in_a_second, len(self._last_second))
        return len(self._last_second)

    def end(self, at: datetime, path: str, status: int, *, throttled: bool) -> None:
        """It has been answered; `throttled` tells a refusal for its haste from what is not there."""
        self.throttles += throttled
        self.asked.append(Asked(at, path, status))
        self.statuses[status] += 1

    def paths(self, containing: str = "") -> list[str]:
        """The paths asked for, oldest first."""
        return [asked.path for asked in self.asked if containing in asked.path]
