"""The operator during a run: stops workers, runs insidertape's commands, starts the workers again."""

import asyncio
import sys
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.chaos.pipeline_outcome import REPOSITORY
from tests.chaos.workers import Worker, WorkerPool, until

_NOT_YET: Final = frozenset({69, 75})
"""Exit statuses to retry on: the broker is unreachable, or a group still lists a dead member."""
_AGAIN_SECONDS: Final = 0.5


class CommandFailedError(Exception):
    """A command failed in a way that a retry does not fix."""


class Operator:
    """Acts on one pool. The output of its commands goes to `operator.log` in the directory."""

    def __init__(self, pool: WorkerPool, environment: Mapping[str, str], directory: Path) -> None:
        self.log = directory / "operator.log"
        self._pool = pool
        self._environment = dict(environment)

    async def run(self, *arguments: str) -> None:
        """Run a command, with retries, until it succeeds.

        Raises:
            CommandFailedError: it failed for good.
        """
        while (status := await self._run_once(arguments)) in _NOT_YET:  # noqa: ASYNC110 - the broker sets no event
            await asyncio.sleep(_AGAIN_SECONDS)
        if status:
            said = "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
            raise CommandFailedError(f"insidertape {' '.join(arguments)} ended with {status}:\n{said}")

    @asynccontextmanager
    async def reserved(self, roles: Collection[str]) -> AsyncIterator[list[Worker]]:
        """Reserve all workers of these roles as soon as none is under a fault; no fault selects them meanwhile."""

        def workers() -> list[Worker]:
            return [worker for worker in self._pool.workers if worker.role in roles]

        await until(lambda: not any(worker.under_fault for worker in workers()))
        taken = workers()
        for worker in taken:
            worker.under_fault = True
        try:
            yield taken
        finally:
            for worker in taken:
                worker.under_fault = False

    @asynccontextmanager
    async def stopped(self, workers: Sequence[Worker]) -> AsyncIterator[None]:
        """Stop reserved workers; start them again at the end."""
        await self._pool.hold(workers)
        try:
            yield
        finally:
            for worker in workers:
                worker.release()

    async def _run_once(self, arguments: Sequence[str]) -> int:
        with self.log.open("ab") as log:
            log.write(f"$ insidertape {' '.join(arguments)}\n".encode())
            log.flush()
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "services.cli", *arguments),
                stdout=log,
                stderr=log,
                cwd=REPOSITORY,
                env=self._environment,
            )
            try:
                return await process.wait()
            except asyncio.CancelledError:
                process.kill()
                await process.wait()
                raise
