"""The peek at a filing's text: its issuer and dates, in every rendering, in bounded time."""

import re
from pathlib import Path

import pytest

from services.parser import parse_filing
from services.section16.sgml_header import header_accession_number
from services.section16.text_decoding import decode_filing
from services.watcher import peek
from services.watcher.peek import PEEK_LENGTH, UNKNOWN_ISSUER, acceptance, issuer_routing, period, signature_days
from tests.filings.corpus import CORPUS, each_of
from tests.unit.watcher.directory_harness import CIK, ownership_xml, submission

TAGGED = (
    "<SUBMISSION>\n<ACCESSION-NUMBER>0001562180-25-000280\n<PERIOD>20240517\n<REPORTING-OWNER>\n<OWNER-DATA>\n"
    "<CONFORMED-NAME>DOE JANE\n<CIK>0009999999\n</OWNER-DATA>\n<ISSUER>\n<COMPANY-DATA>\n<CONFORMED-NAME>ACME CORP\n"
    f"<CIK>{CIK}\n<IRS-NUMBER>123456789\n"
)
RENDERINGS = {
    "xml": ownership_xml(),
    "xml with a short CIK": ownership_xml(cik=CIK.lstrip("0")),
    "xml with a prefix": ownership_xml().replace("</", "</ns:").replace("<i", "<ns:i").replace("<p", "<ns:p"),
    "xml with white space": ownership_xml(cik=f"\n        {CIK}\n    "),
    "header": submission("0001127602-24-000001"),
    "header, indented": submission("0001127602-24-000001").replace("\n", "\n        "),
    "header of a subject company": submission("0001127602-24-000001").replace("ISSUER:", "SUBJECT COMPANY:"),
    "header in tags": TAGGED,
    "header in tags, indented": TAGGED.replace("\n<", "\n    <"),
    "header in tags of a subject company": TAGGED.replace("<ISSUER>", "<SUBJECT-COMPANY>"),
}


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("rendering", RENDERINGS)
def test_filings_of_one_issuer_have_the_same_routing_in_every_rendering(rendering: str, ending: str) -> None:
    """All filings of an issuer must be in one partition, otherwise they are not in order."""
    text = RENDERINGS[rendering].replace("\n", ending)
    assert issuer_routing(text) == CIK.encode()
    assert period(text) == "2024-05-17"


@pytest.mark.parametrize("text", ["", "FORM 4\n1. Name and Address of Reporting Person", "<issuerCik></issuerCik>"])
def test_filings_without_a_cik_share_one_partition(text: str) -> None:
    """Their issuer is unknown, so they are kept in order among themselves."""
    assert issuer_routing(text) == UNKNOWN_ISSUER


def test_an_owners_cik_is_not_mistaken_for_the_issuers() -> None:
    """Headers name the owner first, with the same words."""
    assert issuer_routing(submission("0001127602-24-000001").partition("ISSUER:")[0]) == UNKNOWN_ISSUER


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("3. Date of Earliest Transaction (Month/Day/Year)\n05/17/2024", "2024-05-17"),
        ("2. Date of Event Requiring Statement (Month/Day/Year) | 05/17/2024 |", "2024-05-17"),
        ("3. Statement for Issuer's Fiscal Year Ended (Month/Day/Year)\n\n12/31/2023", "2023-12-31"),
        ("Date of Event\n" + "-" * 300 + "05/17/2024", ""),
        ("Date of Event\n02/30/2024", ""),
        ("signed 05/17/2024", ""),
    ],
)
def test_a_rendered_form_is_dated_by_its_caption(text: str, date: str) -> None:
    """A date without one of the captions, or far from it, may be any other date."""
    assert period(text) == date


def test_text_beyond_the_peek_is_not_read() -> None:
    """The time is bounded by the length of the peek, not of the filing."""
    far = " " * PEEK_LENGTH
    assert issuer_routing(far + ownership_xml()) == UNKNOWN_ISSUER
    assert period(far + ownership_xml()) == ""


