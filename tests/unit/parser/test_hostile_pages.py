"""Pages made to break a reader: deep, endless, unclosed, or of one character. Each is read or refused, and at once."""

import time

import pytest

from contracts.errors import InvalidFiling
from services.parser import parse_filing
from services.parser.filing import LARGEST_RENDERING
from services.parser.renderings.html_tree import MOST_TAGS

START = (
    "<html><body><p>FORM 4</p><table><tr><td>1. Title of Security<td>2. Transaction Date<td>3. Transaction Code"
    "<td>4. Securities Acquired</tr>"
)
LONGEST = 5.0
"""Seconds that no input may take: all of these take less than two."""

REPEATED = {
    "less-than signs": "<",
    "greater-than signs": ">",
    "cells": "<td>",
    "rows": "<tr><td>a",
    "tables": "<table>",
    "nested tables": "<table><tr><td>",
    "empty tables": "<table></table>",
    "cells that span all": "<td colspan=64 rowspan=64>x",
    "rows that span all": "<tr><td rowspan=999999>x</td></tr>",
    "markers": "<sup>(1)</sup>",
    "links": "<a href=?CIK=1>",
    "open quotes": '<a "',
    "open comments": "<!--",
    "scripts": "<script></script>",
    "boxes": "<input type=checkbox>",
    "ampersands": "&",
    "paragraphs": "<p>x",
    "spans": '<span class="FormData">x</span>',
    "blanks": " ",
}


def outcome(page: str) -> str:
    """The code that a page is refused with, or `read`."""
    try:
        parse_filing(page)
    except InvalidFiling as refusal:
        return refusal.code
    return "read"


@pytest.mark.parametrize("what", REPEATED)
def test_a_page_of_one_thing_ends_at_once(what: str) -> None:
    """The largest page that is looked at, filled with it; and one of as many tags as are looked at."""
    piece = REPEATED[what]
    for times in ((LARGEST_RENDERING - len(START)) // len(piece), MOST_TAGS // 2 - 20):
        page = START + piece * times
        began = time.perf_counter()
        assert outcome(page) in {"no_issuer", "unsupported_rendering", "too_deep", "too_large"}
        assert time.perf_counter() - began < LONGEST


@pytest.mark.parametrize("attribute", ["a{}", "colspan{}", "colspan", "href", "a{}='"])
def test_a_tag_of_a_hundred_thousand_attributes_ends_at_once(attribute: str) -> None:
    """HTML libraries compare each with each."""
    page = START + "<td " + " ".join(attribute.format(number) for number in range(100_000)) + ">"
    began = time.perf_counter()
    assert outcome(page) in {"no_issuer", "unsupported_rendering"}
    assert time.perf_counter() - began < LONGEST


def test_a_page_larger_than_any_is_refused_unread() -> None:
    """Ten megabytes."""
    assert outcome(START + "<td>" * 2_500_000) == "too_large"
