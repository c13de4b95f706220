"""Fixtures of both engines: every test in this folder that requests a `bench` or an `arena` runs on each engine."""

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
    """Return the location of the log: a directory, or the settings of a broker."""
    if request.param == "embedded":
        return tmp_path
    bootstrap = request.getfixturevalue("kafka_bootstrap")
    return load(KafkaSettings, kafka_bootstrap_servers=bootstrap, kafka_partitions=PARTITIONS)


@pytest.fixture
async def bench(place: Path | KafkaSettings) -> AsyncIterator[Bench]:
    """Yield a log on the engine under test, with topics that belong to this test."""
    topics = Numbers()
    if isinstance(place, KafkaSettings):
        await apply_topics(KafkaClients(place), topics.all)
    bench = Bench(place, topics)
    yield bench
    await bench.close()


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
async def arena(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Arena]:
    """Yield two owners' books, made from three reports and one record that is not a report."""
    if request.param == "embedded":
        arena = Arena(tmp_path, EmbeddedEngine(EmbeddedLog(tmp_path)))
    else:
        deployment = KafkaDeployment(request.getfixturevalue("modules_kafka"), partitions=PARTITIONS)
        await deployment.prepare()
        arena = Arena(deployment.clients.settings, deployment.engine())
    await arena.publish(OPENED, ROES, b"no report", SOLD)
    await arena.drain()
    yield arena
    await arena.engine.close()
