"""A bare transactional copy: `python -m tests.benchmarks.copying BOOTSTRAP SOURCE TARGET PARTITIONS`.

What exactly once costs with nothing between: fetch, send, commit with the offsets. It ends where the topic ended when
it began, and prints its records and its seconds.
"""

import asyncio
import sys
import time
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.runtime.batch import MOST_RECORDS
from services.runtime.kafka_clients import KafkaClients
from services.runtime.settings import KafkaSettings

GROUP = "benchmark.copy"


async def copy(bootstrap_servers: str, source: str, target: str, count: int) -> tuple[int, float]:
    """Copy the topic's `count` partitions, a producer for each; how many records, in how many seconds."""
    clients = KafkaClients(KafkaSettings(kafka_bootstrap_servers=bootstrap_servers))
    async with clients.reader() as reader:
        partitions = [TopicPartition(source, number) for number in range(count)]
        reader.assign(partitions)
        ends = await reader.end_offsets(partitions)
        producers = {tp: clients.producer(f"{GROUP}.{tp.partition}") for tp in partitions}
        await asyncio.gather(*(producer.start() for producer in producers.values()))
        started, copied = time.perf_counter(), 0
        while waiting := [tp for tp in partitions if await reader.position(tp) < ends[tp]]:
            fetched = await reader.getmany(*waiting, timeout_ms=100, max_records=MOST_RECORDS)
            await asyncio.gather(*(_write(reader, producers[tp], tp, fetched[tp], target) for tp in fetched))
            copied += sum(map(len, fetched.values()))
        seconds = time.perf_counter() - started
        await asyncio.gather(*(producer.stop() for producer in producers.values()))
    return copied, seconds


async def _write(
    reader: AIOKafkaConsumer, producer: AIOKafkaProducer, partition: TopicPartition, messages: list[Any], target: str
) -> None:
    after = await reader.position(partition)
    async with producer.transaction():
        sent = [
            await producer.send(
                target, key=each.key, value=each.value, partition=partition.partition, headers=list(each.headers)
            )
            for each in messages
        ]
        await asyncio.gather(*sent)
        await producer.send_offsets_to_transaction({partition: after}, GROUP)


if __name__ == "__main__":
    bootstrap_servers, source, target, partitions = sys.argv[1:]
    records, seconds = asyncio.run(copy(bootstrap_servers, source, target, int(partitions)))
    sys.stdout.write(f"{records} {seconds:.3f}\n")
