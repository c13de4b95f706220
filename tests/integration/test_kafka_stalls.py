"""Stalls: a client that silently stops working ends its service, and an idle one does not."""

import asyncio
from collections.abc import Sequence

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from contracts.errors import FatalError
from services.runtime.partitioning import partition_of
from tests.engines.bench import within
from tests.engines.processors import Numbers
from tests.integration.kafka_broker import PARTITIONS, KafkaBroker

pytestmark = pytest.mark.kafka


async def test_a_client_that_silently_stopped_fetching_ends_the_service(
    broker: KafkaBroker, topics: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Aiokafka's fetcher may end without an error and return nothing more, although there are records."""

    async def nothing(_consumer: AIOKafkaConsumer, *_: object, timeout_ms: int, **__: object) -> dict[object, object]:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(timeout_ms / 1_000):
                await asyncio.Event().wait()
        return {}

    await broker.engine().publish([topics.number("a", 1)])
    monkeypatch.setattr(AIOKafkaConsumer, "getmany", nothing)
    impatient = broker.with_stall_deadline(2.0)
    home = partition_of(b"a", PARTITIONS)
    with pytest.raises(FatalError, match=f"stalled: the reader has stood at 0 of .*partition={home}"):
        await impatient.run(topics.service())


async def test_a_partition_that_never_opens_ends_the_service(
    broker: KafkaBroker, topics: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Aiokafka may wait forever for its transactional id, although the broker answers."""

    async def wait_forever(_producer: AIOKafkaProducer) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(AIOKafkaProducer, "start", wait_forever)
    impatient = broker.with_stall_deadline(1.0)
    with pytest.raises(FatalError, match="stalled: the opening has stood at 1 of "):
        await impatient.run(topics.service())


async def test_a_service_without_input_is_not_considered_stalled(broker: KafkaBroker, topics: Numbers) -> None:
    """The watchdog checks whether there are records, not only whether any were fetched."""
    impatient = broker.with_stall_deadline(2.0)
    stop = asyncio.Event()
    checks: list[object] = []

    class Watched(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka ships no types
        async def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
            checks.append(partitions)
            if len(checks) > 6:
                stop.set()
            ends: dict[TopicPartition, int] = await super().end_offsets(partitions)
            return ends

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("services.runtime.kafka.clients.AIOKafkaConsumer", Watched)
        await within(impatient.engine().run(topics.service(), stop))
    assert len(checks) > 6
