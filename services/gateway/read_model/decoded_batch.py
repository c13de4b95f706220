"""Decodes records at the boundary of the read model. A record that is not an event is skipped, never fatal. Pure."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple, TypeVar

from msgspec import Struct

from contracts.codec import decode
from contracts.codes import ErrorCode
from contracts.envelope import Delivery, delivery_of
from contracts.errors import InvalidEvent
from contracts.structs import HoldingChanged, PositionsUpdated, TransactionsReported
from contracts.topics import ALERTS, POSITIONS, TRANSACTIONS, Topic
from services.gateway.read_model.columns import (
    Columns,
    Name,
    ReportId,
    alert_columns,
    key_text,
    names_of,
    position_columns,
    report_columns,
    report_id,
)
from services.runtime.port import Record

E = TypeVar("E", bound=Struct)

PROJECTED_TOPICS: Final[tuple[Topic, ...]] = (TRANSACTIONS, POSITIONS, ALERTS)
"""The topics that the read model is made of."""


class Mark(NamedTuple):
    """A place in a partition: the next offset, and a digest of the record before it."""

    next_offset: int
    last_digest: str


class Skipped(NamedTuple):
    """A record that is not an event of its topic, and why."""

    record: Record
    error: InvalidEvent


class DecodedAlert(NamedTuple):
    """An alert with its bytes, how its filing arrived, and its columns."""

    event: HoldingChanged
    value: bytes
    delivery: Delivery
    columns: Columns


@dataclass(slots=True)
class DecodedBatch:
    """The rows of a batch of records, not yet numbered. `marks` are the places at which the batch ends."""

    alerts: dict[str, DecodedAlert] = field(default_factory=dict)
    reports: dict[ReportId, Columns] = field(default_factory=dict)
    positions: dict[str, Columns | None] = field(default_factory=dict)
    names: dict[Name, None] = field(default_factory=dict)
    marks: dict[tuple[str, int], Mark] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)


def decoded_batch(records: Sequence[Record]) -> DecodedBatch:
    """Decode the records. Of several with the same id the first counts, except for positions, whose last one does."""
    batch = DecodedBatch()
    last: dict[tuple[str, int], Record] = {}
    for record in records:
        last[record.topic, record.partition] = record
        try:
            _ADD[record.topic](batch, record)
        except InvalidEvent as error:
            batch.skipped.append(Skipped(record, error))
    batch.marks = {place: Mark(record.offset + 1, digest_of(record)) for place, record in last.items()}
    return batch


def digest_of(record: Record) -> str:
    """Return a digest by which a record is recognized if it is read again."""
    key, value = record.key or b"", record.value or b""
    return hashlib.sha256(len(key).to_bytes(8, "big") + key + value).hexdigest()[:32]


def _add_alert(batch: DecodedBatch, record: Record) -> None:
    alert = _event(record, HoldingChanged)
    alert_id = key_text(alert.alert_id)
    if alert_id in batch.alerts:
        return
    delivery = delivery_of(record.headers)
    batch.alerts[alert_id] = DecodedAlert(alert, record.value or b"", delivery, alert_columns(alert, delivery))
    _add_names(batch, alert)


def _add_report(batch: DecodedBatch, record: Record) -> None:
    report = _event(record, TransactionsReported)
    columns = report_columns(report)
    batch.reports.setdefault(report_id(columns), {**columns, "event": record.value})
    _add_names(batch, report)


def _add_positions(batch: DecodedBatch, record: Record) -> None:
    if record.value is None and record.key is not None:
        batch.positions[key_text(record.key.decode("utf-8", "replace"))] = None
        return
    columns = position_columns(_event(record, PositionsUpdated))
    batch.positions[columns["key"]] = {**columns, "event": record.value}


def _add_names(batch: DecodedBatch, event: HoldingChanged | TransactionsReported) -> None:
    batch.names.update(dict.fromkeys(names_of(event.issuer, event.owner)))


def _event(record: Record, event_type: type[E]) -> E:
    """Decode the record.

    Raises:
        InvalidEvent: it is not an event of the type.
    """
    if record.unreadable is not None:
        raise InvalidEvent(ErrorCode.UNREADABLE_RECORD, record.unreadable)
    return decode(record.value, event_type)


_ADD: Final[Mapping[str, Callable[[DecodedBatch, Record], None]]] = MappingProxyType(
    {
        ALERTS.name: _add_alert,
        TRANSACTIONS.name: _add_report,
        POSITIONS.name: _add_positions,
    }
)
