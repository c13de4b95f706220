"""Submissions as events; anything other than the requested submission is refused."""

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


def test_form_day_time_and_parties_are_read_from_the_header() -> None:
    """The header is more exact than the feed; its time is Eastern and in UTC in the event."""
    filing = filing_from_submission(submission_text(FILING).encode(), ORIGIN, observed_at=NOW)
    assert filing.filing_id == filing.accession_number == FILING.accession
    assert (filing.form_type, filing.filed_on, filing.accepted_at) == ("4/A", date(2025, 7, 7), SUMMER)
    assert (filing.source, filing.source_url, filing.observed_at) == ("edgar-current", ORIGIN.url, NOW)
    assert filing.hints.issuer is not None
    assert filing.hints.issuer.cik == "0000912345"
    assert [owner.cik for owner in filing.hints.owners] == ["0001700070", "0001700071"]


def test_a_header_in_tags_is_completed_from_the_feed_or_index() -> None:
    """Submissions in archives have no acceptance time."""
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
def test_content_other_than_the_submission_is_requested_again(content: bytes) -> None:
    """Publishing it under that number would lose the filing."""
    with pytest.raises(TransientError, match=FILING.accession):
        verify_accession_number(content, ORIGIN)
    with pytest.raises(TransientError, match=FILING.accession):
        filing_from_submission(content, ORIGIN, observed_at=NOW)


@pytest.mark.parametrize("time", ["99991231235959", "00010101000000", "20250230120000", "2025"])
def test_an_impossible_acceptance_time_is_unknown(time: str) -> None:
    """The last day of the year 9999 in Eastern time does not exist in UTC: one header must not stop the watcher."""
    text = submission_text(FILING).replace("20250707161500", time)
    assert time in text
    filing = filing_from_submission(text.encode(), ORIGIN, observed_at=NOW)
    assert filing.accepted_at is None or filing.accepted_at.year == 1


def test_a_submission_that_is_not_text_becomes_a_dead_letter() -> None:
    """It becomes a dead letter with its content and its URL."""
    content = submission_text(FILING).encode() + b"\x81\x8d"
    with pytest.raises(InvalidFiling) as refused:
        filing_from_submission(content, ORIGIN, observed_at=NOW)
    output = dead_letter(ORIGIN, refused.value, observed_at=NOW, content=content)
    assert (output.topic, output.key, output.value) == (
        WATCHER_DEAD_LETTERS,
        FILING.accession.encode(),
        content,
    )
    assert dict(output.headers)["insidertape_source_url"] == ORIGIN.url.encode()


def test_a_dead_letter_over_the_limit_is_a_pointer() -> None:
    """The topic of dead letters would not accept its content."""
    error = InvalidFiling("undecodable", "no text")
    output = dead_letter(ORIGIN, error, observed_at=NOW, content=b"x" * (FILINGS.max_value_bytes + 1))
    assert json.loads(output.value or b"")["source_url"] == ORIGIN.url
    assert json.loads(dead_letter(ORIGIN, error, observed_at=NOW).value or b"")["source_url"] == ORIGIN.url


@pytest.mark.parametrize("text", [submission_text(FILING), bulk_text(FILING), bulk_text(FILING) + "\r\n \n"])
def test_a_truncated_submission_is_distinguished_from_a_complete_one(text: str) -> None:
    """Each style of submission has its end mark."""
    assert not is_truncated(text.encode())
    assert all(is_truncated(text.encode()[:end]) for end in range(0, len(text.rstrip()) - 1, 97))


@pytest.mark.parametrize("path", each_of(CORPUS / "txt", "*.txt"))
def test_real_submissions_have_the_accession_number_of_their_file_name(path: Path) -> None:
    """Each file is named after its accession number; headers that contain one agree."""
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
