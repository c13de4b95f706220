"""The processes of a chaos run. A supervisor task restarts each of them whenever it exits."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.chaos.failpoints import NO_FAILPOINTS
from tests.chaos.pipeline_outcome import REPOSITORY
from tests.chaos.process_exits import ProcessRun, count_error_codes

_RESTART_SECONDS: Final = 0.2
_LOOK_AGAIN_SECONDS: Final = 0.05
_ANSWER_SECONDS: Final = 2.0


async def until(condition: Callable[[], bool]) -> None:
    """Poll until the condition holds; other processes cannot set an event here."""
    while not condition():  # noqa: ASYNC110 - no event to wait for
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


class Worker:
    """One supervised instance of a service.

    Attributes:
        failpoints: activated in the next process that is started, once.
        starts: how many processes have been started.
        under_fault: set while the nemesis or the operator works on this worker.
        exit_statuses: exit status counts over all its processes.
    """

    def __init__(self, name: str, arguments: tuple[str, ...], directory: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.role = arguments[0]
        self.arguments = arguments
        self.failpoints = NO_FAILPOINTS
        self.starts = 0
        self.under_fault = False
        self._final_run = False
        self._may_run = asyncio.Event()
        self._may_run.set()
        self._idle = False
        self._finished: list[tuple[int, int, int]] = []  # exit status, start and end of its lines in the log
        self.exit_statuses: Counter[int] = Counter()
        self.log = directory / f"{name}.log"
        self.log.touch()
        self._environment = dict(environment)
        self._stopping = False
        self._process: asyncio.subprocess.Process | None = None
        self._supervision = asyncio.create_task(self._supervise(), name=name)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the running process, if any."""
        with suppress(ProcessLookupError):
            if self._process is not None and self._process.returncode is None:
                os.kill(self._process.pid, number)  # asyncio's own method may reap the process and lose its status

    @property
    def suspended(self) -> bool:
        """Return whether SIGSTOP has suspended the process."""
        if self._process is None:
            return False
        with suppress(OSError):
            return Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
        return False

    @property
    def alive(self) -> bool:
        """Return whether a process is running."""
        return self._process is not None and self._process.returncode is None

    async def wait_for_start(self, *, after: int) -> None:
        """Wait until more than `after` processes have been started."""
        await until(lambda: self.starts > after)

    async def wait_for_log(self, words: str) -> None:
        """Wait until the log contains the text."""
        await until(lambda: words in self.log.read_text(errors="replace"))

    async def stop(self) -> None:
        """Stop with SIGTERM and do not restart."""
        self._stopping = True
        self.send(signal.SIGTERM)
        await self.wait_for_last_exit()

    async def wait_for_last_exit(self) -> None:
        """Wait until the current process exits, and do not restart it."""
        self._final_run = True
        self._may_run.set()
        await self._supervision

    async def hold(self) -> None:
        """Stop with SIGTERM and do not restart until `release`."""
        self._may_run.clear()
        self.send(signal.SIGTERM)
        await until(lambda: self._idle)

    def release(self, **environment: str) -> None:
        """Restart, from now on with these additional variables."""
        self._environment |= environment
        self._may_run.set()

    @property
    def exit_count(self) -> int:
        """Return how many of its processes have exited."""
        return len(self._finished)

    def finished_runs(self, after: int = 0) -> list[ProcessRun]:
        """Return its finished processes, without the first `after` of them."""
        spans = self._finished[after:]
        if not spans:
            return []
        log = self.log.read_bytes()
        return [
            ProcessRun(self.name, status, tuple(log[begin:end].decode(errors="replace").splitlines(keepends=True)))
            for status, begin, end in spans
        ]

    def error_codes(self) -> list[str]:
        """Return the error code of each failed process, or the error text if it was a defect."""
        return list(count_error_codes(self.finished_runs()).elements())

    async def _supervise(self) -> None:
        while not self._final_run:
            if not self._may_run.is_set():
                self._idle = True
                await self._may_run.wait()
                self._idle = False
                continue
            failpoints, self.failpoints = self.failpoints, NO_FAILPOINTS
            with self.log.open("ab") as log:
                began = log.tell()
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "tests.chaos.worker_process", failpoints, *self.arguments),
                    stdout=log,
                    stderr=log,
                    cwd=REPOSITORY,
                    env=self._environment,
                )
            self.starts += 1
            if self._stopping or not self._may_run.is_set():  # stop() or hold() came while it was starting
                self.send(signal.SIGTERM)
            try:
                status = await self._process.wait()
            except asyncio.CancelledError:
                self.send(signal.SIGKILL)
                await self._process.wait()
                raise
            self._finished.append((status, began, self.log.stat().st_size))
            self.exit_statuses[status] += 1
            if not self._final_run:
                await asyncio.sleep(_RESTART_SECONDS)

    async def kill(self) -> None:
        """Kill the process in any state and end the supervision."""
        self._final_run = True
        self._supervision.cancel()
        with suppress(asyncio.CancelledError):
            await self._supervision


