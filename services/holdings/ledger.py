"""The ledger: a filing's report folded into an owner's positions in an issuer. Pure and total.

`apply` takes the book as it was and a report, and returns the book as it is and what the report says of each position.
It never raises, whatever a filing says, and never changes what it is given. A report that comes last in order is
applied to the book. Any other report is inserted, and the book is rebuilt from its base.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Final, Literal

from contracts.positions_updated import PositionsUpdated
from contracts.transactions_reported import TransactionsReported
from services.holdings.alert_drafts import AlertDraft, AlertDrafter
from services.holdings.amounts import exactly
from services.holdings.book import Book, Parties
from services.holdings.book_writer import book_of
from services.holdings.filed_report import FiledReport
from services.holdings.filing_order import comes_last, in_order
from services.holdings.fold import Fold, Security
from services.holdings.outcomes import PositionOutcome
from services.holdings.position_ids import lasting_ids
from services.holdings.report_conversion import filed_report

ApplyStatus = Literal["applied", "late", "duplicate"]

ACCOUNTS_KEPT: Final = 256
"""Accounts that a book keeps one by one; the oldest of more are folded into its base."""

ACCOUNTS_LEFT: Final = 192
"""Accounts that are left one by one when a book is cut, so that not every report past the limit folds it again."""


_SIZE: Final = attrgetter("size")


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """What came of a report. A `duplicate` leaves the book the very same; a `late` one came out of turn."""

    after: Book
    changes: tuple[AlertDraft, ...]
    outcome: ApplyStatus

    @property
    def book(self) -> PositionsUpdated:
        """The book as its topic holds it."""
        return self.after.event


def apply(book: Book | None, report: TransactionsReported) -> ApplyResult:
    """Fold a report into the owner's book; `book` is None if there is none yet."""
    if book is not None and report.filing.filing_id in book.event.applied_filings:
        return ApplyResult(book, (), "duplicate")
    with exactly():
        return _applied(book, report, filed_report(report))


def _applied(book: Book | None, report: TransactionsReported, filed: FiledReport) -> ApplyResult:
    if book is not None and book.base is not None and filed.key < book.base:
        return _older_than_base(book, report, filed)
    parties = Parties(report.owner, report.issuer)
    in_turn = book is None or comes_last(filed, book.filings)
    if book is None or in_turn:
        fold, before = (book.fold(), _ids_before(book)) if book is not None else (Fold(), ())
        changes = _told(fold, [filed], report, filed, known=None)
    else:
        fold, before = book.fold_from_base(), _ids_before(book)
        changes = _told(fold, in_order([*book.filings, filed]), report, filed, known=book)
        if fold.filings[-1] is not filed:
            parties = Parties(book.event.owner, book.event.issuer)
    base = book.base if book is not None else None
    after = book_of(fold, book, parties, updated_by=filed.filing_id, base=base, before=before)
    if sum(map(_SIZE, after.filings)) > ACCOUNTS_KEPT:
        after = _cut(after, parties)
    return ApplyResult(after, changes, "applied" if in_turn else "late")


def _told(
    fold: Fold, filings: Iterable[FiledReport], report: TransactionsReported, filed: FiledReport, *, known: Book | None
) -> tuple[AlertDraft, ...]:
    """Apply filings to a fold, and return what the report, which is `filed` among them, says there of each position.

    Positions get the ids that they had in the `known` book, by the accounts they share; a new one, a new id.
    """
    prices: dict[Security, Decimal] = {}
    outcomes: list[PositionOutcome] = []
    for filing in filings:
        if filing is filed:
            prices = dict(fold.prices)
            outcomes = fold.apply(filing)
        else:
            fold.apply(filing)
    ids = lasting_ids(known, fold, Parties(report.owner, report.issuer))
    fold.rename(ids)
    return AlertDrafter(report, filed, outcomes, fold, ids, prices).all()


def _older_than_base(book: Book, report: TransactionsReported, filed: FiledReport) -> ApplyResult:
    """Tell a report that is older than the base: it changes no amount, and is not current."""
    told = _told(book.fold_from_base(), [filed], report, filed, known=book)
    current = {each.position_id: each.amount for each in book.held}
    changes = tuple(
        change._replace(is_current=False, current=current.get(change.position.position_id)) for change in told
    )
    event = book.event.model_copy(
        update={
            "version": book.event.version + 1,
            "updated_by": filed.filing_id,
            "applied_filings": (filed.filing_id, *book.event.applied_filings),
        }
    )
    return ApplyResult(book._replace(event=event), changes, "late")


def _cut(book: Book, parties: Parties) -> Book:
    """Return the book with its oldest filings folded into the base, so that `ACCOUNTS_LEFT` accounts are left."""
    left = sum(filing.size for filing in book.filings)
    cut = 0
    while left > ACCOUNTS_LEFT and cut < len(book.filings):
        left -= book.filings[cut].size
        cut += 1
    fold = book.fold_from_base()
    for filing in book.filings[:cut]:
        fold.apply(filing)
    fold.rename(lasting_ids(book, fold, parties))
    fold = fold.as_base()
    for filing in book.filings[cut:]:
        fold.apply(filing)
    fold.rename(lasting_ids(book, fold, parties))
    event = book.event
    emptied = book._replace(
        event=event.model_copy(update={"version": event.version - 1, "filings": ()}), filings=(), labels=()
    )
    before = event.applied_filings[: len(event.applied_filings) - len(book.filings) + cut]
    base = book.filings[cut - 1].key
    return book_of(fold, emptied, parties, updated_by=event.updated_by, base=base, before=before)


def _ids_before(book: Book) -> Sequence[str]:
    """Return the ids of the filings that are in the base."""
    applied = book.event.applied_filings
    return applied[: len(applied) - len(book.filings)]
