"""The command that fetches the corpus asks EDGAR politely, and writes the files that the accuracy tests read."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.parser import parse_filing
from services.watcher.edgar.budget import MOST_PER_SECOND
from tests.edgar.catalog import Catalog
from tests.edgar.fake_edgar import FakeEdgar
from tests.edgar.filings import Filing, Party
from tests.edgar.stepping_clock import SteppingClock
from tests.filings import fetch
from tests.filings.corpus import CORPUS, files_of
from tests.filings.fetch import ListedFiling, fetch_from, listed_filings, xml_of

NOW = datetime(2025, 3, 10, 13, 0, tzinfo=UTC)
CONTACT = "tests tests@example.com"


def as_served(listed: ListedFiling) -> Filing:
    """Return a made-up filing under a listed number."""
    parties = (Party("Doe Jane", 1_700_000, "Reporting"), Party("LANTERN WORKS INC", int(listed.issuer_cik), "Issuer"))
    return Filing(listed.accession_number, "4", NOW - timedelta(days=1), parties, None)


@asynccontextmanager
async def serving(listed: list[ListedFiling]) -> AsyncIterator[tuple[FakeEdgar, SteppingClock, str]]:
    """Serve these filings on loopback."""
    clock = SteppingClock(NOW)
    edgar = FakeEdgar(Catalog(map(as_served, listed)), clock)
    async with edgar.running() as origin:
        yield edgar, clock, origin


def test_listing_has_each_accession_number_once_with_the_facts_to_find_it() -> None:
    """A number without the CIK of a party has no address on EDGAR."""
    listed = listed_filings()
    numbers = [each.accession_number for each in listed]
    assert numbers == sorted(set(numbers))
    assert all(re.fullmatch(r"[0-9]{10}-[0-9]{2}-[0-9]{6}", number) for number in numbers)
    assert all(re.fullmatch(r"[0-9]{10}", each.issuer_cik) and each.measured_in for each in listed)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="there are no real filings in ../shared/corpus")
def test_listing_has_every_numbered_filing_of_the_corpus() -> None:
    """The accuracy table covers no filing that others could not fetch, except those whose number is unknown."""
    stems = {path.stem for folder in ("xml", "txt") for path in files_of(CORPUS / folder, "*")}
    numbered = {stem for stem in stems if re.fullmatch(r"[0-9]{10}-[0-9]{2}-[0-9]{6}", stem)}
    fetched = {each.accession_number for each in listed_filings() if each.measured_in & {"xml", "submissions"}}
    assert numbered == fetched


async def test_every_listed_filing_is_fetched_with_one_request_within_the_rate(tmp_path: Path) -> None:
    """EDGAR blocks clients above 10 requests per second, and those without a contact."""
    listed = listed_filings()
    async with serving(listed) as (edgar, clock, origin):
        assert await fetch_from(origin, CONTACT, tmp_path, clock=clock) == []
    assert edgar.traffic.total == len(listed)
    assert edgar.traffic.most_in_a_second <= MOST_PER_SECOND
    assert set(files_of(tmp_path, "*/*")) == {each.file_in(tmp_path) for each in listed}
    (event,) = parse_filing((tmp_path / "xml" / "0000320193-19-000069.xml").read_bytes())
    assert event.issuer.cik == "0000320193"


async def test_repeated_run_requests_only_what_is_missing(tmp_path: Path) -> None:
    """An interrupted run must not cost EDGAR the same requests again."""
    listed = listed_filings()
    async with serving(listed) as (edgar, clock, origin):
        await fetch_from(origin, CONTACT, tmp_path, clock=clock)
        before = edgar.traffic.total
        listed[0].file_in(tmp_path).unlink()
        assert await fetch_from(origin, CONTACT, tmp_path, clock=clock) == []
        assert edgar.traffic.total == before + 1


async def test_filing_that_edgar_lacks_is_reported_and_the_others_are_fetched(tmp_path: Path) -> None:
    """A withdrawn filing must not hide the rest."""
    listed = listed_filings()
    async with serving(listed[1:]) as (_, clock, origin):
        (problem,) = await fetch_from(origin, CONTACT, tmp_path, clock=clock)
    assert problem.startswith(f"{listed[0].accession_number}: ")
    assert listed[1].file_in(tmp_path).exists()


def test_xml_document_is_taken_out_of_a_submission() -> None:
    """The accuracy of XML is measured on the document alone."""
    assert xml_of(b"<SEC-DOCUMENT>\n<XML>\n<?xml?><a/>\n</XML>\n") == b"<?xml?><a/>\n"
    assert xml_of(b"<TABLE><S> <C>") is None


def test_contact_without_address_ends_the_command_before_any_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """EDGAR requires a contact, and blocks the address of a machine that gives none."""
    assert fetch.main(["--contact", "nobody", "--into", str(tmp_path), "--origin", "http://127.0.0.1:9"]) == 1
    assert "contact" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
