"""The index of positions by class, and its copies, which share what neither has changed."""

import pytest

from services.holdings.ledger import apply
from services.holdings.position_index import PositionIndex
from tests.unit.holdings.builders import DAY, account, applied, holding, label, position, report, traded

COMMON = label().security


def ids(index: PositionIndex) -> list[str]:
    """Return the ids of the positions in shares held directly."""
    return [each.position_id for each in index.of_class(COMMON)]


@pytest.mark.parametrize("changes_original", [True, False])
def test_change_of_one_index_leaves_its_copy_as_it_was(*, changes_original: bool) -> None:
    """A book is folded on from a copy, and must stay what it was if the report is refused."""
    original = PositionIndex([position(label(), account(0, 10), position_id="a")])
    copied = original.copy()
    changed, other = (original, copied) if changes_original else (copied, original)
    changed.put(position(label(), account(0, 20), position_id="b"))
    changed.rename({"a": "c"})
    assert ids(changed) == ["c", "b"]
    assert ids(other) == ["a"]
    changed.put(position(label("Preferred Stock"), account(0, 20), position_id="b"))
    assert ids(changed) == ["c"]
    assert ids(other.copy()) == ["a"]


def test_two_reports_applied_to_one_book_do_not_affect_each_other() -> None:
    """The second is applied to the book, not to what the first made of it."""
    book = applied(report(holding("100"), form="3")).book
    day = DAY.replace(day=5)
    sold = report(traded("D", "10", "90", day=day), filing_id="0000000001-24-000002")
    granted = report(traded("A", "5", "5", day=day, title="Class B"), filing_id="0000000001-24-000003")
    expected = apply(book, granted)
    apply(book, sold)
    apply(book, report(traded("A", "7", "7", day=day, title="Class B"), filing_id="0000000001-24-000004"))
    again = apply(book, granted)
    assert again.book.encoded() == expected.book.encoded()
    assert again.drafts == expected.drafts
