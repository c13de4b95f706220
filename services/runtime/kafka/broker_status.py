"""Status of a broker's topics and groups. Nothing is written, and no group is joined."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
)

from contracts.topics import Topic
from services.runtime.dead_letters import code_of, replayed_location
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.group_description import members_of
from services.runtime.kafka.reading import read_to_end
from services.runtime.port import Record, Service
from services.runtime.status import MOST_READ, Count, GroupProgress, GroupStatus, TopicStatus

T = TypeVar("T")

_PATIENCE_SECONDS: Final = 15.0
_POLL_SECONDS: Final = 0.2
_COORDINATOR_NOT_READY: Final = (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
)
_TAIL: Final = 50
"""Offsets at the end of a partition that are read to find its last record: the rest of them are markers."""


async def group_status(clients: KafkaClients, service: Service) -> GroupStatus:
    """Return members and lag of a service's group. Up to `MOST_READ` offsets are read, so that the lag is exact."""
    partitions = await clients.partitions(service.input_topic)
    members = len(await _coordinated(lambda: members_of(clients, service)))
    committed = await _coordinated(lambda: clients.committed(service.group, partitions))
    async with clients.reader() as reader:
        beginnings = await reader.beginning_offsets(partitions)
        ends = await reader.end_offsets(partitions)
        starts = {tp: max(committed[tp] or 0, beginnings[tp]) for tp in partitions}
        behind = [tp for tp in partitions if starts[tp] < ends[tp]]
        offsets = sum(ends[tp] - starts[tp] for tp in behind)
        lag = Count(offsets, exact=not behind)
        if 0 < offsets <= MOST_READ:
            reader.assign(behind)
            after = {(clients.names.contract(tp.topic), tp.partition): starts[tp] for tp in behind}
            lag = Count(sum([1 async for _ in read_to_end(reader, behind, clients.names, after)]))
    return GroupStatus(clients.names.qualified(service.group), members, len(partitions), lag)


async def group_progress(clients: KafkaClients, service: Service) -> GroupProgress:
    """Return the number of members of a service's group, and its committed offsets."""
    partitions = await clients.partitions(service.input_topic)
    members = len(await _coordinated(lambda: members_of(clients, service)))
    committed = await _coordinated(lambda: clients.committed(service.group, partitions))
    return GroupProgress(members, {tp.partition: offset or 0 for tp, offset in committed.items()})


async def topic_statuses(clients: KafkaClients, topics: Sequence[Topic]) -> dict[str, TopicStatus]:
    """Return the status of topics, by name. A topic of up to `MOST_READ` offsets is read whole, else only its end."""
    partitions = await clients.partitions(*topics)
    found = {topic.name: _Seen(clients.names.topic(topic)) for topic in topics}
    async with clients.reader() as reader:
        beginnings = await reader.beginning_offsets(partitions)
        ends = await reader.end_offsets(partitions)
        offsets: Counter[str] = Counter()
        for tp in partitions:
            offsets[clients.names.contract(tp.topic)] += ends[tp] - beginnings[tp]
        after = {}
        for tp in partitions:
            name = clients.names.contract(tp.topic)
            whole = offsets[name] <= MOST_READ
            after[name, tp.partition] = beginnings[tp] if whole else max(beginnings[tp], ends[tp] - _TAIL)
        waiting = [tp for tp in partitions if beginnings[tp] < ends[tp]]
        if waiting:
            reader.assign(waiting)
            async for record in read_to_end(reader, waiting, clients.names, after):
                found[record.topic].take(record)
    return {name: seen.status(offsets[name], whole=offsets[name] <= MOST_READ) for name, seen in found.items()}


@dataclass
class _Seen:
    """Collects the status of one topic, record by record."""

    name: str
    count: int = 0
    first: datetime | None = None
    latest: datetime | None = None
    keys: dict[tuple[int, bytes | None], bool] = field(default_factory=dict)
    codes: Counter[str] = field(default_factory=Counter)

    def take(self, record: Record) -> None:
        if replayed_location(record):
            return  # a marker among the dead letters
        self.count += 1
        self.keys[record.partition, record.key] = record.value is not None
        if record.time is not None:
            self.first = min(self.first or record.time, record.time)
            self.latest = max(self.latest or record.time, record.time)
        if (code := code_of(record.headers)) is not None:
            self.codes[code] += 1

    def status(self, offsets: int, *, whole: bool) -> TopicStatus:
        records = Count(self.count) if whole else Count(offsets, exact=False)
        return TopicStatus(self.name, records, self.first, self.latest, sum(self.keys.values()), self.codes)


async def _coordinated(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask a group's coordinator, and retry while it starts: after the first use of a broker, or after it has moved.

    Raises:
        GroupCoordinatorNotAvailableError: it does not answer within `_PATIENCE_SECONDS`.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return await ask()
        except _COORDINATOR_NOT_READY:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(_POLL_SECONDS)
