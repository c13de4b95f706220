"""Submissions over the size limit, without their exhibits."""

import pytest

from services.parser import parse_filing
from services.watcher.oversize import Stripped, without_exhibits
from tests.filings.corpus import CORPUS, each_of
from tests.unit.watcher.directory_harness import ownership_xml, submission

HEADER = submission("0001127602-24-000001")


def document(kind: str, text: str) -> str:
    """Return one document of a submission."""
    return f"<DOCUMENT>\n<TYPE>{kind}\n<SEQUENCE>1\n<FILENAME>a.txt\n<TEXT>\n{text}\n</TEXT>\n</DOCUMENT>\n"


FORM = document("4", f"<XML>\n{ownership_xml()}</XML>")
SCAN = document("EX-24", "begin 644 poa.pdf\n" + "M" * 60)
END = "</SEC-DOCUMENT>\n"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_exhibits_are_removed_and_header_and_form_are_kept(ending: str) -> None:
    """Exhibits are removed wherever they are, whatever the line ends."""
    given = HEADER + SCAN + FORM + SCAN + document("EX-99.1", "a letter") + END
    stripped = without_exhibits(given.replace("\n", ending))
    assert stripped.text == (HEADER + FORM + END).replace("\n", ending)
    assert stripped.exhibits == ("EX-24", "EX-99.1")


@pytest.mark.parametrize("kind", ["3", "3/A", "4", "4/A", "5", "5/A"])
def test_every_section_16_form_is_kept(kind: str) -> None:
    """A submission may contain several."""
    given = HEADER + document(kind, "<XML/>") * 2 + END
    assert without_exhibits(given) == Stripped(given, ())


@pytest.mark.parametrize(
    "text",
    [
        ownership_xml(),
        "",
        HEADER,
        HEADER + "<DOCUMENT>\n<SEQUENCE>1\n<TEXT>of no type</TEXT>\n</DOCUMENT>\n",
        ownership_xml(remarks="the tag <DOCUMENT> and its <TYPE>EX-24 within a line"),
        "</DOCUMENT>\n",
    ],
)
def test_text_other_than_exhibits_is_unchanged(text: str) -> None:
    """A bare document, a header alone, or a document without a type may be the form."""
    assert without_exhibits(text) == Stripped(text, ())


def test_an_unclosed_exhibit_ends_at_the_next_document() -> None:
    """The same holds at the end of the text."""
    opened = SCAN.replace("</DOCUMENT>\n", "")
    assert without_exhibits(HEADER + opened + FORM + opened) == Stripped(HEADER + FORM, ("EX-24",))


def test_a_long_list_of_exhibit_types_is_shortened() -> None:
    """They are written to a header, which must not become too large itself."""
    many = "".join(document(f"EX-{number}", "") for number in range(10_000))
    stripped = without_exhibits(HEADER + FORM + many)
    assert stripped.text == HEADER + FORM
    assert len(", ".join(stripped.exhibits)) < 200


@pytest.mark.parametrize("path", each_of(CORPUS / "txt", "*.txt"))
def test_a_real_submission_is_parsed_the_same_without_its_exhibits(path: object) -> None:
    """The parser reads the same form from the rest."""
    with open(str(path), encoding="utf-8", errors="replace", newline="") as file:  # noqa: PTH123 - CR must stay CR
        text = file.read()
    stripped = without_exhibits(text).text
    if "<DOCUMENT>" in text:
        assert parse_filing(stripped) == parse_filing(text)
    else:
        assert stripped == text
