"""The processes of a chaos run, each under a supervisor that starts it again whenever it ends."""

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.chaos.doomed import CALM
from tests.chaos.endings import Life, codes
from tests.chaos.outcome import REPOSITORY

_RESTART_SECONDS: Final = 0.2
_LOOK_AGAIN_SECONDS: Final = 0.05
_ANSWER_SECONDS: Final = 2.0


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what other processes bring about, and no event tells."""
    while not condition():  # noqa: ASYNC110 - see above
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


class Member:
    """One instance. `troubles` are those of its next life, `lives` how many it has begun.

    `troubled` is set while a fault has it, `held` while an operator keeps it from being started again. `endings` counts
    with what status its processes ended.
    """

    def __init__(self, name: str, arguments: tuple[str, ...], directory: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.role = arguments[0]
        self.arguments = arguments
        self.troubles = CALM
        self.lives = 0
        self.troubled = False
        self._last_life = False
        self._may_live = asyncio.Event()
        self._may_live.set()
        self._rests = False
        self._spans: list[tuple[int, int, int]] = []  # status, and where its lines begin and end in the log
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
        self._may_live.set()
        await self._living

    async def hold(self) -> None:
        """Tell it to end in good order, and do not start it again until `release`."""
        self._may_live.clear()
        self.send(signal.SIGTERM)
        await until(lambda: self._rests)

    def release(self, **environment: str) -> None:
        """Start it again, from now on with these variables as well."""
        self._environment |= environment
        self._may_live.set()

    @property
    def ends(self) -> int:
        """How many of its processes have ended."""
        return len(self._spans)

    def past_lives(self, after: int = 0) -> list[Life]:
        """Every process that it has been, but the present one, and but for the first `after` of them."""
        spans = self._spans[after:]
        if not spans:
            return []
        log = self.log.read_bytes()
        return [
            Life(self.name, status, tuple(log[begin:end].decode(errors="replace").splitlines(keepends=True)))
            for status, begin, end in spans
        ]

    def complaints(self) -> list[str]:
        """Why its processes ended by themselves: the code of each error, or what a defect says."""
        return list(codes(self.past_lives()).elements())

    async def _live(self) -> None:
        while not self._last_life:
            if not self._may_live.is_set():
                self._rests = True
                await self._may_live.wait()
                self._rests = False
                continue
            troubles, self.troubles = self.troubles, CALM
            with self.log.open("ab") as log:
                began = log.tell()
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "tests.chaos.member", troubles, *self.arguments),
                    stdout=log,
                    stderr=log,
                    cwd=REPOSITORY,
                    env=self._environment,
                )
            self.lives += 1
            if self._told_to_leave or not self._may_live.is_set():  # while it was being born
                self.send(signal.SIGTERM)
            try:
                status = await self._process.wait()
            except asyncio.CancelledError:
                self.send(signal.SIGKILL)
                await self._process.wait()
                raise
            self._spans.append((status, began, self.log.stat().st_size))
            self.endings[status] += 1
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
        self._environment = dict(environment)
        self._born = 0

    def add(self, *arguments: str, troubles: str = CALM, **environment: str) -> Member:
        """Start another member, with these variables beside those of all."""
        self._born += 1
        name = f"{arguments[0]}-{self._born}"
        member = Member(name, arguments, self._directory, {**self._environment, **environment})
        member.troubles = troubles  # its task has not run yet
        self.members.append(member)
        return member

    def change_environment(self, **environment: str) -> None:
        """Set variables for members to come."""
        self._environment |= environment

    async def hold(self, members: Sequence["Member"]) -> None:
        """Have these members end in good order, and none of them start again until it is released."""
        await asyncio.gather(*(member.hold() for member in members))

    async def restart(self, members: Sequence["Member"]) -> None:
        """Have these members end in good order, each to be started again."""
        ends = {member: member.ends for member in members}
        for member in members:
            member.send(signal.SIGTERM)
        await until(lambda: all(member.ends > count for member, count in ends.items()))

    async def live_once(self, *arguments: str, **environment: str) -> Member:
        """Have another member live, whom no fault gets, and who is not started again; return it when it has ended."""
        member = self.add(*arguments, **environment)
        self.members.remove(member)
        self.gone.append(member)
        await member.reborn(0)
        await member.over()
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
        await asyncio.gather(*(member.end() for member in self._all()))

    def endings(self) -> Counter[int]:
        """How often a process ended with which status, over all members."""
        return sum((member.endings for member in self._all()), Counter())

    def past_lives(self) -> list[Life]:
        """Every process that has ended, over all members."""
        return [life for member in self._all() for life in member.past_lives()]

    def _all(self) -> list[Member]:
        return [*self.members, *self.gone]
