"""Topics that change under a running service: it ends at once, names the topic, and has written nothing wrong.

Added partitions send a key to a partition other than that of its state. A topic that is deleted or recreated leaves a
service waiting in silence.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import pytest

from contracts.errors import FatalError, Misconfigured, StateCorrupted, TransientError
from contracts.topics import Topic
from deploy.kafka.local import LocalKafka
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.kafka_engine import KafkaEngine
from services.runtime.kafka.topic_admin import apply_topics
from services.runtime.kafka.topic_guard import TopicGuard
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.runtime.partitioning import partition_of
from services.runtime.port import Output
from services.runtime.settings import KafkaSettings, load
from tests.broker import add_partitions, delete_topic, until_gone
from tests.engines.bench import Bench, within
from tests.engines.processors import CountingSource, Numbers

pytestmark = pytest.mark.kafka

PARTITIONS = 2
MORE = 5
SOON = 0.2
NEVER = 3_600.0

SERVICE_TOPICS = ("numbers", "totals", "echoes", "dead_letters")
SOURCE_TOPICS = ("cursor", "numbers")

Change = Callable[[KafkaSettings, Topic], Awaitable[None]]


@pytest.fixture
def settings(kafka_bootstrap: str) -> KafkaSettings:
    """Return settings of the shared broker, with several topic checks per second."""
    return load(
        KafkaSettings,
        kafka_bootstrap_servers=kafka_bootstrap,
        kafka_partitions=PARTITIONS,
        kafka_topic_check_interval=SOON,
    )


async def add_more_partitions(settings: KafkaSettings, topic: Topic) -> None:
    """Add partitions to the topic."""
    await add_partitions(settings.kafka_bootstrap_servers, topic.name, MORE)


async def delete(settings: KafkaSettings, topic: Topic) -> None:
    """Delete the topic."""
    await delete_topic(settings.kafka_bootstrap_servers, topic.name)


async def recreate(settings: KafkaSettings, topic: Topic) -> None:
    """Delete the topic and create it again."""
    await delete(settings, topic)
    await until_gone(settings.kafka_bootstrap_servers, topic.name)
    await apply_topics(KafkaClients(settings), [topic])


async def create_topics(settings: KafkaSettings) -> Numbers:
    """Return the topics of one service or source, with one number."""
    topics = Numbers()
    await apply_topics(KafkaClients(settings), topics.all)
    await KafkaEngine(settings).publish([topics.number("a", 1)])
    return topics


class WaitingSource(CountingSource):
    """A source that has published its numbers and waits for more that never arrive."""

    def __init__(self, topics: Numbers) -> None:
        super().__init__(topics, 7)
        self.waits = asyncio.Event()

    async def next_batch(self) -> list[Output]:
        """Return the numbers, once."""
        outputs = await super().next_batch()
        if outputs is None:
            self.waits.set()
            await asyncio.Event().wait()
        return list(outputs or ())


async def service_ends(settings: KafkaSettings, topics: Numbers, name: str, change: Change) -> str:
    """Return the error of a running service when one of its topics changes, with `{topic}` for the topic."""
    topic: Topic = getattr(topics, name)
    engine = KafkaEngine(settings)
    running = asyncio.create_task(engine.run(topics.service(), asyncio.Event()))
    async with aclosing(engine.read((topics.echoes,), follow=True)) as echoes:
        await within(anext(echoes))
    await change(settings, topic)
    with pytest.raises(FatalError) as error:
        await within(running)
    return template(error.value, topic, topics.service().name)


async def source_ends(settings: KafkaSettings, topics: Numbers, name: str, change: Change) -> str:
    """Return the error of an idle source when one of its topics changes."""
    topic: Topic = getattr(topics, name)
    source = WaitingSource(topics)
    service = topics.source_service(lambda: source)
    running = asyncio.create_task(KafkaEngine(settings).run_source(service, asyncio.Event()))
    await within(source.waits.wait())
    await change(settings, topic)
    with pytest.raises(FatalError) as error:
        await within(running)
    return template(error.value, topic, service.name)


def template(error: FatalError, topic: Topic, service: str) -> str:
    """Return the error with placeholders for the names of this test."""
    return str(error).replace(service, "{service}").replace(topic.name, "{topic}")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            add_more_partitions,
            f"partitions_changed: {{topic}} has {MORE} partitions, and had {PARTITIONS} when {{service}} started",
        ),
        (delete, r"topic_deleted: {topic} was deleted while {service} ran; `insidertape topics apply` creates it"),
        # whether a check falls between the deletion and the creation is chance; tests of the guard tell them apart
        (recreate, r"topic_(deleted|recreated): {topic} was deleted (and created again )?while {service} ran"),
    ],
    ids=["partitions added", "deleted", "created again"],
)
async def test_a_change_of_any_topic_ends_the_services_and_sources_that_use_it(
    settings: KafkaSettings, change: Change, expected: str
) -> None:
    """Input, state, output, dead letters or cursor, even while idle: nothing else would detect it."""
    cases = [(service_ends, name) for name in SERVICE_TOPICS] + [(source_ends, name) for name in SOURCE_TOPICS]
    topics = [await create_topics(settings) for _ in cases]
    ends = await asyncio.gather(
        *(case(settings, own, name, change) for (case, name), own in zip(cases, topics, strict=True))
    )
    for said in ends:
        assert re.match(expected, said)
    remedied = [said for said in ends if "insidertape state repair --all" in said]
    assert len(remedied) == (change is not add_more_partitions)  # the state's topic


@pytest.mark.parametrize("change", [add_more_partitions, delete, recreate])
async def test_a_following_reader_ends_when_its_topic_changes(settings: KafkaSettings, change: Change) -> None:
    """`alerts --follow` would miss records in new partitions, or wait forever."""
    topics = await create_topics(settings)
    engine = KafkaEngine(settings)
    records = engine.read((topics.numbers,), follow=True)
    assert (await within(anext(records))).value == b"1"
    await change(settings, topics.numbers)
    with pytest.raises(FatalError, match=topics.numbers.name):
        await within(anext(records))


@pytest.mark.parametrize("name", ["totals", "echoes", "dead_letters"])
async def test_a_batch_is_not_routed_by_a_changed_count_of_partitions(settings: KafkaSettings, name: str) -> None:
    """Between two checks the producer learns about new partitions by itself, and would route by them."""
    topics = await create_topics(settings)
    seldom = settings.model_copy(update={"kafka_topic_check_interval": NEVER})
    clients = KafkaClients(seldom)
    guard = TopicGuard(clients, "totals", topics.service().topics)
    await guard.check()
    await add_more_partitions(settings, getattr(topics, name))
    bench = Bench(seldom, topics)
    with pytest.raises(Misconfigured, match=f"partitions_changed: {re.escape(getattr(topics, name).name)} has {MORE}"):
        await write_all(clients, topics, guard)
    for topic in (topics.totals, topics.echoes, topics.dead_letters):
        assert await bench.records(topic) == []
    await write_all(clients, topics, None)  # a writer without the guard does write them
    assert len(await bench.records(topics.echoes)) == 1


async def write_all(clients: KafkaClients, topics: Numbers, guard: TopicGuard | None) -> None:
    """Write to each topic that a service writes to."""
    writer = await TransactionalWriter.open(clients, f"writer-{topics.numbers.name}", guard)
    try:
        outputs = [Output(topic, b"a", b"1") for topic in (topics.totals, topics.echoes, topics.dead_letters)]
        await within(writer.write(outputs, None, "group"))
    finally:
        await writer.close()


async def test_a_source_whose_cursor_is_in_the_wrong_partition_publishes_nothing(settings: KafkaSettings) -> None:
    """Partitions were added while it was stopped: without its cursor, it would publish everything again."""
    topics = await create_topics(settings)
    bench = Bench(settings, topics)
    source = topics.source_service(lambda: CountingSource(topics, 7))
    await within(bench.engine().run_source(source, asyncio.Event()))
    home, moved = (partition_of(b"numbers", count) for count in (PARTITIONS, MORE))
    assert home != moved
    for topic in topics.all:
        await add_more_partitions(settings, topic)
    with pytest.raises(
        StateCorrupted,
        match=rf"misplaced_state: {topics.cursor.name}\[{home}\]@\d+: .* belongs to partition {moved} of {MORE}",
    ):
        await within(bench.engine().run_source(source, asyncio.Event()))
    assert len(await bench.records(topics.numbers)) == 1 + 7


async def test_an_unavailable_broker_counts_as_unchanged_topics(own_kafka: LocalKafka) -> None:
    """Services wait for the broker; when it is back, the topics are still the same."""
    settings = load(KafkaSettings, kafka_bootstrap_servers=own_kafka.bootstrap_servers, kafka_topic_check_interval=SOON)
    topics = await create_topics(settings)
    guard = TopicGuard(KafkaClients(settings), "totals", topics.all)
    await guard.check()
    watching = asyncio.create_task(guard.watch())
    own_kafka.kill()
    with pytest.raises(TransientError):
        await guard.check()
    own_kafka.restart()
    await until_it_passes(guard)
    assert not watching.done()
    await delete(settings, topics.echoes)
    with pytest.raises(FatalError, match=f"topic_deleted: {topics.echoes.name}"):
        await within(watching)


async def until_it_passes(guard: TopicGuard) -> None:
    """Repeat the check until the broker answers."""
    async with asyncio.timeout(60):
        while True:
            try:
                await guard.check()
            except TransientError:
                await asyncio.sleep(SOON)
            else:
                return
