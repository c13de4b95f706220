"""A member of a consumer group, with a fake client whose rebalances the test controls."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from aiokafka import TopicPartition
from aiokafka.abc import ConsumerRebalanceListener

from services.runtime.dead_letter_limit import DeadLetterLimit
from services.runtime.kafka import group_member, topic_guard
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.group_member import GroupMember
from services.runtime.kafka.topic_guard import TopicGuard
from services.runtime.kafka.topic_identity import TopicIdentity
from services.runtime.settings import KafkaSettings, load
from tests.unit.runtime.builders import NUMBERS, Doubling, service

PARTITIONS = [TopicPartition(NUMBERS.name, partition) for partition in range(3)]


class FakeWorker:
    """A fake worker that runs until it is stopped."""

    alive = 0

    def __init__(self, *_: object) -> None:
        self.settled = asyncio.Event()
        self.settled.set()
        self.is_reading = False
        self.is_opening = False
        self.resumed = 0
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Run until stopped."""
        FakeWorker.alive += 1
        await self._stop.wait()
        FakeWorker.alive -= 1

    def stop(self) -> None:
        """Stop."""
        self._stop.set()

    def suspend(self) -> None:
        """Start no further batch."""

    def resume(self) -> None:
        """Continue."""
        self.resumed += 1


class FakeClient:
    """A fake for the connections of a consumer."""

    async def close(self) -> None:
        """Do nothing: there are no connections."""


class FakeConsumer:
    """A fake consumer that rebalances when it subscribes and, like aiokafka's, possibly once more while it stops."""

    def __init__(self) -> None:
        self._client = FakeClient()
        self.listener: ConsumerRebalanceListener | None = None
        self.paused: set[TopicPartition] = set()
        self.subscribed = asyncio.Event()
        self.while_stopping: Callable[[], Awaitable[None]] | None = None

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Leave the group; a rebalance that the group has already decided still arrives."""
        if self.while_stopping:
            await self.while_stopping()

    def subscribe(self, _topics: list[str], *, listener: ConsumerRebalanceListener) -> None:
        """Join the group."""
        self.listener = listener
        self.subscribed.set()

    def pause(self, *partitions: TopicPartition) -> None:
        """Stop fetching from the partitions."""
        self.paused |= set(partitions)

    async def getmany(self, **_: object) -> dict[TopicPartition, list[object]]:
        """Wait without end: there are no records."""
        await asyncio.Event().wait()
        raise AssertionError


@pytest.fixture
def consumer(monkeypatch: pytest.MonkeyPatch) -> FakeConsumer:
    """Return the fake consumer of the next member, whose workers need no broker."""
    fake = FakeConsumer()
    FakeWorker.alive = 0

    async def identify(_clients: KafkaClients, names: Sequence[str]) -> dict[str, TopicIdentity]:
        return {name: TopicIdentity(None, len(PARTITIONS)) for name in names}

    async def is_unfinished(_clients: KafkaClients) -> bool:
        return False

    monkeypatch.setattr(KafkaClients, "is_unfinished", is_unfinished)
    monkeypatch.setattr(KafkaClients, "group_consumer", lambda _clients, _group: fake)
    monkeypatch.setattr(topic_guard, "identify_topics", identify)
    monkeypatch.setattr(group_member, "PartitionWorker", FakeWorker)
    return fake


def new_member() -> GroupMember:
    """Return a member of the group that is not running yet."""
    clients = KafkaClients(load(KafkaSettings, kafka_bootstrap_servers="broker:9092"))
    doubling = service(Doubling())
    return GroupMember(doubling, clients, DeadLetterLimit(1.0), TopicGuard(clients, doubling.name, doubling.topics))


async def run_other_tasks(count: int = 5) -> None:
    """Let the other tasks run for some turns of the event loop."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_worker_runs_for_each_partition_the_member_has(consumer: FakeConsumer) -> None:
    """New ones are opened paused, kept ones continue, lost ones end; a member that stops releases all."""
    stop, member = asyncio.Event(), new_member()
    running = asyncio.create_task(member.run(stop))
    await consumer.subscribed.wait()
    await member.on_partitions_assigned(PARTITIONS[:2])
    await run_other_tasks()
    assert (FakeWorker.alive, consumer.paused) == (2, set(PARTITIONS[:2]))
    await member.on_partitions_revoked(PARTITIONS[:2])
    await member.on_partitions_assigned(PARTITIONS[1:])
    await run_other_tasks()
    assert (FakeWorker.alive, consumer.paused) == (2, set(PARTITIONS))
    assert [worker.resumed for worker in member._workers.values()] == [1, 0]  # type: ignore[attr-defined]  # FakeWorker
    stop.set()
    await running
    assert FakeWorker.alive == 0


async def test_a_partition_that_is_lost_while_it_opens_is_released_at_once(consumer: FakeConsumer) -> None:
    """There is no batch to finish, and the group waits: a restore may take longer than a rebalance may."""
    stop, member = asyncio.Event(), new_member()
    running = asyncio.create_task(member.run(stop))
    await consumer.subscribed.wait()
    await member.on_partitions_assigned(PARTITIONS[:1])
    await run_other_tasks()
    (worker,) = member._workers.values()
    worker.is_opening = True
    worker.stop = lambda: None  # type: ignore[method-assign]  # it is deaf until it is open
    async with asyncio.timeout(5):
        await member.on_partitions_assigned([])
    assert member._workers == {}
    stop.set()
    await running


async def test_a_member_assigned_partitions_while_it_leaves_opens_none(consumer: FakeConsumer) -> None:
    """If two leave at once, the second gets the first one's partitions: nothing would stop those workers."""
    stop, member = asyncio.Event(), new_member()
    consumer.while_stopping = lambda: member.on_partitions_assigned(PARTITIONS)
    running = asyncio.create_task(member.run(stop))
    await consumer.subscribed.wait()
    await member.on_partitions_assigned(PARTITIONS[:1])
    stop.set()
    await running
    await run_other_tasks()
    assert FakeWorker.alive == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_worker_that_fails_ends_the_member(consumer: FakeConsumer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect in one partition stops all: its error is the member's, and the other workers end."""

    class Failing(FakeWorker):
        async def run(self) -> None:
            """Fail, as the third of three."""
            if FakeWorker.alive == 2:
                raise ZeroDivisionError
            await super().run()

    monkeypatch.setattr(group_member, "PartitionWorker", Failing)
    member = new_member()
    running = asyncio.create_task(member.run(asyncio.Event()))
    await consumer.subscribed.wait()
    await member.on_partitions_assigned(PARTITIONS)
    with pytest.raises(ZeroDivisionError):
        await running
    assert FakeWorker.alive == 0
