"""Fencing: a transactional id has one owner, the latest, and earlier owners cannot write."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import ProducerFenced

from contracts.errors import FatalError, TakenOver
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.runtime.pipeline import run_pipeline
from services.runtime.port import Output
from tests.engines.bench import within
from tests.engines.processors import CountingSource, Numbers
from tests.integration.kafka_broker import KafkaBroker

pytestmark = pytest.mark.kafka


@pytest.fixture
async def writers(
    broker: KafkaBroker, topics: Numbers
) -> AsyncIterator[tuple[TransactionalWriter, TransactionalWriter]]:
    """Yield two writers with the same transactional id: the fenced one, then the owner."""
    transactional_id = f"writer-{topics.numbers.name}"
    fenced = await TransactionalWriter.open(broker.clients, transactional_id)
    owner = await TransactionalWriter.open(broker.clients, transactional_id)
    yield fenced, owner
    await fenced.close()
    await owner.close()


async def test_a_fenced_writer_writes_nothing(
    broker: KafkaBroker, topics: Numbers, writers: tuple[TransactionalWriter, TransactionalWriter]
) -> None:
    """Neither its outputs nor its offsets exist: the new owner processes its batch again."""
    fenced, owner = writers
    partition, group = TopicPartition(topics.numbers.name, 0), f"group-{topics.numbers.name}"
    with pytest.raises(ProducerFenced):
        await fenced.write([topics.number("a", 1)], {partition: 7}, group)
    await owner.write([topics.number("a", 2)], None, group)
    assert await broker.values(topics.numbers) == [b"2"]
    assert await broker.committed(group, partition) is None


async def test_a_writer_is_fenced_even_after_it_has_written(
    broker: KafkaBroker, topics: Numbers, writers: tuple[TransactionalWriter, TransactionalWriter]
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
        self.started = asyncio.Event()
        self.release = asyncio.Event()

    async def next_batch(self) -> Sequence[Output] | None:
        """Return the next numbers, once released."""
        self.started.set()
        await self.release.wait()
        return await super().next_batch()


async def test_a_source_that_was_taken_over_ends_and_publishes_nothing(broker: KafkaBroker, topics: Numbers) -> None:
    """If two watchers run by mistake, the first one ends with an error, instead of fencing the second one in turn."""
    opened: list[HeldSource] = []

    def open_held() -> HeldSource:
        opened.append(HeldSource(topics, 30))
        return opened[-1]

    first = asyncio.create_task(broker.engine().run_source(topics.source_service(open_held), asyncio.Event()))
    async with asyncio.timeout(60):
        while not opened:  # noqa: ASYNC110 - the engine opens the source without a signal
            await asyncio.sleep(0)
        await opened[0].started.wait()
    second = topics.source_service(lambda: CountingSource(topics, 30))
    await within(broker.engine().run_source(second, asyncio.Event()))
    opened[0].release.set()
    with pytest.raises(TakenOver, match=r"fenced: another source-.* has taken over"):
        await within(first)
    assert len(opened) == 1
    assert sorted(int(value or b"") for value in await broker.values(topics.numbers)) == list(range(30))


async def test_a_fenced_source_ends_its_whole_pipeline(broker: KafkaBroker, topics: Numbers) -> None:
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
