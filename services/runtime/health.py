"""How the services of a process are, for the probes: written by their engine, read by the thread that serves them."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from threading import Lock
from typing import Final

LOOP_LIMIT_SECONDS: Final = 30.0
"""An event loop that has not moved for so long is stuck. The slowest filing takes 1.2 seconds."""
POLL_LIMIT_SECONDS: Final = 60.0
"""A service that polls has stalled if it has not polled for so long. It polls several times a minute at least."""
_LONGEST_REASON: Final = 300


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a probe: whether all is well, and one line that says so or says what is not."""

    ok: bool
    words: str


class ServiceHealth:
    """What stands between a service and its work. It is ready if nothing does.

    An obstacle is known by what it is about (`partition 3`). Times are seconds of the monotonic clock.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = Lock()
        self._obstacles: dict[str, str] = {"": "is starting"}
        self._partitions: frozenset[int] | None = None
        self._heartbeat: float | None = None
        self._overdue: tuple[float, str] | None = None

    def obstruct(self, about: str, words: str) -> None:
        """Note an obstacle; it takes the place of an earlier one about the same."""
        with self._lock:
            self._obstacles[about] = " ".join(words.split())[:_LONGEST_REASON]

    def clear(self, about: str) -> None:
        """Note that there is no such obstacle any more."""
        with self._lock:
            self._obstacles.pop(about, None)

    def assign(self, partitions: Collection[int] | None) -> None:
        """Note which partitions the service works on; None if it has no part in a group. Others obstruct no more."""
        with self._lock:
            self._partitions = None if partitions is None else frozenset(partitions)
            kept = {about_partition(partition) for partition in partitions or ()}
            self._obstacles = {
                about: words
                for about, words in self._obstacles.items()
                if about in kept or not about.startswith(_PARTITION)
            }

    def beat(self, now: float | None) -> None:
        """Note that the service polled; None if it is not supposed to poll for now."""
        with self._lock:
            self._heartbeat = now

    def expect(self, by: float, words: str) -> None:
        """Note until when the service is ready without another such note, and what it lacks after that."""
        with self._lock:
            self._overdue = (by, words)

    def readiness(self, now: float) -> Verdict:
        """Return whether the service works, or stands by without a partition."""
        with self._lock:
            for about, words in self._obstacles.items():
                more = f" (and {len(self._obstacles) - 1} more)" if len(self._obstacles) > 1 else ""
                return Verdict(ok=False, words=f"{self.name}: {f'{about} {words}'.strip()}{more}")
            if self._overdue is not None and now > self._overdue[0]:
                return Verdict(ok=False, words=f"{self.name}: {self._overdue[1]}")
            if self._partitions is None:
                return Verdict(ok=True, words=f"{self.name}: open")
            if not self._partitions:
                return Verdict(ok=True, words=f"{self.name}: standing by, no partitions assigned")
            count = len(self._partitions)
            partitions = f"{count} partition{'' if count == 1 else 's'}"
            return Verdict(ok=True, words=f"{self.name}: {partitions} assigned and restored")

    def liveness(self, now: float, limit: float) -> Verdict:
        """Return whether the service has polled of late, if it is supposed to."""
        with self._lock:
            if self._heartbeat is not None and now - self._heartbeat > limit:
                return Verdict(ok=False, words=f"{self.name}: has not polled for {now - self._heartbeat:.0f} s")
            return Verdict(ok=True, words=f"{self.name}: alive")


class ProcessHealth:
    """The services of one process, and the event loop that they share."""

    def __init__(self, *, loop_limit: float = LOOP_LIMIT_SECONDS, poll_limit: float = POLL_LIMIT_SECONDS) -> None:
        self._loop_limit = loop_limit
        self._poll_limit = poll_limit
        self._loop_moved = time.monotonic()
        self._services: dict[str, ServiceHealth] = {}

    def service(self, name: str) -> ServiceHealth:
        """Return the health of a service; one that is new is starting."""
        return self._services.setdefault(name, ServiceHealth(name))

    def move(self) -> None:
        """Note that the event loop has come round."""
        self._loop_moved = time.monotonic()

    def liveness(self) -> Verdict:
        """Return whether the event loop moves and every service polls; if not, a restart is the remedy."""
        now = time.monotonic()
        if (stood := now - self._loop_moved) > self._loop_limit:
            return Verdict(ok=False, words=f"the event loop has not moved for {stood:.1f} s")
        return _all([service.liveness(now, self._poll_limit) for service in list(self._services.values())], "alive")

    def readiness(self) -> Verdict:
        """Return whether every service of the process works."""
        now = time.monotonic()
        return _all([service.readiness(now) for service in list(self._services.values())], "no service has started yet")


_PARTITION: Final = "partition "


def about_partition(partition: int) -> str:
    """Return what an obstacle of this partition is about."""
    return f"{_PARTITION}{partition}"


def _all(verdicts: list[Verdict], none: str) -> Verdict:
    """Join the verdicts of services: the first bad one counts, and without any service `none` is the answer."""
    if not verdicts:
        return Verdict(ok=none == "alive", words=none)
    bad = [verdict.words for verdict in verdicts if not verdict.ok]
    return Verdict(ok=not bad, words="; ".join(bad or [verdict.words for verdict in verdicts]))
