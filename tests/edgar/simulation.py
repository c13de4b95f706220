"""A simulation: a real watcher process in simulated time against the fake EDGAR, killed and restarted.

The process sends its time in a header of each request, which is the only clock. It is killed while it waits for a
response, so that it does nothing after the simulated time of its end.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web

from tests.edgar.catalog import Catalog
from tests.edgar.fake_edgar import FakeEdgar, Fault, Respond
from tests.edgar.faults import gone
from tests.edgar.outcome import Outcome, outcome_of


@dataclass(frozen=True, slots=True)
class Kill:
    """A SIGKILL at the first request from `at` on whose path contains `of`; no watcher runs for `down`."""

    at: datetime
    of: str
    down: timedelta


@dataclass
class Simulation:
    """A simulation from `begins` to `ends`; the output of the process goes to `log`."""

    catalog: Catalog
    begins: datetime
    ends: datetime
    faults: Sequence[Fault] = ()
    kills: Sequence[Kill] = ()
    _moment: datetime = field(default=datetime.min.replace(tzinfo=UTC), init=False)
    _process: asyncio.subprocess.Process | None = field(default=None, init=False)

    async def run(self, directory: Path) -> Outcome:
        """Run to the end, with data and log in the directory.

        Raises:
            RuntimeError: the process ended early, or a kill was never triggered.
        """
        began = time.monotonic()
        kills = list(self.kills)
        fake_edgar = FakeEdgar(self.catalog, self)
        fake_edgar.faults = [self._seen(kills), *self.faults]
        self._moment = self.begins
        async with fake_edgar.running() as origin:
            while True:
                left = len(kills)
                status = await self._watch(origin, directory)
                if len(kills) == left:
                    break
                self._moment += self.kills[-left].down
        if status != 0 or kills:
            raise RuntimeError(f"the watcher ended with status {status} at {self._moment}, {len(kills)} kills to go")
        return outcome_of(self.catalog, fake_edgar.traffic, directory, wall_seconds=time.monotonic() - began)

    def now(self) -> datetime:
        """Return the latest time that a request carried."""
        return self._moment

    def _seen(self, kills: list[Kill]) -> Fault:
        async def fault(request: web.Request, now: datetime, respond: Respond) -> web.StreamResponse:
            self._moment = max(self._moment, now)
            if self._process and kills and now >= kills[0].at and kills[0].of in request.path_qs:
                kills.pop(0)
                self._process.kill()
                await self._process.wait()
                return await gone(request, respond)
            return await respond()

        return fault

    async def _watch(self, origin: str, directory: Path) -> int:
        """Run the process until it ends or is killed; return its status."""
        with (directory / "watcher.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.edgar.watcher_process", origin, directory),
                *(self._moment.isoformat(), self.ends.isoformat()),
                stdout=log,
                stderr=log,
            )
            try:
                return await self._process.wait()
            finally:
                with suppress(ProcessLookupError):
                    self._process.kill()
