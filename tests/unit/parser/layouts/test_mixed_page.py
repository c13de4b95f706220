"""Tables of HTML that a converter to markdown left as they were, and words of markdown around them."""

from typing import Final

import pytest

from services.parser import parse_filing

CAPTIONS: Final = (
    "<tr><td>1.Title of Security (Instr. 4)</td><td>2. Amount of Securities Beneficially Owned (Instr. 4)</td>"
    "<td>3. Ownership Form: Direct (D) or Indirect (I) (Instr. 5)</td>"
    "<td>4. Nature of Indirect Beneficial Ownership (Instr. 5)</td></tr>"
)
OWNERS: Final = (
    '<table border="0"><tr><td>Reporting Owner Name / Address</td><td colspan="4">Relationships</td></tr>'
    "<tr><td></td><td>Director</td><td>10% Owner</td><td>Officer</td><td>Other</td></tr>"
    "<tr><td>DOE JANE<br>1 ROAD<br>SMALLVILLE, MN 55416</td><td>X</td><td></td><td></td><td></td></tr></table>"
)
PAGE: Final = f"""\
FORM 3

**INITIAL STATEMENT OF BENEFICIAL OWNERSHIP OF SECURITIES**

<table border="0"><tr><td>1. Name and Address of Reporting Person *<br>DOE JANE</td><td>3. Issuer Name and Ticker or \
Trading Symbol<br>ACME INC [AC]</td></tr></table>

<table border="0">{CAPTIONS}<tr><td>Common Stock</td><td>5,000 (1)</td><td>D</td><td></td></tr></table>

Reporting Owners
----------------

{OWNERS}

## Explanation of Responses:

\\(1\\) Of *which* half are restricted.
"""


@pytest.mark.parametrize("heading", ["Reporting Owners\n----------------\n", "## Reporting Owners\n", ""])
def test_owners_table_is_not_a_table_of_securities(heading: str) -> None:
    """Whatever mark its heading has. If the heading is lost, its first caption identifies it."""
    (event,) = parse_filing(PAGE.replace("Reporting Owners\n----------------\n", heading))
    (holding,) = event.holdings
    assert (holding.security_title, holding.shares_owned_following) == ("Common Stock", "5000")
    assert (event.owner.name, event.owner.street1, event.owner.city) == ("DOE JANE", "1 ROAD", "SMALLVILLE")
    assert event.owner.is_director


def test_words_around_the_tables_are_without_escapes() -> None:
    """And a heading is one though it has marks."""
    (event,) = parse_filing(PAGE)
    assert event.footnotes == {"F1": "Of *which* half are restricted."}
    assert event.filing.source_format == "text"


def test_text_that_begins_with_a_tag_but_has_markdown_headings_is_not_html() -> None:
    """Its owners' table ends at the next heading, and a footnote is not an owner."""
    notes = "## Explanation of Responses:\n\n<table><tbody><tr><td>(1)</td><td>Half are sold.</td></tr></tbody></table>"
    text = "<div>\n\n" + PAGE.partition("## Explanation")[0].replace("FORM 3", "FORM 3\n\n</div>", 1) + notes
    (event,) = parse_filing(text)
    assert (event.owner.name, event.footnotes) == ("DOE JANE", {"F1": "Half are sold."})


TABLE: Final = (
    f'<table border="0">{CAPTIONS}<tr><td>Common Stock</td><td>5,000 (1)</td><td>D</td><td></td></tr></table>'
)
PIPES: Final = """| **Table I - Non-Derivative Securities**
**Beneficially Owned** |
| :-: |
| 1\\. Title of Security (Instr. 4) | 2\\. Amount of Securities Beneficially Owned (Instr. 4) | 3\\. Ownership Form: \
Direct (D) or Indirect (I) (Instr. 5) | 4\\. Nature of Indirect Beneficial Ownership (Instr. 5) |
| :-- | :-- | :-- | :-- |
| <span class="FormData">Common Stock</span> | 5,000<sup>(1)</sup> | D |  |
"""


def test_table_of_securities_between_bars_is_read_among_tables_of_html() -> None:
    """The converter wrote the tables as markdown that markdown can write, and left the others."""
    assert TABLE in PAGE
    (expected,) = parse_filing(PAGE, filing_id="one")
    assert parse_filing(PAGE.replace(TABLE, PIPES), filing_id="one") == [expected]


def test_row_between_bars_that_lost_a_cell_is_unread() -> None:
    """The cell may be any of its cells."""
    (event,) = parse_filing(PAGE.replace(TABLE, PIPES.replace("| D |  |", "| D |")))
    assert event.holdings == ()
    assert ("unreadable_row", "Common Stock | 5,000(1) | D") in [(each.code, each.raw) for each in event.diagnostics]


def test_character_that_marks_the_place_of_a_table_is_harmless_in_a_text() -> None:
    """Nobody has to know that the reader uses it."""
    (event,) = parse_filing(PAGE.replace("Of *which*", "\n\n\ue0007\ue000\n\nOf *which*"))
    assert event.holdings
