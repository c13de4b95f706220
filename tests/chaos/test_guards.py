"""The harness itself: with a guard of exactly once taken out, a named invariant breaks; with all in place, none does.

Each test drives the very interleaving that the guard is there for, first with it and then without.
"""

import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from contracts.topics import TRANSACTIONS
from deploy.kafka.local import LocalKafka
from services.runtime.kafka.clients import KafkaClients
from tests.chaos.campaign import within
from tests.chaos.crew import Crew, until
from tests.chaos.doomed import CALM
from tests.chaos.grounds import SERVICES, KafkaGround, drained, log_of, violations_of
from tests.chaos.invariants import summary
from tests.chaos.observer import Observer
from tests.chaos.sabotage import read_uncommitted
from tests.chaos.story import outputs_of

pytestmark = [pytest.mark.campaign, pytest.mark.kafka]

_, PARSER, HOLDINGS = SERVICES
TOO_SMALL = 200


class Stage:
    """A broker with topics of one partition, so that every process that is there has it, or waits for it."""

    def __init__(self, ground: KafkaGround, crew: Crew) -> None:
        self.ground = ground
        self.crew = crew
        self._published = 0

    async def publish(self) -> None:
        """Some more filings, all at once."""
        engine, first = self.ground.engine(), self._published
        self._published += 5
        await engine.publish([output for number in range(first, self._published) for output in outputs_of(number)])

    async def broken(self, observer: Observer | None = None) -> set[str]:
        """Let undisturbed services do what is left; the names of the invariants that do not hold then."""
        for command in ("parser", "holdings"):
            if not any(member.role == command for member in self.crew.members):
                self.crew.add(command)
        await within(drained(self.ground, (PARSER, HOLDINGS)))
        await within(self.crew.dismiss())
        log = await log_of(self.ground)
        if observer is not None:
            log.seen = observer.seen
        found = violations_of(self.ground, log)
        print(summary(found))  # noqa: T201 - what a failure is about
        return {each.invariant for each in found}


@pytest.fixture
async def stage(modules_kafka: LocalKafka, tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage, with nobody on it yet."""
    ground = KafkaGround(modules_kafka, partitions=1)
    await ground.prepare()
    patient = {"INSIDERTAPE_KAFKA_COMMIT_DEADLINE": "60", "INSIDERTAPE_KAFKA_TRANSACTION_TIMEOUT": "120"}
    crew = Crew(tmp_path, ground.environment | patient | {"INSIDERTAPE_LOG_LEVEL": "info"})
    yield Stage(ground, crew)
    await crew.close()


async def wake_a_zombie(stage: Stage, guard: str) -> None:
    """A parser stops before a commit; another takes its partition over and does its work; the first goes on."""
    await stage.publish()
    zombie = stage.crew.add("parser", troubles=f"SIGSTOP:before:commit:1,{guard}")
    await within(until(lambda: zombie.suspended))
    stage.crew.add("parser", troubles=guard)
    await within(drained(stage.ground, (PARSER,)))
    zombie.send(signal.SIGCONT)
    await within(stage.crew.remove(zombie))


async def refuse_a_batch(stage: Stage, guard: str) -> None:
    """The broker refuses a parser's batch, since the topic takes less than the contract says; then it takes it."""
    await configure(stage.ground.clients, TOO_SMALL)
    await stage.publish()
    parser = stage.crew.add("parser", troubles=guard)
    if guard == CALM:
        await within(parser.reborn(1))
        assert set(parser.complaints()) == {"kafka_refuses"}
    else:
        await within(drained(stage.ground, (PARSER,)))
    await within(stage.crew.remove(parser))
    await configure(stage.ground.clients, TRANSACTIONS.max_message_bytes)


async def abort_what_is_read(stage: Stage, guard: str) -> None:
    """A parser dies before a commit; holdings starts; only then the next parser aborts what the first has written."""
    await stage.publish()
    await die_before_a_commit(stage)
    holdings = stage.crew.add("holdings", troubles=guard)
    await within(holdings.said("partition_opened" if guard == CALM else '"event": "batch_committed"'))


async def die_before_a_commit(stage: Stage) -> None:
    """A parser leaves a transaction open: all of it is written, and nothing committed."""
    parser = stage.crew.add("parser", troubles="SIGKILL:before:commit:1")
    await within(parser.reborn(0))
    await within(parser.over())
    await stage.crew.remove(parser)


async def configure(clients: KafkaClients, max_message_bytes: int) -> None:
    """Have the broker take records of reports up to so many bytes."""
    config = TRANSACTIONS.config() | {"max.message.bytes": str(max_message_bytes)}
    async with clients.admin() as admin:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, TRANSACTIONS.name, config)])


@pytest.mark.parametrize(
    ("happen", "guard", "invariant"),
    [
        (wake_a_zombie, "one-id-a-partition", "each filing once"),
        (refuse_a_batch, "awaited-sends", "each filing once"),
        (abort_what_is_read, "read-committed", "each report once"),
    ],
)
async def test_a_guard_taken_out_breaks_an_invariant(
    stage: Stage, happen: Callable[[Stage, str], Awaitable[None]], guard: str, invariant: str
) -> None:
    """The same befalls services that have the guard, and then some that do not."""
    await happen(stage, CALM)
    assert await stage.broken() == set()
    await happen(stage, f"without:{guard}")
    assert invariant in await stage.broken()


async def test_an_observer_that_reads_uncommitted_sees_what_does_not_stay(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads the transaction of a parser that died; the next parser aborts it."""
    await stage.publish()
    with monkeypatch.context() as patched:
        patched.setattr(KafkaClients, "_reading", KafkaClients._reading)  # to be put back
        read_uncommitted()
        observer = Observer(stage.ground)
        await die_before_a_commit(stage)
        await within(observer.saw(1, TRANSACTIONS.name))
    assert "what was seen stays" in await stage.broken(observer)
    await observer.close()
