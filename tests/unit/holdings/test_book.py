"""The book as bytes: what a process keeps in memory is what another restores."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.codec import decode, encode
from contracts.structs import PositionsUpdated, TransactionsReported
from services.holdings import ledger
from services.holdings.alerts import build_alert
from services.holdings.book import Book
from services.holdings.ledger import apply
from tests.holdings_cases.generated_histories import History, histories
from tests.unit.holdings.builders import DAY, OWNER, applied, holding, only, report, traded

LONG = "12345678901234567890123456789.12"
"""An amount with the maximum number of digits, which exceeds Python's default decimal precision."""


def restored(book: Book) -> Book:
    """Return the book as another process reads it."""
    return Book.from_event(decode(encode(book.event), PositionsUpdated))


def told(reports: Sequence[TransactionsReported], restarts: Sequence[int] = ()) -> list[bytes]:
    """Return the bytes of all books and alerts of the reports, with a restart behind some of them."""
    book: Book | None = None
    events: list[bytes] = []
    for place, each in enumerate(reports):
        result = apply(book, each)
        events += [encode(result.event), *(encode(build_alert(draft, each)) for draft in result.drafts)]
        book = restored(result.book) if place in restarts else result.book
    return events


def small_books() -> Any:
    """Cut books that keep more than six accounts to three, so that short chains have a base."""
    return patch.multiple(ledger, ACCOUNTS_KEPT=6, ACCOUNTS_LEFT=3)


@given(histories(), st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=150, deadline=None)
def test_restart_after_any_filing_changes_no_output_byte(history: History, chance: Any, small: bool) -> None:
    """In any order of arrival, with a base and without one."""
    arrived = list(history.filings)
    chance.shuffle(arrived)
    restarts = [place for place in range(len(arrived)) if chance.random() < 0.5]
    if small:
        with small_books():
            assert told(arrived, restarts) == told(arrived)
    else:
        assert told(arrived, restarts) == told(arrived)


def test_sums_of_the_longest_numbers_survive_a_restart_exactly() -> None:
    """They are not written if they follow from two amounts."""
    sold = traded("D", LONG, "0", by="Trust")
    twice = [report(sold, filing_id="a"), report(sold, filing_id="b", filed_on=DAY + timedelta(5))]
    assert told(twice, [0]) == told(twice)


@pytest.mark.parametrize(
    "lines",
    [
        [traded("D", "10", "90"), traded("A", "20", "30", by="See footnote", footnotes={"ownership": ("F1",)})],
        [holding(None, title="Option", table="derivative", exercise_price="5", underlying_shares="700")],
        [holding(None, value_owned_following="1500", title="Note", currency="EUR")],
        [traded("A", None, None, title=None, day=None), traded(None, "5", "5", code="J/K", by="|~; =")],
        [traded("D", "10", "90", code="S"), traded("A", "5", "85", code="S")],
        [],
    ],
)
def test_any_filing_survives_a_restart_unchanged(lines: list[Any]) -> None:
    """Footnotes that name holders, dollars, blanks, characters of the encoding itself, and a filing without lines."""
    book = applied(report(*lines, footnotes={"F1": "Held by the Doe Trust, see note 2."})).book
    again = restored(book)
    assert (again.positions, again.labels, again.base) == (book.positions, book.labels, book.base)
    assert [each.chains for each in again.filings] == [
        tuple(chain._replace(lines=()) for chain in each.chains) for each in book.filings
    ]


def test_holder_note_of_a_position_is_encoded_once() -> None:
    """Footnotes that name a holder are long, and the labels of all of an owner's filings cite them."""
    note = "These shares are held by the Doe Family Trust. " * 10
    cited = {"nature_of_ownership": ("F1",)}
    units = traded("A", "5", "5", title="RSU", table="derivative", by="See footnote", footnotes=cited)
    start = report(traded("A", "5", "105", by="See footnote", footnotes=cited), units, footnotes={"F1": note})
    sold = traded("D", "5", "100", title="Common Shares", by="See footnote", footnotes=cited, day=DAY + timedelta(1))
    later = report(sold, filing_id="b", footnotes={"F1": note}, period=DAY + timedelta(1))
    assert encode(applied(start, later).event).count(b"These shares are held by") == 2 * 10


