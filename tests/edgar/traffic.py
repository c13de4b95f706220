"""The record of requests to the fake EDGAR, by which rate and economy are checked."""

from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One request: its simulated time, path, and response status (0 without a response)."""

    at: datetime
    path: str
    status: int


class Traffic:
    """Counts requests, and their maximum in any second; `submissions` counts those sent, by accession number.

    `most_kept` limits the requests that are remembered.
    """

    def __init__(self, most_kept: int = 100_000) -> None:
        self.asked: deque[RecordedRequest] = deque(maxlen=most_kept)
        self.statuses: Counter[int] = Counter()
        self.submissions: Counter[str] = Counter()
        self.throttles = 0
        self.most_in_a_second = 0
        self.total = 0
        self._last_second: deque[datetime] = deque()

    def begin(self, at: datetime) -> int:
        """Count a request; return the number of requests in the second that ends with it."""
        while self._last_second and self._last_second[0] <= at - SECOND:
            self._last_second.popleft()
        self._last_second.append(at)
        self.total += 1
        self.most_in_a_second = max(self.most_in_a_second, len(self._last_second))
        return len(self._last_second)

    def end(self, at: datetime, path: str, status: int, *, throttled: bool) -> None:
        """Note the response; `throttled` distinguishes throttling from a missing file."""
        self.throttles += throttled
        self.asked.append(RecordedRequest(at, path, status))
        self.statuses[status] += 1

    def paths(self, containing: str = "") -> list[str]:
        """Return the requested paths, oldest first."""
        return [asked.path for asked in self.asked if containing in asked.path]
