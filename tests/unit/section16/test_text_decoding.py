"""How bytes become a filing's text, and which submission the text says it is."""

import pytest

from contracts.errors import InvalidFiling
from services.section16.sgml_header import header_accession_number
from services.section16.text_decoding import decode_filing

TEXT = "<ownershipDocument>Société “Générale” €</ownershipDocument>"
NUMBER = "0001127602-15-028697"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_that_filings_come_in_gives_the_same_text(encoding: str) -> None:
    """With or without a byte order mark; the mark is no part of the text."""
    assert decode_filing(TEXT.encode(encoding)) == TEXT


@pytest.mark.parametrize(
    "content",
    [b"\x81", b"\xef\xbb\xbf\xff", b"\xff\xfea", b"\xfe\xff\xdc\x00", b"<\x00\x00\xd8", b"\x00<\xd8\x00"],
    ids=["nothing", "UTF-8", "UTF-16 cut", "UTF-16 surrogate", "unmarked little-endian", "unmarked big-endian"],
)
def test_bytes_that_are_no_text_are_refused(content: bytes) -> None:
    """What claims to be an encoding and is not, is not read as another: half of it would be wrong."""
    with pytest.raises(InvalidFiling, match="undecodable"):
        decode_filing(content)


def test_no_bytes_are_an_empty_text() -> None:
    """Whether that is a filing is the parser's question."""
    assert decode_filing(b"") == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_beginning_is_read_wherever_it_is_cut(encoding: str) -> None:
    """A character cut off at the end is left out, and all before it is there; what tells the encoding is whole."""
    content = TEXT.encode(encoding)
    for length in range(4, len(content) + 1, 2 if encoding.startswith("utf-16-") else 1):
        assert TEXT.startswith(decode_filing(content[:length], whole=False))
    assert decode_filing(content, whole=False) == TEXT


def test_a_whole_filing_that_ends_within_a_character_is_no_utf8() -> None:
    """Only a beginning may be cut: a whole text is Windows-1252 then, or nothing."""
    cut = "5 €".encode()[:-1]
    assert decode_filing(cut, whole=False) == "5 "
    assert decode_filing(cut) == "5 â\u201a"


def test_utf8_that_breaks_off_is_still_utf8() -> None:
    """Another character beyond ASCII shows it: read as Windows-1252, that one would come out as two."""
    assert decode_filing("é 5 €".encode()[:-1]) == "é 5 "


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "line",
    [
        f"ACCESSION NUMBER:\t\t{NUMBER}",
        f"ACCESSION NUMBER: {NUMBER}  ",
        f"        ACCESSION NUMBER:\t\t{NUMBER}",
        f"<ACCESSION-NUMBER>{NUMBER}",
        f"  <ACCESSION-NUMBER>{NUMBER}",
    ],
)
def test_the_header_gives_the_accession_number(line: str, ending: str) -> None:
    """In either style, indented or not, with any line ends."""
    text = ending.join(["<SEC-DOCUMENT>", "<SEC-HEADER>", line, "CONFORMED SUBMISSION TYPE:\t4", ""])
    assert header_accession_number(text) == NUMBER


@pytest.mark.parametrize(
    "text",
    [
        "",
        NUMBER,
        f"see ACCESSION NUMBER: {NUMBER}",
        f"ACCESSION NUMBER: {NUMBER} and others",
        "ACCESSION NUMBER: 0001127602-15-02869",
        "ACCESSION NUMBER:\n" + NUMBER,
        "-" * 9_000 + f"\nACCESSION NUMBER: {NUMBER}\n",
    ],
    ids=["nothing", "a number alone", "prose", "more than a number", "too short", "another line", "far down"],
)
def test_what_is_no_header_gives_none(text: str) -> None:
    """A number that a text mentions is not the text's own."""
    assert header_accession_number(text) is None
