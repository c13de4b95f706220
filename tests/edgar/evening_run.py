"""Run a watcher over an evening at EDGAR: twelve filings shortly before it closes, three of them never in the feed.

Their index comes at 22:45. Eight simulated hours take less than a second, since almost nothing is requested in them.
"""

import ssl
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from structlog.testing import capture_logs

from tests.edgar.catalog import Catalog, index_written
from tests.edgar.fake_edgar import FakeEdgar, Fault
from tests.edgar.filings import EASTERN
from tests.edgar.outcome import published_in
from tests.edgar.samples import make_filing
from tests.edgar.simulated_clock import SimulatedClock, run_simulated
from tests.edgar.watcher_process import watch

TODAY: Final = date(2025, 3, 10)
EVENING: Final = datetime(2025, 3, 10, 21, 50, tzinfo=EASTERN)
MORNING: Final = EVENING + timedelta(hours=8, minutes=20)
FILINGS: Final = [
    make_filing(number, EVENING + timedelta(seconds=37 * number), shown_after=None if number % 4 == 0 else timedelta())
    for number in range(12)
]
DROPPED: Final = {filing.accession for filing in FILINGS if filing.shown_at is None}


@dataclass
class EveningResult:
    """The result of an evening: the published accession numbers, the log lines, and the fake EDGAR."""

    published: Sequence[str]
    logs: Sequence[MutableMapping[str, Any]]
    fake_edgar: FakeEdgar

    def lines(self, *events: str) -> list[MutableMapping[str, Any]]:
        """Return the log lines of these events."""
        return [line for line in self.logs if line["event"] in events]


def run_evening(
    directory: Path,
    *faults: Fault,
    begins: datetime = EVENING,
    until: datetime = MORNING,
    index_late: int = 0,
    poll_interval: float = 10.0,
    silence: float = 30.0,
    tls: ssl.SSLContext | None = None,
) -> EveningResult:
    """Run the evening; the index is `index_late` hours late. `poll_interval` is simulated seconds, `silence` real."""
    clock = SimulatedClock(begins)
    catalog = Catalog(FILINGS, index_appears=lambda day: index_written(day) + timedelta(hours=index_late))
    fake_edgar = FakeEdgar(catalog, clock)
    fake_edgar.faults = [*faults]

    async def main() -> None:
        async with fake_edgar.running(tls) as origin:
            await watch(origin, directory, clock, until, poll_interval=poll_interval, silence=silence)

    with capture_logs() as logs:
        run_simulated(clock, main())
    return EveningResult([filing.filing_id for filing in published_in(directory)], logs, fake_edgar)
