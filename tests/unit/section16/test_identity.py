"""The identities of filings, and the keys of issuers and owners."""

import hashlib

import pytest

from services.section16.identity import ACCESSION_NUMBER, filing_id_of, normalized_name, party_key


def test_name_is_normalized_to_upper_case_and_single_spaces() -> None:
    """EDGAR's conformed names are unique in this form."""
    assert normalized_name("  Smith\tRichard \u00a0D\n/CO/ ") == "SMITH RICHARD D /CO/"


def test_party_without_a_cik_is_keyed_by_its_name() -> None:
    """A rendering carries no CIK: its keys fall back to names, and cannot be mistaken for one."""
    assert party_key("0000046129", "Allied Motion") == "0000046129"
    assert party_key(None, "Allied  Motion") == "name:ALLIED MOTION"


def test_filing_without_an_accession_number_is_identified_by_its_text() -> None:
    """The same text is the same filing."""
    assert filing_id_of("0009990901-24-000037", "text") == "0009990901-24-000037"
    expected = hashlib.sha256(b"text").hexdigest()[:32]
    assert filing_id_of(None, "text") == f"sha256:{expected}"
    assert filing_id_of(None, "text") != filing_id_of(None, "text ")
    assert filing_id_of(None, "\udcff").startswith("sha256:")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0009990901-24-000037.txt", ["0009990901-24-000037"]),
        ("ACCESSION NUMBER:\t\t0009990901-24-000037\n", ["0009990901-24-000037"]),
        ("10009990901-24-000037", []),
        ("0009990901-24-0000371", []),
    ],
)
def test_accession_number_among_more_digits_is_not_found(text: str, found: list[str]) -> None:
    """More digits at either end make it another number."""
    assert ACCESSION_NUMBER.findall(text) == found
