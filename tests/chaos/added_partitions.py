"""The last fault of a run on Kafka: a topic gets another partition, and the operator moves to a new namespace."""

import random
from dataclasses import dataclass
from typing import Final

from contracts.topics import ALERTS, FILINGS, POSITIONS, TRANSACTIONS, Topic
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.engine import Offsets
from tests.broker import add_partitions
from tests.chaos.deployments import KafkaDeployment, log_of
from tests.chaos.invariants import Violation, violations_before_a_copy
from tests.chaos.log_faults import LogFaults, exited_with
from tests.chaos.observer import Observer
from tests.chaos.operator import Operator
from tests.chaos.publishers import publisher, repeater
from tests.chaos.workers import WorkerPool

NAMESPACE: Final = "g2"
_MORE: Final = 2
_DRAWN: Final = (FILINGS, TRANSACTIONS, POSITIONS, ALERTS)
_WITHIN_SECONDS: Final = 30.0
_MISCONFIGURED: Final = 78
_TOPICS: Final = {
    "publisher": publisher(0, 0).topics,
    "repeater": repeater().topics,
    "parser": parser_service().topics,
    "holdings": holdings_service().topics,
}
"""Topics used by each role."""


@dataclass(frozen=True)
class Migration:
    """The new deployment, the ends of its copied alerts, and the violations found in the old one."""

    topic: Topic
    deployment: KafkaDeployment
    copied: Offsets
    violations: list[Violation]


async def add_a_partition(
    pool: WorkerPool,
    rng: random.Random,
    deployment: KafkaDeployment,
    observer: Observer,
    log_faults: LogFaults,
    operator: Operator,
) -> Migration:
    """Add a partition while all workers run; then repartition into a new namespace and continue there.

    Raises:
        CommandFailedError: the repartition failed.
    """
    topic = rng.choice(_DRAWN)
    counts = {worker: worker.exit_count for worker in pool.workers if topic in _TOPICS[worker.role]}
    await add_partitions(deployment.kafka.bootstrap_servers, topic.name, deployment.partitions + 1)

    def answered() -> bool:
        return all(
            any(exited_with(run, _MISCONFIGURED, topic.name) for run in worker.finished_runs(after=count))
            for worker, count in counts.items()
        )

    await log_faults.expect(answered, f"each worker that uses {topic.name} exits and names it", within=_WITHIN_SECONDS)
    await observer.close()
    async with operator.reserved(_TOPICS) as workers:
        await pool.hold(workers)
        wrong = await _violations_left_behind(deployment, topic, observer)
        partitions = deployment.partitions + _MORE
        await operator.run("topics", "repartition", "--to", str(partitions), "--into", NAMESPACE, *deployment.arguments)
        new = deployment.after_repartition(NAMESPACE, partitions)
        copied = await new.engine().ends((ALERTS,))
        for worker in workers:
            worker.release(INSIDERTAPE_NAMESPACE=NAMESPACE)
    return Migration(topic, new, copied, wrong)


async def _violations_left_behind(deployment: KafkaDeployment, topic: Topic, observer: Observer) -> list[Violation]:
    """Return the violations in the old topics, which no longer change."""
    log = await log_of(deployment)
    log.seen = observer.seen
    added = (topic.name, deployment.partitions)
    written = len(log.found.get(added, ()))
    wrong = [Violation("no record in an added partition", f"{topic.name} has {written} there")] if written else []
    return wrong + violations_before_a_copy(log)
