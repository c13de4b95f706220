"""Table II in two halves, as agents split it before mid-2003 because it did not fit on a page."""

from typing import Final

import pytest

from services.parser.document import RawDocument
from services.parser.form.blocks import Block, Row
from services.parser.form.reader import read_page

FIRST: Final = [
    "1. Title of Derivative Security (Instr. 3)", "2. Conversion or Exercise Price of Derivative Security",
    "3. Transaction Date (Month/Day/Year)", "4. Transaction Code (Instr. 8)",
    "5. Number of Derivative Securities Acquired (A) or Disposed of (D)", "",
]  # fmt: skip
SECOND: Final = [
    "6. Date Exercisable and Expiration Date", "", "7. Title and Amount of Underlying Securities", "",
    "8. Price of Derivative Security", "9. Number of Derivative Securities Beneficially Owned",
    "10. Ownership of Derivative Security: Direct (D)", "11. Nature of Indirect Beneficial Ownership",
]  # fmt: skip
GRANT: Final = ["Option", "$34.85", "11/21/01", "A", "1,000", ""]
SALE: Final = ["Warrant", "$2", "11/22/01", "S", "", "500"]
OF_GRANT: Final = ["(1)", "11/21/11", "Common Stock", "1,000", "", "1,000", "D", ""]
OF_SALE: Final = ["", "11/22/11", "Common Stock", "500", "7", "0", "I", "By trust"]
TITLE: Final = "Table II - Derivative Securities Acquired, Disposed of, or Beneficially Owned"


def read(first: list[list[str]], second: list[list[str]], *, heading: bool = True) -> RawDocument:
    """Return the filing whose Table II has these rows in its halves."""
    blocks: list[Block] = ["FORM 4", TITLE, Row(FIRST), Row(["", "", "", "", "(A)", "(D)"]), *map(Row, first), "Page 3"]
    blocks += [TITLE] if heading else []
    blocks += [
        Row(SECOND),
        Row(["Date Exercisable", "Expiration Date", "Title", "Amount or Number of Shares", *[""] * 4]),
    ]
    return read_page([*blocks, *map(Row, second)], "html")


@pytest.mark.parametrize("heading", [True, False])
def test_halves_with_a_row_for_each_other_are_one_table(heading: bool) -> None:
    """Whether the title is repeated above the second half or not."""
    grant, sale = read([GRANT, SALE], [OF_GRANT, OF_SALE], heading=heading).lines
    assert (grant.values["shares"], grant.values["underlying_shares"], grant.values["ownership"]) == (
        "1,000",
        "1,000",
        "D",
    )
    assert (sale.values["expiration_date"], sale.values["price_per_share"]) == ("11/22/2011", "7")
    assert (sale.values["nature_of_ownership"], sale.values["acquired_disposed"]) == ("By trust", "D")
    assert grant.footnotes == {"exercise_date": ["F1"]}


@pytest.mark.parametrize("first", [[GRANT], [["", *GRANT[1:]], SALE]])
def test_halves_that_may_not_correspond_stay_apart(first: list[list[str]]) -> None:
    """A row may have been broken in two, so that the rows below it belong to others."""
    document = read(first, [OF_GRANT, OF_SALE])
    assert all("ownership" not in line.values for line in document.lines)
    raws = [found.raw for found in document.diagnostics if found.code == "unreadable_row"]
    assert raws[-2:] == [" ".join(" | ".join(row).split()) for row in (OF_GRANT, OF_SALE)]