def test_unchanged_positions_reuse_their_text() -> None:
    """A filing that concerns one of a hundred positions must not cost as much as all."""
    start = applied(report(holding("100"), holding("70", title="Class B"), form="3", filing_id="a")).book
    after = apply(start, report(traded("D", "10", "90", day=DAY + timedelta(1)), filing_id="b")).book
    assert after.event.positions[1] is start.event.positions[1]
    assert after.event.accounts[1] is start.event.accounts[1]
    assert after.event.filings[0] is start.event.filings[0]


@given(histories(), st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=100, deadline=None)
def test_book_with_cached_position_texts_encodes_like_its_event(history: History, chance: Any, small: bool) -> None:
    """In any order of arrival, after a restart, and once old filings are cut off."""
    arrived = list(history.filings)
    chance.shuffle(arrived)
    book: Book | None = None
    with small_books() if small else nullcontext():
        for each in arrived:
            book = apply(book, each).book
            assert book.encoded() == encode(book.event)
            assert len(book.texts) in {0, len(book.event.positions)}
            book = restored(book) if chance.random() < 0.3 else book


def test_name_that_looks_like_the_positions_field_is_not_replaced() -> None:
    """The positions are inserted into the text of the other fields, which contain free text."""
    owner = replace(OWNER, name='","positions":[]', city='"positions":[]')
    book = applied(replace(report(holding("100"), form="3"), owner=owner)).book
    assert book.texts
    assert book.encoded() == encode(book.event)


def test_position_that_stays_the_same_is_encoded_once() -> None:
    """A one-line filing must not encode a hundred positions."""
    start = applied(report(holding("100"), holding("70", title="Class B"), form="3", filing_id="a")).book
    after = apply(start, report(traded("D", "10", "90", day=DAY + timedelta(1)), filing_id="b")).book
    assert [one is other for one, other in zip(start.texts, after.texts, strict=True)] == [False, True]


def test_absence_count_survives_a_restart() -> None:
    """It is unconfirmed after the second, whoever applied the first."""
    start = report(traded("A", "10", "110"), holding("70", by="Trust"), filing_id="a")
    sold = [
        report(traded("D", "10", str(110 - 10 * each), day=DAY + timedelta(each)), filing_id=f"b{each}")
        for each in (1, 2)
    ]
    book = applied(start, sold[0]).book
    marks = [each.unconfirmed for each in apply(restored(book), sold[1]).event.positions]
    assert ([each.unconfirmed for each in book.event.positions], marks) == ([False, False], [False, True])


@pytest.mark.parametrize(
    "changes",
    [
        {"accounts": (("0.0 z0 1 2",),)},
        {"accounts": ()},
        {"accounts": ((),)},
        {"filings": (("4 what", "0|P 0 1 1"),)},
        {"filings": ((),)},
        {"applied_filings": ()},
        {"labels": (7,)},
        {"labels": ("{",)},
    ],
)
def test_book_with_a_malformed_encoding_is_rejected(changes: dict[str, Any]) -> None:
    """Going on from half of a book would count shares twice."""
    event = applied(report(traded("A", "5", "105"))).event
    with pytest.raises((ValueError, LookupError, ArithmeticError, TypeError)):
        Book.from_event(replace(event, **changes))


def test_fold_from_a_missing_base_starts_empty() -> None:
    """All of its filings are folded again."""
    book = applied(report(holding("100"), form="3")).book
    fold = book.fold_from_base()
    assert (list(fold.positions), fold.filings) == ([], [])
    assert only(book.fold().positions).amount == 100
