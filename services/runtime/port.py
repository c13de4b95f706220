"""The port between a service and the engine that runs it.

A service says what it reads, what it writes, and gives a pure processor for each partition; an engine moves
records, offsets and state in one transaction. Engines differ in where the log lives, and in nothing a service sees.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol

from contracts.codes import ErrorCode
from contracts.envelope import Headers
from contracts.errors import OversizedRecord
from contracts.topics import RECORD_OVERHEAD, Topic

GROUP_PREFIX: Final = "insidertape."

Routing = Callable[[Topic, bytes], Sequence[bytes]]
"""The parts of a record's key that may decide its partition in a topic; empty if the key does not decide it."""

_FRAMING: Final = RECORD_OVERHEAD // 2
"""Bytes of a topic's limit kept for what a batch adds to key, value and headers."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record as read: `offset` counts from 0 within a partition, `timestamp_ms` is the log's own, in UTC.

    If `unreadable` gives a reason, the log holds something here that is not a record: `value` is then what bytes there
    are. Engines make a dead letter of it before any processor sees it.

    `topic` is the contract's name; `namespace` is what the broker has before it, and empty without one.
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
        """The topic's name in the log itself, as messages and commands of the broker name it."""
        return f"{self.namespace}.{self.topic}" if self.namespace else self.topic

    @property
    def location(self) -> str:
        """Where the record is, as messages name it."""
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
    """A record to be written. `routing` is the part of the key that decides the partition; all of it if None.

    `partition` overrides both: a record about another record has to be where that is. The log sets the time of a record
    unless `timestamp_ms` does: a copy keeps that of its original.
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
        """Bytes of key, value and headers together."""
        size = len(self.key or b"") + len(self.value or b"")
        for name, value in self.headers:
            size += len(name) + len(value or b"")
        return size

    def check_size(self) -> None:
        """Check that the topic takes the record.

        Raises:
            OversizedRecord: it is too large.
        """
        size = len(self.value or b"")
        if size > self.topic.max_value_bytes:
            raise OversizedRecord(
                ErrorCode.OVERSIZED_OUTPUT,
                f"an event of {size} bytes is more than {self.topic.name} takes ({self.topic.max_value_bytes})",
            )
        if self.size > self.topic.max_message_bytes - _FRAMING:
            raise OversizedRecord(
                ErrorCode.OVERSIZED_OUTPUT,
                f"a record of {self.size} bytes with key and headers is more than {self.topic.name} takes "
                f"({self.topic.max_message_bytes - _FRAMING})",
            )


class WriteResult(NamedTuple):
    """Where an output was written. `offset` is None if the log does not say: a write that was acknowledged twice."""

    partition: int
    offset: int | None


@dataclass(frozen=True, slots=True)
class Processed:
    """What came of one record: outputs, the facts that its line in the log carries, and the codes of diagnostics."""

    outputs: Sequence[Output] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    diagnostics: Sequence[str] = ()


class Processor(Protocol):
    """The pure work of a service on one partition. An engine drops it, state and all, when a commit fails."""

    def restore(self, record: Record) -> None:
        """Take in one record of the changelog; called for each, in order, before the first `process`."""

    def process(self, record: Record) -> Processed:
        """Work on one record, whole or not at all.

        Raises:
            PermanentError: the record can never be processed; the engine writes it to the dead letters.
        """
        ...


@dataclass(frozen=True, slots=True)
class Service:
    """A service, as an engine runs it.

    `changelog` is the compacted topic that holds a stateful service's state, co-partitioned with `source`. A service
    with `routing` is given only records that are in the partition of their key; None accepts any record anywhere.
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
        """The consumer group all instances of the service share."""
        return GROUP_PREFIX + self.name

    def transactional_id(self, partition: int) -> str:
        """Return the id of the only writer for a partition of the source."""
        return f"{self.group}.{self.input_topic.name}.{partition}"


class Source(Protocol):
    """What publishes from outside the log: it has no input offsets, so its cursor is a topic of its own.

    An engine restores the cursor, then writes each batch (records and the cursor entries that account for them) in
    one transaction, and tells the source once it is committed. After a failure the source is dropped and opened anew.
    """

    def restore(self, record: Record) -> None:
        """Take in one record of the cursor topic, in order."""

    async def next_batch(self) -> Sequence[Output] | None:
        """Wait for something to publish; None when the source has come to its end."""
        ...

    def committed(self, placed: Sequence[WriteResult]) -> None:
        """Take note that the last batch is in the log: where each of its outputs is, in their order."""


@dataclass(frozen=True, slots=True)
class SourceService:
    """A source, as an engine runs it. Sources share the cursor topic; each restores only the records of its own key.

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
        """The group that its batches are committed for."""
        return f"{GROUP_PREFIX}{self.name}.{self.cursor_key}"

    @property
    def label(self) -> str:
        """What metrics and probes call it: `watcher.edgar`."""
        return f"{self.name}.{self.cursor_key}"

    @property
    def restores_from(self) -> tuple[str, ...]:
        """The cursor keys whose records it is given."""
        return (self.cursor_key, *self.also_restores)

    def restores(self, record: Record) -> bool:
        """Whether it is given the record of the cursor topic, and not another whose partition they share."""
        return self.cursor_of(record) in {key.encode() for key in self.restores_from}

    @staticmethod
    def cursor_of(record: Record) -> bytes:
        """Return the cursor key of a record of the cursor topic: its key, or the part before the first `|`."""
        return (record.key or b"").partition(b"|")[0]
