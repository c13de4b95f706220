"""Time, as services are given it: nothing that waits or dates asks the system itself, so a simulation can."""

import asyncio
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The time, and a way to let it pass."""

    def now(self) -> datetime:
        """The moment, in UTC and aware of it."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let that many seconds pass; none or fewer is a turn for other tasks."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """See `Clock.now`."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        await asyncio.sleep(max(0.0, seconds))
