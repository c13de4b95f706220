"""Text that a person copied out of a browser into a file."""

import pytest

from contracts.errors import InvalidFiling
from contracts.structs import TransactionsReported
from services.parser import parse_filing

COVER = """FORM 4
Check this box if no longer subject to Section 16. See Instruction 1(b).
{plan}1. Name and Address of Reporting Person*
DOE JANE
(Last)\t(First)\t(Middle)
1 MAIN ST
(Street)
AUSTIN\tTX\t78701
(City)\t(State)\t(Zip)
2. Issuer Name and Ticker or Trading Symbol
ACME INC [ AC ]\t5. Relationship of Reporting Person(s) to Issuer
(Check all applicable)
{boxes}
3. Date of Earliest Transaction (Month/Day/Year)
01/24/2023
4. If Amendment, Date of Original Filed (Month/Day/Year)
6. Individual or Joint/Group Filing (Check Applicable Line)
X\tForm filed by One Reporting Person
"""
PLAN = "Check this box to indicate that a transaction was made pursuant to Rule 10b5-1(c).\n"
BOXES = "Director\t\t10% Owner\nX\tOfficer (give title below)\t\tOther (specify below)\nSenior VP"
CAPTIONS = (
    "1. Title of Security (Instr. 3)\t2. Transaction Date (Month/Day/Year)\t2A. Deemed Execution Date, if any\t"
    "3. Transaction Code (Instr. 8)\t4. Securities Acquired (A) or Disposed Of (D) (Instr. 3, 4 and 5)\t"
    "5. Amount of Securities Beneficially Owned\t6. Ownership Form: Direct (D)\t7. Nature of Indirect Ownership\n"
    "Code\tV\tAmount\t(A) or (D)\tPrice\n"
)
ROWS = (
    "Common Stock\t01/24/2023\t\tA\t\t519(1)\tA\t$39.52\t5,381.2\tD\t\nCommon Stock\t\t\t\t\t\t\t\t900\tI\tBy Trust\n"
)
NOTES = "Explanation of Responses:\n1. A note.\nRemarks:\n"
NOTES += "/s/ Jane Doe\t01/26/2023\n** Signature of Reporting Person\tDate\n"


def page(boxes: str = BOXES, plan: str = PLAN, rows: str = ROWS, captions: str = CAPTIONS) -> str:
    """Return a pasted page."""
    title = "Table I - Non-Derivative Securities Acquired, Disposed of, or Beneficially Owned\n"
    return COVER.format(boxes=boxes, plan=plan) + title + captions + rows + NOTES


def read(text: str) -> TransactionsReported:
    """Return the one event of a page."""
    (event,) = parse_filing(text, filing_id="one")
    return event


EXPECTED = read(page())


def test_every_value_of_a_page_with_tabs_is_read() -> None:
    """Values stand on the line below their captions."""
    assert (EXPECTED.owner.name, EXPECTED.owner.street1, EXPECTED.owner.city) == ("DOE JANE", "1 MAIN ST", "AUSTIN")
    assert (EXPECTED.owner.is_director, EXPECTED.owner.is_officer) == (False, True)
    assert EXPECTED.owner.officer_title == "Senior VP"
    assert (EXPECTED.issuer.name, EXPECTED.issuer.tickers) == ("ACME INC", ("AC",))
    (grant,), (held,) = EXPECTED.transactions, EXPECTED.holdings
    assert (grant.shares, grant.price_per_share, grant.shares_owned_following) == ("519", "39.52", "5381.2")
    assert grant.footnotes == {"shares": ("F1",)}
    assert (held.shares_owned_following, held.ownership, held.nature_of_ownership) == ("900", "I", "By Trust")
    assert EXPECTED.diagnostics == ()


@pytest.mark.parametrize(
    "wrapped",
    [
        page(rows=ROWS.replace("Common Stock\t01", "Common\nStock\t01")),
        page(rows=ROWS.replace("$39.52\t5,381.2", "\n$39.52\t5,381.2")),
        page(rows=ROWS.replace("By Trust", "By\nTrust")),
        page(captions=CAPTIONS.replace(" (Instr. 3)", "\n(Instr. 3)")),
        page(boxes=BOXES.replace("X\tOfficer", "X\nOfficer")),
        page().replace("\t", "    "),
        page().replace("\t", "      "),
    ],
)
def test_broken_cells_and_even_spaces_make_no_difference(wrapped: str) -> None:
    """A cell may be broken over lines, and an editor may write each tab as the same number of spaces."""
    assert read(wrapped) == EXPECTED


def test_columns_lost_to_tab_stops_leave_rows_unread() -> None:
    """No column can be determined, and no caption may end up inside a value."""
    event = read(page().expandtabs(8))
    assert (event.transactions, event.holdings) == ((), ())
    raws = " ".join(found.raw or "" for found in event.diagnostics if found.code == "unreadable_row")
    assert "519(1) A $39.52 5,381.2 D" in raws
    assert "900 I By Trust" in raws
    assert event.owner == EXPECTED.owner


def test_line_below_a_whole_row_is_no_nature_of_ownership() -> None:
    """A copied page number stands below a row whose last cell is empty."""
    event = read(page(rows=ROWS.splitlines(keepends=True)[0] + "Page 1 of 2\n"))
    assert event.transactions == EXPECTED.transactions
    assert [found.raw for found in event.diagnostics] == ["Page 1 of 2"]


def test_cross_before_the_plans_box_checks_it() -> None:
    """Without a cross the box is null: the page does not show it."""
    assert EXPECTED.filing.rule_10b5_1_plan is None
    assert read(page(plan="X\n" + PLAN)).filing.rule_10b5_1_plan is True


def test_relationship_without_any_cross_is_null() -> None:
    """The crosses were lost: nobody files without a relationship."""
    owner = read(page(boxes=BOXES.replace("X\t", ""))).owner
    assert (owner.is_director, owner.is_officer, owner.is_ten_percent_owner, owner.is_other) == (None,) * 4


@pytest.mark.parametrize("cut", range(400, len(page()), 23))
def test_torn_page_has_no_wrong_value(cut: int) -> None:
    """A page may be copied in part."""
    try:
        event = read(page()[:cut])
    except InvalidFiling:
        return
    for line in (*event.transactions, *event.holdings):
        whole = next(each for each in (*EXPECTED.transactions, *EXPECTED.holdings) if each.line == line.line)
        assert line == whole
    assert event.owner.name == EXPECTED.owner.name
    assert event.owner.officer_title in (None, EXPECTED.owner.officer_title)
