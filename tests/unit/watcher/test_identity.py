"""Which filing a file holds: the accession number its header gives, else its name, else a hash of its text."""

from pathlib import Path

import pytest

from contracts.section16 import filing_id_of
from services.watcher.directory import filing_from_file
from tests.unit.watcher.filings import NOW, ownership_xml, submission

IN_HEADER, IN_NAME = "0001127602-21-000001", "0000899243-21-044060"


def identity(name: str, text: str) -> tuple[str | None, str]:
    """The accession number and the identity of a file of that name and text."""
    filing = filing_from_file(Path("/filings", name), text.encode(), observed_at=NOW, most=1_000_000)
    return filing.accession_number, filing.filing_id


def test_the_headers_accession_number_comes_first() -> None:
    """A file may have been given any name; EDGAR wrote the header."""
    assert identity(f"{IN_NAME}.txt", submission(IN_HEADER)) == (IN_HEADER, IN_HEADER)


@pytest.mark.parametrize("name", [f"{IN_NAME}.xml", f"2021-11-10 {IN_NAME} tesla.xml"])
def test_without_a_header_the_name_tells(name: str) -> None:
    """Downloads are often named by the accession number."""
    assert identity(name, ownership_xml()) == (IN_NAME, IN_NAME)


@pytest.mark.parametrize("name", ["form4.xml", "10000899243-21-044060.xml", "0000899243-21-0440601.xml"])
def test_without_either_it_is_the_hash_of_the_text(name: str) -> None:
    """A name with more digits than an accession number has is none."""
    accession_number, filing_id = identity(name, ownership_xml())
    assert accession_number is None
    assert filing_id == filing_id_of(None, ownership_xml())
    assert filing_id.startswith("sha256:")


def test_the_same_text_in_another_encoding_is_the_same_filing() -> None:
    """What counts is the text, not how its bytes were written."""
    text = ownership_xml(remarks="déjà vu")
    ids = {
        filing_from_file(Path("/f.xml"), text.encode(encoding), observed_at=NOW, most=1_000_000).filing_id
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252")
    }
    assert ids == {filing_id_of(None, text)}
