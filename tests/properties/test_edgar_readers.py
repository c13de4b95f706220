"""For any response of EDGAR, a reader returns its content or raises an error of our tree."""

import random
from contextlib import suppress
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import PermanentError, TransientError
from services.watcher.edgar.feed_page import read_feed_page
from services.watcher.edgar.index import read_index
from services.watcher.edgar.submission import Origin, filing_from_submission
from services.watcher.publication import filing_output
from tests.edgar.filings import bulk_text, submission_text
from tests.edgar.pages import feed_entry, feed_page, form_index, master_index
from tests.edgar.samples import make_filing

NOW = datetime(2025, 7, 7, 20, 15, tzinfo=UTC)
FILINGS = [make_filing(1, NOW, owners=2), make_filing(2, NOW, form="4/A"), make_filing(3, NOW, form="424B2")]
ORIGIN = Origin(FILINGS[0].accession, "4", "edgar-current", "https://www.sec.gov/x.txt")
PAGES = [
    feed_page([feed_entry(filing, party) for filing in FILINGS for party in filing.parties], NOW),
    master_index(FILINGS, last=NOW.date(), daily=True),
    form_index(FILINGS, last=NOW.date(), daily=False),
    submission_text(FILINGS[0]).encode(),
    bulk_text(FILINGS[0]).encode(),
]
PIECES = (
    b"",
    b"\x00",
    b"\xff\xfe",
    b"<",
    b"&#0;",
    b"9999",
    b"0000",
    b"-",
    b"|",
    b"\r",
    b"</",
    b"<![CDATA[",
    b"\x81",
    b" " * 90,
)


def damaged(page: bytes, seed: int) -> bytes:
    """Return the page with some places overwritten, left out or repeated."""
    chance = random.Random(seed)  # noqa: S311 - the same damage every time
    for _ in range(chance.randint(1, 6)):
        start = chance.randrange(len(page) + 1)
        end = min(len(page), start + chance.choice((0, 1, 4, 40)))
        page = page[:start] + chance.choice((*PIECES, page[start:end] * 2)) + page[end:]
    return page


@given(page=st.sampled_from(PAGES), seed=st.integers(0, 2**32))
@settings(max_examples=400, deadline=None)
def test_damage_is_reported_or_makes_no_difference(page: bytes, seed: int) -> None:
    """Damaged pages through every reader, their own and the others'."""
    content = damaged(page, seed)
    for read in (read_feed_page, read_index):
        with suppress(TransientError):
            read(content)
    with suppress(TransientError, PermanentError):
        filing_output(filing_from_submission(content, ORIGIN, observed_at=NOW), source="watcher/edgar")


@given(content=st.binary(max_size=300))
def test_noise_is_never_accepted(content: bytes) -> None:
    """Noise is not a feed, an index or a submission."""
    for read in (read_feed_page, read_index):
        with suppress(TransientError):
            raise AssertionError(read(content))
    with suppress(TransientError):
        raise AssertionError(filing_from_submission(content, ORIGIN, observed_at=NOW))
