"""The harness itself: a disabled guard of exactly-once breaks a named invariant; with all guards in place none breaks.

Each test forces the interleaving that the guard protects against, first with the guard and then without.
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
from tests.chaos.deployments import SERVICES, KafkaDeployment, drained, log_of, violations_of
from tests.chaos.disabled_guards import read_uncommitted
from tests.chaos.failpoints import NO_FAILPOINTS
from tests.chaos.invariants import summary
from tests.chaos.observer import Observer
from tests.chaos.timeline import outputs_of
from tests.chaos.workers import WorkerPool, until

pytestmark = [pytest.mark.campaign, pytest.mark.kafka]

_, PARSER, HOLDINGS = SERVICES
TOO_SMALL = 200


class Stage:
    """A broker with topics of one partition, so that every process either owns it or waits for it."""

    def __init__(self, deployment: KafkaDeployment, pool: WorkerPool) -> None:
        self.deployment = deployment
        self.pool = pool
        self._published = 0

    async def publish(self) -> None:
        """Publish five more filings at once."""
        engine, first = self.deployment.engine(), self._published
        self._published += 5
        await engine.publish([output for number in range(first, self._published) for output in outputs_of(number)])

    async def broken(self, observer: Observer | None = None) -> set[str]:
        """Let undisturbed services finish the work; return the names of the broken invariants."""
        for command in ("parser", "holdings"):
            if not any(worker.role == command for worker in self.pool.workers):
                self.pool.add(command)
        await within(drained(self.deployment, (PARSER, HOLDINGS)))
        await within(self.pool.stop_all())
        log = await log_of(self.deployment)
        if observer is not None:
            log.seen = observer.seen
        found = violations_of(self.deployment, log)
        print(summary(found))  # noqa: T201 - explains a failure
        return {each.invariant for each in found}


@pytest.fixture
async def stage(modules_kafka: LocalKafka, tmp_path: Path) -> AsyncIterator[Stage]:
    """Prepare a stage without workers."""
    deployment = KafkaDeployment(modules_kafka, partitions=1)
    await deployment.prepare()
    patient = {"INSIDERTAPE_KAFKA_COMMIT_DEADLINE": "60", "INSIDERTAPE_KAFKA_TRANSACTION_TIMEOUT": "120"}
    pool = WorkerPool(tmp_path, deployment.environment | patient | {"INSIDERTAPE_LOG_LEVEL": "info"})
    yield Stage(deployment, pool)
    await pool.close()


async def wake_a_zombie(stage: Stage, guard: str) -> None:
    """Suspend a parser before a commit until another has taken over its partition and done its work; resume it."""
    await stage.publish()
    zombie = stage.pool.add("parser", failpoints=f"SIGSTOP:before:commit:1,{guard}")
    await within(until(lambda: zombie.suspended))
    stage.pool.add("parser", failpoints=guard)
    await within(drained(stage.deployment, (PARSER,)))
    zombie.send(signal.SIGCONT)
    await within(stage.pool.remove(zombie))


async def refuse_a_batch(stage: Stage, guard: str) -> None:
    """Let the broker reject a parser's batch because of a smaller limit than the contract's; then restore the limit."""
    await configure(stage.deployment.clients, TOO_SMALL)
    await stage.publish()
    parser = stage.pool.add("parser", failpoints=guard)
    if guard == NO_FAILPOINTS:
        await within(parser.wait_for_start(after=1))
        assert set(parser.error_codes()) == {"kafka_refuses"}
    else:
        await within(drained(stage.deployment, (PARSER,)))
    await within(stage.pool.remove(parser))
    await configure(stage.deployment.clients, TRANSACTIONS.max_message_bytes)


async def abort_what_is_read(stage: Stage, guard: str) -> None:
    """Kill a parser before a commit and start holdings before the next parser aborts the open transaction."""
    await stage.publish()
    await die_before_a_commit(stage)
    holdings = stage.pool.add("holdings", failpoints=guard)
    await within(holdings.wait_for_log("partition_opened" if guard == NO_FAILPOINTS else '"event": "batch_committed"'))


async def die_before_a_commit(stage: Stage) -> None:
    """Let a parser leave a transaction open, with everything written and nothing committed."""
    parser = stage.pool.add("parser", failpoints="SIGKILL:before:commit:1")
    await within(parser.wait_for_start(after=0))
    await within(parser.wait_for_last_exit())
    await stage.pool.remove(parser)


async def configure(clients: KafkaClients, max_message_bytes: int) -> None:
    """Set the broker's limit for records of transactions."""
    config = TRANSACTIONS.config() | {"max.message.bytes": str(max_message_bytes)}
    async with clients.admin() as admin:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, TRANSACTIONS.name, config)])


@pytest.mark.parametrize(
    ("force", "guard", "invariant"),
    [
        (wake_a_zombie, "one-id-per-partition", "each filing once"),
        (refuse_a_batch, "awaited-sends", "each filing once"),
        (abort_what_is_read, "read-committed", "each report once"),
    ],
)
async def test_disabled_guard_breaks_an_invariant(
    stage: Stage, force: Callable[[Stage, str], Awaitable[None]], guard: str, invariant: str
) -> None:
    """The same interleaving, first with the guard and then without."""
    await force(stage, NO_FAILPOINTS)
    assert await stage.broken() == set()
    await force(stage, f"without:{guard}")
    assert invariant in await stage.broken()


async def test_observer_that_reads_uncommitted_sees_records_that_vanish(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads the transaction of a killed parser, which the next parser aborts."""
    await stage.publish()
    with monkeypatch.context() as patched:
        patched.setattr(KafkaClients, "_reading", KafkaClients._reading)  # to be put back
        read_uncommitted()
        observer = Observer(stage.deployment)
        await die_before_a_commit(stage)
        await within(observer.wait_for_records(1, TRANSACTIONS.name))
    assert "observed records stay" in await stage.broken(observer)
    await observer.close()
