"""The identity of a file's filing: the accession number in its header or its name, otherwise a hash of its text."""

from pathlib import Path

import pytest

from services.section16.identity import filing_id_of
from services.watcher.directory import filing_from_file
from tests.unit.watcher.directory_harness import NOW, ownership_xml, submission

IN_HEADER, IN_NAME = "0001127602-21-000001", "0000899243-21-044060"


def identity(name: str, text: str) -> tuple[str | None, str]:
    """Return the accession number and the identity of a file with this name and text."""
    filing = filing_from_file(Path("/filings", name), text.encode(), observed_at=NOW, most=1_000_000)
    return filing.accession_number, filing.filing_id


def test_the_headers_accession_number_comes_first() -> None:
    """A file may have any name; EDGAR wrote the header."""
    assert identity(f"{IN_NAME}.txt", submission(IN_HEADER)) == (IN_HEADER, IN_HEADER)


@pytest.mark.parametrize(
    "name",
    [
        f"{IN_NAME}.xml",
        f"2021-11-10 {IN_NAME} tesla.xml",
        f"{IN_NAME}-index.xml",
        "000089924321044060.txt",
        "000089924321044060",
        "tesla_000089924321044060-form4.xml",
    ],
)
def test_file_named_by_its_accession_number_is_identified_by_it(name: str) -> None:
    """Downloads are named like EDGAR's addresses, with or without dashes."""
    assert identity(name, ownership_xml()) == (IN_NAME, IN_NAME)


@pytest.mark.parametrize(
    "name",
    [
        "form4.xml",
        "10000899243-21-044060.xml",
        "0000899243-21-0440601.xml",
        "0000899243210440601.txt",
        "a000089924321044060.txt",
        "202111101835590123.xml",
        "0000899243-21044060.xml",
    ],
)
def test_without_an_accession_number_the_identity_is_the_hash_of_the_text(name: str) -> None:
    """A longer number, part of a hash or a time of day must not be mistaken for one."""
    accession_number, filing_id = identity(name, ownership_xml())
    assert accession_number is None
    assert filing_id == filing_id_of(None, ownership_xml())
    assert filing_id.startswith("sha256:")


def test_the_same_text_in_another_encoding_is_the_same_filing() -> None:
    """The text counts, not its encoding."""
    text = ownership_xml(remarks="déjà vu")
    ids = {
        filing_from_file(Path("/f.xml"), text.encode(encoding), observed_at=NOW, most=1_000_000).filing_id
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252")
    }
    assert ids == {filing_id_of(None, text)}
