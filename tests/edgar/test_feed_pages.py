"""Pages of the fake EDGAR's feed, intact and damaged, read by the watcher's reader."""

import re
from datetime import UTC, date, datetime

from services.watcher.edgar.feed_page import FeedPage, read_feed_page
from tests.edgar.filings import Filing
from tests.edgar.pages import feed_entry, feed_page
from tests.edgar.samples import make_filing

LATE_EVENING = datetime(2025, 3, 11, 1, 30, tzinfo=UTC)  # 21:30 of the 10th in the East


def read(*filings: Filing, without: str = "(?!)") -> FeedPage:
    """Read a page with every entry of the filings, after removing matches of `without`."""
    entries = [feed_entry(filing, party) for filing in filings for party in filing.parties]
    return read_feed_page(re.sub(without, "", feed_page(entries, LATE_EVENING).decode("latin-1")).encode("latin-1"))


def test_filing_of_ten_owners_is_one_entry() -> None:
    """With all its parties; forms that only share the prefix are left out."""
    filing = make_filing(1, LATE_EVENING, owners=10)
    page = read(filing, make_filing(2, LATE_EVENING, form="424B2"))
    assert page.size == 12
    assert [(entry.accession_number, len(entry.parties)) for entry in page.entries] == [(filing.accession, 11)]


def test_entry_without_a_filing_date_gets_its_eastern_day() -> None:
    """21:30 Eastern is already the next day in UTC."""
    (entry,) = read(make_filing(1, LATE_EVENING), without="(?s)<summary.*?</summary>").entries
    assert (entry.accepted_at, entry.filed_on) == (LATE_EVENING, date(2025, 3, 10))


def test_entries_that_do_not_identify_their_filing_are_counted() -> None:
    """The page is still read; the day's index lists those filings."""
    page = read(make_filing(1, LATE_EVENING), make_filing(2, LATE_EVENING), without=r"accession-number=\S*-000001(?=<)")
    assert page.unreadable == 2
    assert [entry.accession_number for entry in page.entries] == [make_filing(2, LATE_EVENING).accession]


def test_entry_with_an_impossible_time_is_unreadable() -> None:
    """The end of the year 9999 Eastern does not exist in UTC, nor February 30 anywhere."""
    filing = make_filing(1, LATE_EVENING)
    entry = feed_entry(filing, filing.parties[0])
    for moment in ("9999-12-31T23:59:59-05:00", "9999-12-31T23:59:59", "2025-02-30T12:00:00-05:00", ""):
        page = read_feed_page(feed_page([re.sub("<updated>.*?<", f"<updated>{moment}<", entry)], LATE_EVENING))
        assert (page.entries, page.unreadable, page.moments) == ((), 1, ())
