"""The corpus's recorded sweeps of the feed, read and watched: exactly the Section 16 filings of each, once."""

import pytest

from contracts.errors import TransientError
from services.watcher.edgar.feed_page import read_feed_page
from tests.edgar.sweeps import names, sweep

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
