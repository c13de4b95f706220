"""Guards that only the Kafka engine has: fencing, record sizes, topics, offsets, and a client that dies in silence."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import GroupLoadInProgressError, ProducerFenced
from aiokafka.protocol.commit import OffsetFetchRequest, OffsetFetchResponse_v3

from contracts.errors import FatalError, Misconfigured, TakenOver
from contracts.topics import FILINGS, Topic, dead_letter_topic
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.kafka_engine import KafkaEngine
from services.runtime.kafka.topic_admin import apply_topics
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.runtime.partitioning import partition_of
from services.runtime.pipeline import run_pipeline
from services.runtime.port import Output, Processed, Record, Service, SourceService
from services.runtime.settings import KafkaSettings, load
from tests.engines.bench import within
from tests.engines.processors import CountingSource, Numbers, new_topic

pytestmark = pytest.mark.kafka

PARTITIONS = 2


@dataclass
class Broker:
    """The broker, as this file's tests use it."""

    settings: KafkaSettings

    @property
    def clients(self) -> KafkaClients:
        """Clients of it."""
        return KafkaClients(self.settings)

    def engine(self) -> KafkaEngine:
        """An engine on it, like a process of its own."""
        return KafkaEngine(self.settings)

    async def create(self, *topics: Topic, partitions: int = PARTITIONS) -> None:
        """Create the topics."""
        settings = self.settings.model_copy(update={"kafka_partitions": partitions})
        await apply_topics(KafkaClients(settings), topics)

    async def values(self, topic: Topic) -> list[bytes | None]:
        """All committed values of the topic."""
        return [record.value async for record in self.engine().read((topic,), follow=False)]

    async def committed(self, group: str, partition: TopicPartition) -> int | None:
        """Where the group stands."""
        return (await self.clients.committed(group, [partition]))[partition]


@pytest.fixture
def broker(kafka_bootstrap: str) -> Broker:
    """The shared broker."""
    return Broker(load(KafkaSettings, kafka_bootstrap_servers=kafka_bootstrap))


@pytest.fixture
async def topics(broker: Broker) -> Numbers:
    """Topics of the test's own, on the broker."""
    topics = Numbers()
    await broker.create(*topics.all)
    return topics


# Fencing: a transactional id has one owner, the latest.


@pytest.fixture
async def writers(broker: Broker, topics: Numbers) -> AsyncIterator[tuple[TransactionalWriter, TransactionalWriter]]:
    """Two writers that were given one transactional id: the zombie first, then its owner."""
    transactional_id = f"writer-{topics.numbers.name}"
    zombie = await TransactionalWriter.open(broker.clients, transactional_id)
    owner = await TransactionalWriter.open(broker.clients, transactional_id)
    yield zombie, owner
    await zombie.close()
    await owner.close()


async def test_a_fenced_writer_writes_nothing(
    broker: Broker, topics: Numbers, writers: tuple[TransactionalWriter, TransactionalWriter]
) -> None:
    """Neither its outputs nor its offsets exist: the new owner processes its batch again."""
    zombie, owner = writers
    partition, group = TopicPartition(topics.numbers.name, 0), f"group-{topics.numbers.name}"
    with pytest.raises(ProducerFenced):
        await zombie.write([topics.number("a", 1)], {partition: 7}, group)
    await owner.write([topics.number("a", 2)], None, group)
    assert await broker.values(topics.numbers) == [b"2"]
    assert await broker.committed(group, partition) is None


async def test_a_writer_is_fenced_even_after_it_has_written(
    broker: Broker, topics: Numbers, writers: tuple[TransactionalWriter, TransactionalWriter]
) -> None:
    """If a member resumes after its partition has moved, its next batch fails."""
    _, first = writers
    await first.write([topics.number("a", 1)], None, "group")
    second = await TransactionalWriter.open(broker.clients, f"writer-{topics.numbers.name}")
    try:
        await second.write([topics.number("a", 2)], None, "group")
        with pytest.raises(ProducerFenced):
            await first.write([topics.number("a", 3)], None, "group")
    finally:
        await second.close()
    assert await broker.values(topics.numbers) == [b"1", b"2"]


class HeldSource(CountingSource):
    """A counting source whose first batch waits until it is released."""

    def __init__(self, topics: Numbers, count: int) -> None:
        super().__init__(topics, count)
        self.begun = asyncio.Event()
        self.release = asyncio.Event()

    async def next_batch(self) -> Sequence[Output] | None:
        """The next numbers, once released."""
        self.begun.set()
        await self.release.wait()
        return await super().next_batch()


