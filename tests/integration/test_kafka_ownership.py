"""A member that was evicted from its group leaves its partition alone until the coordinator assigns it again."""

import asyncio
from contextlib import aclosing

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.protocol.group import LeaveGroupRequest

from services.runtime.kafka import group_member
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.group_description import members_of, owns
from services.runtime.kafka.kafka_engine import KafkaEngine
from services.runtime.kafka.topic_admin import apply_topics
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.runtime.port import Output, Processor, Service
from services.runtime.settings import KafkaSettings, load
from tests.engines.bench import within
from tests.engines.processors import Numbers, Totals

pytestmark = pytest.mark.kafka


@pytest.fixture
def settings(kafka_bootstrap: str) -> KafkaSettings:
    """Return settings of the shared broker for topics with one partition."""
    return load(KafkaSettings, kafka_bootstrap_servers=kafka_bootstrap, kafka_partitions=1)


@pytest.fixture
async def topics(settings: KafkaSettings) -> Numbers:
    """Return topics that belong to this test."""
    topics = Numbers()
    await apply_topics(KafkaClients(settings), topics.all)
    return topics


async def evict(clients: KafkaClients, service: Service) -> None:
    """Make the coordinator forget the only member of the service, as after an expired session."""
    (member,) = await members_of(clients, service)
    async with clients.admin() as admin:
        group = clients.names.qualified(service.group)
        node = await admin.find_coordinator(group)
        await admin._send_request(LeaveGroupRequest(group, member["member_id"]), node)


async def test_a_member_that_the_group_has_evicted_does_not_fence_the_new_owner(
    settings: KafkaSettings, topics: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise two members restore and fence each other in turn, and on a busy machine neither ever commits."""
    clients, stop, in_touch = KafkaClients(settings), asyncio.Event(), asyncio.Event()
    in_touch.set()
    openings, answers = 0, list[bool]()
    heartbeat = GroupCoordinator._do_heartbeat

    async def unless_out_of_touch(coordinator: GroupCoordinator) -> object:
        return await heartbeat(coordinator) if in_touch.is_set() else True

    async def noted(*question: object) -> bool:
        answers.append(await owns(*question))  # type: ignore[arg-type]  # passed on as they are
        return answers[-1]

    def processor() -> Processor:
        nonlocal openings
        openings += 1
        return Totals(topics)

    monkeypatch.setattr(GroupCoordinator, "_do_heartbeat", unless_out_of_touch)
    monkeypatch.setattr(group_member, "owns", noted)
    engine, service = KafkaEngine(settings), topics.service(processor)
    member = asyncio.create_task(engine.run(service, stop))
    async with aclosing(engine.read((topics.echoes,), follow=True)) as echoes:
        await engine.publish([topics.number("a", 1)])
        assert (await within(anext(echoes))).value == b"1"
        in_touch.clear()
        await evict(clients, service)
        owner = await TransactionalWriter.open(clients, service.transactional_id(0))
        await engine.publish([topics.number("a", 2)])
        async with asyncio.timeout(60):
            while len(answers) < 2 and openings == 1:  # noqa: ASYNC110 - the member asks in its own time
                await asyncio.sleep(0)
        await owner.write([Output(topics.echoes, b"a", b"the new owner's")], None, service.group)
        await owner.close()
        assert (await within(anext(echoes))).value == b"the new owner's"
        in_touch.set()
        assert (await within(anext(echoes))).value == b"2"
    stop.set()
    await within(member)
    assert (openings, answers[-1], any(answers[:-1])) == (2, True, False)


async def test_only_the_assigned_member_owns_a_partition(settings: KafkaSettings, topics: Numbers) -> None:
    """This excludes foreign member ids, other partitions, and groups without members."""
    clients, engine, service, stop = KafkaClients(settings), KafkaEngine(settings), topics.service(), asyncio.Event()
    partition = TopicPartition(topics.numbers.name, 0)
    member = asyncio.create_task(engine.run(service, stop))
    async with aclosing(engine.read((topics.echoes,), follow=True)) as echoes:
        await engine.publish([topics.number("a", 1)])
        await within(anext(echoes))
    (described,) = await members_of(clients, service)
    assert await owns(clients, service, described["member_id"], partition)
    assert not await owns(clients, service, described["member_id"], TopicPartition(topics.numbers.name, 1))
    assert not await owns(clients, service, "a stranger", partition)
    stop.set()
    await within(member)
    assert not await owns(clients, service, described["member_id"], partition)
