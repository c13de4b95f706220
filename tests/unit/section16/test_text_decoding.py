"""How the bytes of a filing become text."""

import pytest

from contracts.errors import InvalidFiling
from services.section16.sgml_header import header_accession_number
from services.section16.text_decoding import decode_filing

TEXT = "<ownershipDocument>Société “Générale” €</ownershipDocument>"
NUMBER = "0001127602-15-028697"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_each_encoding_of_filings_gives_the_same_text(encoding: str) -> None:
    """With or without a byte order mark, which is not part of the text."""
    assert decode_filing(TEXT.encode(encoding)) == TEXT


@pytest.mark.parametrize(
    "content",
    [b"\x81", b"\xef\xbb\xbf\xff", b"\xff\xfea", b"\xfe\xff\xdc\x00", b"<\x00\x00\xd8", b"\x00<\xd8\x00"],
    ids=["nothing", "UTF-8", "UTF-16 cut", "UTF-16 surrogate", "unmarked little-endian", "unmarked big-endian"],
)
def test_bytes_in_no_known_encoding_are_rejected(content: bytes) -> None:
    """Text that only claims an encoding is not read as another: half of it would be wrong."""
    with pytest.raises(InvalidFiling, match="undecodable"):
        decode_filing(content)


def test_no_bytes_give_an_empty_text() -> None:
    """The parser decides whether that is a filing."""
    assert decode_filing(b"") == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_beginning_of_a_filing_is_decoded_wherever_it_is_cut(encoding: str) -> None:
    """Only a character that is cut off at the end is left out; a byte order mark must be whole."""
    content = TEXT.encode(encoding)
    for length in range(4, len(content) + 1, 2 if encoding.startswith("utf-16-") else 1):
        assert TEXT.startswith(decode_filing(content[:length], whole=False))
    assert decode_filing(content, whole=False) == TEXT


def test_whole_filing_ending_within_a_character_is_not_utf8() -> None:
    """Only a beginning may be cut: a whole text is Windows-1252 then, or is rejected."""
    cut = "5 €".encode()[:-1]
    assert decode_filing(cut, whole=False) == "5 "
    assert decode_filing(cut) == "5 â\u201a"


def test_truncated_utf8_is_still_utf8() -> None:
    """An earlier character beyond ASCII proves it: as Windows-1252 it would become two characters."""
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
def test_header_gives_the_accession_number(line: str, ending: str) -> None:
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
def test_number_outside_a_header_is_not_the_accession_number(text: str) -> None:
    """A number that a text mentions may be another filing's."""
    assert header_accession_number(text) is None
