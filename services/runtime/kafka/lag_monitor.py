"""What a process asks of the broker to know how it stands: how far its partitions are behind, and whether it answers.

Asked only if a port for the metrics is named.
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
    """Return how many records of a partition are left to process.

    Exact are the `waiting` ones, which were fetched, and 0 if a reader that walks over commit markers stands at the
    `end`. What lies between is offsets: of these, records are taken to have the share that they had so far (`records`
    in `offsets`). With 10 records in 20 offsets so far, 8 offsets to go are 4 records. All are if none were seen yet.
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
                continue  # it was revoked meanwhile
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
    """Report whether the broker answers a source that has nothing to write, every few seconds until cancelled."""
    await _every(writer.refresh, instruments)


async def _every(ask: Callable[[], Awaitable[None]], instruments: ServiceInstruments) -> None:
    if not instruments.enabled:
        return
    while True:
        try:
            await _answered(ask(), instruments)
        except TransientError as error:
            instruments.is_silent(str(error))
        else:
            instruments.answers()
        await asyncio.sleep(_EVERY_SECONDS)


async def _answered(asking: Awaitable[None], instruments: ServiceInstruments) -> None:
    """Await the answer; report that the broker is silent while it takes too long.

    The client goes on asking by itself: a request that is cancelled while it connects leaves its connection open.
    """
    task = asyncio.ensure_future(asking)
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
