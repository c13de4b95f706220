"""What a person does in a run: stops members and starts them again, and runs commands of insidertape between."""

import asyncio
import sys
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.chaos.crew import Crew, Member, until
from tests.chaos.outcome import REPOSITORY

_NOT_YET: Final = frozenset({69, 75})
"""Statuses of a command that is to be tried again: the broker is away, or a group still counts a member that died."""
_AGAIN_SECONDS: Final = 0.5


class CommandFailedError(Exception):
    """A command of the operator's ended in a way that trying again does not mend."""


class Operator:
    """Acts on one crew. What the commands say is in `operator.log` in the directory."""

    def __init__(self, crew: Crew, environment: Mapping[str, str], directory: Path) -> None:
        self.log = directory / "operator.log"
        self._crew = crew
        self._environment = dict(environment)

    async def run(self, *arguments: str) -> None:
        """Run a command until it has done its work.

        Raises:
            CommandFailedError: it failed.
        """
        while (status := await self._run_once(arguments)) in _NOT_YET:  # noqa: ASYNC110 - the broker sets no event
            await asyncio.sleep(_AGAIN_SECONDS)
        if status:
            said = "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
            raise CommandFailedError(f"insidertape {' '.join(arguments)} ended with {status}:\n{said}")

    @asynccontextmanager
    async def taken(self, roles: Collection[str]) -> AsyncIterator[list[Member]]:
        """Take all members of these roles, once no fault has any of them; no fault gets them meanwhile."""

        def members() -> list[Member]:
            return [member for member in self._crew.members if member.role in roles]

        await until(lambda: not any(member.troubled for member in members()))
        taken = members()
        for member in taken:
            member.troubled = True
        try:
            yield taken
        finally:
            for member in taken:
                member.troubled = False

    @asynccontextmanager
    async def stopped(self, members: Sequence[Member]) -> AsyncIterator[None]:
        """Stop members that were taken; start them again at the end."""
        await self._crew.hold(members)
        try:
            yield
        finally:
            for member in members:
                member.release()

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
