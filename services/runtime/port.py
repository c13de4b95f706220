"""The port between a service and the engine that runs it.

A service declares what it reads and writes, and provides a pure processor for each partition. An engine moves records,
offsets and state in one transaction. Engines differ only in where the log is, which no service can see.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import Final, NamedTuple, Protocol

from contracts.codes import ErrorCode
from contracts.envelope import Headers
from contracts.errors import OversizedRecord
from contracts.topics import RECORD_OVERHEAD, Topic

GROUP_PREFIX: Final = "insidertape."

Routing = Callable[[Topic, bytes], Sequence[bytes]]
"""The parts of a record's key that may decide its partition in a topic; empty if the key does not decide it."""

_FRAMING: Final = RECORD_OVERHEAD // 2
"""Bytes of a topic's limit that are reserved for what a batch adds to key, value and headers."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record as read: `offset` counts from 0 within a partition, `timestamp_ms` is the log's own, in UTC.

    `unreadable` is a reason if the log holds something here that is not a record; `value` then holds its raw bytes. The
    engine makes a dead letter of it before any processor sees it.

    `topic` is the contract's name. `namespace` is the prefix of its name on the broker, or empty.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    timestamp_ms: int = 0
    unreadable: str | None = None
    namespace: str = ""

    @property
    def log_topic(self) -> str:
        """The topic's name in the log itself, which messages show and commands of the broker need."""
        return f"{self.namespace}.{self.topic}" if self.namespace else self.topic

    @property
    def location(self) -> str:
        """Topic, partition and offset, as messages show them: `insidertape.filings.v1[3]@42`."""
        return f"{self.log_topic}[{self.partition}]@{self.offset}"

    @property
    def time(self) -> datetime | None:
        """When the record was written; None if its timestamp is not a time after the epoch."""
        try:
            return datetime.fromtimestamp(self.timestamp_ms / 1_000, UTC) if self.timestamp_ms > 0 else None
        except (ValueError, OverflowError, OSError):
            return None


@dataclass(frozen=True, slots=True)
class Output:
    """A record to be written. `routing` is the part of the key that decides the partition; the whole key if None.

    `partition` overrides both, for a record about another record, which must be in the same partition. The log sets the
    record's time unless `timestamp_ms` does: a copy keeps the time of its original.
    """

    topic: Topic
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    routing: bytes | None = None
    partition: int | None = None
    timestamp_ms: int | None = None

    @property
    def routed_by(self) -> bytes:
        """The bytes that decide the partition."""
        return (self.key or b"") if self.routing is None else self.routing

    @property
    def size(self) -> int:
        """The bytes of key, value and headers together."""
        parts = chain.from_iterable(self.headers)
        return len(self.key or b"") + len(self.value or b"") + sum(map(len, filter(None, parts)))

    def check_size(self) -> None:
        """Check that the record fits its topic.

        Raises:
            OversizedRecord: the record is too large.
        """
        size = len(self.value or b"")
        if size > self.topic.max_value_bytes:
            raise OversizedRecord(
                ErrorCode.OVERSIZED_OUTPUT,
                f"the event has {size} bytes, but {self.topic.name} takes at most {self.topic.max_value_bytes}",
            )
        if self.size > self.topic.max_message_bytes - _FRAMING:
            raise OversizedRecord(
                ErrorCode.OVERSIZED_OUTPUT,
                f"the record has {self.size} bytes with key and headers, but {self.topic.name} takes at most "
                f"{self.topic.max_message_bytes - _FRAMING}",
            )


class WriteResult(NamedTuple):
    """Where an output was written. `offset` is None if the log does not report it, as for a write that was retried."""

    partition: int
    offset: int | None


@dataclass(frozen=True, slots=True)
class Processed:
    """The result of one record: outputs, facts for its log line, and the codes of its diagnostics."""

    outputs: Sequence[Output] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    diagnostics: Sequence[str] = ()


class Processor(Protocol):
    """The pure work of a service on one partition. If a commit fails, the engine drops the processor with its state."""

    def restore(self, record: Record) -> None:
        """Restore one record of the changelog. Called for each of them, in order, before the first `process`."""

    def process(self, record: Record) -> Processed:
        """Process one record, completely or not at all.

        Raises:
            PermanentError: the record can never be processed; the engine writes a dead letter.
        """
        ...


@dataclass(frozen=True, slots=True)
class Service:
    """A service, as an engine runs it.

    `changelog` is the compacted topic that holds the state of a stateful service, co-partitioned with `input_topic`. A
    service with `routing` gets only records that are in the partition of their key; without it, it gets all records.
    """

    name: str
    input_topic: Topic
    output_topics: tuple[Topic, ...]
    dead_letters: Topic
    processor: Callable[[], Processor]
    changelog: Topic | None = None
    routing: Routing | None = None

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Every topic that the service reads or writes, each once."""
        return tuple(dict.fromkeys((self.input_topic, *self.output_topics, self.dead_letters)))

    @property
    def group(self) -> str:
        """The consumer group that all instances of the service share."""
        return GROUP_PREFIX + self.name

    def transactional_id(self, partition: int) -> str:
        """Return the id of the only writer for a partition of the input topic."""
        return f"{self.group}.{self.input_topic.name}.{partition}"


class Source(Protocol):
    """Brings data in from outside the log. It has no input offsets, so it keeps its progress in a cursor topic.

    The engine restores the cursor, then writes each batch (records and the cursor entries that account for them) in one
    transaction, and reports each commit to the source. After a failure the source is dropped and another one opened.
    """

    def restore(self, record: Record) -> None:
        """Restore one record of the cursor topic. Called for each of them, in order, before the first `next_batch`."""

    async def next_batch(self) -> Sequence[Output] | None:
        """Wait for something to publish and return it; None if the source has ended."""
        ...

    def committed(self, written: Sequence[WriteResult]) -> None:
        """Accept that the last batch is in the log; `written` says where each of its outputs is, in order."""


@dataclass(frozen=True, slots=True)
class SourceService:
    """A source, as an engine runs it. Sources share the cursor topic; each restores only the records of its key.

    `cursor_key` is the key of all its cursor records, or the part of their keys before the first `|`. It routes them to
    one partition. `also_restores` are the keys of other sources whose progress this one has to know when it is opened.
    """

    name: str
    cursor: Topic
    cursor_key: str
    output_topics: tuple[Topic, ...]
    source: Callable[[], Source]
    also_restores: tuple[str, ...] = ()

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Every topic that the source reads or writes, each once."""
        return tuple(dict.fromkeys((self.cursor, *self.output_topics)))

    @property
    def group(self) -> str:
        """The group for which its batches are committed."""
        return f"{GROUP_PREFIX}{self.name}.{self.cursor_key}"

    @property
    def label(self) -> str:
        """Its name in metrics and probes: `watcher.edgar`."""
        return f"{self.name}.{self.cursor_key}"

    @property
    def restores_from(self) -> tuple[str, ...]:
        """The cursor keys whose records it restores."""
        return (self.cursor_key, *self.also_restores)

    def restores(self, record: Record) -> bool:
        """Return whether it restores this record of the cursor topic; other sources may share the partition."""
        return self.cursor_of(record) in {key.encode() for key in self.restores_from}

    @staticmethod
    def cursor_of(record: Record) -> bytes:
        """Return the cursor key of a record of the cursor topic: its key, or the part before the first `|`."""
        return (record.key or b"").partition(b"|")[0]
