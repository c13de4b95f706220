"""The corpus's recorded sweeps of the feed: exactly the Section 16 filings of each are published, once."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from contracts.errors import TransientError
from services.watcher.edgar.budget import LIVE_PER_SECOND
from services.watcher.edgar.feed_page import read_feed_page
from tests.edgar import faults, pages
from tests.edgar.catalog import Catalog
from tests.edgar.fake_edgar import FakeEdgar, Fault
from tests.edgar.outcome import published_in
from tests.edgar.recorded_sweeps import names, replayed, sweep
from tests.edgar.simulated_clock import SimulatedClock, run_simulated
from tests.edgar.traffic import Traffic
from tests.edgar.watcher_process import watch

pytestmark = pytest.mark.skipif(not names(), reason="there are no sweeps in ../shared/corpus")


@pytest.mark.parametrize("name", names())
def test_pages_of_a_sweep_contain_exactly_its_section_16_filings(name: str) -> None:
    """Form, acceptance and parties agree with an independent reader."""
    recorded = sweep(name)
    known = {filing.accession: filing for filing in recorded.filings}
    read = [read_feed_page(page) for page in recorded.pages.values()]
    entries = [entry for page in read for entry in page.entries]
    assert {entry.accession_number for entry in entries} == recorded.section_16
    assert sum(page.unreadable for page in read) == 0
    for entry in entries:
        filing = known[entry.accession_number]
        assert (entry.form_type, entry.accepted_at) == (filing.form, filing.accepted_at)
        assert {party.cik for party in entry.parties} <= {f"{party.cik:010}" for party in filing.parties}


def test_truncated_page_is_refused() -> None:
    """At any point: half of a page must not be accepted as a whole one."""
    page = sweep(names()[0]).pages[0].rstrip()
    for end in range(0, len(page) - 1, 997):
        with pytest.raises(TransientError):
            read_feed_page(page[:end])


@pytest.mark.parametrize("name", names())
def test_watching_the_feed_of_a_sweep_publishes_its_section_16_filings_once(name: str, tmp_path: Path) -> None:
    """With the pages as recorded, including shifts and duplicates, and without an index.

    The watcher's first day is that of the oldest entry, and its second poll finds the whole sweep.
    """
    recorded = sweep(name)
    catalog = Catalog(recorded.filings)
    no_index = faults.first(1_000, faults.refused(403, pages.ACCESS_DENIED), of="/daily-index/")
    look(Catalog(()), catalog.filings[0].accepted_at, tmp_path)
    traffic = look(catalog, recorded.swept_at, tmp_path, replayed(recorded), no_index)
    published = [filing.filing_id for filing in published_in(tmp_path)]
    assert len(published) == len(set(published))
    assert set(published) == recorded.section_16
    assert traffic.most_in_a_second <= LIVE_PER_SECOND


def look(catalog: Catalog, at: datetime, directory: Path, *faults: Fault) -> Traffic:
    """Poll EDGAR once, and return the requests."""
    clock = SimulatedClock(at)
    fake_edgar = FakeEdgar(catalog, clock)
    fake_edgar.faults = [*faults]

    async def main() -> None:
        async with fake_edgar.running() as origin:
            await watch(origin, directory, clock, at + timedelta(hours=1), follow=False)

    run_simulated(clock, main())
    return fake_edgar.traffic
