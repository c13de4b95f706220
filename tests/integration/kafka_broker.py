"""A broker for the tests of what only the Kafka engine does."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from aiokafka import TopicPartition

from contracts.topics import Topic
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.kafka_engine import KafkaEngine
from services.runtime.kafka.topic_admin import apply_topics
from services.runtime.pipeline import run_pipeline
from services.runtime.port import Service
from services.runtime.settings import KafkaSettings
from tests.engines.bench import within

PARTITIONS: Final = 2


@dataclass
class KafkaBroker:
    """A broker, with the operations that tests of the Kafka engine need."""

    settings: KafkaSettings

    @property
    def clients(self) -> KafkaClients:
        """Clients of this broker."""
        return KafkaClients(self.settings)

    def engine(self) -> KafkaEngine:
        """Return a new engine on this broker, as another process would have it."""
        return KafkaEngine(self.settings)

    async def create(self, *topics: Topic, partitions: int = PARTITIONS) -> None:
        """Create the topics."""
        settings = self.settings.model_copy(update={"kafka_partitions": partitions})
        await apply_topics(KafkaClients(settings), topics)

    async def values(self, topic: Topic) -> list[bytes | None]:
        """Return all committed values of the topic."""
        return [record.value async for record in self.engine().read((topic,), follow=False)]

    async def committed(self, group: str, partition: TopicPartition) -> int | None:
        """Return the committed offset of the group, or None if it has none."""
        return (await self.clients.committed(group, [partition]))[partition]

    async def run(self, service: Service) -> None:
        """Run the service until an error ends it."""
        await within(self.engine().run(service, asyncio.Event()))

    async def drain(self, service: Service) -> None:
        """Run the service until it has processed everything."""
        await within(run_pipeline(self.engine(), (), (service,), asyncio.Event(), once=True))

    def with_stall_deadline(self, seconds: float) -> "KafkaBroker":
        """Return the same broker for services that end when they have made no progress for this time."""
        return replace(self, settings=self.settings.model_copy(update={"kafka_stall_deadline": seconds}))
