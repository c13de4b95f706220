"""Malformed documents: what has one reading is repaired and reported, and everything else is refused with its place."""

import re

import pytest
from msgspec.structs import replace

from contracts.codes import ErrorCode
from contracts.errors import InvalidFiling
from contracts.structs import TransactionsReported
from services.parser import parse_filing
from tests.unit.parser.test_xml_dialects import BODY, EXPECTED

TAGS = sorted(set(re.findall(r"<([A-Za-z0-9]+)[ >]", BODY)) - {"b"})
HEADER = "<SEC-DOCUMENT>1.txt : 20240719\n<SEC-HEADER>\nCONFORMED SUBMISSION TYPE: 4\n</SEC-HEADER>\n"


def read(text: str) -> tuple[TransactionsReported, list[str]]:
    """Return the event without its diagnostics, and their codes."""
    (event,) = parse_filing(text, filing_id="one")
    return replace(event, diagnostics=()), [found.code for found in event.diagnostics]


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("junk", [" ativeTable", ' a=b c="d"', " xsi:nil='true'", " \u201cx\u201d"])
def test_broken_attribute_in_a_start_tag_is_dropped(tag: str, junk: str) -> None:
    """No element but a footnote's has an attribute that matters, and that one is kept."""
    broken = re.sub(rf"<({tag})([ >/])", rf"<\1{junk}\2", BODY, count=1)
    event, codes = read(broken)
    assert event == EXPECTED
    assert codes == ["repaired_markup"]


@pytest.mark.parametrize("tag", TAGS)
def test_tag_in_another_case_is_that_tag(tag: str) -> None:
    """Some agents wrote all tags in capitals, and some only one of a pair."""
    for pattern in (rf"(</?){tag}\b", rf"(<){tag}\b", rf"(</){tag}\b"):
        event, codes = read(re.sub(pattern, rf"\g<1>{tag.upper()}", BODY))
        assert event == EXPECTED
        assert set(codes) <= {"repaired_markup"}


@pytest.mark.parametrize(
    "text",
    [
        BODY + "\n</XML>\n</TEXT>\n</DOCUMENT>",
        BODY + " and some words",
        "Words before it.\n" + BODY,
        "<XML>\n" + BODY + "\n</XML>",
        "<edgar><part>" + BODY + "</part></edgar>",
        BODY.replace("<value>Common</value>", "<value>&#26;Common&#0;</value>"),
        BODY.replace("</issuer>", "</ issuer>"),
        BODY.replace("<issuer>", "<!-- a -- b --><issuer>"),
        BODY.replace('<footnote id="F1">', "<footnote id=F1>"),
        BODY.replace('<footnote id="F1">', "<footnote id=\u201dF1\u201d>"),
        HEADER + "<XML>\n" + BODY + "\n</XML>",
        HEADER + BODY,
    ],
)
def test_defect_with_one_reading_is_repaired(text: str) -> None:
    """Each of these kinds is in the SEC's archive."""
    event, codes = read(text)
    assert replace(event, filing=EXPECTED.filing) == EXPECTED
    assert set(codes) <= {"repaired_markup"}


def test_character_lost_within_a_number_leaves_no_number() -> None:
    """`1,2` and `34.5` may be another number than 1234.5."""
    (event,) = parse_filing(BODY.replace("1,234.5", "1,2&#26;34.5"))
    assert event.transactions[0].shares is None
    assert {"repaired_markup", "malformed_number"} <= {found.code for found in event.diagnostics}


def test_second_document_in_the_text_is_reported() -> None:
    """Only the first is read."""
    _, codes = read(BODY + BODY)
    assert "further_ownership_document" in codes


@pytest.mark.parametrize(
    "text",
    [
        BODY[: len(BODY) // 2],
        BODY.replace("</issuer>", ""),
        BODY.replace("</issuer>", "</isuer>"),
        BODY.replace("<value>1,234.5</value>", "<value>1,234.5"),
        BODY.replace('<footnoteId id="F1"/>', "<footnoteId idF/>", 1),
    ],
)
def test_everything_else_is_refused_with_its_place(text: str) -> None:
    """A torn or mismatched document may be read in several ways."""
    with pytest.raises(InvalidFiling, match=r"line \d+, column \d+") as refusal:
        parse_filing(text)
    assert refusal.value.code == ErrorCode.MALFORMED_XML


def test_header_without_a_document_is_refused_as_that() -> None:
    """The reason is right only if there is nothing else."""
    with pytest.raises(InvalidFiling) as refusal:
        parse_filing(HEADER)
    assert refusal.value.code == ErrorCode.NO_DOCUMENT


@pytest.mark.parametrize("piece", ["<!--", " ", "<value a", "&#26;", "&a", "</ownershipDocument>", "<a " + " " * 50])
def test_repairs_take_linear_time(piece: str) -> None:
    """A hostile document must not stop a partition: a quadratic repair would take minutes here."""
    text = "<ownershipDocument " + piece * (1_000_000 // len(piece))
    with pytest.raises(InvalidFiling):
        parse_filing(text)
