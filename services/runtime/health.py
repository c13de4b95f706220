"""Health of a process's services, for the probes: written by the engine, read by the thread that serves the probes."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from threading import Lock
from typing import Final

LOOP_LIMIT_SECONDS: Final = 30.0
"""An event loop that has not run for so long is stuck. The slowest filing takes 1.2 seconds."""
POLL_LIMIT_SECONDS: Final = 60.0
"""A service that has not polled for so long has stalled. Services poll several times per minute."""
_LONGEST_REASON: Final = 300


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a probe: whether it passed, and one line with the status or the reason."""

    ok: bool
    message: str


class ServiceHealth:
    """The obstacles that keep a service from its work. It is ready if there are none.

    An obstacle is identified by its subject (`partition 3`). Times are seconds of the monotonic clock.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = Lock()
        self._obstacles: dict[str, str] = {"": "is starting"}
        self._partitions: frozenset[int] | None = None
        self._heartbeat: float | None = None
        self._overdue: tuple[float, str] | None = None

    def obstruct(self, subject: str, message: str) -> None:
        """Note an obstacle; it replaces an earlier one with the same subject."""
        with self._lock:
            self._obstacles[subject] = " ".join(message.split())[:_LONGEST_REASON]

    def clear(self, subject: str) -> None:
        """Remove the obstacle with this subject."""
        with self._lock:
            self._obstacles.pop(subject, None)

    def assign(self, partitions: Collection[int] | None) -> None:
        """Note the partitions of the service, or None if it is in no group; remove obstacles about other partitions."""
        with self._lock:
            self._partitions = None if partitions is None else frozenset(partitions)
            kept = {partition_subject(partition) for partition in partitions or ()}
            self._obstacles = {
                subject: message
                for subject, message in self._obstacles.items()
                if subject in kept or not subject.startswith(_PARTITION)
            }

    def beat(self, now: float | None) -> None:
        """Note that the service polled; None if it is not supposed to poll at the moment."""
        with self._lock:
            self._heartbeat = now

    def expect(self, by: float, message: str) -> None:
        """Note until when the service is ready without a further call, and the reason why it is not after that."""
        with self._lock:
            self._overdue = (by, message)

    def readiness(self, now: float) -> Verdict:
        """Return whether the service works, or is on standby without a partition."""
        with self._lock:
            for subject, message in self._obstacles.items():
                more = f" (and {len(self._obstacles) - 1} more)" if len(self._obstacles) > 1 else ""
                return Verdict(ok=False, message=f"{self.name}: {f'{subject} {message}'.strip()}{more}")
            if self._overdue is not None and now > self._overdue[0]:
                return Verdict(ok=False, message=f"{self.name}: {self._overdue[1]}")
            if self._partitions is None:
                return Verdict(ok=True, message=f"{self.name}: open")
            if not self._partitions:
                return Verdict(ok=True, message=f"{self.name}: standing by, no partitions assigned")
            count = len(self._partitions)
            partitions = f"{count} partition{'' if count == 1 else 's'}"
            return Verdict(ok=True, message=f"{self.name}: {partitions} assigned and restored")

    def liveness(self, now: float, limit: float) -> Verdict:
        """Return whether the service has polled recently, if it is supposed to."""
        with self._lock:
            if self._heartbeat is not None and now - self._heartbeat > limit:
                return Verdict(ok=False, message=f"{self.name}: has not polled for {now - self._heartbeat:.0f} s")
            return Verdict(ok=True, message=f"{self.name}: alive")


class ProcessHealth:
    """The health of a process: of its services, and of the event loop that they share."""

    def __init__(self, *, loop_limit: float = LOOP_LIMIT_SECONDS, poll_limit: float = POLL_LIMIT_SECONDS) -> None:
        self._loop_limit = loop_limit
        self._poll_limit = poll_limit
        self._loop_ran_at = time.monotonic()
        self._services: dict[str, ServiceHealth] = {}

    def service(self, name: str) -> ServiceHealth:
        """Return the health of a service; one that is new is starting."""
        return self._services.setdefault(name, ServiceHealth(name))

    def loop_ran(self) -> None:
        """Note that the event loop has run."""
        self._loop_ran_at = time.monotonic()

    def liveness(self) -> Verdict:
        """Return whether the event loop runs and every service polls; if not, the process should be restarted."""
        now = time.monotonic()
        if (idle := now - self._loop_ran_at) > self._loop_limit:
            return Verdict(ok=False, message=f"the event loop has not run for {idle:.1f} s")
        return _all([service.liveness(now, self._poll_limit) for service in list(self._services.values())], "alive")

    def readiness(self) -> Verdict:
        """Return whether every service of the process is ready."""
        now = time.monotonic()
        return _all([service.readiness(now) for service in list(self._services.values())], "no service has started yet")


_PARTITION: Final = "partition "


def partition_subject(partition: int) -> str:
    """Return the subject of an obstacle about this partition."""
    return f"{_PARTITION}{partition}"


def _all(verdicts: list[Verdict], none: str) -> Verdict:
    """Combine the verdicts of services; `none` is the message if there are none."""
    if not verdicts:
        return Verdict(ok=none == "alive", message=none)
    bad = [verdict.message for verdict in verdicts if not verdict.ok]
    return Verdict(ok=not bad, message="; ".join(bad or [verdict.message for verdict in verdicts]))
