"""Reports applied to an owner's book: in order, out of order, repeated, and beyond what a book keeps."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.structs import TransactionsReported
from services.holdings import fold, ledger
from services.holdings.book import Book
from services.holdings.ledger import apply
from tests.unit.holdings.builders import DAY, applied, holding, only, report, row, traded


def sale(number: int, after: int, *, days: int | None = None, **more: Any) -> TransactionsReported:
    """Make a filing of a sale of 10, dated `days` after `DAY` (by default its number)."""
    day = DAY + timedelta(number if days is None else days)
    line = traded("D", "10", str(after), day=day, code="S", **more)
    return report(line, period=day, filing_id=f"0000000001-24-{number:06}")


START = report(holding("1000"), form="3", filing_id="0000000001-24-000000")


@pytest.fixture
def small_books(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Cut books that keep more than six accounts to three."""
    monkeypatch.setattr(ledger, "ACCOUNTS_KEPT", 6)
    monkeypatch.setattr(ledger, "ACCOUNTS_LEFT", 3)
    return iter(())


@pytest.mark.parametrize(
    ("line", "kind", "before", "after"),
    [
        (traded("A", "5", "5"), "opened", 0, 5),
        (traded("A", "5", "105"), "increased", 100, 105),
        (traded("D", "5", "95"), "decreased", 100, 95),
        (traded("D", "5", "0"), "closed", 5, 0),
        (traded("D", "0", "95"), "unchanged", 95, 95),
        (traded("A", "100", "40"), "increased", None, 40),
        (traded("A", "5", None), "increased", None, None),
        (traded("D", "5", None), "decreased", None, None),
        (traded("D", None, None), "decreased", None, None),
        (traded(None, None, None), "unchanged", None, None),
        (traded(None, "5", "105"), "unchanged", None, 105),
        (holding("100"), "restated", 100, 100),
    ],
)
def test_kind_follows_the_amounts_else_the_trades(line: Any, kind: str, before: int | None, after: int | None) -> None:
    """Readers filter by it, so it must not contradict the amounts."""
    change = only(applied(report(line)).drafts)
    assert row(change.kind, change.before, change.after) == (kind, before, after)


def test_same_filing_twice_is_applied_once() -> None:
    """Kafka may deliver a record twice; another rendering of a filing has its accession number too."""
    first = applied(START, sale(1, 990))
    again = apply(first.book, sale(1, 980))
    assert (again.book, again.drafts, again.status) == (first.book, (), "duplicate")


def test_versions_are_contiguous_and_a_filing_without_lines_is_one() -> None:
    """No securities owned is a fact: the book exists, and the filing is in it."""
    empty = report(form="3", no_securities_owned=True)
    book = applied(empty).event
    assert (book.positions, book.version, book.applied_filings) == ((), 1, (empty.filing.filing_id,))
    later = applied(empty, sale(2, 990)).event
    assert (later.version, later.updated_by) == (2, "0000000001-24-000002")


def test_filings_are_listed_in_their_order_whatever_the_order_of_arrival() -> None:
    """The state's filings and ids are parallel lists."""
    filings = [START, sale(1, 990), sale(2, 980), sale(3, 970)]
    books = [applied(*arrived).event for arrived in permutations(filings)]
    assert {book.applied_filings for book in books} == {tuple(each.filing.filing_id for each in filings)}
    assert {book.updated_by for book in books} == {each.filing.filing_id for each in filings}
    assert {(only(book.positions).shares, book.version) for book in books} == {("970", 4)}


def test_report_out_of_order_is_late_and_keeps_the_owner_of_the_latest_filing() -> None:
    """Names and addresses are those of the latest filing, not of the last to arrive."""
    older = replace(sale(1, 990), owner=replace(START.owner, name="DOE J"))
    result = applied(sale(2, 980), older)
    assert (result.status, result.event.owner.name) == ("late", "DOE JANE")
    assert applied(older, sale(2, 980)).event.owner.name == "DOE JANE"


def test_position_keeps_its_id_if_an_older_filing_opens_it_now() -> None:
    """Subscribers follow a position by its id."""
    first = only(applied(sale(2, 980)).event.positions).position_id
    late = applied(sale(2, 980), sale(1, 990))
    assert only(late.event.positions).position_id == only(late.drafts).position.position_id == first


def test_position_that_was_sold_out_opens_again_under_its_id() -> None:
    """Zero is an amount: the position stays known."""
    sold = report(traded("D", "1000", "0", day=DAY + timedelta(1)), period=DAY + timedelta(1), filing_id="b")
    bought = report(traded("A", "7", "7", day=DAY + timedelta(2)), period=DAY + timedelta(2), filing_id="c")
    books = [applied(*reports).event for reports in ((START,), (START, sold), (START, sold, bought))]
    assert [only(book.positions).shares for book in books] == ["1000", "0", "7"]
    assert len({only(book.positions).position_id for book in books}) == 1


