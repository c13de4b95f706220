"""A clock for tests on which sleeping takes no time."""

import asyncio
from datetime import datetime, timedelta


class SteppingClock:
    """Time passes only by sleeping, and at once. `slept` lists the seconds of each sleep."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment
        self.slept: list[float] = []

    def now(self) -> datetime:
        """Return the time that the sleeps have reached."""
        return self.moment

    async def sleep(self, seconds: float) -> None:
        """Advance the time, after a turn for other tasks."""
        until = self.moment + timedelta(seconds=max(0.0, seconds))
        self.slept.append(seconds)
        await asyncio.sleep(0)
        self.moment = max(self.moment, until)
