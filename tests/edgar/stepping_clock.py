"""A clock that jumps: whoever sleeps is at the end of the wait at once."""

import asyncio
from datetime import datetime, timedelta


class SteppingClock:
    """Time passes only where someone sleeps, and takes none. `slept` is how long each sleep was, in seconds."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The moment that the sleeps have come to."""
        return self.moment

    async def sleep(self, seconds: float) -> None:
        """Be that much later; others have a turn first."""
        until = self.moment + timedelta(seconds=max(0.0, seconds))
        self.slept.append(seconds)
        await asyncio.sleep(0)
        self.moment = max(self.moment, until)
