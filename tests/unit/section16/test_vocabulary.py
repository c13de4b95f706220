"""The vocabulary: keys of issuers and owners, tickers as people file them, and the one table of codes."""

import hashlib
from typing import get_args

import pytest

from contracts.enumerations import FormType
from services.section16.identity import ACCESSION_NUMBER, filing_id_of, normalized_name, party_key
from services.section16.tickers import tickers_of
from services.section16.vocabulary import FORM_TYPES, SEC_FORM_NUMBERS, TRANSACTION_CODES


@pytest.mark.parametrize(
    ("symbol", "tickers"),
    [
        ("AMOT", ("AMOT",)),
        ("amot", ("AMOT",)),
        (" AMOT ", ("AMOT",)),
        ("NYSE:NYCB", ("NYCB",)),
        ("NYSE: HBBC", ("HBBC",)),
        ("Nasdaq: ABCD", ("ABCD",)),
        ("HEI, HEI.A", ("HEI", "HEI.A")),
        ("MOGA/MOGB", ("MOGA", "MOGB")),
        ("MOGA and MOGB", ("MOGA", "MOGB")),
        ("(SIRI)", ("SIRI",)),
        ("BRK.A; BRK.B", ("BRK.A", "BRK.B")),
        ("BF-B", ("BF-B",)),
        ("ABC, ABC", ("ABC",)),
        ("N/A", ()),
        ("n/a", ()),
        ("(N/A)", ()),
        ("NONE", ()),
        ("None", ()),
        ("-", ()),
        ("--", ()),
        ("", ()),
        ("   ", ()),
        ("NYSE", ()),
        ("Not Applicable", ()),
        (None, ()),
    ],
)
def test_tickers_in_a_symbol_as_filed(symbol: str | None, tickers: tuple[str, ...]) -> None:
    """Exchanges, brackets and words for none fall away; two symbols are two tickers."""
    assert tickers_of(symbol) == tickers


def test_a_name_is_upper_case_with_single_blanks() -> None:
    """EDGAR's conformed names are unique in this form."""
    assert normalized_name("  Smith\tRichard \u00a0D\n/CO/ ") == "SMITH RICHARD D /CO/"


def test_a_party_is_known_by_cik_and_else_by_name() -> None:
    """A rendering carries no CIK: its keys fall back to names, and cannot be mistaken for one."""
    assert party_key("0000046129", "Allied Motion") == "0000046129"
    assert party_key(None, "Allied  Motion") == "name:ALLIED MOTION"


def test_a_filing_is_known_by_accession_number_and_else_by_its_text() -> None:
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
def test_accession_numbers_are_found_whole_or_not_at_all(text: str, found: list[str]) -> None:
    """Digits more at either end make it another number."""
    assert ACCESSION_NUMBER.findall(text) == found


def test_the_table_of_codes_is_keyed_by_its_codes() -> None:
    """One table, every code once, each with words for a cell and a meaning."""
    assert set(TRANSACTION_CODES) == set("PSVADFIMCEHOXGLWZJKU")
    for code, entry in TRANSACTION_CODES.items():
        assert entry.code == code
        assert entry.label
        assert entry.meaning
    labels = [entry.label for entry in TRANSACTION_CODES.values()]
    assert len(set(labels)) == len(labels)


def test_acquired_is_not_bought_and_disposed_is_not_sold() -> None:
    """Only P is called a purchase and only S a sale."""
    assert [entry.code for entry in TRANSACTION_CODES.values() if "purchase" in entry.label] == ["P"]
    assert [entry.code for entry in TRANSACTION_CODES.values() if "sale" in entry.label] == ["S"]


def test_forms_and_their_numbers() -> None:
    """The forms are those of the type, and each original form has the SEC's own number."""
    assert get_args(FormType) == FORM_TYPES
    assert set(SEC_FORM_NUMBERS.values()) == {form for form in FORM_TYPES if not form.endswith("/A")}
