"""The ledger over real filings: every trade reported once, unexplained changes, and the final positions."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Final

import pytest
from msgspec import to_builtins
from msgspec.structs import replace

from contracts.structs import TransactionsReported
from services.holdings.alerts import build_alert
from services.holdings.book import Book
from services.holdings.ledger import ApplyResult, apply
from tests.filings.corpus import CORPUS
from tests.holdings_cases.corpus_books import corpus_books
from tests.holdings_cases.figures import Figures, measure
from tests.holdings_cases.known_unknowns import NEW, NOT_AT_HAND, Unknown, known, lines_at_hand, unknowns_of
from tests.holdings_cases.ledger_harness import BookKey, alerted_lines, filed_at, fold, lines_in_trades, reported_lines
from tests.holdings_cases.phantom_positions import phantoms

__all__ = ["CORPUS", "MUSK_AND_TESLA", "CorpusBooks", "filed", "folded"]

MUSK_AND_TESLA: Final = ("0001318605", "0001494730")
BEST_FILLED: Final = 10
MOST_UNKNOWN: Final = 35

CorpusBooks = dict[BookKey, list[TransactionsReported]]

pytestmark = pytest.mark.skipif(not (CORPUS / "xml").is_dir(), reason="no corpus of real filings beside the project")


@pytest.fixture(scope="module")
def filed() -> CorpusBooks:
    """Return the reports of each owner in each issuer, in the order of filing."""
    return corpus_books()


@pytest.fixture(scope="module")
def figures(filed: CorpusBooks) -> Figures:
    """Return the counts over all books."""
    return measure(filed)


def folded(events: list[TransactionsReported]) -> Iterator[tuple[TransactionsReported, ApplyResult]]:
    """Yield each report with its outcome."""
    book: Book | None = None
    for event in events:
        result = apply(book, event)
        book = result.book
        yield event, result


def interleaved(events: list[TransactionsReported]) -> list[TransactionsReported]:
    """Return the reports as a backfill from the end and a live feed from the middle would bring them."""
    middle = len(events) // 2
    later, earlier = events[middle:], events[:middle][::-1]
    pairs = [each for pair in zip(later, earlier, strict=False) for each in pair]
    return [*pairs, *later[len(earlier) :]]


def test_real_filings_apply_without_errors_and_only_once(filed: CorpusBooks) -> None:
    """Versions are contiguous, and a second delivery changes nothing: no real filing stops the service."""
    assert sum(len(events) for events in filed.values()) > 280
    for events in filed.values():
        for version, (event, result) in enumerate(folded(events), start=1):
            assert result.event.version == version
            assert apply(result.book, event).status == "duplicate"
            for draft in result.drafts:
                assert build_alert(draft, event).position.position_id == draft.position.position_id


def test_every_trade_line_is_in_exactly_one_alert_of_the_corpus(figures: Figures) -> None:
    """A subscriber must not miss a trade: this is the invariant of the ledger."""
    assert figures.raised == []
    assert figures.lines > 2_200
    assert figures.lines_in_one_alert == figures.lines


def test_every_trade_line_is_in_exactly_one_alert_in_any_order_of_arrival(filed: CorpusBooks) -> None:
    """Backfills and the live feed interleave: a chain may arrive backwards or shuffled."""
    for events in filed.values():
        for arrived in (events[::-1], interleaved(events)):
            for step in fold(arrived):
                assert alerted_lines(step.report, step.alerts) == reported_lines(step.report)
                assert lines_in_trades(step.alerts) == reported_lines(step.report)


def test_any_order_of_arrival_ends_in_the_same_positions(filed: CorpusBooks) -> None:
    """Two processes that read the same filings in another order must hold the same."""

    def at_the_end(arrived: list[TransactionsReported]) -> list[dict[str, object]]:
        positions = fold(arrived)[-1].applied.event.positions
        return sorted((to_builtins(replace(each, position_id="")) for each in positions), key=str)

    for events in filed.values():
        if len(events) > 1:
            ends = [at_the_end(arrived) for arrived in (events, events[::-1], interleaved(events))]
            assert ends[0] == ends[1] == ends[2], events[0].owner.name


def test_every_large_sale_is_found_by_the_filter(figures: Figures) -> None:
    """`--side sell --min-value 1000000` finds each sale over $1m, whatever else the filing reports."""
    assert figures.sales_over_a_million > 100
    assert figures.missed_sales == []


def test_no_alert_contradicts_its_trades(figures: Figures) -> None:
    """A sale is not reported as an increase, sums match the lines, and each unexplained change has an explanation."""
    assert figures.wrong == []


def test_trades_tie_or_are_explained(figures: Figures, record_property: Callable[[str, object], None]) -> None:
    """Of the trade lines on a known ledger 92 % continue its amount to the share, and 97 % with explanations.

    The first line after filings that the corpus lacks does neither, whatever the ledger does: the second share is of
    the others. Of all of them it is 96.5 %.
    """
    record_property("lines_on_a_known_ledger", figures.known_lines)
    record_property("lines_that_tie", figures.tied_lines)
    assert figures.known_lines > 1_800
    assert figures.tied_lines >= 0.92 * figures.known_lines
    assert figures.tied_lines + figures.explained_lines >= 0.965 * figures.known_lines
    at_hand, tied, explained = lines_at_hand(figures)
    assert tied + explained >= 0.97 * at_hand


def test_every_unknown_change_is_listed_with_its_reason(figures: Figures) -> None:
    """`unknown` is a claim that no filing of the corpus explains it, so each one was verified by hand."""
    found, listed = set(unknowns_of(figures)), known()
    assert sorted(found - listed.keys()) == []
    assert sorted(listed.keys() - found) == []
    assert [unknown for unknown, reason in listed.items() if reason.startswith(NEW)] == []


def test_few_changes_are_unknown_if_all_filings_are_available() -> None:
    """Changes between filings that the corpus lacks cannot be explained; of the others at most 35 are unknown."""
    unexplained: list[Unknown] = [each for each, reason in known().items() if not reason.startswith(NOT_AT_HAND)]
    assert len(unexplained) <= MOST_UNKNOWN


def test_best_filled_books_have_no_phantom_positions(filed: CorpusBooks) -> None:
    """Each held position is in a filing, and no later filing ended it or lists it with another amount."""
    books = sorted(filed.values(), key=len, reverse=True)[:BEST_FILLED]
    found = [what for events in books for what in phantoms(fold(events)[-1].applied.event, events)]
    assert found == []


def test_no_book_has_phantom_positions(filed: CorpusBooks) -> None:
    """The same of every other book: most are short, and a phantom is seen at once."""
    found = [what for events in filed.values() for what in phantoms(fold(events)[-1].applied.event, events)]
    assert found == []


def test_longest_chain_holds_nothing_that_a_later_filing_ended(filed: CorpusBooks) -> None:
    """76 filings over 15 years and two splits end in the trust, the award of 2025, and the options of 2018."""
    events = filed[MUSK_AND_TESLA]
    book = fold(events)[-1].applied.event
    held = [each for each in book.positions if not each.expired and each.shares != "0"]
    assert {(each.security_title, each.ownership, each.shares) for each in held} == {
        ("Common Stock", "I", "413362808"),
        ("Common Stock", "D", "96000000"),
        ("Non-Qualified Stock Option (right to buy)", "D", "20264042"),
    }


def test_chain_of_late_2021_shows_a_split_and_transfers_to_the_trust(filed: CorpusBooks) -> None:
    """Five for one in 2020 and three for one in 2022; exercised shares that move from direct to the trust."""
    explained = {
        (event.filing.filing_id, draft.position.ownership): draft.explanation
        for event, result in folded(filed[MUSK_AND_TESLA])
        for draft in result.drafts
        if draft.position.table == "non_derivative"
    }
    assert explained["0000899243-21-044077", "I"] == "split"
    assert explained["0000899243-22-035390", "I"] == "split"
    assert explained["0000899243-21-045944", "D"] == "unknown"
    assert explained["0000899243-21-045949", "I"] == "transfer"
    assert explained["0000899243-21-047608", "I"] == "transfer"


def test_filings_of_one_day_apply_in_any_order(filed: CorpusBooks) -> None:
    """The second of two Form 4s of 21 December 2021 has the lower number: the trades end at the same amount."""
    of_the_day = [each for each in filed[MUSK_AND_TESLA] if filed_at(each).date() == date(2021, 12, 21)]
    assert len(of_the_day) == 2
    direct = [
        next(each.shares for each in fold(events)[-1].applied.event.positions if each.ownership == "D" and each.shares)
        for events in (of_the_day, of_the_day[::-1])
    ]
    assert [Decimal(each) for each in direct] == [Decimal(1_154_864)] * 2