async def test_a_source_that_was_taken_over_stops_and_publishes_nothing(broker: Broker, topics: Numbers) -> None:
    """Two watchers run by mistake: the first reports it and ends, instead of fencing the second one in turn."""
    opened: list[HeldSource] = []

    def open_held() -> HeldSource:
        opened.append(HeldSource(topics, 30))
        return opened[-1]

    first = asyncio.create_task(broker.engine().run_source(topics.source_service(open_held), asyncio.Event()))
    async with asyncio.timeout(60):
        while not opened:  # noqa: ASYNC110 - the engine opens the source in its own time, and tells nobody
            await asyncio.sleep(0)
        await opened[0].begun.wait()
    second = topics.source_service(lambda: CountingSource(topics, 30))
    await within(broker.engine().run_source(second, asyncio.Event()))
    opened[0].release.set()
    with pytest.raises(TakenOver, match=r"fenced: another source-.* has taken over"):
        await within(first)
    assert len(opened) == 1
    assert sorted(int(value or b"") for value in await broker.values(topics.numbers)) == list(range(30))


async def test_a_fenced_source_ends_its_whole_pipeline(broker: Broker, topics: Numbers) -> None:
    """The error is fatal: a supervisor sees the process end, not a watcher that only appears to run."""
    usurper: list[TransactionalWriter] = []

    class Usurped(CountingSource):
        async def next_batch(self) -> Sequence[Output] | None:
            if not usurper:
                transactional_id = f"insidertape.source-{topics.numbers.name}.numbers"
                usurper.append(await TransactionalWriter.open(broker.clients, transactional_id))
            return await super().next_batch()

    source = topics.source_service(lambda: Usurped(topics, 30))
    try:
        with pytest.raises(FatalError, match="fenced"):
            await within(run_pipeline(broker.engine(), (source,), (topics.service(),), asyncio.Event(), once=True))
    finally:
        await usurper[0].close()
    assert await broker.values(topics.numbers) == []


# Sizes: what a topic takes passes, and nothing else does.


class Measuring:
    """Says how large each record was."""

    def __init__(self, target: Topic) -> None:
        self._target = target

    def restore(self, record: Record) -> None:
        """It has no state."""

    def process(self, record: Record) -> Processed:
        """The size of its value, in bytes."""
        return Processed([Output(self._target, record.key or b"", str(len(record.value or b"")).encode())])


async def test_a_record_of_several_megabytes_is_processed(broker: Broker) -> None:
    """It is larger than Kafka's default limit of 1 MB and than one fetch, and is among small records."""
    large, sizes = replace(new_topic("large"), max_message_bytes=FILINGS.max_message_bytes), new_topic("sizes")
    letters = dead_letter_topic(large, "measuring")
    await broker.create(large, sizes, letters, partitions=1)
    value = random.Random(4).randbytes(5 * 1024 * 1024)  # noqa: S311 - nothing that compresses
    small = [Output(large, b"k", b"small")] * 3
    await broker.engine().publish([*small, Output(large, b"k", value), *small])
    service = Service(f"measuring-{large.name}", large, (sizes,), letters, lambda: Measuring(sizes))
    await within(run_pipeline(broker.engine(), (), (service,), asyncio.Event(), once=True))
    assert await broker.values(sizes) == [b"5"] * 3 + [str(len(value)).encode()] + [b"5"] * 3
    assert (await broker.values(large))[3] == value
    assert await broker.values(letters) == []


async def test_a_record_too_large_for_its_topic_is_fatal_and_nothing_is_written(
    broker: Broker, topics: Numbers
) -> None:
    """A commit would succeed without the failed record, so every delivery is awaited first."""
    value = random.Random(4).randbytes(2 * 1024 * 1024)  # noqa: S311 - nothing that compresses
    outputs = [topics.number("a", 1), Output(topics.numbers, b"a", value), topics.number("a", 2)]
    with pytest.raises(Misconfigured, match="kafka_refuses: MessageSizeTooLargeError"):
        await broker.engine().publish(outputs)
    await broker.engine().publish([topics.number("a", 3)])
    assert await broker.values(topics.numbers) == [b"3"]


# Topics: all of them there, and co-partitioned.


async def run(broker: Broker, service: Service) -> None:
    """Run the service until it gives up."""
    await within(broker.engine().run(service, asyncio.Event()))


async def drain(broker: Broker, service: Service) -> None:
    """Run the service until it has processed everything."""
    await within(run_pipeline(broker.engine(), (), (service,), asyncio.Event(), once=True))


async def test_a_changelog_that_is_not_co_partitioned_with_its_input_is_refused(broker: Broker) -> None:
    """State would be restored from partitions of other keys; the message names the topic that differs."""
    topics = Numbers()
    await broker.create(*(topic for topic in topics.all if topic != topics.totals))
    await broker.create(topics.totals, partitions=PARTITIONS + 1)
    with pytest.raises(Misconfigured, match=f"not_co_partitioned: {topics.totals.name} has 3 partitions, and .* 2: "):
        await run(broker, topics.service())


