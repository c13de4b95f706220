"""A chaos run from its beginning to its verdict: crew, observer and nemesis on a ground, and the figures of it."""

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
from tests.chaos.crew import Crew
from tests.chaos.endings import codes, unexplained
from tests.chaos.facts import Log, is_poison
from tests.chaos.grounds import EmbeddedGround, Ground, KafkaGround, drained, log_of, violations_of
from tests.chaos.harms import Harms
from tests.chaos.invariants import Violation
from tests.chaos.nemesis import EMBEDDED_FAULTS, KAFKA_FAULTS, Nemesis, faults_on, volleys
from tests.chaos.observer import Observer
from tests.chaos.operator import Operator
from tests.chaos.story import STRANGERS_FROM

T = TypeVar("T")

PATIENCE_SECONDS: Final = 240.0
"""Longest wait for anything: it tells what is stuck, also on a machine that is busy with other things."""
_COPY_SECONDS: Final = 0.02
"""Longest that a copy may take for each filing, with all that came of it, read before and after."""
_REPAIR_SECONDS: Final = 0.01
"""Longest that a repair may take for each filing: it reads all positions and computes them again."""
KILLED: Final = -9
UNTIL_TOLD: Final = STRANGERS_FROM
"""More filings than a run publishes: the publisher goes on until it is told to leave."""


@dataclass(frozen=True)
class Plan:
    """How long a run goes on at least (all three), how fast filings come, and how many instances there are at first."""

    seconds: float = 0.0
    faults: int = 0
    filings: int = 0
    rate: float = 60.0
    seed: int = 1
    instances: int = 2


@dataclass
class Figures:
    """What a run came to. Times are seconds; `recoveries` one for each volley, from its healing to alerts everywhere.

    `complaints` are the codes of processes that ended by themselves, `left_out` the faults that could not be dealt, and
    `added_to` the topic that was given a partition.
    """

    seconds: float = 0.0
    struck: Counter[str] = field(default_factory=Counter)
    recoveries: list[float] = field(default_factory=list)
    longest_silence: float = 0.0
    endings: Counter[int] = field(default_factory=Counter)
    complaints: Counter[str] = field(default_factory=Counter)
    left_out: list[str] = field(default_factory=list)
    added_to: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    seen: int = 0
    violations: list[Violation] = field(default_factory=list)

    def table(self) -> str:
        """The figures as a table in Markdown."""
        faults = ", ".join(f"{count} x {fault}" for fault, count in self.struck.most_common())
        complaints = ", ".join(f"{count} x {why}" for why, count in self.complaints.most_common()) or "none"
        rows = {
            "minutes": f"{self.seconds / 60:.1f}",
            "filings": f"{self.counts['filings']:,}, {self.counts['again']:,} published again",
            "faults": f"{self.struck.total()}: {faults}",
            "faults that this machine does not allow": ", ".join(self.left_out) or "none",
            "partition added to": self.added_to or "none",
            "processes that ended": f"{self.endings.total()}, {self.endings[KILLED]} of them by SIGKILL",
            "of their own accord": complaints,
            **{name: f"{self.counts[name]:,}" for name in ("reports", "positions", "alerts")},
            "poison records, each one dead letter": f"{self.counts['poison']:,}",
            "records that the reader saw meanwhile": f"{self.seen:,}",
            "moved again after": f"{median(self.recoveries):.1f} s (median), {max(self.recoveries):.1f} s (slowest)",
            "longest wait for an alert in any partition": f"{self.longest_silence:.1f} s, outages included",
            "broken invariants": str(len(self.violations)),
        }
        return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())])


