"""Pages made to break a reader: deep, endless, unclosed, or of one character. Each is read or refused.

How long they take is measured in `tests/benchmarks/hostile.py`.
"""

import pytest

from contracts.errors import InvalidFiling
from services.parser import parse_filing
from services.parser.filing import LARGEST_RENDERING
from services.parser.layouts.html.tag_actions import MOST_TAGS

START = (
    "<html><body><p>FORM 4</p><table><tr><td>1. Title of Security<td>2. Transaction Date<td>3. Transaction Code"
    "<td>4. Securities Acquired</tr>"
)
TOO_MANY = "too_much_markup"
NO_FORM = "unsupported_rendering"
REPEATED = {
    "less-than signs": ("<", TOO_MANY, NO_FORM),
    "greater-than signs": (">", NO_FORM, NO_FORM),
    "cells": ("<td>", TOO_MANY, NO_FORM),
    "rows": ("<tr><td>a", TOO_MANY, "no_issuer"),
    "tables": ("<table>", TOO_MANY, NO_FORM),
    "nested tables": ("<table><tr><td>", TOO_MANY, TOO_MANY),
    "empty tables": ("<table></table>", TOO_MANY, NO_FORM),
    "cells that span all": ("<td colspan=64 rowspan=64>x", TOO_MANY, TOO_MANY),
    "rows that span all": ("<tr><td rowspan=999999>x</td></tr>", TOO_MANY, TOO_MANY),
    "markers": ("<sup>(1)</sup>", TOO_MANY, NO_FORM),
    "links": ("<a href=?CIK=1>", TOO_MANY, NO_FORM),
    "open quotes": ('<a "', TOO_MANY, NO_FORM),
    "open comments": ("<!--", NO_FORM, NO_FORM),
    "scripts": ("<script></script>", TOO_MANY, NO_FORM),
    "boxes": ("<input type=checkbox>", TOO_MANY, NO_FORM),
    "ampersands": ("&", NO_FORM, NO_FORM),
    "paragraphs": ("<p>x", TOO_MANY, NO_FORM),
    "spans": ('<span class="FormData">x</span>', TOO_MANY, NO_FORM),
    "blanks": (" ", NO_FORM, NO_FORM),
}
"""The repeated text; the code of the largest page's refusal; and that of a page with half the maximum of tags."""


def outcome(page: str) -> str:
    """Return the code that a page is refused with, or `read`."""
    try:
        parse_filing(page)
    except InvalidFiling as refusal:
        return refusal.code
    return "read"


@pytest.mark.parametrize("what", REPEATED)
def test_largest_page_of_one_kind_of_content_is_refused(what: str) -> None:
    """For its tags, tables or places; or as not a form if it is only words."""
    piece, refused, _ = REPEATED[what]
    assert outcome(START + piece * ((LARGEST_RENDERING - len(START)) // len(piece))) == refused


@pytest.mark.parametrize("what", REPEATED)
def test_page_with_the_most_tags_allowed_is_read_to_its_end(what: str) -> None:
    """Unless its tables are too deep or too wide."""
    piece, _, refused = REPEATED[what]
    assert outcome(START + piece * (MOST_TAGS // 2 - 20)) == refused


@pytest.mark.parametrize("attribute", ["a{}", "colspan{}", "colspan", "href", "href=", "a{}='"])
def test_a_tag_of_sixty_thousand_attributes_is_read(attribute: str) -> None:
    """HTML libraries compare each with each."""
    attributes = " ".join(attribute.format(number) for number in range(60_000))
    page = f"{START}<td {attributes}><a {attributes}>"
    assert outcome(page) == NO_FORM


def test_a_page_larger_than_any_is_refused_unread() -> None:
    """Ten megabytes."""
    assert outcome(START + "<td>" * 2_500_000) == "too_large"
