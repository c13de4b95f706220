"""Runs backfills against a fake EDGAR, with the log in memory."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta

from contracts.codec import decode
from contracts.filing_published import FilingPublished
from contracts.topics import FILINGS, WATCHER_CURSOR
from services.runtime.port import Output, Record, Source, WriteResult
from services.section16.vocabulary import FORM_TYPES
from services.watcher.edgar.backfill import edgar_backfill
from services.watcher.edgar.backfill_plan import Plan
from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.limiter import RequestLimiter
from services.watcher.edgar.pending import PendingFilings
from tests.edgar import pages
from tests.edgar.catalog import Catalog
from tests.edgar.fake_edgar import FakeEdgar
from tests.edgar.faults import (
    broken_off,
    cut_short,
    refused,
    replaced,
)
from tests.edgar.filings import Filing
from tests.edgar.samples import make_filing
from tests.edgar.stepping_clock import SteppingClock

CONTACT = "Jane Doe jane@example.com"
MONDAY = datetime(2025, 3, 10, 14, 0, tzinfo=UTC)
FRIDAY = datetime(2025, 4, 4, 14, 0, tzinfo=UTC)
FIRST, LAST = date(2025, 3, 1), date(2025, 4, 3)
ALL = Plan(FIRST, LAST)


def filings_of_days(*, per_day: int = 3, days: int = 25) -> list[Filing]:
    """Return filings for each business day from that Monday on, across the end of a quarter, with forms in turn."""
    forms = ("4", "3", "4/A", "424B2", "5")
    moments = [MONDAY + timedelta(days=number) for number in range(days)]
    return [
        make_filing(100 * day + number, moment + timedelta(minutes=number), form=forms[(day + number) % 5], owners=2)
        for day, moment in enumerate(moments)
        if moment.weekday() < 5
        for number in range(per_day)
    ]


class RecordedProgress:
    """Records the progress that a backfill reports."""

    def __init__(self) -> None:
        self.days = 0
        self.reached: list[tuple[date, float]] = []
        self.published = 0
        self.dead = 0
        self.left = 0
        self.notes: list[str] = []

    def begin(self, days: int, note: str | None) -> None:
        """See `BackfillProgress.begin`."""
        self.days = days
        self.notes += [note] if note else []

    def reach(self, day: date, days: float) -> None:
        """See `BackfillProgress.reach`."""
        self.reached.append((day, days))

    def publish(self, filings: int, dead: int) -> None:
        """See `BackfillProgress.publish`."""
        self.published += filings
        self.dead += dead

    def leave(self, filings: int) -> None:
        """See `BackfillProgress.leave`."""
        self.left += filings

    def end(self, note: str) -> None:
        """See `BackfillProgress.end`."""
        self.notes.append(note)


class BackfillHarness:
    """A fake EDGAR, a client of it, and the log that runs of the backfill write to."""

    def __init__(self, fake_edgar: FakeEdgar, client: EdgarClient, clock: SteppingClock) -> None:
        self.fake_edgar = fake_edgar
        self.client = client
        self.clock = clock
        self.log: list[Output] = []
        self.progress = RecordedProgress()

    async def run(self, plan: Plan = ALL, *, batches: int | None = None) -> Sequence[str]:
        """Run to the end, or kill the run after some batches; return the published accession numbers in order."""
        self.progress = RecordedProgress()
        source = self._restored(plan)
        committed = len(self.log)
        while batches != 0 and (outputs := await source.next_batch()) is not None:
            self.log += outputs
            source.committed([WriteResult(0, number) for number, _ in enumerate(outputs)])
            batches = batches - 1 if batches is not None else None
        if batches == 0:
            await source.next_batch()  # never committed: killed before
        return [(output.key or b"").decode() for output in self.log[committed:] if output.topic is not WATCHER_CURSOR]

    def _restored(self, plan: Plan) -> Source:
        service = edgar_backfill(self.client, self.clock, plan, self.progress)
        source = service.source()
        for offset, output in enumerate(each for each in self.log if each.topic is WATCHER_CURSOR):
            record = Record(WATCHER_CURSOR.name, 0, offset, output.key, output.value)
            if service.restores(record):
                source.restore(record)
        return source

    def filings(self) -> list[FilingPublished]:
        """Return all filings in the log."""
        return [decode(output.value, FilingPublished) for output in self.log if output.topic is FILINGS]

    def add_watchers_cursor(self, pending: PendingFilings) -> None:
        """Add the cursor records of a watcher to the log."""
        self.log += [Output(WATCHER_CURSOR, key.encode(), value) for key, value in pending.changes()]


@asynccontextmanager
async def backfill_of(filings: Sequence[Filing], *, now: datetime = FRIDAY) -> AsyncIterator[BackfillHarness]:
    """Yield a backfill of a fake EDGAR that has these filings."""
    clock = SteppingClock(now)
    fake_edgar = FakeEdgar(Catalog(filings), clock)
    async with (
        fake_edgar.running() as origin,
        EdgarClient(origin, CONTACT, clock, RequestLimiter(clock), timeout=0.5) as client,
    ):
        yield BackfillHarness(fake_edgar, client, clock)


def expected(filings: Sequence[Filing], forms: Sequence[str] = FORM_TYPES) -> list[str]:
    """Return the accession numbers that a backfill of all days publishes, in its order."""
    found = [filing for filing in filings if filing.form in forms]
    return [filing.accession for filing in sorted(found, key=lambda filing: (filing.filed_on, filing.accession))]


BAD_RESPONSES = {
    "cut off": cut_short,
    "broken off": broken_off,
    "a page instead": replaced(pages.UNAVAILABLE),
    "unavailable": refused(503),
    "throttled": refused(403, pages.THROTTLED),
}
