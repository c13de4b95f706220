"""Copies a topic into another namespace of its broker, in order, then reads the copy back and compares it."""

import asyncio
import hashlib
import time
from array import array
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Final

from aiokafka import TopicPartition

from contracts.codes import ErrorCode
from contracts.envelope import Headers
from contracts.errors import FatalError, Misconfigured
from contracts.topics import Topic
from services.runtime.batch import MOST_BYTES, MOST_RECORDS
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.reading import read_to_end
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.runtime.partitioning import partition_of_output
from services.runtime.port import Output, Record

Address = tuple[int, int]
"""Partition and offset of a record within its topic."""

Spans = Mapping[int, range]
"""The offsets to copy, by partition."""

_DIGEST_BYTES: Final = 8
_SETTLES_WITHIN: Final = 15.0
"""Seconds after the transaction timeout by which the broker has aborted abandoned transactions."""
_POLL_SECONDS: Final = 0.5


class _Digests:
    """Digest, offset and time of a partition's records, in order; if compacted, also the last digest of each key."""

    def __init__(self, *, keeps_latest: bool) -> None:
        self.digests = bytearray()
        self.offsets = array("q")
        self.times = array("q")
        self.latest: dict[bytes | None, bytes] | None = {} if keeps_latest else None

    @property
    def count(self) -> int:
        """The number of records."""
        return len(self.offsets)

    def take(self, record: Record | Output, offset: int) -> None:
        """Add the next record, which is at this offset."""
        digest = _digest(record.key, record.value, record.headers)
        self.digests += digest
        self.offsets.append(offset)
        self.times.append(record.timestamp_ms or 0)
        if self.latest is not None:
            self.latest.pop(record.key, None)
            if record.value is not None:
                self.latest[record.key] = digest


class TopicCopy:
    """Copies one topic. `followed` are the records of the old topic whose new addresses `verify` returns."""

    def __init__(
        self,
        topic: Topic,
        source: KafkaClients,
        target: KafkaClients,
        followed: Collection[Address] = frozenset(),
    ) -> None:
        self.topic = topic
        self.count = 0
        self.left_out: list[Record] = []
        self._source = source
        self._target = target
        self._partitions = target.settings.kafka_partitions
        self._followed = followed
        self._written = self._empty()
        self._ordinals: dict[Address, tuple[int, int]] = {}

    async def add(
        self, writer: TransactionalWriter, spans: Spans, relocated: Callable[[Record], Output | None]
    ) -> None:
        """Copy the records of these spans as `relocated` returns them; it returns None to leave one out.

        Records of one old partition keep their order. Several partitions are merged by the records' times (a k-way
        merge), which keeps the order of one key's records if partitions were added to the old topic.
        """
        batch: list[Output] = []
        size = 0
        async for record in _merged(self._source, self.topic, spans):
            if record.unreadable:
                self.left_out.append(record)
                continue
            if (output := relocated(record)) is None:
                continue
            output = replace(
                output,
                partition=partition_of_output(output, self._partitions),
                timestamp_ms=record.timestamp_ms if record.timestamp_ms >= 0 else None,
            )
            self._note(record, output)
            batch.append(output)
            size += output.size
            if len(batch) >= MOST_RECORDS or size >= MOST_BYTES:
                await writer.write(batch, None, "")
                batch, size = [], 0
        if batch:
            await writer.write(batch, None, "")

    async def ends(self) -> dict[TopicPartition, int]:
        """Return the offsets at which the partitions of the new topic end now."""
        partitions = await self._target.partitions(self.topic)
        async with self._target.reader(committed_only=False) as reader:
            ends: dict[TopicPartition, int] = await reader.end_offsets(partitions)
        return ends

    async def verify(self) -> dict[Address, Address]:
        """Read the copy back, and return the new addresses of the followed records.

        Raises:
            FatalError: the copy does not hold exactly what was written to it.
        """
        read = self._empty()
        await settled_spans(self._target, [self.topic])  # a commit is visible once all its markers are written
        async with self._target.reader() as reader:
            partitions = await self._target.partitions(self.topic)
            reader.assign(partitions)
            async for record in read_to_end(reader, partitions, self._target.names):
                read[record.partition].take(record, record.offset)
        for partition, each in read.items():
            self._require_same(partition, each)
        addresses: dict[Address, Address] = {}
        for old, (number, ordinal) in self._ordinals.items():
            deleted = self._written[number].count - read[number].count
            if ordinal >= deleted:
                addresses[old] = (number, read[number].offsets[ordinal - deleted])
        return addresses

    def _empty(self) -> "dict[int, _Digests]":
        return {number: _Digests(keeps_latest=self.topic.cleanup == "compact") for number in range(self._partitions)}

    def _note(self, record: Record, output: Output) -> None:
        partition = output.partition or 0
        written = self._written[partition]
        if (record.partition, record.offset) in self._followed:
            self._ordinals[record.partition, record.offset] = (partition, written.count)
        written.take(output, written.count)
        self.count += 1

    def _require_same(self, partition: int, read: "_Digests") -> None:
        written = self._written[partition]
        if self.topic.cleanup == "compact":  # the broker may have removed earlier records of a key
            same = read.latest == written.latest
        else:
            expired = self._expired(written, written.count - read.count)
            same = read.digests == written.digests[expired * _DIGEST_BYTES :]
        if not same:
            raise FatalError(
                ErrorCode.COPY_DIFFERS,
                f"partition {partition} of {self._target.names.topic(self.topic)} does not hold the "
                f"{written.count} records that were copied into it: another producer writes there",
            )

    def _expired(self, written: "_Digests", missing: int) -> int:
        """Return `missing` if the broker may have deleted that many of the first records by retention, else 0."""
        if self.topic.retention_ms < 0:
            return 0
        kept_since = time.time_ns() // 1_000_000 - self.topic.retention_ms
        return missing if missing > 0 and all(at < kept_since for at in written.times[:missing]) else 0


