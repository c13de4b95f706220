"""A broker for one benchmark, with the topics, and waiting until its services are ready or done."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.kafka.local import LocalKafka
from services.runtime.kafka.clients import KafkaClients
from services.runtime.port import Service
from services.runtime.settings import KafkaSettings
from tests.benchmarks.processes import ServiceProcess, cpu_seconds_of, run

PARTITIONS: Final = 4
_LOOK_SECONDS: Final = 0.5
_PATIENCE_SECONDS: Final = 60.0
"""Time limit for a benchmark's transaction; some contain all filings."""


@dataclass(frozen=True)
class Broker:
    """A running broker, and the clients of this process."""

    kafka: LocalKafka
    clients: KafkaClients

    @property
    def options(self) -> tuple[str, str]:
        """Return the options of a command that uses it."""
        return ("--kafka", self.kafka.bootstrap_servers)

    def cpu_seconds(self) -> float:
        """Return its CPU time so far, in seconds."""
        assert self.kafka.process is not None
        return cpu_seconds_of(self.kafka.process.pid)


@asynccontextmanager
async def broker(scratch: Path) -> AsyncIterator[Broker]:
    """Start a broker with its data below `scratch`, and create all topics."""
    kafka = LocalKafka(scratch / "kafka").start()
    try:
        settings = KafkaSettings(
            kafka_bootstrap_servers=kafka.bootstrap_servers,
            kafka_commit_deadline=_PATIENCE_SECONDS,
            kafka_transaction_timeout=_PATIENCE_SECONDS,
        )
        started = Broker(kafka, KafkaClients(settings))
        run("services.cli", "topics", "apply", *started.options)
        yield started
    finally:
        kafka.stop()


@asynccontextmanager
async def services(scratch: Path, *names: str, options: tuple[str, str]) -> AsyncIterator[list[ServiceProcess]]:
    """Start services as processes; stop them at the end, or kill them after an error."""
    running: list[ServiceProcess] = []
    try:
        for number, name in enumerate(names):
            logs = scratch / f"{number}-{name}"
            logs.mkdir(exist_ok=True)
            running.append(ServiceProcess.start(logs, name, *options))
        yield running
        for service in running:
            service.stop()
    finally:
        for service in running:
            service.process.kill()


async def until_open(running: Sequence[ServiceProcess]) -> None:
    """Wait until every kind of service has opened every partition, since start-up is not measured."""
    for name in {service.name for service in running}:
        logs = [service.log for service in running if service.name == name]
        while sum(_opened(log) for log in logs) < PARTITIONS or not all(map(_opened, logs)):  # noqa: ASYNC110 - other processes set no event
            await asyncio.sleep(_LOOK_SECONDS)


def _opened(log: Path) -> int:
    return log.read_text(encoding="utf-8").count("partition_opened")


async def until_done(clients: KafkaClients, filings: int, *running: Service) -> None:
    """Wait until the first service has received `filings` records, all input is processed, and no more arrives."""
    async with clients.reader() as reader:
        before: list[int] = []
        while True:
            progress = [await _progress(clients, reader, service) for service in running]
            ends = [end for end, _ in progress]
            # commit markers occupy offsets: each partition's committed offset may be one before its end
            caught_up = all(end - committed <= PARTITIONS for end, committed in progress)
            if ends[0] >= filings and caught_up and before == ends:
                return
            before = ends
            await asyncio.sleep(_LOOK_SECONDS)


async def _progress(clients: KafkaClients, reader: AIOKafkaConsumer, service: Service) -> tuple[int, int]:
    partitions = [TopicPartition(service.input_topic.name, number) for number in range(PARTITIONS)]
    ends = await reader.end_offsets(partitions)
    committed = await clients.committed(service.group, partitions)
    return sum(ends.values()), sum(offset or 0 for offset in committed.values())
