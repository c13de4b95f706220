"""A bare transactional copy: `python -m tests.benchmarks.copying BOOTSTRAP SOURCE TARGET PARTITIONS`.

The cost of exactly-once alone: fetch, send, commit with the offsets. It stops at the end that the topic had at its
start, and prints records, seconds, and CPU seconds.
"""

import asyncio
import sys
import time
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic

from contracts.topics import FILINGS
from services.runtime.batch import MOST_RECORDS
from services.runtime.kafka.clients import KafkaClients
from services.runtime.settings import KafkaSettings
from tests.benchmarks.kafka_broker import PARTITIONS, Broker
from tests.benchmarks.processes import run

GROUP: Final = "benchmark.copy"
TARGET: Final = "insidertape.benchmark.copy"


class Copied(NamedTuple):
    """The cost of a copy; `cpu` is the CPU time of the copying process in seconds."""

    records: int
    seconds: float
    cpu: float


async def copy_filings(kafka: Broker) -> Copied:
    """Copy the filings topic in a separate process."""
    async with kafka.clients.admin() as admin:
        await admin.create_topics([NewTopic(TARGET, PARTITIONS, 1, topic_configs=FILINGS.config())])
    module = "tests.benchmarks.copying", kafka.kafka.bootstrap_servers, FILINGS.name, TARGET, str(PARTITIONS)
    records, seconds, cpu = (await asyncio.to_thread(run, *module)).split()
    return Copied(int(records), float(seconds), float(cpu))


async def copy(bootstrap_servers: str, source: str, target: str, count: int) -> Copied:
    """Copy the topic's `count` partitions, with one producer per partition."""
    clients = KafkaClients(KafkaSettings(kafka_bootstrap_servers=bootstrap_servers))
    async with clients.reader() as reader:
        partitions = [TopicPartition(source, number) for number in range(count)]
        reader.assign(partitions)
        ends = await reader.end_offsets(partitions)
        producers = {tp: clients.producer(f"{GROUP}.{tp.partition}") for tp in partitions}
        await asyncio.gather(*(producer.start() for producer in producers.values()))
        started, before, copied = time.perf_counter(), time.process_time(), 0
        while waiting := [tp for tp in partitions if await reader.position(tp) < ends[tp]]:
            fetched = await reader.getmany(*waiting, timeout_ms=100, max_records=MOST_RECORDS)
            await asyncio.gather(*(_write(reader, producers[tp], tp, fetched[tp], target) for tp in fetched))
            copied += sum(map(len, fetched.values()))
        seconds, cpu = time.perf_counter() - started, time.process_time() - before
        await asyncio.gather(*(producer.stop() for producer in producers.values()))
    return Copied(copied, seconds, cpu)


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
    done = asyncio.run(copy(bootstrap_servers, source, target, int(partitions)))
    sys.stdout.write(f"{done.records} {done.seconds:.3f} {done.cpu:.3f}\n")
