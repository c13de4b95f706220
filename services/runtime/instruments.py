"""The interface through which engines and sources report their work to the metrics and the probes.

Work is reported once per batch, never per record. If the metrics are not served, nothing is counted, and the state of
the probes costs a few assignments.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from services.runtime import metric_names as names
from services.runtime.dead_letters import codes_of
from services.runtime.health import ProcessHealth, partition_subject
from services.runtime.metric_names import Metric
from services.runtime.port import Output

_MEMBER: Final = ""
_BROKER: Final = "the broker"

Outcome = Literal["committed", "failed", "void"]


class Meter(Protocol):
    """Holds the values of the metrics."""

    enabled: bool

    def add(self, metric: Metric, amount: float, **labels: str) -> None:
        """Add to a counter."""

    def set(self, metric: Metric, value: float, **labels: str) -> None:
        """Set a gauge."""

    def observe(self, metric: Metric, value: float, **labels: str) -> None:
        """Count a value in a histogram."""

    def forget(self, metric: Metric, **labels: str) -> None:
        """Remove the series with these labels, since another process measures it now."""

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        ...


class NoMeter:
    """Counts nothing, since the metrics are not served."""

    enabled = False

    def add(self, metric: Metric, amount: float, **labels: str) -> None:
        """See `Meter.add`."""

    def set(self, metric: Metric, value: float, **labels: str) -> None:
        """See `Meter.set`."""

    def observe(self, metric: Metric, value: float, **labels: str) -> None:
        """See `Meter.observe`."""

    def forget(self, metric: Metric, **labels: str) -> None:
        """See `Meter.forget`."""

    def text(self) -> bytes:
        """See `Meter.text`."""
        return b""


@dataclass(frozen=True, slots=True)
class BatchReport:
    """One committed batch. `oldest_ms` is the time of its oldest input record; codes are mapped to their counts."""

    records: int
    outputs: int
    process_seconds: float
    transaction_seconds: float
    oldest_ms: int = 0
    dead_letters: Mapping[str, int] = field(default_factory=dict)
    diagnostics: Mapping[str, int] = field(default_factory=dict)


class ServiceInstruments:
    """Reports of one service, or of one source of the watcher."""

    def __init__(self, name: str, meter: Meter, health: ProcessHealth) -> None:
        self._name = name
        self._meter = meter
        self._health = health.service(name)
        self._assigned: frozenset[int] = frozenset()

    @property
    def enabled(self) -> bool:
        """Whether the metrics are served, so that the broker should be asked for values."""
        return self._meter.enabled

    def assigned(self, partitions: Collection[int]) -> None:
        """Report the partitions that the group assigned to this process; new ones are not open yet."""
        for gone in self._assigned.difference(partitions):
            self._meter.forget(names.LAG, service=self._name, partition=str(gone))
            self._meter.forget(names.RESTORED, service=self._name, partition=str(gone))
        for new in frozenset(partitions) - self._assigned:
            self._health.obstruct(partition_subject(new), "is being restored")
        self._assigned = frozenset(partitions)
        self._health.assign(self._assigned)
        self._health.clear(_MEMBER)
        self._meter.set(names.ASSIGNED, len(self._assigned), service=self._name)
        self._meter.add(names.REBALANCES, 1, service=self._name)

    def opening(self, partition: int) -> None:
        """Report that the state of a partition is being restored."""
        self._health.obstruct(partition_subject(partition), "is being restored")

    def opened(self, partition: int, *, seconds: float, keys: int) -> None:
        """Report that a partition is restored and open."""
        self._health.clear(partition_subject(partition))
        self._meter.observe(names.RESTORE, seconds, service=self._name)
        self._meter.set(names.RESTORED, keys, service=self._name, partition=str(partition))

    def failed_partition(self, partition: int, error: Exception) -> None:
        """Report that a partition stopped because of an error, and will be reopened."""
        self._health.obstruct(partition_subject(partition), f"stopped and will be retried: {error}")

    def connects(self, fault: Exception) -> None:
        """Report that the broker could not be reached yet."""
        self._health.obstruct(_MEMBER, f"cannot reach the broker: {fault}")

    def retries(self, error: Exception) -> None:
        """Report that the service will retry its work, and keeps its partitions."""
        self._health.obstruct(_MEMBER, f"will be retried: {error}")

    def waits(self, error: Exception | str) -> None:
        """Report that the service stopped because of an error. It will restart, and does not poll until then."""
        self._health.obstruct(_MEMBER, f"stopped and will be retried: {error}")
        self._lose()

    def ended(self) -> None:
        """Report that the service has ended."""
        self._health.obstruct(_MEMBER, "has stopped")
        self._lose()

    def works(self) -> None:
        """Report that the service has joined, or that the cursor of a source is restored."""
        self._health.clear(_MEMBER)

    def polled(self) -> None:
        """Report that the service asked for input."""
        self._health.beat(time.monotonic())
        self._meter.set(names.HEARTBEAT, time.time(), service=self._name)

    def looked(self) -> None:
        """Report that a source was polled. It sets its own pauses, so a poll is never overdue."""
        self._meter.set(names.HEARTBEAT, time.time(), service=self._name)

    def succeeded(self, source: str, *, next_within: float | None = None) -> None:
        """Report a successful poll of a source. If no other follows within `next_within` seconds, it is not ready."""
        self._meter.set(names.LAST_SUCCESS, time.time(), source=source)
        if next_within is not None:
            by = time.monotonic() + next_within
            self._health.expect(by, f"no poll of {source} has succeeded for more than {next_within:.0f} s")

    def awaits_success(self, source: str) -> None:
        """Report that a source is not ready before its first success."""
        self._health.expect(time.monotonic(), f"no poll of {source} has succeeded yet")

    def answers(self) -> None:
        """Report that the broker answered."""
        self._health.clear(_BROKER)

    def is_silent(self, reason: str) -> None:
        """Report that the broker did not answer."""
        self._health.obstruct(_BROKER, f"does not answer: {reason}")

    def committed(self, batch: BatchReport) -> None:
        """Report a batch that is in the log."""
        meter, name = self._meter, self._name
        if not meter.enabled:
            return
        meter.add(names.TRANSACTIONS, 1, service=name, outcome="committed")
        meter.observe(names.TRANSACTION, batch.transaction_seconds, service=name)
        meter.add(names.OUTPUTS, batch.outputs, service=name)
        if batch.records:
            meter.add(names.RECORDS, batch.records, service=name)
            meter.observe(names.BATCH, batch.records, service=name)
            meter.observe(names.PROCESS, batch.process_seconds, service=name)
        if batch.oldest_ms > 0:
            meter.observe(names.EVENT_AGE, max(0.0, time.time() - batch.oldest_ms / 1_000), service=name)
        for code, count in batch.dead_letters.items():
            meter.add(names.DEAD_LETTERS, count, service=name, code=code)
        for code, count in batch.diagnostics.items():
            meter.add(names.DIAGNOSTICS, count, service=name, code=code)

    def published(self, outputs: Sequence[Output], transaction_seconds: float) -> None:
        """Report a batch of a source that is in the log."""
        if self._meter.enabled:
            self.committed(
                BatchReport(
                    records=0,
                    outputs=len(outputs),
                    process_seconds=0.0,
                    transaction_seconds=transaction_seconds,
                    dead_letters=codes_of(outputs),
                )
            )
        self.looked()

    def lost(self, outcome: Outcome) -> None:
        """Report a transaction that was not committed."""
        self._meter.add(names.TRANSACTIONS, 1, service=self._name, outcome=outcome)

    def lag(self, partition: int, records: int) -> None:
        """Report how many records of a partition are not processed yet."""
        if partition in self._assigned:
            self._meter.set(names.LAG, records, service=self._name, partition=str(partition))

    def add(self, metric: Metric, amount: float, **labels: str) -> None:
        """Add to a counter of the source itself."""
        self._meter.add(metric, amount, **labels)

    def set(self, metric: Metric, value: float, **labels: str) -> None:
        """Set a gauge of the source itself."""
        self._meter.set(metric, value, **labels)

    def observe(self, metric: Metric, value: float, **labels: str) -> None:
        """Count a value in a histogram of the source itself."""
        self._meter.observe(metric, value, **labels)

    def _lose(self) -> None:
        """Clear everything that only an active member has."""
        for gone in self._assigned:
            self._meter.forget(names.LAG, service=self._name, partition=str(gone))
            self._meter.forget(names.RESTORED, service=self._name, partition=str(gone))
        if self._assigned:
            self._meter.set(names.ASSIGNED, 0, service=self._name)
        self._assigned = frozenset()
        self._health.assign(None)
        self._health.clear(_BROKER)
        self._health.beat(None)


class Instruments:
    """The instruments of a process: those of its services, which share one meter and one health."""

    def __init__(self, meter: Meter | None = None, health: ProcessHealth | None = None) -> None:
        self.meter: Meter = meter or NoMeter()
        self.health = health or ProcessHealth()
        self._services: dict[str, ServiceInstruments] = {}

    def service(self, name: str) -> ServiceInstruments:
        """Return the instruments of a service. Until it reports, it counts as starting and the process is not ready."""
        if name not in self._services:
            self._services[name] = ServiceInstruments(name, self.meter, self.health)
        return self._services[name]
