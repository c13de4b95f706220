"""Fixtures of the tests on a broker."""

import pytest

from services.runtime.settings import KafkaSettings, load
from tests.engines.processors import Numbers
from tests.integration.kafka_broker import KafkaBroker


@pytest.fixture
def broker(kafka_bootstrap: str) -> KafkaBroker:
    """Return the shared broker."""
    return KafkaBroker(load(KafkaSettings, kafka_bootstrap_servers=kafka_bootstrap))


@pytest.fixture
async def topics(broker: KafkaBroker) -> Numbers:
    """Return topics of this test, created on the broker."""
    topics = Numbers()
    await broker.create(*topics.all)
    return topics
