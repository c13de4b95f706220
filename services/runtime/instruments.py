"""What engines and sources report about their work: one interface to the metrics and to the probes.

Everything is reported once per batch, never per record. Without a port nothing is counted, and the probes' state costs
a few assignments.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from services.runtime import metric_names as names
from services.runtime.dead_letters import codes_of
from services.runtime.health import ProcessHealth, about_partition
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
        """Drop the series of these labels: what it measured is another process's now."""

    def text(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        ...


class NoMeter:
    """Counts nothing: nobody asked for metrics."""

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
    """One committed batch: `oldest_ms` is when its oldest input record was written; codes have their counts."""

    records: int
    outputs: int
    process_seconds: float
    transaction_seconds: float
    oldest_ms: int = 0
    dead_letters: Mapping[str, int] = field(default_factory=dict)
    diagnostics: Mapping[str, int] = field(default_factory=dict)


class ServiceInstruments:
    """What one service, or one source of the watcher, reports."""

    def __init__(self, name: str, meter: Meter, health: ProcessHealth) -> None:
        self._name = name
        self._meter = meter
        self._health = health.service(name)
        self._assigned: frozenset[int] = frozenset()

    @property
    def enabled(self) -> bool:
        """Whether the metrics are served, so that it is worth asking the broker for them."""
        return self._meter.enabled

    def assigned(self, partitions: Collection[int]) -> None:
        """Report the partitions that the group gave to this process; each that is new to it has yet to be opened."""
        for gone in self._assigned.difference(partitions):
            self._meter.forget(names.LAG, service=self._name, partition=str(gone))
            self._meter.forget(names.RESTORED, service=self._name, partition=str(gone))
        for new in frozenset(partitions) - self._assigned:
            self._health.obstruct(about_partition(new), "is being restored")
        self._assigned = frozenset(partitions)
        self._health.assign(self._assigned)
        self._health.clear(_MEMBER)
        self._meter.set(names.ASSIGNED, len(self._assigned), service=self._name)
        self._meter.add(names.REBALANCES, 1, service=self._name)

    def opening(self, partition: int) -> None:
        """Report that the state of a partition is being restored."""
        self._health.obstruct(about_partition(partition), "is being restored")

    def opened(self, partition: int, *, seconds: float, keys: int) -> None:
        """Report that a partition is restored, and works from now on."""
        self._health.clear(about_partition(partition))
        self._meter.observe(names.RESTORE, seconds, service=self._name)
        self._meter.set(names.RESTORED, keys, service=self._name, partition=str(partition))

    def failed_partition(self, partition: int, error: Exception) -> None:
        """Report that a partition stopped on an error, and is opened anew after a while."""
        self._health.obstruct(about_partition(partition), f"stopped and is tried again: {error}")

    def connects(self, fault: Exception) -> None:
        """Report that the broker could not be reached yet."""
        self._health.obstruct(_MEMBER, f"cannot reach the broker: {fault}")

    def retries(self, error: Exception) -> None:
        """Report that the service tries its work again after a while, and keeps what it has."""
        self._health.obstruct(_MEMBER, f"is tried again: {error}")

    def waits(self, error: Exception | str) -> None:
        """Report that the service stopped on an error. It begins anew after a while, and does not poll till then."""
        self._health.obstruct(_MEMBER, f"stopped and is tried again: {error}")
        self._lose()

    def ended(self) -> None:
        """Report that the service does nothing any more."""
        self._health.obstruct(_MEMBER, "has stopped")
        self._lose()

    def works(self) -> None:
        """Report that nothing keeps the service, or a source whose cursor is restored, from its work."""
        self._health.clear(_MEMBER)

    def polled(self) -> None:
        """Report that the service asked for input."""
        self._health.beat(time.monotonic())
        self._meter.set(names.HEARTBEAT, time.time(), service=self._name)

    def looked(self) -> None:
        """Report that a source was asked for input. It rests as long as it likes, so no look is ever overdue."""
        self._meter.set(names.HEARTBEAT, time.time(), service=self._name)

    def succeeded(self, source: str, *, next_within: float | None = None) -> None:
        """Report a look at a source without a failure. If the next takes longer (seconds), it is not ready."""
        self._meter.set(names.LAST_SUCCESS, time.time(), source=source)
        if next_within is not None:
            by = time.monotonic() + next_within
            self._health.expect(by, f"no look at {source} has succeeded for more than {next_within:.0f} s")

    def awaits_success(self, source: str) -> None:
        """Report that a source is not ready before its first success."""
        self._health.expect(time.monotonic(), f"no look at {source} has succeeded yet")

    def answers(self) -> None:
        """Report that the broker answered."""
        self._health.clear(_BROKER)

    def is_silent(self, words: str) -> None:
        """Report that the broker did not answer."""
        self._health.obstruct(_BROKER, f"does not answer: {words}")

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
        """Add to a counter that is the source's own."""
        self._meter.add(metric, amount, **labels)

    def set(self, metric: Metric, value: float, **labels: str) -> None:
        """Set a gauge that is the source's own."""
        self._meter.set(metric, value, **labels)

    def observe(self, metric: Metric, value: float, **labels: str) -> None:
        """Count a value in a histogram that is the source's own."""
        self._meter.observe(metric, value, **labels)

    def _lose(self) -> None:
        """Let go of everything that only a working member has."""
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
    """The instruments of one process: those of its services, with one meter and one health."""

    def __init__(self, meter: Meter | None = None, health: ProcessHealth | None = None) -> None:
        self.meter: Meter = meter or NoMeter()
        self.health = health or ProcessHealth()
        self._services: dict[str, ServiceInstruments] = {}

    def service(self, name: str) -> ServiceInstruments:
        """Return the instruments of a service. Until it says otherwise it is starting, and the process not ready."""
        if name not in self._services:
            self._services[name] = ServiceInstruments(name, self.meter, self.health)
        return self._services[name]
