"""The ledger over real filings: never an error, each once, and how many of their lines tie."""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from contracts.transactions_reported import Transaction, TransactionsReported
from services.holdings.alerts import alert_of
from services.holdings.amounts import amounts_of
from services.holdings.book import Book
from services.holdings.ledger import Applied, Change, apply
from services.holdings.order import moment_of
from services.parser import parse_filing

CORPUS: Final = Path(__file__).resolve().parents[3] / "shared" / "corpus"
MUSK_AND_TESLA: Final = ("0001318605", "0001494730")

Books = dict[tuple[str, str], list[TransactionsReported]]

pytestmark = pytest.mark.skipif(not (CORPUS / "xml").is_dir(), reason="no corpus of real filings beside the project")


@pytest.fixture(scope="module")
def filed() -> Books:
    """The reports of each owner in each issuer, in the order in which they apply."""
    books: Books = defaultdict(list)
    with (CORPUS / "MANIFEST.tsv").open(encoding="utf-8", newline="") as manifest:
        for row in csv.DictReader(manifest, delimiter="\t"):
            if row["format"] != "xml":
                continue
            filing_date = date.fromisoformat(row["filing_date"]) if row["filing_date"] else None
            for event in parse_filing(
                (CORPUS / row["path"]).read_bytes(), accession_number=row["accession"] or None, filed_on=filing_date
            ):
                books[event.issuer.key, event.owner.key].append(event)
    for events in books.values():
        events.sort(key=lambda event: (moment_of(event).date or date.min, event.filing.filing_id))
    return books


def folded(events: list[TransactionsReported]) -> Iterator[tuple[TransactionsReported, Applied]]:
    """Each report with what came of it."""
    book: Book | None = None
    for event in events:
        result = apply(book, event)
        book = result.after
        yield event, result


def tied(change: Change) -> tuple[int, int]:
    """How many of the change's lines go on from the amount before them, of how many that say an amount."""
    running, ties, lines = change.before, 0, 0
    for line in change.lines:
        _, moved, stated = amounts_of(line)
        if not isinstance(line, Transaction) or moved is None or stated is None:
            continue
        lines += 1
        ties += running is not None and abs(running + moved - stated) <= Decimal(1)
        running = stated
    return ties, lines


def test_real_filings_fold_without_an_error_and_each_once(filed: Books) -> None:
    """Every filing, every owner: contiguous versions, and a second delivery changes nothing."""
    assert sum(len(events) for events in filed.values()) > 250
    for events in filed.values():
        seen: set[str] = set()
        for event, result in folded(events):
            if event.filing.filing_id in seen:
                assert result.outcome == "duplicate"
                continue
            seen.add(event.filing.filing_id)
            assert result.book.version == len(seen)
            assert apply(result.after, event).outcome == "duplicate"
            for change in result.changes:
                assert alert_of(change, event).position.position_id == change.position.position_id


def test_most_lines_tie_to_the_share(filed: Books, record_property: Callable[[str, object], None]) -> None:
    """Of the lines of positions whose amount the ledger knew, nine in ten go on from it."""
    ties = lines = 0
    for events in filed.values():
        for _, result in folded(events):
            for change in result.changes:
                if change.unexplained is not None:
                    one, all_of = tied(change)
                    ties, lines = ties + one, lines + all_of
    record_property("lines", lines)
    record_property("lines_that_tie", ties)
    assert lines > 1_500
    assert ties >= 0.9 * lines


def test_the_chain_of_late_2021_shows_a_split_and_transfers_to_the_trust(filed: Books) -> None:
    """Five for one in 2020 and three for one in 2022; exercised shares that move from direct to the trust."""
    explained = {
        (event.filing.filing_id, change.position.ownership): change.explanation
        for event, result in folded(filed[MUSK_AND_TESLA])
        for change in result.changes
        if change.position.table == "non_derivative"
    }
    assert explained["0000899243-21-044077", "I"] == "split"
    assert explained["0000899243-22-035390", "I"] == "split"
    assert explained["0000899243-21-045944", "D"] == "unknown"
    assert explained["0000899243-21-045949", "I"] == "transfer"
    assert explained["0000899243-21-047608", "I"] == "transfer"


def test_filings_of_one_day_apply_in_any_order(filed: Books) -> None:
    """The second of two Form 4s of 21 December 2021 has the lower number: the trades end at the same amount."""
    of_the_day = [each for each in filed[MUSK_AND_TESLA] if moment_of(each).date == date(2021, 12, 21)]
    assert len(of_the_day) == 2
    direct = [
        next(position.shares for position in list(folded(events))[-1][1].book.positions if position.ownership == "D")
        for events in (of_the_day, of_the_day[::-1])
    ]
    assert direct == ["1154864", "1154864"]
