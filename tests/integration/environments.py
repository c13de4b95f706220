"""Environments on a broker: each has its namespace, its topics, and a pipeline over a directory of filings."""

import asyncio
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.topics import ALERTS, TOPICS, Topic
from services.cli.repartition.namespace_copy import repartition
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.kafka_engine import KafkaEngine
from services.runtime.kafka.topic_admin import apply_topics
from services.runtime.pipeline import run_pipeline
from services.runtime.port import Record, Service
from services.runtime.settings import KafkaSettings, load
from services.watcher.directory_service import directory_watcher
from tests.engines.bench import within
from tests.engines.topic_contents import committed_records, current_books

SERVICES: Final = (parser_service(), holdings_service())


@dataclass(frozen=True)
class Environment:
    """One environment of a broker."""

    settings: KafkaSettings

    @property
    def bootstrap(self) -> str:
        """The address of the broker."""
        return self.settings.kafka_bootstrap_servers

    @property
    def clients(self) -> KafkaClients:
        """Clients of this environment."""
        return KafkaClients(self.settings)

    @property
    def engine(self) -> KafkaEngine:
        """A new engine on this environment, as another process would have it."""
        return KafkaEngine(self.settings)

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that select this environment in a command."""
        return {
            "INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "INSIDERTAPE_NAMESPACE": self.settings.namespace,
        }

    async def run(self, *directories: Path, services: Sequence[Service] = SERVICES) -> None:
        """Publish the filings of the directories and let the services process everything."""
        sources = [directory_watcher(directories, follow=False)] if directories else []
        await within(run_pipeline(self.engine, sources, services, asyncio.Event(), once=True))

    async def records(self, topic: Topic) -> list[Record]:
        """Return all committed records of the topic, partition by partition."""
        return await committed_records(self.engine, topic)

    async def books(self) -> dict[bytes | None, bytes]:
        """Return the current value of each key of the positions."""
        return await current_books(self.engine)

    async def alerts(self) -> Counter[bytes]:
        """Return how many times each alert is in the topic."""
        return Counter(record.value or b"" for record in await self.records(ALERTS))

    async def topics(self) -> set[str]:
        """Return the topics on the broker whose names begin with the namespace."""
        async with self.clients.admin() as admin:
            return {name for name in await admin.list_topics() if name.startswith(f"{self.settings.namespace}.")}

    async def groups(self) -> set[str]:
        """Return the groups on the broker whose names begin with the namespace."""
        async with self.clients.admin() as admin:
            return {
                name
                for name, *_ in await admin.list_consumer_groups()
                if name.startswith(f"{self.settings.namespace}.")
            }


async def new_environment(bootstrap: str, namespace: str, *, partitions: int = 2) -> Environment:
    """Create an environment whose topics have the given number of partitions."""
    settings = load(KafkaSettings, kafka_bootstrap_servers=bootstrap, namespace=namespace, kafka_partitions=partitions)
    await apply_topics(KafkaClients(settings))
    return Environment(settings)


def in_parts(directory: Path, files: Iterable[Path], count: int) -> list[Path]:
    """Copy the files into the given number of directories, in order."""
    listed = list(files)
    parts = [directory / str(number) for number in range(count)]
    for number, part in enumerate(parts):
        part.mkdir()
        for file in listed[number * len(listed) // count : (number + 1) * len(listed) // count]:
            shutil.copy2(file, part)
    return parts


def by_key(records: Iterable[Record]) -> dict[bytes | None, list[tuple[object, ...]]]:
    """Return the records of each key in order, without their offsets."""
    found: dict[bytes | None, list[tuple[object, ...]]] = defaultdict(list)
    for record in records:
        found[record.key].append((record.value, record.headers, record.timestamp_ms))
    return found


async def contents(environment: Environment, topic: Topic) -> list[Record]:
    """Return the records of the topic, partition by partition."""
    records = await environment.records(topic)
    return sorted(records, key=lambda record: (record.partition, record.offset))


async def everything(environment: Environment) -> tuple[object, ...]:
    """Return all records of an environment and the committed offsets of its groups."""
    read = [record async for record in environment.engine.read(TOPICS, follow=False)]
    records = sorted(read, key=lambda record: (record.topic, record.partition, record.offset))
    committed = [
        await environment.clients.committed(service.group, await environment.clients.partitions(service.input_topic))
        for service in SERVICES
    ]
    return records, committed


async def copied(environment: Environment, into: str, partitions: int) -> Environment:
    """Copy the environment into another namespace."""
    target = Environment(environment.settings.model_copy(update={"namespace": into, "kafka_partitions": partitions}))
    await within(repartition(environment.settings, target.settings, lambda _: None))
    return target
