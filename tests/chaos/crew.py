"""The processes of a chaos run, each under a supervisor that starts it again whenever it ends."""

import asyncio
import json
import re
import signal
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from services.runtime.failures import DEFECT
from tests.chaos.doomed import CALM
from tests.chaos.outcome import REPOSITORY

_RESTART_SECONDS: Final = 0.2
_LOOK_AGAIN_SECONDS: Final = 0.05
_ANSWER_SECONDS: Final = 2.0
_COMPLAINT: Final = re.compile(r"insidertape: (\w+):|((?:\w+\.)*\w+(?:Error|Exception)\b.*)")
_FAILED: Final = "service_failed"


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what other processes bring about, and no event tells."""
    while not condition():  # noqa: ASYNC110 - see above
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


class Member:
    """One instance. `troubles` are those of its next life, `lives` how many it has begun.

    `troubled` is set while a fault has it; `endings` counts with what status its processes ended.
    """

    def __init__(self, name: str, arguments: tuple[str, ...], directory: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.role = arguments[0]
        self.arguments = arguments
        self.troubles = CALM
        self.lives = 0
        self.troubled = False
        self._last_life = False
        self.endings: Counter[int] = Counter()
        self.log = directory / f"{name}.log"
        self.log.touch()
        self._environment = dict(environment)
        self._told_to_leave = False
        self._process: asyncio.subprocess.Process | None = None
        self._living = asyncio.create_task(self._live(), name=name)

    def send(self, number: signal.Signals) -> None:
        """Send the process a signal, if there is one just now."""
        with suppress(ProcessLookupError):
            if self._process is not None and self._process.returncode is None:
                self._process.send_signal(number)

    @property
    def suspended(self) -> bool:
        """Whether the process stands still, by SIGSTOP."""
        if self._process is None:
            return False
        with suppress(OSError):
            return Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
        return False

    @property
    def alive(self) -> bool:
        """Whether there is a process just now."""
        return self._process is not None and self._process.returncode is None

    async def reborn(self, lives: int) -> None:
        """Wait until it has begun more lives than so many."""
        await until(lambda: self.lives > lives)

    async def said(self, words: str) -> None:
        """Wait until the words are in its log."""
        await until(lambda: words in self.log.read_text(errors="replace"))

    async def leave(self) -> None:
        """Tell it to end in good order, for ever."""
        self._told_to_leave = True
        self.send(signal.SIGTERM)
        await self.over()

    async def over(self) -> None:
        """Wait for the end of its present life, which is its last."""
        self._last_life = True
        await self._living

    def complaints(self) -> list[str]:
        """Why its processes ended by themselves: the code of each error, or what a defect says."""
        lines = self.log.read_text(errors="replace").splitlines()
        failed = [json.loads(line) for line in lines if f'"event": "{_FAILED}"' in line]
        codes = [line["error"] if line["code"] == DEFECT else line["code"] for line in failed]
        return codes + [found[1] or found[2] for line in lines if (found := _COMPLAINT.match(line))]

    async def _live(self) -> None:
        while not self._last_life:
            troubles, self.troubles = self.troubles, CALM
            with self.log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "tests.chaos.member", troubles, *self.arguments),
                    stdout=log,
                    stderr=log,
                    cwd=REPOSITORY,
                    env=self._environment,
                )
            self.lives += 1
            if self._told_to_leave:  # while it was being born
                self.send(signal.SIGTERM)
            try:
                self.endings[await self._process.wait()] += 1
            except asyncio.CancelledError:
                self.send(signal.SIGKILL)
                await self._process.wait()
                raise
            if not self._last_life:
                await asyncio.sleep(_RESTART_SECONDS)

    async def end(self) -> None:
        """End it for good, with SIGKILL, whatever state it is in."""
        self._last_life = True
        self._living.cancel()
        with suppress(asyncio.CancelledError):
            await self._living


class Crew:
    """All members. Close it, whatever happens: no process outlives it."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self.members: list[Member] = []
        self.gone: list[Member] = []
        self._directory = directory
        self._environment = environment
        self._born = 0

    def add(self, *arguments: str, troubles: str = CALM, **environment: str) -> Member:
        """Start another member."""
        self._born += 1
        name = f"{arguments[0]}-{self._born}"
        member = Member(name, arguments, self._directory, {**self._environment, **environment})
        member.troubles = troubles  # its task has not run yet
        self.members.append(member)
        return member

    async def remove(self, member: Member) -> None:
        """Have a member leave in good order, for ever."""
        self.members.remove(member)
        self.gone.append(member)
        await member.leave()

    async def question(self) -> str:
        """Where each living member stands: for people to read."""
        asked = [member for member in self._all() if member.alive]
        marks = {member: member.log.stat().st_size for member in asked}
        for member in asked:
            member.send(signal.SIGUSR1)
        await asyncio.sleep(_ANSWER_SECONDS)
        return "\n".join(
            f"== {m.name} (troubled: {m.troubled})\n{m.log.read_bytes()[mark:].decode(errors='replace')}"
            for m, mark in marks.items()
        )

    async def dismiss(self) -> None:
        """Have all leave in good order."""
        await asyncio.gather(*(self.remove(member) for member in list(self.members)))

    async def close(self) -> None:
        """End whoever is left."""
        await asyncio.gather(*(member.end() for member in self.members))

    def endings(self) -> Counter[int]:
        """How often a process ended with which status, over all members."""
        return sum((member.endings for member in self._all()), Counter())

    def complaints(self) -> Counter[str]:
        """Why processes ended by themselves, over all members."""
        return Counter(complaint for member in self._all() for complaint in member.complaints())

    def _all(self) -> list[Member]:
        return [*self.members, *self.gone]
