"""The nemesis: injects faults in seeded volleys of one to three, each of which heals by itself.

A fault is over as soon as its victim has been restarted or resumed. A run that makes no progress after that has failed.
"""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from deploy.kafka.local import LocalKafka
from tests.chaos.deployments import Deployment, KafkaDeployment
from tests.chaos.log_faults import LogFaults
from tests.chaos.workers import Worker, WorkerPool, until

Volley = tuple[str, ...]

KAFKA_FAULTS: Final[Mapping[str, int]] = {
    "SIGKILL": 5,
    "SIGTERM": 3,
    "SIGSTOP, SIGCONT": 4,
    "broker killed": 3,
    "killed around a commit": 6,
    "client stops receiving": 1,
    "instance added": 1,
    "instance removed": 1,
    "null headers": 2,
    "foreign records": 2,
    "wrong password": 1,
    "full disk": 1,
}
"""Every fault of a run on Kafka, and how often it occurs per shuffled deal; a run ends by adding a partition."""
EMBEDDED_FAULTS: Final[Mapping[str, int]] = {
    "SIGKILL": 4,
    "SIGTERM": 1,
    "killed around a commit": 5,
    "instance added": 1,
    "instance removed": 1,
    "null headers": 1,
    "foreign records": 1,
    "full disk": 1,
}

_MOST_AT_ONCE: Final = 3
_WITHIN_SECONDS: Final = 2.0
"""The faults of a volley are injected within this time."""
_FURTHEST_CALL: Final = 15
_TO_STRIKE_SECONDS: Final = 20.0
"""How long a process may take to reach its failpoint: it may be idle."""
_PAST_THE_SESSION: Final = (1.2, 1.8)
_MOST_INSTANCES: Final = 4
_SENDERS: Final = frozenset({"publisher"})
_OF_GROUP_MEMBERS: Final = frozenset({"client stops receiving", "instance added", "instance removed"})
_OF_THE_LOG: Final = frozenset({"broker killed", "null headers", "foreign records", "wrong password", "full disk"})
"""One of these at a time: their effects could not be distinguished from a broker outage."""
_STEPS: Final = {
    "publisher": ("begin", "send", "commit", "write"),
    "pipeline": ("append", "commit_offset", "read", "heartbeat"),
}
_GROUP_STEPS: Final = ("begin", "send", "offsets", "commit", "write")


def supported_faults(deployment: Deployment) -> dict[str, int]:
    """Return the faults that a deployment supports: some need a disk to fill, or a broker with passwords."""
    faults = dict(KAFKA_FAULTS if isinstance(deployment, KafkaDeployment) else EMBEDDED_FAULTS)
    if deployment.disk is None:
        del faults["full disk"]
    if isinstance(deployment, KafkaDeployment) and deployment.with_wrong_password() is None:
        del faults["wrong password"]
    return faults


def volleys(faults: Mapping[str, int], rng: random.Random) -> Iterator[Volley]:
    """Yield volleys without end: each fault once, then shuffled deals; no fault occurs twice per volley."""
    hand = list(faults)
    while True:
        rng.shuffle(hand)
        while hand:
            drawn = dict.fromkeys(hand.pop() for _ in range(min(len(hand), rng.randint(1, _MOST_AT_ONCE))))
            yield tuple(drawn)
        hand = [fault for fault, count in faults.items() for _ in range(count)]


