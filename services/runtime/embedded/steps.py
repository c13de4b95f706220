"""Commits batches to an embedded log, and reads its partitions, waiting while another process holds the log."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import NamedTuple

from contracts.topics import Topic
from services.runtime.batch import MOST_BYTES, MOST_RECORDS
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.embedded.waiting import Turns, when_free
from services.runtime.port import Output, Record, WriteResult


class OffsetChange(NamedTuple):
    """A group's offset in a partition, before and after a batch."""

    group: str
    topic: Topic
    partition: int
    before: int
    after: int


async def commit_batch(
    log: EmbeddedLog, outputs: Sequence[Output], change: OffsetChange | None = None, stop: asyncio.Event | None = None
) -> list[WriteResult]:
    """Write the outputs and change a group's offset in one transaction; return where each output is.

    Raises:
        OffsetConflictError: another member of the group has changed it.
        Stopped: `stop` was set while another process held the log.
    """

    def attempt() -> list[WriteResult]:
        with log.transaction():
            written = log.append(outputs)
            if change is not None:
                log.commit_offset(
                    change.group, change.topic, change.partition, before=change.before, after=change.after
                )
        return written

    return await when_free(attempt, stop)


async def read_partition(
    log: EmbeddedLog, topic: Topic, partition: int, stop: asyncio.Event | None = None
) -> AsyncIterator[Record]:
    """Yield all records of a partition, giving other tasks turns in between.

    Raises:
        Stopped: `stop` was set.
    """
    start, turns = 0, Turns(stop)
    while batch := await when_free(
        partial(log.read, topic, partition, start, most=MOST_RECORDS, most_bytes=MOST_BYTES)
    ):
        for record in batch:
            yield record
            await turns.take()
        start = batch[-1].offset + 1