def test_exit_filing_closes_only_what_it_sells() -> None:
    """A former director who is no longer subject to Section 16 still owns the shares."""
    start = report(holding("1000"), holding("50", by="Trust"), form="3", filing_id="0000000001-24-000000")
    last = report(traded("D", "10", "990"), not_subject_to_section16=True)
    result = applied(start, last)
    assert only(result.drafts).kind == "decreased"
    assert [each.shares for each in result.event.positions] == ["990", "50"]


def test_ids_follow_from_owner_issuer_and_filing_alone() -> None:
    """A state computed again has the same ids; two owners of one trade have two."""
    lines = (holding("1"), holding("2", by="Trust"))
    first, second = (applied(report(*lines, form="3")).event.positions for _ in range(2))
    assert first == second
    assert first[0].position_id != first[1].position_id
    other = report(*lines, form="3")
    other = replace(other, owner=replace(other.owner, key="name:ROE"))
    assert applied(other).event.positions[0].position_id != first[0].position_id


def test_long_numbers_lose_nothing() -> None:
    """Amounts are exact, however many digits they have."""
    start = report(holding("10000000000000000000.0000000002"), form="3", filing_id="a")
    bought = report(traded("A", "0.0000000001", None), filing_id="b", period=DAY + timedelta(1))
    assert only(applied(start, bought).event.positions).shares == "10000000000000000000.0000000003"


def test_subject_date_is_that_of_the_first_form_3() -> None:
    """Lateness accuses: trades before the owner was subject are not late."""
    change = only(applied(START, sale(1, 990)).drafts)
    assert change.subject_since == DAY
    later = report(holding("1"), form="3/A", period=DAY + timedelta(9), filing_id="0000000001-24-000009")
    assert applied(START, later).event.subject_since == DAY


@pytest.mark.usefixtures("small_books")
def test_oldest_accounts_of_a_long_book_are_folded_into_a_base() -> None:
    """A state record has a bounded size, and the amounts continue."""
    book: Book | None = None
    for number in range(1, 30):
        result = apply(book, sale(number, 1000 - 10 * number))
        assert row(only(result.drafts).ledger_before) == (None if book is None else 1010 - 10 * number,)
        book = result.book
        assert sum(map(len, book.event.accounts)) <= 7
    assert book is not None
    assert (len(book.event.applied_filings), book.event.version) == (29, 29)
    assert only(book.event.positions).shares == "710"


@pytest.mark.usefixtures("small_books")
def test_position_keeps_its_id_through_the_base() -> None:
    """A merge of old accounts is not a change."""
    books = [applied(*(sale(number, 1000 - 10 * number) for number in range(1, count))).event for count in range(2, 20)]
    assert len({only(book.positions).position_id for book in books}) == 1


@pytest.mark.usefixtures("small_books")
def test_report_older_than_the_base_is_reported_without_changing_amounts() -> None:
    """No trade is lost because of its age, and none is counted twice."""
    known = applied(*(sale(number, 1000 - 10 * number) for number in range(2, 20)))
    old = sale(1, 990)
    late = apply(known.book, old)
    change = only(late.drafts)
    assert row(change.kind, change.before, change.after) == ("decreased", 1000, 990)
    assert row(change.is_current, change.current, late.status) == (False, 810, "late")
    assert (late.event.positions, late.event.version) == (known.event.positions, known.event.version + 1)
    assert apply(late.book, old).status == "duplicate"
    assert apply(late.book, sale(20, 800)).event.applied_filings[0] == old.filing.filing_id


@pytest.mark.usefixtures("small_books")
def test_late_report_after_the_base_is_inserted_in_order() -> None:
    """Accounts that are kept individually can be folded again."""
    known = applied(*(sale(number, 1000 - 10 * number) for number in range(1, 20) if number != 18))
    change = only(apply(known.book, sale(18, 820)).drafts)
    assert row(change.ledger_before, change.unexplained, change.is_current) == (830, 0, False)


@pytest.mark.usefixtures("small_books")
def test_closed_positions_that_a_base_keeps_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those closed longest are forgotten; what is held never is."""
    monkeypatch.setattr(fold, "CLOSED_POSITIONS_KEPT", 2)
    closing = [sale(number, 0, title=f"Series {number}") for number in range(1, 12)]
    book = applied(START, *closing).event
    held = {each.security_title: each.shares for each in book.positions}
    assert held["Common Stock"] == "1000"
    assert set(held) >= {"Series 11", "Series 10", "Series 9", "Series 8"}
    assert len(held) <= 7


def test_filing_of_more_lines_than_a_book_keeps_goes_into_the_base_at_once() -> None:
    """It counts as an account per line, and would be written with every version after it."""
    lines = [holding(str(each), by=f"Trust {each}") for each in range(1, 300)]
    result = applied(report(*lines, form="3", filing_id="a", period=date(2024, 1, 2)), sale(1, 990))
    assert len(result.event.filings) == 2
    assert len(result.event.positions) == 300
