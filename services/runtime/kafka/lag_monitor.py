"""Measures the lag of a process's partitions, and whether the broker answers.

This runs only if the metrics are served.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError

from contracts.errors import TransientError
from services.runtime.instruments import ServiceInstruments
from services.runtime.kafka.error_mapping import kafka_errors
from services.runtime.kafka.partition_worker import PartitionWorker
from services.runtime.kafka.transactional_writer import TransactionalWriter

T = TypeVar("T")

_EVERY_SECONDS: Final = 5.0
_ANSWER_SECONDS: Final = 5.0


def lag_of(*, waiting: int, position: int, end: int, records: int, offsets: int) -> int:
    """Return an estimate of how many records of a partition are left to process.

    The number of `waiting` records, which were fetched, is exact; so is 0 if the consumer's position is at the `end`.
    In between only the number of offsets is known, some of which are commit markers. The share of records among them is
    taken from those seen so far (`records` in `offsets`): after 10 records in 20 offsets, 8 more offsets count as 4
    records. If none were seen yet, each offset counts as a record.
    """
    left = max(0, end - position)
    return waiting + (round(left * records / offsets) if offsets else left)


async def measure_partitions(
    topic: str,
    consumer: AIOKafkaConsumer,
    workers: Mapping[TopicPartition, PartitionWorker],
    instruments: ServiceInstruments,
) -> None:
    """Report the lag of each partition and whether the broker answers, every few seconds until cancelled."""

    async def measure() -> None:
        working = [tp for tp, worker in workers.items() if worker.inbox.is_open]
        ends = await consumer.end_offsets(working or [TopicPartition(topic, 0)])
        for partition in working:
            worker = workers.get(partition)
            if worker is None or not worker.inbox.is_open:
                continue
            try:
                position = await consumer.position(partition)
            except IllegalStateError:
                continue  # the partition was revoked in the meantime
            lag = lag_of(
                waiting=worker.waiting,
                position=position,
                end=ends[partition],
                records=worker.inbox.records_seen,
                offsets=worker.inbox.offsets_seen,
            )
            instruments.lag(partition.partition, lag)

    await _every(measure, instruments)


async def watch_writer(writer: TransactionalWriter, instruments: ServiceInstruments) -> None:
    """Report whether the broker answers while a source has nothing to write, every few seconds until cancelled."""
    await _every(writer.refresh, instruments)


async def _every(ask: Callable[[], Awaitable[None]], instruments: ServiceInstruments) -> None:
    if not instruments.enabled:
        return
    while True:
        try:
            await _await_answer(ask(), instruments)
        except TransientError as error:
            instruments.is_silent(str(error))
        else:
            instruments.answers()
        await asyncio.sleep(_EVERY_SECONDS)


async def _await_answer(request: Awaitable[None], instruments: ServiceInstruments) -> None:
    """Await the answer, and report if the broker does not answer in time.

    The request is not cancelled then: one that is cancelled while it connects leaves its connection open.
    """
    task = asyncio.ensure_future(request)
    try:
        with kafka_errors():
            done, _ = await asyncio.wait({task}, timeout=_ANSWER_SECONDS)
            if not done:
                instruments.is_silent(f"no answer for {_ANSWER_SECONDS:.0f} s")
            await task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