class Nemesis:
    """Injects faults into the workers of a pool; `log_faults` covers those of the log and its disk."""

    def __init__(self, pool: WorkerPool, rng: random.Random, deployment: Deployment, log_faults: LogFaults) -> None:
        self.injected: Counter[str] = Counter()
        self._pool = pool
        self._rng = rng
        self._session = deployment.session
        self._kafka: LocalKafka | None = deployment.kafka if isinstance(deployment, KafkaDeployment) else None
        self._log_faults = log_faults
        self._log_in_use = asyncio.Lock()

    async def volley(self, faults: Volley) -> None:
        """Inject the faults within two seconds; return when all have healed."""
        await asyncio.gather(*(self._strike(fault) for fault in faults))

    async def _strike(self, fault: str) -> None:
        await asyncio.sleep(self._rng.uniform(0, _WITHIN_SECONDS))
        if fault in _OF_THE_LOG:
            async with self._log_in_use:
                struck = await self._strike_log(fault)
        else:
            excluded = _SENDERS if fault in _OF_GROUP_MEMBERS else frozenset()
            async with self._victim(excluded) as worker:
                struck = await self._strike_worker(fault, worker)
        self.injected[fault] += struck

    async def _strike_log(self, fault: str) -> bool:
        match fault:
            case "broker killed":
                await self._kill_broker()
            case "null headers":
                await self._log_faults.publish_strange_headers()
            case "foreign records":
                await self._log_faults.publish_foreign_records()
            case "wrong password":
                await self._log_faults.add_with_wrong_password()
            case _:
                await self._log_faults.fill_the_disk()
        return True

    async def _strike_worker(self, fault: str, worker: Worker) -> bool:
        match fault:
            case "SIGKILL" | "SIGTERM":
                return await self._restart(worker, signal.Signals[fault])
            case "SIGSTOP, SIGCONT":
                return await self._suspend(worker)
            case "killed around a commit":
                return await self._kill_around_a_commit(worker)
            case "client stops receiving":
                return await self._stop_receiving(worker)
            case "instance added":
                return self._add(worker)
            case _:
                return await self._remove(worker)

    @asynccontextmanager
    async def _victim(self, excluded: frozenset[str]) -> AsyncIterator[Worker]:
        """Reserve a random worker that is under no other fault."""

        def free() -> list[Worker]:
            return [m for m in self._pool.workers if m.role not in excluded and not m.under_fault]

        await until(lambda: bool(free()))
        chosen = self._rng.choice(free())
        chosen.under_fault = True
        try:
            yield chosen
        finally:
            chosen.under_fault = False

    async def _kill_broker(self) -> None:
        assert self._kafka is not None
        await asyncio.to_thread(self._kafka.kill)
        await asyncio.to_thread(self._kafka.restart)

    async def _restart(self, worker: Worker, number: signal.Signals) -> bool:
        starts = worker.starts
        worker.send(number)
        await worker.wait_for_start(after=starts)
        return True

    async def _suspend(self, worker: Worker) -> bool:
        """Suspend past the session timeout: the worker wakes up as a zombie whose partitions have new owners."""
        worker.send(signal.SIGSTOP)
        await asyncio.sleep(self._session * self._rng.uniform(*_PAST_THE_SESSION))
        worker.send(signal.SIGCONT)
        return True

    async def _kill_around_a_commit(self, worker: Worker) -> bool:
        """Kill at a random step of a commit; return whether the process reached it."""
        step = self._rng.choice(_STEPS.get(worker.role, _GROUP_STEPS))
        moment, call = self._rng.choice(("before", "after")), self._rng.randint(1, _FURTHEST_CALL)
        return await self._restart_with_failpoints(worker, f"SIGKILL:{moment}:{step}:{call}", within=_TO_STRIKE_SECONDS)

    async def _stop_receiving(self, worker: Worker) -> bool:
        """Stop delivering records; the watchdog has to notice and end the process."""
        return await self._restart_with_failpoints(worker, f"deaf:{self._rng.randint(1, _FURTHEST_CALL)}", within=None)

    async def _restart_with_failpoints(self, worker: Worker, failpoints: str, *, within: float | None) -> bool:
        """Restart with failpoints; return whether they ended the process in time, else restart without."""
        worker.failpoints = failpoints
        await self._restart(worker, signal.SIGKILL)
        starts = worker.starts
        try:
            async with asyncio.timeout(within):
                await worker.wait_for_start(after=starts)
        except TimeoutError:
            await self._restart(worker, signal.SIGKILL)
            return False
        return True

    def _add(self, worker: Worker) -> bool:
        """Add an instance of the same kind; return False if there are enough."""
        wanted = len(self._like(worker)) < _MOST_INSTANCES
        if wanted:
            self._pool.add(*worker.arguments)
        return wanted

    async def _remove(self, worker: Worker) -> bool:
        """Remove the worker; return False if it is the last of its kind."""
        spare = len(self._like(worker)) > 1
        if spare:
            await self._pool.remove(worker)
        return spare

    def _like(self, worker: Worker) -> list[Worker]:
        return [other for other in self._pool.workers if other.arguments == worker.arguments]