async def run_campaign(ground: Ground, plan: Plan, directory: Path) -> Figures:
    """Hold a run, and give its figures.

    Raises:
        TimeoutError: the pipeline did not move again after a volley, or did not come to its end.
    """
    figures, began = Figures(), time.monotonic()
    faults = faults_on(ground)
    figures.left_out = sorted((KAFKA_FAULTS if isinstance(ground, KafkaGround) else EMBEDDED_FAULTS).keys() - faults)
    async with AsyncExitStack() as ending:
        crew = Crew(directory, ground.environment)
        ending.push_async_callback(crew.close)
        observer = Observer(ground)
        ending.push_async_callback(observer.close)
        operator = Operator(crew, ground.environment, directory)
        harms = Harms(crew, _chance(plan, "harms"), ground, operator)
        nemesis = Nemesis(crew, _chance(plan, "victims"), ground, harms)
        _muster(crew, ground, plan)
        try:
            await within(observer.moved(0.0))
            for volley in volleys(faults, _chance(plan, "faults")):
                print(" + ".join(volley), end="", flush=True)  # noqa: T201 - pytest shows it where the run fails
                await within(nemesis.volley(volley), PATIENCE_SECONDS + _REPAIR_SECONDS * len(observer.filings))
                healed = time.monotonic()
                figures.recoveries.append(await within(observer.moved(healed)) - healed)
                struck, filings = nemesis.struck.total(), len(observer.filings)
                print(f": {figures.recoveries[-1]:.1f} s ({struck} faults, {filings} filings)", flush=True)  # noqa: T201
                if min(struck - plan.faults, filings - plan.filings, time.monotonic() - began - plan.seconds) >= 0:
                    break
            figures.longest_silence, figures.seen = observer.longest_silence, observer.counts.total()
            if isinstance(ground, KafkaGround):
                print("added partitions", end="", flush=True)  # noqa: T201 - likewise
                chance = _chance(plan, "partitions")
                patience = PATIENCE_SECONDS + _COPY_SECONDS * len(observer.filings)
                moved = await within(add_a_partition(crew, chance, ground, observer, harms, operator), patience)
                nemesis.struck["added partitions"] += 1
                ground, figures.added_to, figures.violations = moved.ground, moved.topic.name, moved.violations
                observer, healed = Observer(ground, copied=moved.copied), time.monotonic()
                ending.push_async_callback(observer.close)
                figures.recoveries.append(await within(observer.moved(healed)) - healed)
                print(f": {figures.recoveries[-1]:.1f} s after the copy", flush=True)  # noqa: T201 - likewise
            await within(_finish(crew, ground))
        except TimeoutError:
            print(await crew.question())  # noqa: T201 - likewise
            raise
        log = await log_of(ground)
        await within(observer.saw(len(log.alerts)))
        log.seen = observer.seen
    figures.seconds = time.monotonic() - began
    lives = crew.past_lives()
    figures.struck, figures.endings, figures.complaints = nemesis.struck, crew.endings(), codes(lives)
    figures.counts = _counts(log)
    figures.violations += harms.unanswered
    figures.violations += [Violation("each end says why", what) for what in unexplained(lives)]
    figures.violations += violations_of(ground, log, copied=isinstance(ground, KafkaGround))
    return figures


def _chance(plan: Plan, what: str) -> random.Random:
    """What the seed decides of one thing, whatever it decides of others."""
    return random.Random(f"{plan.seed} {what}")  # noqa: S311 - a plan, no secret


async def within(work: Awaitable[T], seconds: float = PATIENCE_SECONDS) -> T:
    """Await with a bound: a hang is a failure."""
    async with asyncio.timeout(seconds):
        return await work


def _muster(crew: Crew, ground: Ground, plan: Plan) -> None:
    """The instances that the run begins with."""
    publishing = (str(plan.rate), str(UNTIL_TOLD))
    if isinstance(ground, EmbeddedGround):
        for _ in range(plan.instances):
            crew.add("pipeline", str(ground.directory), *publishing)
        return
    crew.add("publisher", *publishing)
    crew.add("repeater")
    for _ in range(plan.instances):
        crew.add("parser")
        crew.add("holdings")


async def _finish(crew: Crew, ground: Ground) -> None:
    """No more filings; every record processed; everyone told to leave."""
    if isinstance(ground, EmbeddedGround):  # its processes publish and process: the last is to do the second alone
        await crew.dismiss()
        crew.add("pipeline", str(ground.directory), "0", "0")
    else:
        await asyncio.gather(*(crew.remove(member) for member in crew.members if member.role == "publisher"))
    await drained(ground)
    await crew.dismiss()


def _counts(log: Log) -> Counter[str]:
    """How many records there are of what."""
    good = [filing.key for filing in log.filings if not is_poison(filing.key)]
    return Counter(
        {
            "filings": len(set(good)),
            "again": len(good) - len(set(good)),
            "poison": len(log.letters),
            "reports": len(log.reports),
            "positions": len(log.updates),
            "alerts": len(log.alerts),
        }
    )