@pytest.mark.parametrize("name", [name for name, value in vars(peek).items() if isinstance(value, re.Pattern)])
def test_no_pattern_repeats_without_bound(name: str) -> None:
    """Each position of any text is tried a bounded number of times, so the time is linear."""
    outside_classes = re.sub(r"\[[^\]]*\]", "", getattr(peek, name).pattern)
    assert not re.search(r"(?<!\\)[*+]|\{[0-9]*,\}", outside_classes)


def test_the_check_of_patterns_would_notice_an_unbounded_one() -> None:
    """This tests the guard itself."""
    for unbounded in (r"a*b", r"(?:a|b)+", r"\s{2,}"):
        assert re.search(r"(?<!\\)[*+]|\{[0-9]*,\}", unbounded)
    assert not re.search(r"(?<!\\)[*+]|\{[0-9]*,\}", r"a\*\+{1,30}")


@pytest.mark.parametrize(
    "unit",
    [
        "<issuerCik>" + " " * 80,
        "<" + "a" * 30 + ":",
        "ISSUER:\n",
        "ISSUER:" + "\n" * 200,
        "ISSUER:\nCOMPANY DATA:\n",
        "ISSUER:\nCOMPANY DATA:" + "x" * 80 + "\n" + ("y" * 200 + "\n") * 3,
        "<ISSUER>\n",
        "<ISSUER>" + ("\n" + "z" * 200) * 6,
        "<PERIOD>" + " " * 80,
        "Date of Event" + "-" * 200,
        "\n" + " " * 80,
        "\r",
        "\r\n\r",
        "<ACCEPTANCE-DATETIME>" + " " * 80,
        "\nFILED AS OF DATE:",
        "<signatureDate>" + " " * 80,
        "Signature of Reporting ",
        "1/1/2024 Signature of Reporting ",
    ],
)
def test_hostile_text_is_read_to_its_end(unit: str) -> None:
    """Text made of partial matches is read to its end without a match; what follows it is found."""
    hostile = (unit * (PEEK_LENGTH // len(unit) + 1))[: PEEK_LENGTH - 600]
    assert (issuer_routing(hostile), period(hostile)) == (UNKNOWN_ISSUER, "")
    told = f"{hostile}\n\n{ownership_xml()}"
    assert (issuer_routing(told), period(told)) == (CIK.encode(), "2024-05-17")
    assert acceptance(hostile) is None
    assert acceptance(f"{hostile}\n<ACCEPTANCE-DATETIME>20240517160000\n") == ("2024-05-17", "160000")
    assert signature_days(f"{hostile}\n<signatureDate>2024-05-17</signatureDate>") == ["2024-05-17"]


@pytest.mark.parametrize("path", [*each_of(CORPUS / "xml", "*.xml"), *each_of(CORPUS / "text" / "seedlike", "*.txt")])
def test_a_real_filing_routes_and_is_dated_as_the_parser_reads_it(path: Path) -> None:
    """The peek agrees with the parser on the issuer's CIK and on the period."""
    content = path.read_bytes()
    event, text = parse_filing(content)[0], decode_filing(content)
    assert issuer_routing(text) == (event.issuer.cik.encode() if event.issuer.cik else UNKNOWN_ISSUER)
    assert period(text) == (event.filing.period_of_report.isoformat() if event.filing.period_of_report else "")


UNREAD = {"0001012325-98-000004.txt": b"0001035972", "0001094891-00-000193.txt": b"0000911787"}
"""Submissions without a form that the parser reads: one is only a header, one has ASCII columns."""


@pytest.mark.parametrize("path", each_of(CORPUS / "txt", "*.txt"))
def test_a_real_submissions_header_agrees_with_the_parser(path: Path) -> None:
    """Accession number, issuer and period agree in every style of header, even if the parser reads no form."""
    content = path.read_bytes()
    text = decode_filing(content)
    assert header_accession_number(text) == path.stem
    if path.name in UNREAD:
        assert issuer_routing(text) == UNREAD[path.name]
        return
    event = parse_filing(content)[0]
    assert event.issuer.cik is not None
    assert issuer_routing(text) == event.issuer.cik.encode()
    assert event.filing.period_of_report is not None
    assert period(text) == event.filing.period_of_report.isoformat()
