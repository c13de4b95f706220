"""Holds a partition of the embedded log whose service does not run, to repair its state."""

import time
from collections.abc import AsyncGenerator, Sequence
from functools import partial

from contracts.codes import ErrorCode
from contracts.errors import TakenOver
from contracts.topics import Topic
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.embedded.steps import read_partition
from services.runtime.embedded.waiting import when_free
from services.runtime.port import Output, Record, Service


class EmbeddedOwnedPartition:
    """A partition whose service does not run; see `OwnedPartition`."""

    def __init__(self, log: EmbeddedLog, service: Service, partition: int) -> None:
        self._log = log
        self._service = service
        self._partition = partition
        self.committed = log.committed(service.group, service.input_topic, partition)

    async def read(self, topic: Topic) -> AsyncGenerator[Record, None]:
        """See `OwnedPartition.read`."""
        async for record in read_partition(self._log, topic, self._partition):
            yield record

    def name_of(self, topic: Topic) -> str:
        """See `OwnedPartition.name_of`."""
        return topic.name

    async def begins(self, topic: Topic) -> int:
        """See `OwnedPartition.begins`."""
        first = await when_free(partial(self._log.read, topic, self._partition, 0, most=1, most_bytes=1))
        return first[0].offset if first else await when_free(partial(self._log.end, topic, self._partition))

    async def write(self, outputs: Sequence[Output]) -> None:
        """See `OwnedPartition.write`."""
        await when_free(partial(self._write, outputs))

    def _write(self, outputs: Sequence[Output]) -> None:
        service = self._service
        with self._log.transaction():
            refuse_members(self._log, service)
            if self._log.committed(service.group, service.input_topic, self._partition) != self.committed:
                raise TakenOver(ErrorCode.SERVICE_RAN, f"{service.name} has run in the meantime; nothing was written")
            self._log.append(outputs)


def refuse_members(log: EmbeddedLog, service: Service) -> None:
    """Check that no member of the service can still write.

    Raises:
        TakenOver: a member can.
    """
    if log.members(service.group, now_ms=time.time_ns() // 1_000_000):
        raise TakenOver(ErrorCode.SERVICE_RUNS, f"{service.name} runs on {log.path}; stop it first")
