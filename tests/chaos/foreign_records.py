"""Records of foreign producers: filings with unusual headers, and records that are not events."""

import itertools
import time
from collections.abc import Iterator
from typing import Final

from contracts.topics import ALERTS, FILINGS, POSITIONS, TRANSACTIONS, Topic
from services.runtime.partitioning import partition_of
from tests.chaos.observed_records import POISON
from tests.chaos.timeline import FOREIGN_FROM, PlannedFiling, filing_output
from tests.engines.hostile import ForeignRecord, RawHeaders

FOREIGN_IN: Final = (FILINGS, TRANSACTIONS, ALERTS)
"""Topics whose readers skip any foreign record."""

_BURST: Final = 4
_HUGE_BYTES: Final = 1024 * 1024
_NOT_AN_EVENT: Final = b"\x00\xff hello"
_SHAPES: Final[dict[str, bytes | None]] = {
    "null-value": None,
    "empty": b"",
    "no-json": _NOT_AN_EVENT,
    "list": b'["an", "event"]',
    "number": b"42",
    "huge": b'{"filler": "' + b"x" * _HUGE_BYTES + b'"}',
}
_SHAPES_OF_STATE: Final[dict[str, bytes]] = {"empty": b"", "no-json": _NOT_AN_EVENT, "object": b'{"version": 1}'}
"""No null value here: among the positions it deletes a key, which is valid."""
_HEADERS: Final[RawHeaders] = (
    (b"note", None),
    (b"note", b"once"),
    (b"note", b"once more"),
    (b"\xff\xfe", b"a name that is not UTF-8"),
    (b"\xc3", None),
    (b"", None),
    (b"ce_subject", None),
    (b"content-type", b"\xff"),
)
"""Null values, repeated names, and names that are not UTF-8."""


class ForeignRecords:
    """Generates bursts of foreign records with unique keys, each as (topic, partition, record)."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._numbers = itertools.count()

    def with_strange_headers(self) -> Iterator[tuple[Topic, int, ForeignRecord]]:
        """Yield valid filings of new parties, which must be processed, and poison in transactions."""
        for _ in range(_BURST):
            number = next(self._numbers)
            filing = filing_output(PlannedFiling(FOREIGN_FROM + number))
            own: RawHeaders = tuple((name.encode(), value) for name, value in filing.headers)
            record = _record("filing", filing.value, filing.key, (*_HEADERS[:4], *own, *_HEADERS[4:]))
            yield FILINGS, partition_of(filing.routed_by, self._partitions), record
            poison = _record("poison", b"{}", _key("headers", number), _HEADERS)
            yield TRANSACTIONS, number % self._partitions, poison

    def foreign(self) -> Iterator[tuple[Topic, int, ForeignRecord]]:
        """Yield records of every shape for every topic whose readers skip them, and some without a key."""
        for topic, (shape, value) in itertools.product(FOREIGN_IN, _SHAPES.items()):
            number = next(self._numbers)
            if not (topic is ALERTS and shape == "huge"):
                yield topic, number % self._partitions, _record(shape, value, _key(shape, number))
        for topic in FOREIGN_IN:
            yield topic, next(self._numbers) % self._partitions, _record("null-key", _NOT_AN_EVENT, None)

    def foreign_positions(self) -> Iterator[tuple[Topic, int, ForeignRecord]]:
        """Yield records for the positions that holdings cannot read as state, all in one partition."""
        partition = next(self._numbers) % self._partitions
        for shape, value in _SHAPES_OF_STATE.items():
            keys = (_key(shape, number) for number in self._numbers)
            key = next(key for key in keys if partition_of(key, self._partitions) == partition)
            yield POSITIONS, partition, _record(shape, value, key)


def _record(name: str, value: bytes | None, key: bytes | None, headers: RawHeaders = ()) -> ForeignRecord:
    """Return a record with the current time: retention would delete older ones."""
    return ForeignRecord(name, value, key, headers, timestamp_ms=time.time_ns() // 1_000_000)


def _key(shape: str, number: int) -> bytes:
    return f"{POISON}{shape}/{number}".encode()
