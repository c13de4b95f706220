"""The projector over a real broker: the same promises as over the embedded log."""

import uuid

import pytest

from contracts.errors import StateCorrupted
from contracts.topics import TOPICS
from services.gateway.read_model.read_model import ReadModel
from services.runtime.engine import Engine
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.kafka_engine import KafkaEngine
from services.runtime.kafka.topic_admin import apply_topics
from services.runtime.settings import KafkaSettings, load
from tests.gateway.read_model.builders import alert, garbage, output, positions, project, report

pytestmark = pytest.mark.kafka


async def new_engine(bootstrap: str) -> Engine:
    """Return an engine with separate topics."""
    settings = load(
        KafkaSettings, kafka_bootstrap_servers=bootstrap, kafka_partitions=2, namespace=f"g{uuid.uuid4().hex[:8]}"
    )
    await apply_topics(KafkaClients(settings), TOPICS)
    return KafkaEngine(settings)


async def test_projection_continues_where_it_ended(read_model: ReadModel, kafka_bootstrap: str) -> None:
    """Transaction markers take offsets too, so the next record is not always at the next offset."""
    engine = await new_engine(kafka_bootstrap)
    await project(read_model, engine, output(alert("a1", 1)), output(report(1)), output(positions(1)), garbage())
    await project(read_model, engine, output(alert("a1", 1)), output(alert("a2", 2)), output(positions(2)))
    await project(read_model, engine)
    assert [(each.seq, each.alert_id) for each in await read_model.since(0, 10)] == [(1, "a1"), (2, "a2")]


async def test_other_topics_are_noticed(read_model: ReadModel, kafka_bootstrap: str) -> None:
    """This happens after a new broker was set up, or with another namespace."""
    engine, other = await new_engine(kafka_bootstrap), await new_engine(kafka_bootstrap)
    await project(read_model, engine, output(alert("a1", 1)), output(alert("a2", 2)))
    await other.publish([output(alert(f"b{number}", number)) for number in range(5)])
    with pytest.raises(StateCorrupted, match="read_model_ahead"):
        await project(read_model, other)
