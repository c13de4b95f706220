"""Metrics and readiness that only Kafka has: lag with commit markers, an unavailable broker, a member on standby."""

import asyncio
from collections.abc import Callable, Sequence

import pytest
from aiokafka import TopicPartition

from deploy.kafka.local import LocalKafka
from services.runtime.instruments import Instruments
from services.runtime.kafka import lag_monitor
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.kafka_engine import KafkaEngine
from services.runtime.kafka.topic_admin import apply_topics
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.runtime.port import Output, SourceService
from services.runtime.prometheus import PrometheusMeter
from services.runtime.settings import KafkaSettings, load
from tests.engines.bench import within
from tests.engines.processors import CountingSource, Numbers
from tests.probes.monitor import value

pytestmark = pytest.mark.kafka


@pytest.fixture
def instruments(monkeypatch: pytest.MonkeyPatch) -> Instruments:
    """Return instruments that query the broker often and do not wait long for it."""
    monkeypatch.setattr(lag_monitor, "_EVERY_SECONDS", 0.05)
    monkeypatch.setattr(lag_monitor, "_ANSWER_SECONDS", 0.5)
    return Instruments(PrometheusMeter())


async def until(condition: Callable[[], bool]) -> None:
    """Wait until the engine reports this."""

    async def come_true() -> None:
        while not condition():  # noqa: ASYNC110 - polls, as a monitor does
            await asyncio.sleep(0.02)

    await within(come_true())


def readiness_message(instruments: Instruments) -> str:
    """Return the message of /readyz."""
    return instruments.health.readiness().message


def is_ready(instruments: Instruments) -> bool:
    """Return whether /readyz answers with success."""
    return instruments.health.readiness().ok


async def topics_on(settings: KafkaSettings) -> Numbers:
    """Return topics of this test with one partition each."""
    topics = Numbers()
    await apply_topics(KafkaClients(settings.model_copy(update={"kafka_partitions": 1})), topics.all)
    return topics


async def test_lag_is_the_uncommitted_records_and_0_when_idle(
    kafka_bootstrap: str, instruments: Instruments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten transactions have ten markers, which never count."""
    settings = load(KafkaSettings, kafka_bootstrap_servers=kafka_bootstrap)
    topics, stop, release = await topics_on(settings), asyncio.Event(), asyncio.Event()
    service, publishing = topics.service(), KafkaEngine(settings)
    running = asyncio.create_task(KafkaEngine(settings, instruments=instruments).run(service, stop))
    await until(lambda: is_ready(instruments))
    write = TransactionalWriter.write

    async def held(
        self: TransactionalWriter, outputs: Sequence[Output], offsets: dict[TopicPartition, int] | None, group: str
    ) -> None:
        if offsets is not None:
            await release.wait()
        await write(self, outputs, offsets, group)

    def lag() -> float:
        text = instruments.meter.text().decode()
        return value(text, "insidertape_consumer_lag_records", service=service.name, partition="0")

    monkeypatch.setattr(TransactionalWriter, "write", held)
    for number in range(10):
        await publishing.publish([topics.number("one", number)])
    await until(lambda: lag() == 10)
    release.set()
    await until(lambda: lag() == 0)
    (partition,) = await KafkaClients(settings).partitions(topics.numbers)
    async with KafkaClients(settings).reader() as reader:
        ends = await reader.end_offsets([partition])
    assert ends[partition] == 20  # ten of these are markers
    stop.set()
    await within(running)


async def test_member_without_a_partition_is_on_standby_and_ready(
    kafka_bootstrap: str, instruments: Instruments
) -> None:
    """With one partition and two members, a rollout must not wait for the second member."""
    settings = load(KafkaSettings, kafka_bootstrap_servers=kafka_bootstrap)
    topics, stop = await topics_on(settings), asyncio.Event()
    other = Instruments(PrometheusMeter())
    running = [
        asyncio.create_task(KafkaEngine(settings, instruments=each).run(topics.service(), stop))
        for each in (instruments, other)
    ]

    def both() -> list[str]:
        return sorted(readiness_message(each).partition(": ")[2] for each in (instruments, other))

    await until(lambda: both() == ["1 partition assigned and restored", "standing by, no partitions assigned"])
    assert is_ready(instruments)
    assert is_ready(other)
    stop.set()
    await within(asyncio.gather(*running))


class Idle(CountingSource):
    """A source that never has anything to publish."""

    async def next_batch(self) -> Sequence[Output] | None:
        """Wait forever."""
        await asyncio.Event().wait()
        return None


async def test_services_are_not_ready_while_the_broker_is_away(own_kafka: LocalKafka, instruments: Instruments) -> None:
    """This applies to a service and to an idle source; both are ready again when the broker is back."""
    settings = load(KafkaSettings, kafka_bootstrap_servers=own_kafka.bootstrap_servers)
    topics, stop = await topics_on(settings), asyncio.Event()
    source: SourceService = topics.source_service(lambda: Idle(topics, 0))
    engine = KafkaEngine(settings, instruments=instruments)
    running = [
        asyncio.create_task(engine.run(topics.service(), stop)),
        asyncio.create_task(engine.run_source(source, stop)),
    ]
    await until(lambda: is_ready(instruments))
    own_kafka.kill()
    await until(lambda: readiness_message(instruments).count("the broker does not answer") == 2)
    assert instruments.health.liveness().ok
    await asyncio.to_thread(own_kafka.restart)
    await until(lambda: is_ready(instruments))
    stop.set()
    await within(asyncio.gather(*running))


async def test_service_that_has_never_reached_a_broker_is_alive_and_not_ready(instruments: Instruments) -> None:
    """It was started before the broker: a supervisor must wait, and not restart it."""
    settings = load(KafkaSettings, kafka_bootstrap_servers="127.0.0.1:1", kafka_connect_tries=0)
    topics, stop = Numbers(), asyncio.Event()
    source: SourceService = topics.source_service(lambda: Idle(topics, 0))
    engine = KafkaEngine(settings, instruments=instruments)
    running = [
        asyncio.create_task(engine.run(topics.service(), stop)),
        asyncio.create_task(engine.run_source(source, stop)),
    ]
    await until(lambda: readiness_message(instruments).count("cannot reach the broker: ") == 2)
    assert not is_ready(instruments)
    assert instruments.health.liveness().ok
    stop.set()
    await within(asyncio.gather(*running))
