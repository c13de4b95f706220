"""A chaos run from start to verdict: workers, observer and nemesis on one deployment, and its figures."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final, TypeVar

from tests.chaos.added_partitions import add_a_partition
from tests.chaos.deployments import Deployment, EmbeddedDeployment, KafkaDeployment, drained, log_of, violations_of
from tests.chaos.invariants import Violation
from tests.chaos.log_faults import LogFaults
from tests.chaos.nemesis import EMBEDDED_FAULTS, KAFKA_FAULTS, Nemesis, supported_faults, volleys
from tests.chaos.observed_records import Log, is_poison
from tests.chaos.observer import Observer
from tests.chaos.operator import Operator
from tests.chaos.process_exits import count_error_codes, exit_violations
from tests.chaos.timeline import FOREIGN_FROM
from tests.chaos.workers import WorkerPool

T = TypeVar("T")

PATIENCE_SECONDS: Final = 240.0
"""Longest wait for anything: long enough to distinguish stuck from slow on a busy machine."""
_COPY_SECONDS: Final = 0.02
"""Time allowed for a repartition, per filing with its outputs; everything is read before and after."""
_REPAIR_SECONDS: Final = 0.01
"""Time allowed for a repair, per filing: it reads all positions and recomputes them."""
KILLED: Final = -9
NO_LIMIT: Final = FOREIGN_FROM
"""More filings than a run publishes: the publisher continues until it is stopped."""


@dataclass(frozen=True)
class Plan:
    """A run lasts until it has reached all three minimums: seconds, faults, filings. `rate` is filings per second."""

    seconds: float = 0.0
    faults: int = 0
    filings: int = 0
    rate: float = 60.0
    seed: int = 1
    instances: int = 2


@dataclass
class Figures:
    """The figures of a run. Times are in seconds.

    Attributes:
        recoveries: per volley, the time from its healing until every partition has new alerts.
        error_codes: the codes of processes that exited by themselves.
        unsupported: faults that this machine does not allow.
        partition_added_to: the topic that got another partition.
    """

    seconds: float = 0.0
    injected: Counter[str] = field(default_factory=Counter)
    recoveries: list[float] = field(default_factory=list)
    longest_silence: float = 0.0
    exit_statuses: Counter[int] = field(default_factory=Counter)
    error_codes: Counter[str] = field(default_factory=Counter)
    unsupported: list[str] = field(default_factory=list)
    partition_added_to: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    seen: int = 0
    violations: list[Violation] = field(default_factory=list)

    def table(self) -> str:
        """Return the figures as a Markdown table."""
        faults = ", ".join(f"{count} x {fault}" for fault, count in self.injected.most_common())
        codes_seen = ", ".join(f"{count} x {why}" for why, count in self.error_codes.most_common()) or "none"
        rows = {
            "minutes": f"{self.seconds / 60:.1f}",
            "filings": f"{self.counts['filings']:,}, {self.counts['again']:,} published again",
            "faults": f"{self.injected.total()}: {faults}",
            "faults that this machine does not allow": ", ".join(self.unsupported) or "none",
            "partition added to": self.partition_added_to or "none",
            "processes that exited": f"{self.exit_statuses.total()}, {self.exit_statuses[KILLED]} of them by SIGKILL",
            "of them by themselves": codes_seen,
            **{name: f"{self.counts[name]:,}" for name in ("reports", "positions", "alerts")},
            "poison records, one dead letter each": f"{self.counts['poison']:,}",
            "records that the observer read during the run": f"{self.seen:,}",
            "recovered after": f"{median(self.recoveries):.1f} s (median), {max(self.recoveries):.1f} s (slowest)",
            "longest wait for an alert in any partition": f"{self.longest_silence:.1f} s, outages included",
            "broken invariants": str(len(self.violations)),
        }
        return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())])


async def run_campaign(deployment: Deployment, plan: Plan, directory: Path) -> Figures:
    """Run a campaign; return its figures.

    Raises:
        TimeoutError: the pipeline did not recover after a volley, or did not finish.
    """
    figures, began = Figures(), time.monotonic()
    faults = supported_faults(deployment)
    figures.unsupported = sorted(
        (KAFKA_FAULTS if isinstance(deployment, KafkaDeployment) else EMBEDDED_FAULTS).keys() - faults
    )
    async with AsyncExitStack() as ending:
        pool = WorkerPool(directory, deployment.environment)
        ending.push_async_callback(pool.close)
        observer = Observer(deployment)
        ending.push_async_callback(observer.close)
        operator = Operator(pool, deployment.environment, directory)
        log_faults = LogFaults(pool, _rng(plan, "log_faults"), deployment, operator)
        nemesis = Nemesis(pool, _rng(plan, "victims"), deployment, log_faults)
        _start_workers(pool, deployment, plan)
        try:
            await within(observer.wait_for_progress(0.0))
            for volley in volleys(faults, _rng(plan, "faults")):
                print(" + ".join(volley), end="", flush=True)  # noqa: T201 - pytest shows it if the run fails
                await within(nemesis.volley(volley), PATIENCE_SECONDS + _REPAIR_SECONDS * len(observer.filings))
                healed = time.monotonic()
                figures.recoveries.append(await within(observer.wait_for_progress(healed)) - healed)
                struck, filings = nemesis.injected.total(), len(observer.filings)
                print(f": {figures.recoveries[-1]:.1f} s ({struck} faults, {filings} filings)", flush=True)  # noqa: T201
                if min(struck - plan.faults, filings - plan.filings, time.monotonic() - began - plan.seconds) >= 0:
                    break
            figures.longest_silence, figures.seen = observer.longest_silence, observer.counts.total()
            if isinstance(deployment, KafkaDeployment):
                print("added partitions", end="", flush=True)  # noqa: T201 - likewise
                rng = _rng(plan, "partitions")
                patience = PATIENCE_SECONDS + _COPY_SECONDS * len(observer.filings)
                moved = await within(add_a_partition(pool, rng, deployment, observer, log_faults, operator), patience)
                nemesis.injected["added partitions"] += 1
                deployment, figures.partition_added_to, figures.violations = (
                    moved.deployment,
                    moved.topic.name,
                    moved.violations,
                )
                observer, healed = Observer(deployment, copied=moved.copied), time.monotonic()
                ending.push_async_callback(observer.close)
                figures.recoveries.append(await within(observer.wait_for_progress(healed)) - healed)
                print(f": {figures.recoveries[-1]:.1f} s after the copy", flush=True)  # noqa: T201 - likewise
            await within(_finish(pool, deployment))
        except TimeoutError:
            print(await pool.stack_dumps())  # noqa: T201 - likewise
            raise
        log = await log_of(deployment)
        await within(observer.wait_for_records(len(log.alerts)))
        log.seen = observer.seen
    figures.seconds = time.monotonic() - began
    runs = pool.finished_runs()
    figures.injected, figures.exit_statuses, figures.error_codes = (
        nemesis.injected,
        pool.exit_statuses(),
        count_error_codes(runs),
    )
    figures.counts = _counts(log)
    figures.violations += log_faults.unanswered
    figures.violations += [Violation("each exit gives one reason", what) for what in exit_violations(runs)]
    figures.violations += violations_of(deployment, log, copied=isinstance(deployment, KafkaDeployment))
    return figures


def _rng(plan: Plan, what: str) -> random.Random:
    """Return an independent generator for one kind of decision."""
    return random.Random(f"{plan.seed} {what}")  # noqa: S311 - a plan, no secret


async def within(work: Awaitable[T], seconds: float = PATIENCE_SECONDS) -> T:
    """Await with a time limit, so that a hang is a failure."""
    async with asyncio.timeout(seconds):
        return await work


def _start_workers(pool: WorkerPool, deployment: Deployment, plan: Plan) -> None:
    """Start the initial instances."""
    publishing = (str(plan.rate), str(NO_LIMIT))
    if isinstance(deployment, EmbeddedDeployment):
        for _ in range(plan.instances):
            pool.add("pipeline", str(deployment.directory), *publishing)
        return
    pool.add("publisher", *publishing)
    pool.add("repeater")
    for _ in range(plan.instances):
        pool.add("parser")
        pool.add("holdings")


async def _finish(pool: WorkerPool, deployment: Deployment) -> None:
    """Stop publishing, wait until every record is processed, and stop all workers."""
    if isinstance(deployment, EmbeddedDeployment):  # each process publishes and processes; the last one only processes
        await pool.stop_all()
        pool.add("pipeline", str(deployment.directory), "0", "0")
    else:
        await asyncio.gather(*(pool.remove(worker) for worker in pool.workers if worker.role == "publisher"))
    await drained(deployment)
    await pool.stop_all()


def _counts(log: Log) -> Counter[str]:
    """Count the records of each kind."""
    good = [filing.key for filing in log.filings if not is_poison(filing.key)]
    return Counter(
        {
            "filings": len(set(good)),
            "again": len(good) - len(set(good)),
            "poison": len(log.dead_letters),
            "reports": len(log.reports),
            "positions": len(log.updates),
            "alerts": len(log.alerts),
        }
    )
