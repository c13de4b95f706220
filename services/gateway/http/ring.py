"""The newest alerts in memory, encoded once for all streams with the same filter."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from contracts.alert_filter import AlertFilter
from contracts.errors import InvalidEvent
from contracts.structs import HoldingChanged
from services.gateway.read_model.stored import StoredAlert

_MOST_BYTES: Final = 64 * 1024 * 1024
_BATCHES_WITH_CHUNKS: Final = 8
"""Encoded chunks are kept for these newest batches, so that many different filters do not fill the memory."""


class Ring:
    """Holds batches of consecutive alerts. It has every alert after `floor`, up to `newest`."""

    def __init__(self, generation: str, newest: int, most_alerts: int) -> None:
        self.generation = generation
        self.floor = newest
        self.newest = newest
        self._most_alerts = most_alerts
        self._batches: deque[_Batch] = deque()
        self._alerts = 0
        self._bytes = 0

    def append(self, alerts: Sequence[StoredAlert]) -> None:
        """Add alerts, which follow the newest one; forget the oldest batches beyond the limits, but never this one."""
        if not alerts:
            return
        batch = _Batch(self.generation, alerts)
        self._batches.append(batch)
        self._alerts += len(alerts)
        self._bytes += batch.size
        self.newest = batch.last
        if len(self._batches) > _BATCHES_WITH_CHUNKS:
            self._batches[-1 - _BATCHES_WITH_CHUNKS].forget_chunks()
        while len(self._batches) > 1 and (self._alerts > self._most_alerts or self._bytes > _MOST_BYTES):
            oldest = self._batches.popleft()
            self._alerts -= oldest.count
            self._bytes -= oldest.size
            self.floor = oldest.last

    def after(self, seq: int, wanted: AlertFilter) -> tuple[bytes, int]:
        """Return what a stream that has everything up to `seq` gets next, and the seq that it then has.

        The stream must not be behind `floor`. The bytes are empty if the filter takes none of the next batch.
        """
        behind = 0  # streams are at most a few batches behind, so the search begins at the newest
        for batch in reversed(self._batches):
            if batch.last <= seq:
                break
            behind += 1
        if not behind:
            return b"", seq
        batch = self._batches[-behind]
        return batch.chunk(wanted, seq), batch.last


class _Batch:
    """Alerts that were committed together, with the chunks that streams with each filter get."""

    def __init__(self, generation: str, alerts: Sequence[StoredAlert]) -> None:
        self._generation = generation
        self._alerts = tuple(alerts)
        self._decoded: list[HoldingChanged | None] | None = None
        self._chunks: dict[AlertFilter, bytes] = {}
        self.count = len(alerts)
        self.size = sum(len(alert.event) for alert in alerts)
        self.last = alerts[-1].seq

    def chunk(self, wanted: AlertFilter, seq: int) -> bytes:
        if seq >= self._alerts[0].seq:
            return self._encoded(wanted, seq)
        if wanted not in self._chunks:
            self._chunks[wanted] = self._encoded(wanted, seq)
        return self._chunks[wanted]

    def forget_chunks(self) -> None:
        self._chunks.clear()
        self._decoded = None

    def _encoded(self, wanted: AlertFilter, seq: int) -> bytes:
        if self._decoded is None:
            self._decoded = [_decoded(alert) for alert in self._alerts]
        return b"".join(
            _frame(self._generation, alert)
            for alert, event in zip(self._alerts, self._decoded, strict=True)
            if alert.seq > seq and event is not None and wanted.matches(event, delivery=alert.delivery)
        )


def frames(generation: str, alerts: Sequence[StoredAlert], wanted: AlertFilter) -> bytes:
    """Return the alerts that match as events of a stream, one after the other."""
    return _Batch(generation, alerts).chunk(wanted, 0)


def _decoded(alert: StoredAlert) -> HoldingChanged | None:
    """Return the alert; None if this version cannot read it, since no filter can take it then."""
    try:
        return alert.holding_changed
    except InvalidEvent:
        return None


def _frame(generation: str, alert: StoredAlert) -> bytes:
    """Return an alert as an event of a stream."""
    return b"id: %b.%d\nevent: holding_changed\ndata: %b\n\n" % (generation.encode(), alert.seq, _one_line(alert.event))


def _one_line(event: bytes) -> bytes:
    """Return JSON without line breaks, which would end the event's data; JSON has them only between its tokens."""
    return event.translate(_SPACES) if b"\n" in event or b"\r" in event else event


_SPACES: Final = bytes.maketrans(b"\r\n", b"  ")
