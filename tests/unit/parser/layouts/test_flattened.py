"""Text whose tables are running text, as lynx and html-to-text print them."""

from typing import Final

import pytest

from contracts.structs import TransactionsReported
from services.parser import parse_filing

PAGE: Final = """\
   SEC Form 4

   FORM 4 UNITED STATES SECURITIES AND EXCHANGE COMMISSION

   1. Name and Address of Reporting Person^*
   DOE JANE
    _____________________________________________________________________

   (Last) (First) (Middle)
   1 MAIN STREET
    _____________________________________________________________________

   (Street)
   WILLIAMSVILLE NY 14221
    _____________________________________________________________________

   (City) (State) (Zip)
   2. Issuer Name and Ticker or Trading Symbol
   ACME INC [ AC ] 5. Relationship of Reporting Person(s) to
   Issuer
   (Check all applicable)
   X Director                   10% Owner
     Officer (give title below) Other (specify below)
   3. Date of Earliest Transaction (Month/Day/Year)
   01/24/2023
   4. If Amendment, Date of Original Filed (Month/Day/Year)

   Table I - Non-Derivative Securities Acquired, Disposed of, or
   Beneficially Owned
   1. Title of Security (Instr. 3) 2. Transaction Date (Month/Day/Year)
   2A. Deemed Execution Date, if any (Month/Day/Year) 3. Transaction Code
   (Instr. 8) 4. Securities Acquired (A) or Disposed Of (D) (Instr. 3, 4
   and 5) 5. Amount of Securities Beneficially Owned Following Reported
   Transaction(s) (Instr. 3 and 4) 6. Ownership Form: Direct (D) or
   Indirect (I) (Instr. 4) 7. Nature of Indirect Beneficial Ownership
   (Instr. 4)
   Code V Amount (A) or (D) Price
   Common Stock 01/24/2023 A 519^(1) A $39.52 5,381.2 D

   Explanation of Responses:
   1. The shares vest in four parts, of which the first is described in
   2. Each of the others vests a year after the one before.
   Remarks:

   /s/ A. Clerk, Attorney in Fact for Jane Doe 01/26/2023
   ** Signature of Reporting Person                             Date
"""


def read(text: str) -> TransactionsReported:
    """Return the one event of a page."""
    (event,) = parse_filing(text, filing_id="one")
    return event


def test_cover_of_running_text_is_read_and_its_rows_are_reported() -> None:
    """Titles have several words, so that nothing shows where a cell ends."""
    event = read(PAGE)
    assert (event.owner.name, event.owner.city, event.owner.state) == ("DOE JANE", "WILLIAMSVILLE", "NY")
    assert (event.owner.is_director, event.owner.is_officer) == (True, False)
    assert (event.issuer.name, event.issuer.tickers, str(event.filing.period_of_report)) == (
        "ACME INC",
        ("AC",),
        "2023-01-24",
    )
    assert (event.transactions, event.holdings) == ((), ())
    raws = [found.raw for found in event.diagnostics if found.code == "unreadable_row"]
    assert raws == ["Common Stock 01/24/2023 A 519^(1) A $39.52 5,381.2 D"]


def test_words_below_the_tables_are_reported_and_not_divided() -> None:
    """`2.` begins a line because the line was wrapped there: it is not a footnote's number."""
    event = read(PAGE)
    assert (event.footnotes, event.filing.signatures, event.filing.remarks) == ({}, (), None)
    raws = " ".join(found.raw or "" for found in event.diagnostics if found.code == "unnumbered_footnote")
    assert "described in 2. Each of the others" in raws
    assert "Attorney in Fact for Jane Doe 01/26/2023" in raws


@pytest.mark.parametrize(
    "boxes",
    [
        "Director X 10% Owner\n   Officer (give title below) Other (specify below)",
        "Director 10% Owner X\n   Officer Other",
    ],
)
def test_cross_between_two_labels_checks_neither(boxes: str) -> None:
    """It may belong to either, wherever the line is wrapped."""
    owner = read(
        PAGE.replace(
            "X Director                   10% Owner\n     Officer (give title below) Other (specify below)", boxes
        )
    ).owner
    assert (owner.is_director, owner.is_ten_percent_owner, owner.is_officer) == (None, None, None)


def test_street_that_may_have_been_wrapped_is_reported() -> None:
    """Its two lines may be one."""
    event = read(PAGE.replace("1 MAIN STREET", "C/O ACME INC, 1 MAIN\n   STREET"))
    assert (event.owner.street1, event.owner.name) == (None, "DOE JANE")
    assert "ambiguous_address" in {found.code for found in event.diagnostics}
