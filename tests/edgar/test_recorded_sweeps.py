"""The corpus's recorded sweeps of the feed, read and watched: exactly the Section 16 filings of each, once."""

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
def test_the_pages_of_a_sweep_show_its_section_16_filings_and_no_other(name: str) -> None:
    """With form, acceptance and parties as an independent reading of the same pages has them."""
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


def test_a_recorded_page_that_breaks_off_is_no_page() -> None:
    """Wherever it does: half of a page must not be taken for all of it."""
    page = sweep(names()[0]).pages[0].rstrip()
    for end in range(0, len(page) - 1, 997):
        with pytest.raises(TransientError):
            read_feed_page(page[:end])


@pytest.mark.parametrize("name", names())
def test_watching_the_feed_of_a_sweep_publishes_its_section_16_filings_once(name: str, tmp_path: Path) -> None:
    """The pages as they were recorded, shifts and duplicates and all, and no index to help out.

    The watcher was begun on the day of the oldest entry, and finds the whole sweep when it looks again.
    """
    recorded = sweep(name)
    world = Catalog(recorded.filings)
    no_index = faults.first(1_000, faults.refused(403, pages.ACCESS_DENIED), of="/daily-index/")
    look(Catalog(()), world.filings[0].accepted_at, tmp_path)
    traffic = look(world, recorded.swept_at, tmp_path, replayed(recorded), no_index)
    published = [filing.filing_id for filing in published_in(tmp_path)]
    assert len(published) == len(set(published))
    assert set(published) == recorded.section_16
    assert traffic.most_in_a_second <= LIVE_PER_SECOND


def look(world: Catalog, at: datetime, directory: Path, *faults: Fault) -> Traffic:
    """Look at EDGAR once, and say how it was asked."""
    clock = SimulatedClock(at)
    fake_edgar = FakeEdgar(world, clock)
    fake_edgar.faults = [*faults]

    async def main() -> None:
        async with fake_edgar.running() as origin:
            await watch(origin, directory, clock, at + timedelta(hours=1), follow=False)

    run_simulated(clock, main())
    return fake_edgar.traffic