@pytest.mark.parametrize("missing", ["numbers", "totals", "echoes", "dead_letters"])
async def test_a_service_without_one_of_its_topics_is_refused(broker: Broker, missing: str) -> None:
    """At the start, not at the first record for it; the message says how to create topics."""
    topics = Numbers()
    absent: Topic = getattr(topics, missing)
    await broker.create(*(topic for topic in topics.all if topic != absent))
    with pytest.raises(Misconfigured, match=f"no_topic: .*{absent.name}; `insidertape topics apply` creates all"):
        await run(broker, topics.service())


@pytest.mark.parametrize("missing", ["cursor", "numbers"])
async def test_a_source_without_one_of_its_topics_is_refused(broker: Broker, missing: str) -> None:
    """Likewise."""
    topics = Numbers()
    absent: Topic = getattr(topics, missing)
    await broker.create(*(topic for topic in topics.all if topic != absent))
    source = topics.source_service(lambda: CountingSource(topics, 3))
    with pytest.raises(Misconfigured, match=f"no_topic: .*{absent.name}"):
        await within(broker.engine().run_source(source, asyncio.Event()))


async def test_reading_a_missing_topic_is_refused(broker: Broker) -> None:
    """A command must not wait for a topic that was never created."""
    with pytest.raises(Misconfigured, match="no_topic"):
        await within(broker.values(new_topic("absent")))


# Offsets and silence.


@pytest.mark.parametrize("offset", [5, 1_000_000])
async def test_a_committed_offset_without_records_is_refused(broker: Broker, topics: Numbers, offset: int) -> None:
    """The topic was created again or emptied: neither skipping nor repeating is certain to be right."""
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
        await run(broker, service)


async def test_a_silent_coordinator_does_not_make_a_group_start_over(
    broker: Broker, topics: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is loading, as after a restart; aiokafka cannot tell this from a group without offsets."""
    await broker.engine().publish([topics.number("a", 1)])
    await drain(broker, topics.service())
    send, refused = AIOKafkaClient.send, set[AIOKafkaClient]()

    async def refuse_at_first(client: AIOKafkaClient, node: int, request: object, **options: object) -> object:
        if isinstance(request, OffsetFetchRequest) and (client in refused or len(refused) < 1 + PARTITIONS):
            refused.add(client)  # the group's reader, and whoever asks for a partition
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


async def test_a_client_that_silently_stopped_fetching_ends_the_service(
    broker: Broker, topics: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Aiokafka's fetcher may end without an error and return nothing more, although there are records."""

    async def nothing(_consumer: AIOKafkaConsumer, *_: object, timeout_ms: int, **__: object) -> dict[object, object]:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(timeout_ms / 1_000):
                await asyncio.Event().wait()
        return {}

    await broker.engine().publish([topics.number("a", 1)])
    monkeypatch.setattr(AIOKafkaConsumer, "getmany", nothing)
    impatient = replace(broker, settings=broker.settings.model_copy(update={"kafka_stall_deadline": 2.0}))
    home = partition_of(b"a", PARTITIONS)
    with pytest.raises(FatalError, match=f"stalled: the reader has stood at 0 of .*partition={home}"):
        await run(impatient, topics.service())


async def test_a_partition_that_never_opens_ends_the_service(
    broker: Broker, topics: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Aiokafka may wait forever for its transactional id, although the broker answers."""

    async def for_ever(_producer: AIOKafkaProducer) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(AIOKafkaProducer, "start", for_ever)
    impatient = replace(broker, settings=broker.settings.model_copy(update={"kafka_stall_deadline": 1.0}))
    with pytest.raises(FatalError, match="stalled: the opening has stood at 1 of "):
        await run(impatient, topics.service())


async def test_a_service_without_input_is_not_considered_stalled(broker: Broker, topics: Numbers) -> None:
    """The watchdog checks whether there are records, not only whether any were fetched."""
    impatient = replace(broker, settings=broker.settings.model_copy(update={"kafka_stall_deadline": 2.0}))
    stop = asyncio.Event()
    looks: list[object] = []

    class Watched(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka ships no types
        async def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
            looks.append(partitions)
            if len(looks) > 6:
                stop.set()
            ends: dict[TopicPartition, int] = await super().end_offsets(partitions)
            return ends

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("services.runtime.kafka.clients.AIOKafkaConsumer", Watched)
        await within(impatient.engine().run(topics.service(), stop))
    assert len(looks) > 6


# The source's cursor.


async def test_a_sources_cursor_is_read_from_the_partition_of_its_key(broker: Broker) -> None:
    """The topic has many partitions, most of which hold nothing of this source."""
    topics = Numbers()
    await broker.create(*topics.all, partitions=16)
    restored: list[int] = []

    class Telling(CountingSource):
        def restore(self, record: Record) -> None:
            restored.append(json.loads(record.value or b"0"))
            super().restore(record)

    source: SourceService = topics.source_service(lambda: Telling(topics, 14))
    for _ in range(2):
        await within(broker.engine().run_source(source, asyncio.Event()))
    assert restored[-1] == 14
    assert sorted(int(value or b"") for value in await broker.values(topics.numbers)) == list(range(14))
