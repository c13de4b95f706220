"""Links in markdown: markers, companies' CIKs, and words."""

import pytest

from services.parser.form.blocks import FootnoteMarker, PartyLink, build_text
from services.parser.layouts.markdown.links import Links


@pytest.mark.parametrize("raw", ["[(1)](#F1)", r"[\(1\)](#F1)", "[1](<#F1>)", '[(1)](#F1 "note")'])
def test_a_link_to_a_footnote_is_its_marker(raw: str) -> None:
    """However a converter writes it."""
    assert Links("").read(f"17,408 {raw}") == build_text("17,408 ", FootnoteMarker(1))


def test_link_whose_text_and_target_disagree_stays_words() -> None:
    """Nothing shows which of the two footnotes it cites."""
    assert Links("").read("17,408 [(1)](#F2)") == "17,408 (1)"


@pytest.mark.parametrize("raw", ["^(1)^", "^1^", r"^\(1\)^", "[^(1)^](#F1)"])
def test_raised_number_is_a_marker(raw: str) -> None:
    """As some converters write a superscript. A raised asterisk is not one."""
    assert Links("").read(f"17,408{raw}") == build_text("17,408", FootnoteMarker(1))
    assert Links("").read("Reporting Person^*^") == "Reporting Person*"


def test_link_to_a_company_gives_its_cik() -> None:
    """The reader of the cover looks for the CIK after the name."""
    target = "/cgi-bin/browse-edgar?action=getcompany&CIK=0000912345"
    assert Links("").read(f"[ACME INC]({target}) [ AC ]") == build_text("ACME INC", PartyLink("0000912345"), " [ AC ]")
    assert Links("").read("[ACME INC](https://example.test/) [ AC ]") == "ACME INC [ AC ]"


def test_a_link_may_have_its_target_at_the_end_of_the_text() -> None:
    """Reference links; brackets without a target are words."""
    links = Links("[ACME][1] [ AC ]\n\n   [1]: /cgi-bin/browse-edgar?action=getcompany&CIK=912345\n")
    assert links.read("[ACME][1] [ AC ]") == build_text("ACME", PartyLink("912345"), " [ AC ]")
    assert links.read("[ACME][2]") == "[ACME][2]"


@pytest.mark.parametrize("raw", ["_/s/ Jane Doe_", "**/s/ Jane Doe**", r"\/s/ Jane Doe", "*/s/ Jane Doe*"])
def test_emphasis_around_a_whole_cell_and_escapes_are_removed(raw: str) -> None:
    """Converters emphasise signatures."""
    assert Links("").read(raw) == "/s/ Jane Doe"


def test_words_that_are_bold_apart_are_on_lines_of_their_own() -> None:
    """A converter glues two bold lines together."""
    assert (
        Links("").read("**Washington, D.C. 20549****ANNUAL STATEMENT**") == "Washington, D.C. 20549\nANNUAL STATEMENT"
    )