async def settled_spans(clients: KafkaClients, topics: Sequence[Topic]) -> dict[Topic, dict[int, range]]:
    """Return the offsets that each partition of the topics holds, once no transaction is open in them.

    Raises:
        Misconfigured: a transaction stays open for longer than the broker allows.
    """
    partitions = await clients.partitions(*topics)
    async with clients.reader() as settled, clients.reader(committed_only=False) as uncommitted:
        beginnings = await settled.beginning_offsets(partitions)
        async with _in_time(clients):
            while (ends := await uncommitted.end_offsets(partitions)) != await settled.end_offsets(partitions):  # noqa: ASYNC110 - the broker sets no event
                await asyncio.sleep(_POLL_SECONDS)
    spans: defaultdict[str, dict[int, range]] = defaultdict(dict)
    for tp in partitions:
        spans[tp.topic][tp.partition] = range(beginnings[tp], ends[tp])
    return {topic: spans[clients.names.topic(topic)] for topic in topics}


async def await_offsets(clients: KafkaClients, group: str, offsets: Mapping[TopicPartition, int]) -> None:
    """Wait until the broker returns the offsets that were just committed for the group.

    Raises:
        Misconfigured: that takes longer than the broker allows a transaction.
    """
    async with _in_time(clients):
        while await clients.committed(group, list(offsets)) != offsets:  # noqa: ASYNC110 - the broker sets no event
            await asyncio.sleep(_POLL_SECONDS)


@asynccontextmanager
async def _in_time(clients: KafkaClients) -> AsyncIterator[None]:
    """Limit the time of waiting for transactions to the time that the broker allows them.

    Raises:
        Misconfigured: a transaction stays open for longer.
    """
    within = clients.settings.kafka_transaction_timeout + _SETTLES_WITHIN
    try:
        async with asyncio.timeout(within):
            yield
    except TimeoutError:
        raise Misconfigured(
            ErrorCode.OPEN_TRANSACTION,
            f"after {within:.0f} s a transaction is still open in the topics of {clients.names.described}: stop "
            "every service, watcher and repair first",
        ) from None


async def _merged(clients: KafkaClients, topic: Topic, spans: Spans) -> AsyncGenerator[Record, None]:
    """Yield the records of the spans: a k-way merge of the partitions by time, in O(n k) for k partitions."""
    async with AsyncExitStack() as opened:
        streams = []
        for number, span in ((number, span) for number, span in spans.items() if span):
            partition = TopicPartition(clients.names.topic(topic), number)
            reader = await opened.enter_async_context(clients.reader())
            reader.assign([partition])
            records = read_to_end(reader, [partition], clients.names, {(topic.name, number): span.start})
            streams.append(_up_to(records, span))
        first = await asyncio.gather(*map(_next, streams))
        heads = [(record, records) for record, records in zip(first, streams, strict=True) if record is not None]
        while heads:
            at = min(range(len(heads)), key=lambda index: heads[index][0].timestamp_ms)
            record, records = heads[at]
            yield record
            if (following := await _next(records)) is not None:
                heads[at] = (following, records)
            else:
                del heads[at]


async def _next(records: AsyncGenerator[Record, None]) -> Record | None:
    return await anext(records, None)


async def _up_to(records: AsyncIterator[Record], span: range) -> AsyncGenerator[Record, None]:
    async for record in records:
        if record.offset >= span.stop:
            return
        yield record


def _digest(key: bytes | None, value: bytes | None, headers: Headers) -> bytes:
    """Return a digest of a record. Each part is preceded by its length, so that different records cannot look alike."""
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in (key, value, *(part for name, content in headers for part in (name.encode(), content))):
        digest.update(b"-" if part is None else b"%d:" % len(part))
        digest.update(part or b"")
    return digest.digest()
