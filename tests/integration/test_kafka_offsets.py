"""Committed offsets and cursors: where services and sources continue on Kafka."""

import asyncio
import json
from contextlib import aclosing

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import GroupLoadInProgressError
from aiokafka.protocol.commit import OffsetFetchRequest, OffsetFetchResponse_v3

from contracts.errors import Misconfigured
from services.runtime.port import Record, SourceService
from tests.engines.bench import within
from tests.engines.processors import CountingSource, Numbers
from tests.integration.kafka_broker import PARTITIONS, KafkaBroker

pytestmark = pytest.mark.kafka


@pytest.mark.parametrize("offset", [5, 1_000_000])
async def test_a_committed_offset_without_records_is_refused(broker: KafkaBroker, topics: Numbers, offset: int) -> None:
    """The topic was recreated or emptied: neither skipping nor repeating records is certain to be right."""
    service = topics.service()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=broker.settings.kafka_bootstrap_servers, group_id=service.group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        partition = TopicPartition(topics.numbers.name, 0)
        consumer.assign([partition])
        await consumer.commit({partition: offset})
    finally:
        await consumer.stop()
    with pytest.raises(
        Misconfigured, match=f"offset_out_of_range: .* has committed offset {offset} of .* holds 0 to 0"
    ):
        await broker.run(service)


async def test_a_silent_coordinator_does_not_make_a_group_start_over(
    broker: KafkaBroker, topics: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The coordinator is loading, as after a restart; aiokafka cannot distinguish this from a group without offsets."""
    await broker.engine().publish([topics.number("a", 1)])
    await broker.drain(topics.service())
    send, refused = AIOKafkaClient.send, set[AIOKafkaClient]()

    async def refuse_at_first(client: AIOKafkaClient, node: int, request: object, **options: object) -> object:
        if isinstance(request, OffsetFetchRequest) and (client in refused or len(refused) < 1 + PARTITIONS):
            refused.add(client)  # the group's reader, and each partition's reader
            return OffsetFetchResponse_v3(0, [], GroupLoadInProgressError.errno)
        return await send(client, node, request, **options)

    monkeypatch.setattr(AIOKafkaClient, "send", refuse_at_first)
    stop = asyncio.Event()
    member = asyncio.create_task(broker.engine().run(topics.service(), stop))
    await broker.engine().publish([topics.number("a", 2)])
    async with aclosing(broker.engine().read((topics.echoes,), follow=True)) as echoes:
        assert [(await within(anext(echoes))).value for _ in range(2)] == [b"1", b"2"]
    stop.set()
    await within(member)
    assert len(refused) == 1 + PARTITIONS
    assert await broker.values(topics.echoes) == [b"1", b"2"]


async def test_a_sources_cursor_is_read_from_the_partition_of_its_key(broker: KafkaBroker) -> None:
    """The topic has many partitions, most of which contain nothing of this source."""
    topics = Numbers()
    await broker.create(*topics.all, partitions=16)
    restored: list[int] = []

    class Recording(CountingSource):
        def restore(self, record: Record) -> None:
            restored.append(json.loads(record.value or b"0"))
            super().restore(record)

    source: SourceService = topics.source_service(lambda: Recording(topics, 14))
    for _ in range(2):
        await within(broker.engine().run_source(source, asyncio.Event()))
    assert restored[-1] == 14
    assert sorted(int(value or b"") for value in await broker.values(topics.numbers)) == list(range(14))