class WorkerPool:
    """All workers of a run. `close` kills whatever is still running."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self.workers: list[Worker] = []
        self.removed: list[Worker] = []
        self._directory = directory
        self._environment = dict(environment)
        self._created = 0

    def add(self, *arguments: str, failpoints: str = NO_FAILPOINTS, **environment: str) -> Worker:
        """Start another worker, with these variables in addition to the common ones."""
        self._created += 1
        name = f"{arguments[0]}-{self._created}"
        worker = Worker(name, arguments, self._directory, {**self._environment, **environment})
        worker.failpoints = failpoints  # its task has not run yet
        self.workers.append(worker)
        return worker

    def change_environment(self, **environment: str) -> None:
        """Set variables for workers that are added later."""
        self._environment |= environment

    async def hold(self, workers: Sequence["Worker"]) -> None:
        """Stop these workers; none of them restarts until it is released."""
        await asyncio.gather(*(worker.hold() for worker in workers))

    async def restart(self, workers: Sequence["Worker"]) -> None:
        """Stop these workers with SIGTERM; each is restarted."""
        ends = {worker: worker.exit_count for worker in workers}
        for worker in workers:
            worker.send(signal.SIGTERM)
        await until(lambda: all(worker.exit_count > count for worker, count in ends.items()))

    async def run_once(self, *arguments: str, **environment: str) -> Worker:
        """Run one process that no fault selects and that is not restarted; return it after its exit."""
        worker = self.add(*arguments, **environment)
        self.workers.remove(worker)
        self.removed.append(worker)
        await worker.wait_for_start(after=0)
        await worker.wait_for_last_exit()
        return worker

    async def remove(self, worker: Worker) -> None:
        """Stop a worker for good."""
        self.workers.remove(worker)
        self.removed.append(worker)
        await worker.stop()

    async def stack_dumps(self) -> str:
        """Ask each running worker for the stacks of its tasks; return them as text."""
        asked = [worker for worker in self._all() if worker.alive]
        marks = {worker: worker.log.stat().st_size for worker in asked}
        for worker in asked:
            worker.send(signal.SIGUSR1)
        await asyncio.sleep(_ANSWER_SECONDS)
        return "\n".join(
            f"== {m.name} (under_fault: {m.under_fault})\n{m.log.read_bytes()[mark:].decode(errors='replace')}"
            for m, mark in marks.items()
        )

    async def stop_all(self) -> None:
        """Stop all workers for good."""
        await asyncio.gather(*(self.remove(worker) for worker in list(self.workers)))

    async def close(self) -> None:
        """Kill every worker that is still running."""
        await asyncio.gather(*(worker.kill() for worker in self._all()))

    def exit_statuses(self) -> Counter[int]:
        """Count exit statuses over all workers."""
        return sum((worker.exit_statuses for worker in self._all()), Counter())

    def finished_runs(self) -> list[ProcessRun]:
        """Return all finished processes of all workers."""
        return [run for worker in self._all() for run in worker.finished_runs()]

    def _all(self) -> list[Worker]:
        return [*self.workers, *self.removed]
