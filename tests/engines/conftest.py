"""The two engines under one name: every test of this folder that asks for a `bench` runs on both."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.runtime.embedded.embedded_engine import EmbeddedEngine
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.topic_admin import apply_topics
from services.runtime.settings import KafkaSettings, load
from tests.chaos.deployments import KafkaDeployment
from tests.engines.arena import OPENED, PARTITIONS, ROES, SOLD, Arena
from tests.engines.bench import Bench
from tests.engines.processors import Numbers


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | KafkaSettings:
    """Where the log is: a directory, or a broker."""
    if request.param == "embedded":
        return tmp_path
    bootstrap = request.getfixturevalue("kafka_bootstrap")
    return load(KafkaSettings, kafka_bootstrap_servers=bootstrap, kafka_partitions=PARTITIONS)


@pytest.fixture
async def bench(place: Path | KafkaSettings) -> AsyncIterator[Bench]:
    """A log of the engine's kind, with topics of the test's own."""
    topics = Numbers()
    if isinstance(place, KafkaSettings):
        await apply_topics(KafkaClients(place), topics.all)
    bench = Bench(place, topics)
    yield bench
    await bench.close()


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
async def arena(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Arena]:
    """Two owners' books, made of three reports and a record that was none."""
    if request.param == "embedded":
        arena = Arena(tmp_path, EmbeddedEngine(EmbeddedLog(tmp_path)))
    else:
        ground = KafkaDeployment(request.getfixturevalue("modules_kafka"), partitions=PARTITIONS)
        await ground.prepare()
        arena = Arena(ground.clients.settings, ground.engine())
    await arena.publish(OPENED, ROES, b"no report", SOLD)
    await arena.drain()
    yield arena
    await arena.engine.close()
