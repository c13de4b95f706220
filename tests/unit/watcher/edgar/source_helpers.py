"""Times and filings for the tests of the EDGAR source."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from services.section16.edgar_calendar import EASTERN
from tests.edgar.filings import Filing
from tests.edgar.watcher_harness import WatcherHarness

MONDAY = date(2025, 3, 10)


DAY = timedelta(days=1)


MINUTE = timedelta(minutes=1)


def at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    """Return an Eastern time on that Monday, or on a later day."""
    day = MONDAY + days * DAY
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=EASTERN)


def numbers(filings: Sequence[Filing]) -> list[str]:
    """Return the accession numbers of the filings, oldest first."""
    return [filing.accession for filing in sorted(filings, key=lambda filing: filing.accepted_at)]


async def run_once(watcher: WatcherHarness) -> None:
    """Run the watcher once, without following."""
    await watcher.look()
