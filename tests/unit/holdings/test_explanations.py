"""What the trades leave open, classified by evidence."""

import pytest

from contracts.section16 import Table
from contracts.transactions_reported import Holding, Transaction, TransactionsReported
from tests.unit.holdings.builders import DAY, applied, holding, report, traded

NEXT = DAY.replace(day=5)
THIRD = DAY.replace(day=6)


def start(*lines: Holding) -> TransactionsReported:
    """The positions before."""
    return report(*lines, form="3", filing_id="start")


def explained(*reports: TransactionsReported) -> list[str | None]:
    """The explanation of each change of the last report."""
    return [change.explanation for change in applied(*reports).changes]


def after(*lines: Transaction | Holding) -> TransactionsReported:
    """A filing of the next day."""
    return report(*lines, period=NEXT, filing_id="after")


def test_what_adds_up_needs_no_explanation() -> None:
    """Nothing unexplained, nothing explained; and nothing can be where before is unknown."""
    assert explained(start(holding("100")), after(traded("D", "10", "90", day=NEXT))) == [None]
    assert explained(after(traded("D", "10", "90", day=NEXT))) == [None]


def test_up_to_one_share_is_rounding() -> None:
    """Dividend equivalents round; more than one share does not."""
    assert explained(start(holding("100")), after(traded("D", "10", "89.2", day=NEXT))) == ["rounding"]
    assert explained(start(holding("100")), after(traded("D", "10", "88.9", day=NEXT))) == ["unknown"]


def test_a_line_with_the_wrong_sign_is_a_line_error() -> None:
    """5,494 reported as acquired where the ledger's amount and the line's say disposed."""
    assert explained(start(holding("10000")), after(traded("A", "5494", "4506", day=NEXT))) == ["line_error"]


def test_a_line_that_its_own_chain_denies_is_a_line_error() -> None:
    """The same within a chain of lines."""
    lines = (traded("D", "6", "9994", day=NEXT), traded("A", "5494", "4500", day=NEXT))
    assert explained(start(holding("10000")), after(*lines)) == ["line_error"]


def test_what_nets_to_zero_over_the_owners_positions_is_a_transfer() -> None:
    """Direct to trust within one filing, both sides."""
    filing = after(holding("60"), traded("A", "5", "145", by="Trust", day=NEXT))
    assert explained(start(holding("100"), holding("100", by="Trust")), filing) == ["transfer", "transfer"]


def test_a_transfer_to_a_trust_that_was_unknown_is_one() -> None:
    """The trust is taken in silently, and is just as large as what left."""
    assert explained(start(holding("100")), after(holding("60"), holding("40", by="Trust"))) == ["transfer"]


def test_a_transfer_to_several_trusts_nets_over_all() -> None:
    """One position gives what two receive."""
    before = start(holding("100"), holding("10", by="Trust A"), holding("10", by="Trust B"))
    filing = after(holding("40"), holding("30", by="Trust A"), holding("50", by="Trust B"))
    assert explained(before, filing) == ["transfer"] * 3


def test_a_transfer_between_securities_is_none() -> None:
    """What leaves Class A does not arrive in Class B."""
    before = start(holding("1000"), holding("1000", title="Class B"))
    assert explained(before, after(holding("930"), holding("1070", title="Class B"))) == ["unknown", "unknown"]


def test_the_other_side_of_a_transfer_may_come_with_a_later_filing() -> None:
    """The first side is unknown when it is reported; the other explains it, once."""
    before = start(holding("100"), holding("500", by="Trust"))
    out = report(traded("A", "5", "65", day=NEXT), filing_id="out")
    more = report(traded("A", "5", "70", day=THIRD), filing_id="more")
    into = report(holding("540", by="Trust"), period=THIRD, filing_id="into")
    assert explained(before, out) == ["unknown"]
    assert explained(before, out, into) == ["transfer"]
    assert explained(before, out, more, into) == ["transfer"]
    again = report(holding("580", by="Trust"), period=THIRD.replace(day=7), filing_id="again")
    assert explained(before, out, into, again) == ["unknown"]


@pytest.mark.parametrize(("before", "now"), [("1000", "5000"), ("1000", "2000"), ("1005", "100"), ("3000", "200")])
def test_a_whole_ratio_is_a_split(before: str, now: str) -> None:
    """Forward and reverse; of a fraction the cash is paid."""
    assert explained(start(holding(before)), after(holding(now))) == ["split"]


@pytest.mark.parametrize(("before", "now"), [("1000", "1500"), ("1000", "3010"), ("20", "100"), ("1000", "13000")])
def test_what_is_no_whole_ratio_of_enough_shares_is_none(before: str, now: str) -> None:
    """Halves, near misses, handfuls and ratios that no company uses are chance."""
    assert explained(start(holding(before)), after(holding(now))) == ["unknown"]


def test_a_split_shows_through_a_trade() -> None:
    """Five for one, then a sale: what the chain starts from is the whole multiple."""
    assert explained(start(holding("1000")), after(traded("D", "700", "4300", day=NEXT))) == ["split"]


def test_a_split_must_hold_over_all_positions_of_the_security() -> None:
    """A position that did not multiply is evidence against."""
    before = start(holding("1000"), holding("300", by="Trust"))
    assert explained(before, after(holding("5000"), holding("1500", by="Trust"))) == ["split", "split"]
    sold = traded("D", "10", "290", by="Trust", day=NEXT)
    assert explained(before, after(holding("5000"), sold)) == ["unknown", None]
    assert explained(before, after(holding("5000"), holding("900", by="Trust"))) == ["unknown", "unknown"]


def test_a_position_that_was_split_before_is_no_evidence_against() -> None:
    """The trust's own filing came after the split already."""
    before = start(holding("1000"), holding("300", by="Trust"))
    trust = report(holding("1500", by="Trust"), period=NEXT, filing_id="trust")
    sold = report(holding("5000"), traded("D", "10", "1490", by="Trust", day=THIRD), filing_id="sold")
    assert explained(before, trust, sold) == ["split", None]


def test_a_split_of_one_class_says_nothing_of_another_table() -> None:
    """An option's count is another security."""
    table: Table = "derivative"
    before = start(holding("1000"), holding("300", table=table))
    assert explained(before, after(holding("5000"), traded("D", "10", "290", table=table, day=NEXT))) == ["split", None]
