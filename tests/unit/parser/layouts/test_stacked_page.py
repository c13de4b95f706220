"""Markdown with a paragraph for each cell, as turndown makes of tables."""

import pytest

from contracts.errors import InvalidFiling
from contracts.structs import TransactionsReported
from services.parser import parse_filing
from tests.generated import stacked_cells, viewer_page
from tests.generated.example import EXAMPLE
from tests.generated.style import Style

COVER = """FORM 4

1\\. Name and Address of Reporting Person\\*

[DOE JANE](/cgi-bin/browse-edgar?action=getcompany&CIK=0000912346)

* * *

(Last)

1 MAIN ST

SUITE 2

* * *

(Street)

AUSTIN

TX

78701

* * *

(City)

(State)

(Zip)

2\\. Issuer Name **and** Ticker or Trading Symbol  \nACME INC \\[ AC \\]

5\\. Relationship of Reporting Person(s) to Issuer  \n(Check all applicable)

X

Director

10% Owner

Officer (give title below)

Other (specify below)

3\\. Date of Earliest Transaction (Month/Day/Year)  \n01/24/2023

"""
CAPTIONS = """**Table I - Non-Derivative Securities Acquired, Disposed of, or Beneficially Owned**

1\\. Title of Security (Instr. 3)

2\\. Transaction Date (Month/Day/Year)

2A. Deemed Execution Date, if any (Month/Day/Year)

3\\. Transaction Code (Instr. 8)

4\\. Securities Acquired (A) or Disposed Of (D) (Instr. 3, 4 and 5)

5\\. Amount of Securities Beneficially Owned Following Reported Transaction(s) (Instr. 3 and 4)

6\\. Ownership Form: Direct (D) or Indirect (I) (Instr. 4)

7\\. Nature of Indirect Beneficial Ownership (Instr. 4)

Code

V

Amount

(A) or (D)

Price

"""
END = """**Explanation of Responses:**

1\\. A note.

/s/ Jane Doe

01/26/2023

\\*\\* Signature of Reporting Person

Date

Reminder: Report on a separate line for each class of securities beneficially owned directly or indirectly.
"""
GRANT = "Common Stock|01/24/2023|A|519(1)|A|$39.52|5,381.2|D"
HELD = "Common Stock|900|I|By Trust"


def page(*rows: str, end: str = END) -> str:
    """Return a page with rows in Table I, whose cells are given with bars between them."""
    return COVER + CAPTIONS + "".join(f"{cell}\n\n" for row in rows for cell in row.split("|")) + end


def read(text: str) -> TransactionsReported:
    """Return the one event of a page."""
    (event,) = parse_filing(text, filing_id="one")
    return event


def test_rows_without_their_empty_cells_are_read_in_order() -> None:
    """Each row ends at its form of ownership, and the nature of ownership behind it."""
    event = read(page(HELD, GRANT, HELD, HELD))
    (grant,) = event.transactions
    assert (grant.code, grant.shares, grant.price_per_share, grant.shares_owned_following) == (
        "A",
        "519",
        "39.52",
        "5381.2",
    )
    assert grant.footnotes == {"shares": ("F1",)}
    assert [(line.shares_owned_following, line.nature_of_ownership) for line in event.holdings] == [
        ("900", "By Trust")
    ] * 3
    assert (event.owner.cik, event.owner.street2, event.owner.city) == ("0000912346", "SUITE 2", "AUSTIN")
    assert [(each.name, each.date) for each in event.filing.signatures] == [("/s/ Jane Doe", "2023-01-26")]
    assert (event.footnotes, event.diagnostics) == ({"F1": "A note."}, ())


def test_amount_that_may_be_price_or_shares_owned_is_null() -> None:
    """Its column is lost with the empty cell beside it."""
    event = read(page("Common Stock|01/24/2023|A|519|A|39.52|D"))
    (grant,) = event.transactions
    assert (grant.price_per_share, grant.shares_owned_following) == (None, None)
    assert [(found.code, found.raw) for found in event.diagnostics] == [("ambiguous_column", "39.52")]


@pytest.mark.parametrize(
    "rows",
    [
        ("Common Stock|900|D|Class A|Common Stock|01/24/2023|S|100|D|$5|800|D",),
        ("Common Stock|900|I|By|Trust|Common Stock|800|D",),
        ("Common Stock|900|I|(1)|By Trust|Common Stock|800|D",),
        ("Common Stock|900|I|By Trust|800|D",),
    ],
)
def test_texts_that_may_be_nature_or_title_leave_rows_unread(rows: tuple[str, ...]) -> None:
    """A title in two paragraphs would be taken for a nature of ownership and a title."""
    event = read(page(*rows))
    assert (event.transactions, event.holdings) == ((), ())
    assert {found.code for found in event.diagnostics} == {"unreadable_row"}


def test_row_without_a_form_of_ownership_is_unread() -> None:
    """Where it ends is not known, and so is which row its cells are of."""
    event = read(page("Common Stock|900", HELD))
    assert event.holdings == ()
    assert [found.raw for found in event.diagnostics] == ["Common Stock | 900 | Common Stock | 900 | I | By Trust"]


def test_kept_empty_cells_put_every_value_in_its_column() -> None:
    """A non-breaking space in each empty cell leaves nothing to decide, not even between acquired and disposed."""
    nothing = "\xa0"
    row = f"Common Stock|01/24/2023|{nothing}|A|{nothing}|519|A|{nothing}|5,381.2|D|{nothing}"
    (grant,) = read(page(row, row)).transactions[1:]
    assert (grant.shares, grant.price_per_share, grant.shares_owned_following) == ("519", None, "5381.2")


@pytest.mark.parametrize("lost", range(1, 60, 3))
def test_page_that_lost_a_paragraph_has_no_wrong_amount(lost: int) -> None:
    """Whatever is lost from the tables, no amount of another column takes its place."""
    whole = stacked_cells.converted(viewer_page.written(EXAMPLE, Style()))
    expected = parse_filing(viewer_page.written(EXAMPLE, Style()))[0]
    start = whole.index("Price\n\n") + len("Price\n\n")
    paragraphs = whole[start:].split("\n\n")
    del paragraphs[lost]
    try:
        event = parse_filing(whole[:start] + "\n\n".join(paragraphs), filing_id="one")[0]
    except InvalidFiling:
        return
    for name in ("price_per_share", "shares_owned_following", "exercise_price", "underlying_shares", "shares"):
        known = {getattr(line, name, None) for line in (*expected.transactions, *expected.holdings)}
        assert {getattr(line, name, None) for line in (*event.transactions, *event.holdings)} <= known | {None}
