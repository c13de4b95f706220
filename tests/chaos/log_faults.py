"""Faults of the log: foreign records, a full disk, a wrong password.

Each waits for the reaction that workers should show, and records a violation if it does not come.
"""

import asyncio
import random
import sqlite3
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

from aiokafka.errors import KafkaError

from contracts.errors import StorageFailed, TransientError
from contracts.topics import Topic
from tests.chaos.deployments import Deployment, KafkaDeployment
from tests.chaos.foreign_records import ForeignRecords
from tests.chaos.invariants import Violation
from tests.chaos.operator import Operator
from tests.chaos.process_exits import ProcessRun
from tests.chaos.workers import Worker, WorkerPool
from tests.engines.hostile import ForeignRecord, put

ANSWER_SECONDS: Final = 60.0
"""How long workers have to exit in reaction to a fault."""

_LOOK_AGAIN_SECONDS: Final = 0.2
_BROKER_LASTS_SECONDS: Final = 15.0
"""How long a broker may survive a full disk: it exits at the next write that finds no space."""
_WITH_STATE: Final = frozenset({"holdings", "pipeline"})
_WITH_PASSWORDS: Final = ("parser", "holdings", "repeater")
_FULL: Final = 74
_CORRUPT: Final = 65
_REFUSED: Final = 77


class LogFaults:
    """Injects these faults into a deployment; `unanswered` lists the reactions that did not come."""

    def __init__(self, pool: WorkerPool, rng: random.Random, deployment: Deployment, operator: Operator) -> None:
        self.unanswered: list[Violation] = []
        self._pool = pool
        self._rng = rng
        self._deployment = deployment
        self._operator = operator
        self._foreign_records = ForeignRecords(deployment.partitions)

    async def publish_strange_headers(self) -> None:
        """Publish filings with null headers, repeated ones, and names that are not UTF-8."""
        await self._put(self._foreign_records.with_strange_headers())

    async def publish_foreign_records(self) -> None:
        """Write invalid records into every topic; holdings refuses its state until the operator repairs it."""
        await self._put(self._foreign_records.foreign())
        async with self._operator.reserved(_WITH_STATE) as workers:
            (place,) = await self._put(self._foreign_records.foreign_positions())
            counts = {worker: worker.exit_count for worker in workers}
            await self._pool.restart(workers)

            def answered() -> bool:
                runs = (run for worker, count in counts.items() for run in worker.finished_runs(after=count))
                return any(exited_with(run, _CORRUPT, place) for run in runs)

            await self.expect(answered, f"holdings exits and names {place}")
            async with self._operator.stopped(workers):
                await self._operator.run("state", "repair", *self._deployment.arguments)

    async def add_with_wrong_password(self) -> None:
        """Run an instance that the broker rejects; it must give up by itself."""
        assert isinstance(self._deployment, KafkaDeployment)
        variables = self._deployment.with_wrong_password()
        assert variables is not None
        worker = await self._pool.run_once(self._rng.choice(_WITH_PASSWORDS), **variables)
        (run,) = worker.finished_runs()
        if not exited_with(run, _REFUSED, "kafka_authentication_failed"):
            self._note(f"{worker.name}, with a wrong password, ended with {run.status}: {run.failures}")

    async def fill_the_disk(self) -> None:
        """Fill the log's disk until its writers have stopped, then free the space."""
        disk = self._deployment.disk
        assert disk is not None
        try:
            if isinstance(self._deployment, KafkaDeployment):
                await self._await_exit_of_broker(self._deployment)
            else:
                await self._await_exit_of_members()
        finally:
            disk.clear()
        if isinstance(self._deployment, KafkaDeployment):
            await asyncio.to_thread(self._deployment.kafka.kill)  # if it is still running, its writes have failed
            await asyncio.to_thread(self._deployment.kafka.restart)

    async def expect(self, answered: Callable[[], bool], what: str, *, within: float = ANSWER_SECONDS) -> None:
        """Wait for a reaction of the workers; record a violation if it takes too long."""
        try:
            async with asyncio.timeout(within):
                while not answered():  # noqa: ASYNC110 - other processes set no event
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        except TimeoutError:
            self._note(f"not within {within:.0f} s: {what}")

    async def _await_exit_of_broker(self, deployment: KafkaDeployment) -> None:
        assert deployment.disk is not None
        until = time.monotonic() + _BROKER_LASTS_SECONDS
        while deployment.kafka.process and deployment.kafka.process.poll() is None and time.monotonic() < until:
            await asyncio.to_thread(deployment.disk.fill)  # again: the broker may have freed some space
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    async def _await_exit_of_members(self) -> None:
        disk = self._deployment.disk
        assert disk is not None
        counts = {worker: worker.exit_count for worker in self._pool.workers}

        def answered() -> bool:
            disk.fill()
            remaining = [worker for worker in self._pool.workers if worker in counts]
            return all(_any_exit(worker, counts, _FULL) for worker in remaining)

        await self.expect(answered, "each worker exits because the disk is full")

    async def _put(self, records: Iterable[tuple[Topic, int, ForeignRecord]]) -> list[str]:
        """Write the records; return where, in the notation of error messages: `topic[partition]@`."""
        places: defaultdict[tuple[Topic, int], list[ForeignRecord]] = defaultdict(list)
        for topic, partition, record in records:
            places[topic, partition].append(record)
        for (topic, partition), group in places.items():
            await _retry(lambda: put(self._deployment.raw, topic, partition, group))  # noqa: B023 - awaited here
        return [f"{topic.name}[{partition}]@" for topic, partition in places]

    def _note(self, what: str) -> None:
        self.unanswered.append(Violation("faults are answered", what))


def exited_with(run: ProcessRun, status: int, words: str) -> bool:
    """Return whether a process exited with this status and gave these words as its reason."""
    return run.status == status and any(words in f"{each['code']} {each['error']}" for each in run.failures)


def _any_exit(worker: Worker, counts: Mapping[Worker, int], status: int) -> bool:
    return any(run.status == status for run in worker.finished_runs(after=counts[worker]))


async def _retry(write: Callable[[], Awaitable[None]]) -> None:
    """Retry a write through outages and concurrent writers."""
    while True:
        try:
            await write()
        except (KafkaError, OSError, sqlite3.Error, StorageFailed, TransientError):
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        else:
            return
