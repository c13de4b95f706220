"""Input that is broken, foreign or malicious: a code each, and never an expansion, an endless loop or a crash.

Speed is held by structure, not by a clock: sizes are bounded before anything is read, and the patterns are linear.
"""

import pytest

from contracts.errors import InvalidFiling, PermanentError
from contracts.filing_published import Hints, PartyHint
from services.parser import parse_filing
from services.parser.content import LARGEST_CONTENT
from services.parser.filing import LARGEST_RENDERING
from services.parser.form.scanner import MOST_CELLS
from services.parser.layouts.catalog import LONGEST_TEXT
from services.parser.normalize import MOST_DIAGNOSTICS, MOST_LINES, MOST_OWNERS
from services.parser.ownership_xml import MOST_MARKUP

KNOWN = Hints(issuer=PartyHint(cik="0000912345", name="X CO"), owners=(PartyHint(cik="0000912346", name="Y"),))
OPEN = "<ownershipDocument><documentType>4</documentType>"
CLOSE = "</ownershipDocument>"


def code_of(content: bytes | str) -> str:
    """Return the code that a content is refused with."""
    with pytest.raises(InvalidFiling) as refused:
        parse_filing(content, hints=KNOWN)
    assert isinstance(refused.value, PermanentError)
    return refused.value.code


@pytest.mark.parametrize("content", [b"", b" \n\t \r\n", "", "\ufeff", b"\xef\xbb\xbf"])
def test_content_without_text_is_refused_as_empty(content: bytes | str) -> None:
    """No text at all, or only white space."""
    assert code_of(content) == "empty"


@pytest.mark.parametrize("content", [b"%PDF-1.4\x00\x00", b"a\x00b", "a\x00b", "half \ud800 a character"])
def test_binary_content_is_refused(content: bytes | str) -> None:
    """NUL characters and lone surrogates are in no filing."""
    assert code_of(content) == "binary"


def test_bytes_in_no_known_encoding_are_refused() -> None:
    """0x81 is in neither UTF-8 nor Windows-1252, and half a unit is not UTF-16."""
    assert code_of(b"FORM 4 \x81") == "undecodable"
    assert code_of(b"\xff\xfeF\x00O") == "undecodable"


def test_text_without_words_is_not_a_filing() -> None:
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


def test_error_page_is_not_a_filing() -> None:
    """EDGAR sends one instead of a filing when it throttles."""
    assert code_of("<!DOCTYPE html><html><body>Request Rate Threshold Exceeded</body></html>") == "not_section_16"


def test_entity_declarations_are_refused_before_anything_is_expanded() -> None:
    """A billion laughs, and a local file that must not be read."""
    bomb = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + OPEN + "<remarks>&b;</remarks>" + CLOSE
    external = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + OPEN + "<remarks>&x;</remarks>" + CLOSE
    assert code_of(bomb) == code_of(external) == "entity_declaration"


def test_a_document_type_is_refused() -> None:
    """Its definitions would be elsewhere, and are not fetched."""
    assert code_of('<!DOCTYPE a SYSTEM "http://example.test/a.dtd">' + OPEN + CLOSE) == "document_type"
    assert code_of('<!DOCTYPE a SYSTEM "a.dtd">' + OPEN + "<remarks>&x;</remarks>" + CLOSE) == "document_type"


def test_truncated_xml_is_refused() -> None:
    """The values that it has left may be cut short."""
    assert code_of(OPEN + "<issuer><issuerCik>1") == "malformed_xml"


def test_deep_nesting_is_refused() -> None:
    """The XML library's own limit on depth applies."""
    assert code_of(OPEN + "<a>" * 5000 + "</a>" * 5000 + CLOSE) == "malformed_xml"


def test_sizes_are_bounded_before_anything_is_read() -> None:
    """One byte over either bound."""
    assert code_of(b"a" * (LARGEST_CONTENT + 1)) == "too_large"
    assert code_of("FORM 4\n" + "a" * LARGEST_RENDERING) == "too_large"


def test_rows_wider_than_any_form_are_refused() -> None:
    """A line of tabs costs no more than counting them."""
    assert code_of("FORM 4\n" + "\t" * MOST_CELLS) == "unsupported_rendering"
    assert code_of("FORM 4\n" + "|" * (MOST_CELLS + 1)) == "unsupported_rendering"


def test_a_text_of_too_many_lines_is_refused() -> None:
    """No form comes near, and nothing is looked at."""
    assert code_of("FORM 4\n" + "a\n" * LONGEST_TEXT) == "too_large"


def test_words_of_a_form_without_tables_are_refused() -> None:
    """A title is not a filing."""
    assert code_of("FORM 4\n\nSTATEMENT OF CHANGES IN BENEFICIAL OWNERSHIP\n") == "unsupported_rendering"


def test_diagnostics_are_bounded() -> None:
    """Of a thousand unknown elements, five hundred are reported, and one diagnostic counts the rest."""
    (event,) = parse_filing(OPEN + "<x>1</x>" * 1000 + CLOSE, hints=KNOWN)
    assert len(event.diagnostics) == MOST_DIAGNOSTICS + 1
    assert (event.diagnostics[-1].code, event.diagnostics[-1].raw) == ("more_diagnostics", "500")


def test_comments_and_instructions_change_nothing() -> None:
    """They are in the middle of a number, but not part of it."""
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


