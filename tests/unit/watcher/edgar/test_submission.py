"""A submission becomes the event that carries it; what is not the submission asked for does not."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from contracts.errors import InvalidFiling, TransientError
from contracts.topics import FILINGS, WATCHER_DEAD_LETTERS
from services.section16.sgml_header import header_accession_number
from services.watcher.edgar.submission import (
    Origin,
    dead_letter,
    filing_from_submission,
    is_truncated,
    verify_accession_number,
)
from tests.edgar import pages
from tests.edgar.filings import bulk_text, submission_text
from tests.edgar.samples import make_filing
from tests.filings.corpus import CORPUS, each_of

SUMMER = datetime(2025, 7, 7, 20, 15, tzinfo=UTC)
NOW = datetime(2025, 7, 7, 20, 16, tzinfo=UTC)
FILING = make_filing(7, SUMMER, form="4/A", owners=2)
ORIGIN = Origin(FILING.accession, "4", "edgar-current", "https://www.sec.gov/Archives/edgar/data/1/x.txt")


def test_the_header_tells_form_day_time_and_parties() -> None:
    """Better than the feed: the time is Eastern in it and UTC in the event."""
    filing = filing_from_submission(submission_text(FILING).encode(), ORIGIN, observed_at=NOW)
    assert filing.filing_id == filing.accession_number == FILING.accession
    assert (filing.form_type, filing.filed_on, filing.accepted_at) == ("4/A", date(2025, 7, 7), SUMMER)
    assert (filing.source, filing.source_url, filing.observed_at) == ("edgar-current", ORIGIN.url, NOW)
    assert filing.hints.issuer is not None
    assert filing.hints.issuer.cik == "0000912345"
    assert [owner.cik for owner in filing.hints.owners] == ["0001700070", "0001700071"]


def test_the_other_style_of_header_is_read_too_and_what_it_lacks_is_taken_from_where_it_was_found() -> None:
    """The archives' submissions have no time of acceptance."""
    origin = Origin(FILING.accession, "4", "edgar-bulk", "x", filed_on=date(2025, 7, 8), accepted_at=SUMMER)
    text = bulk_text(FILING).replace("\n", "\r")
    filing = filing_from_submission(text.encode(), origin, observed_at=NOW)
    assert (filing.form_type, filing.filed_on, filing.accepted_at) == ("4/A", date(2025, 7, 7), SUMMER)
    assert filing.content == text


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>sorry</html>", pages.UNAVAILABLE, submission_text(make_filing(8, SUMMER)).encode()],
    ids=["nothing", "a page", "an error page", "another submission"],
)
def test_what_is_not_the_submission_is_to_be_asked_for_again(content: bytes) -> None:
    """To publish it under that number would be to lose the filing."""
    with pytest.raises(TransientError, match=FILING.accession):
        verify_accession_number(content, ORIGIN)
    with pytest.raises(TransientError, match=FILING.accession):
        filing_from_submission(content, ORIGIN, observed_at=NOW)


@pytest.mark.parametrize("time", ["99991231235959", "00010101000000", "20250230120000", "2025"])
def test_a_time_that_there_is_not_is_unknown(time: str) -> None:
    """The end of the year 9999 in the East is no time in UTC: one header must not stop the watcher."""
    text = submission_text(FILING).replace("20250707161500", time)
    assert time in text
    filing = filing_from_submission(text.encode(), ORIGIN, observed_at=NOW)
    assert filing.accepted_at is None or filing.accepted_at.year == 1


def test_a_submission_that_is_no_text_is_refused_for_good() -> None:
    """It goes to the dead letters whole, with where it came from."""
    content = submission_text(FILING).encode() + b"\x81\x8d"
    with pytest.raises(InvalidFiling) as refused:
        filing_from_submission(content, ORIGIN, observed_at=NOW)
    letter = dead_letter(ORIGIN, refused.value, observed_at=NOW, content=content)
    assert (letter.topic, letter.key, letter.value) == (WATCHER_DEAD_LETTERS, FILING.accession.encode(), content)
    assert dict(letter.headers)["insidertape_source_url"] == ORIGIN.url.encode()


def test_too_large_a_dead_letter_is_a_pointer() -> None:
    """Its topic would not take it."""
    error = InvalidFiling("undecodable", "no text")
    letter = dead_letter(ORIGIN, error, observed_at=NOW, content=b"x" * (FILINGS.max_value_bytes + 1))
    assert json.loads(letter.value or b"")["source_url"] == ORIGIN.url
    assert json.loads(dead_letter(ORIGIN, error, observed_at=NOW).value or b"")["source_url"] == ORIGIN.url


@pytest.mark.parametrize("text", [submission_text(FILING), bulk_text(FILING), bulk_text(FILING) + "\r\n \n"])
def test_a_submission_that_breaks_off_is_told_from_a_whole_one(text: str) -> None:
    """By the mark of its end, in each of its styles."""
    assert not is_truncated(text.encode())
    assert all(is_truncated(text.encode()[:end]) for end in range(0, len(text.rstrip()) - 1, 97))


@pytest.mark.parametrize("path", each_of(CORPUS / "txt", "*.txt"))
def test_real_submissions_are_those_of_their_names(path: Path) -> None:
    """Each file is named for its accession number; of the headers that tell one, it is that."""
    content = path.read_bytes()
    origin = Origin(path.stem, "4", "edgar-bulk", path.as_uri())
    if header_accession_number(content[:8_192].decode("latin-1")) is None:
        with pytest.raises(TransientError):
            verify_accession_number(content, origin)
        return
    filing = filing_from_submission(content, origin, observed_at=NOW)
    assert filing.filed_on is not None
    assert not is_truncated(content) or "</DOCUMENT>" not in filing.content
    if "<ACCEPTANCE-DATETIME>" in filing.content:
        assert filing.accepted_at is not None
