"""Input that is broken, foreign or malicious: a code each, and never an expansion, an endless loop or a crash.

Speed is held by structure, not by a clock: sizes are bounded before anything is read, and the patterns are linear.
"""

import pytest

from contracts.errors import InvalidFiling, PermanentError
from contracts.filing_published import Hints, PartyHint
from services.parser import parse_filing
from services.parser.detect import LARGEST_CONTENT
from services.parser.filing import LARGEST_RENDERING
from services.parser.normalize import MOST_DIAGNOSTICS
from services.parser.renderings.form import MOST_CELLS

KNOWN = Hints(issuer=PartyHint(cik="0000912345", name="X CO"), owners=(PartyHint(cik="0000912346", name="Y"),))
OPEN = "<ownershipDocument><documentType>4</documentType>"
CLOSE = "</ownershipDocument>"


def code_of(content: bytes | str) -> str:
    """The code that a content is refused with."""
    with pytest.raises(InvalidFiling) as refused:
        parse_filing(content, hints=KNOWN)
    assert isinstance(refused.value, PermanentError)
    return refused.value.code


@pytest.mark.parametrize("content", [b"", b" \n\t \r\n", "", "\ufeff", b"\xef\xbb\xbf"])
def test_nothing_is_refused_as_empty(content: bytes | str) -> None:
    """No text, or white space alone."""
    assert code_of(content) == "empty"


@pytest.mark.parametrize("content", [b"%PDF-1.4\x00\x00", b"a\x00b", "a\x00b", "half \ud800 a character"])
def test_binary_content_is_refused(content: bytes | str) -> None:
    """NUL characters and lone surrogates are in no filing."""
    assert code_of(content) == "binary"


def test_bytes_of_no_encoding_are_refused() -> None:
    """0x81 is in neither UTF-8 nor Windows-1252, and half a unit is no UTF-16."""
    assert code_of(b"FORM 4 \x81") == "undecodable"
    assert code_of(b"\xff\xfeF\x00O") == "undecodable"


def test_text_without_words_is_no_filing() -> None:
    """Digits and dashes."""
    assert code_of("12345 -- 6789\n" * 10) == "not_a_filing"


@pytest.mark.parametrize(
    "content",
    [
        "ANNUAL REPORT PURSUANT TO SECTION 13\nFORM 10-K\nItem 1. Business",
        '<?xml version="1.0"?><edgarSubmission><a>1</a></edgarSubmission>',
        OPEN.replace("4", "10-K") + CLOSE,
        "<SEC-DOCUMENT>\n<DOCUMENT>\n<TYPE>10-K\n<TEXT>\nBusiness\n</TEXT>\n</DOCUMENT>",
    ],
)
def test_other_forms_are_refused(content: str) -> None:
    """An annual report, another XML, another document type, another submission."""
    assert code_of(content) == "not_section_16"


def test_a_page_that_refuses_is_no_filing() -> None:
    """What EDGAR answers instead of a filing when it throttles."""
    assert code_of("<!DOCTYPE html><html><body>Request Rate Threshold Exceeded</body></html>") == "not_section_16"


def test_entity_declarations_are_refused_before_anything_is_expanded() -> None:
    """A billion laughs, and a file that should stay where it is."""
    bomb = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + OPEN + "<remarks>&b;</remarks>" + CLOSE
    external = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + OPEN + "<remarks>&x;</remarks>" + CLOSE
    assert code_of(bomb) == code_of(external) == "entity_declaration"


def test_a_document_type_is_refused() -> None:
    """Its definitions would be elsewhere, and are not fetched."""
    assert code_of('<!DOCTYPE a SYSTEM "http://example.test/a.dtd">' + OPEN + CLOSE) == "document_type"
    assert code_of('<!DOCTYPE a SYSTEM "a.dtd">' + OPEN + "<remarks>&x;</remarks>" + CLOSE) == "document_type"


def test_truncated_xml_is_refused() -> None:
    """A document that breaks off says no more than that."""
    assert code_of(OPEN + "<issuer><issuerCik>1") == "malformed_xml"


def test_deep_nesting_is_refused() -> None:
    """The XML library's own bound on depth stands."""
    assert code_of(OPEN + "<a>" * 5000 + "</a>" * 5000 + CLOSE) == "malformed_xml"


def test_sizes_are_bounded_before_anything_is_read() -> None:
    """One byte over either bound."""
    assert code_of(b"a" * (LARGEST_CONTENT + 1)) == "too_large"
    assert code_of("FORM 4\n" + "a" * LARGEST_RENDERING) == "too_large"


def test_rows_wider_than_any_form_are_refused() -> None:
    """A line of tabs alone costs no more than counting them."""
    assert code_of("FORM 4\n" + "\t" * MOST_CELLS) == "unsupported_rendering"
    assert code_of("FORM 4\n" + "|" * (MOST_CELLS + 1)) == "unsupported_rendering"


def test_an_ascii_form_is_refused() -> None:
    """It has rows of bars, and another reader to come."""
    ascii_form = "FORM 4\nTable I\n<TABLE>\n1.Title of |2.Trans |\n<S> <C>\n| Common | 1 | 2 | D |"
    assert code_of(ascii_form) == "unsupported_rendering"


def test_words_of_a_form_without_tables_are_refused() -> None:
    """A title alone is no filing."""
    assert code_of("FORM 4\n\nSTATEMENT OF CHANGES IN BENEFICIAL OWNERSHIP\n") == "unsupported_rendering"


def test_diagnostics_are_bounded() -> None:
    """A thousand unknown elements are told in five hundred diagnostics, and one that counts the rest."""
    (event,) = parse_filing(OPEN + "<x>1</x>" * 1000 + CLOSE, hints=KNOWN)
    assert len(event.diagnostics) == MOST_DIAGNOSTICS + 1
    assert (event.diagnostics[-1].code, event.diagnostics[-1].raw) == ("more_diagnostics", "500")


def test_comments_and_instructions_change_nothing() -> None:
    """They stand in the middle of a number, and are not of it."""
    row = "<nonDerivativeTable><nonDerivativeHolding><postTransactionAmounts><sharesOwnedFollowingTransaction>"
    end = "</sharesOwnedFollowingTransaction></postTransactionAmounts></nonDerivativeHolding></nonDerivativeTable>"
    (event,) = parse_filing(OPEN + row + "<value>1<!-- 9 -->0<?x y?>0</value>" + end + CLOSE, hints=KNOWN)
    assert event.holdings[0].shares_owned_following == "100"


def test_a_value_broken_by_an_element_is_still_whole() -> None:
    """An element within a value must not cut a number short; and a second value is not taken for the first."""
    row = "<nonDerivativeTable><nonDerivativeHolding><postTransactionAmounts><sharesOwnedFollowingTransaction>"
    end = "</sharesOwnedFollowingTransaction></postTransactionAmounts></nonDerivativeHolding></nonDerivativeTable>"
    for value in ("<value>1<b>0</b>0</value>", "<value><b>1</b>00</value>"):
        (event,) = parse_filing(OPEN + row + value + "<value>7</value>" + end + CLOSE, hints=KNOWN)
        assert event.holdings[0].shares_owned_following == "100"
    assert {found.code for found in event.diagnostics} == {"unknown_element", "repeated_value"}