def table(rows: str) -> str:
    """Return a document with these rows in Table I."""
    return OPEN + "<nonDerivativeTable>" + rows + "</nonDerivativeTable>" + CLOSE


@pytest.mark.parametrize(
    "filler",
    [
        "<x>1</x>",
        "<x/>",
        "&",
        "&nbsp;",
        "<!---->",
        "<?x?>",
        "<nonDerivativeTransaction/>",
        "<reportingOwner/>",
        '<footnotes><footnote id="F1">x</footnote></footnotes>',
    ],
)
def test_markup_without_end_is_refused_before_it_is_read(filler: str) -> None:
    """Megabytes of elements, ampersands, comments: a tree of them would take a hundred times their size."""
    count = MOST_MARKUP // max(1, filler.count("<") + filler.count("&")) + 1
    assert code_of(OPEN + filler * count + CLOSE) == "too_much_markup"
    assert code_of(table(filler * count)) == "too_much_markup"


def test_bare_ampersands_up_to_the_limit_are_repaired() -> None:
    """Tens of thousands of them give one diagnostic."""
    (event,) = parse_filing(OPEN + "<remarks>" + "R& " * (MOST_MARKUP - 100) + "D</remarks>" + CLOSE, hints=KNOWN)
    assert event.filing.remarks is not None
    assert event.filing.remarks.count("R&") == MOST_MARKUP - 100
    assert [found.code for found in event.diagnostics] == ["bare_ampersand"]


def test_lines_and_owners_are_bounded_well_above_any_filing() -> None:
    """At the bound a filing is read, one over it is refused."""
    row = "<nonDerivativeHolding/>"
    (event,) = parse_filing(table(row * MOST_LINES), hints=KNOWN)
    assert len(event.holdings) == MOST_LINES
    assert code_of(table(row * (MOST_LINES + 1))) == "too_many_lines"
    owner = "<reportingOwner><rptOwnerName>Y</rptOwnerName></reportingOwner>"
    assert len(parse_filing(OPEN + owner * MOST_OWNERS + CLOSE, hints=KNOWN)) == MOST_OWNERS
    assert code_of(OPEN + owner * (MOST_OWNERS + 1) + CLOSE) == "too_many_owners"


def test_huge_names_and_attributes_are_refused_or_passed_over() -> None:
    """Up to the XML library's own bounds an attribute is nothing, beyond them the document is malformed."""
    megabytes = 11 * 1024 * 1024
    assert code_of(OPEN + '<x a="' + "y" * megabytes + '"/>' + CLOSE) == "malformed_xml"
    assert code_of(OPEN + "<" + "y" * megabytes + "/>" + CLOSE) == "malformed_xml"
    assert code_of(OPEN + "<remarks>" + "y" * megabytes + "</remarks>" + CLOSE) == "malformed_xml"
    many = " ".join(f'a{number}="1"' for number in range(10_000))
    (event,) = parse_filing(f"{OPEN}<remarks {many}>R</remarks>{CLOSE}", hints=KNOWN)
    assert event.filing.remarks == "R"


@pytest.mark.parametrize(
    "name", ["x", "securityTitle", "transactionAmounts", "value", "nonDerivativeHolding", "footnotes"]
)
def test_elements_nested_to_the_limit_are_reported_once(name: str) -> None:
    """Each is visited once, however deep: many deep stacks are no slower than as many flat elements."""
    deep = f"<{name}>7" * 200 + f"</{name}>" * 200
    (event,) = parse_filing(table("<nonDerivativeHolding>" + deep * 100 + "</nonDerivativeHolding>"), hints=KNOWN)
    assert all(line.shares_owned_following is None for line in event.holdings)


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://example.test/x.dtd">%x;]>',
        '<!DOCTYPE a PUBLIC "-//X//X" "http://example.test/x.dtd" [<!ENTITY a "ha">]>',
        '<!DOCTYPE ownershipDocument [<!ATTLIST ownershipDocument x CDATA "1"><!ENTITY a "ha">]>',
        "<!-- <ownershipDocument> --><!DOCTYPE a [<!ENTITY a 'ha'>]>",
    ],
)
def test_entities_are_refused_wherever_they_are_declared(declaration: str) -> None:
    """Parameter entities, public identifiers, after a comment; used in text or in an attribute, or not at all."""
    for body in ("<remarks>&a;</remarks>", '<remarks x="&a;">R</remarks>', ""):
        assert code_of(declaration + OPEN + body + CLOSE) == "entity_declaration"


def test_entities_that_multiply_are_never_expanded() -> None:
    """Twelve levels of ten, in an attribute, where the XML library does expand them: it stops long before the end."""
    levels = "".join(f'<!ENTITY a{level} "{f"&a{level - 1};" * 10 if level else "ha"}">' for level in range(12))
    bomb = f"<!DOCTYPE a [{levels}]>{OPEN}"
    assert code_of(bomb + "<remarks>&a11;</remarks>" + CLOSE) == "entity_declaration"
    assert code_of(bomb + '<remarks a="&a11;">R</remarks>' + CLOSE) == "entity_declaration"


def test_no_file_is_included() -> None:
    """An inclusion is an element like any unknown one, and a style sheet is an instruction that is ignored."""
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname" parse="text"/>'
    style = '<?xml-stylesheet href="http://example.test/x.xsl" type="text/xsl"?>'
    (event,) = parse_filing(style + OPEN + f"<remarks>R{include}</remarks>" + CLOSE, hints=KNOWN)
    assert event.filing.remarks == "R"
