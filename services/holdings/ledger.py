"""The ledger: apply a filing's report to an owner's positions in an issuer. Pure and total.

`apply` takes a book and a report, and returns the next book and a draft alert per position. It never raises, whatever
a filing contains, and never mutates its arguments. A report that comes last in order is applied to the book as it is.
Any other report is inserted, and the book is rebuilt from its base.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Final, Literal

from msgspec.structs import replace

from contracts.structs import PositionsUpdated, TransactionsReported
from services.holdings.alert_drafts import AlertDraft, AlertDrafter
from services.holdings.amounts import exact_arithmetic
from services.holdings.book import Book, Parties
from services.holdings.book_writer import write_next_version
from services.holdings.filed_report import FiledReport
from services.holdings.filing_order import comes_last, sort_filings
from services.holdings.fold import Fold
from services.holdings.labels import Security
from services.holdings.outcomes import PositionOutcome
from services.holdings.position_ids import lasting_ids
from services.holdings.report_conversion import convert_report

ApplyStatus = Literal["applied", "late", "duplicate"]

ACCOUNTS_KEPT: Final = 256
"""Accounts that a book keeps individually; older ones are folded into its base."""

ACCOUNTS_LEFT: Final = 192
"""Accounts that remain when a book is cut. The distance to `ACCOUNTS_KEPT` keeps cuts rare: one per 64 accounts."""


_SIZE: Final = attrgetter("size")


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """The next book, the draft alerts, and how the report was applied.

    A `duplicate` leaves the book unchanged; a `late` report was inserted before others.
    """

    book: Book
    drafts: tuple[AlertDraft, ...]
    status: ApplyStatus

    @property
    def event(self) -> PositionsUpdated:
        """The book as its topic contains it."""
        return self.book.event


def apply(book: Book | None, report: TransactionsReported) -> ApplyResult:
    """Apply a report to the owner's book; `book` is None if there is none yet."""
    if book is not None and report.filing.filing_id in book.event.applied_filings:
        return ApplyResult(book, (), "duplicate")
    with exact_arithmetic():
        return _applied(book, report, convert_report(report))


def _applied(book: Book | None, report: TransactionsReported, filed: FiledReport) -> ApplyResult:
    if book is not None and book.base is not None and filed.key < book.base:
        return _older_than_base(book, report, filed)
    parties = Parties(report.owner, report.issuer)
    in_turn = book is None or comes_last(filed, book.filings)
    if book is None or in_turn:
        fold, before = (book.fold(), _base_filing_ids(book)) if book is not None else (Fold(), ())
        drafts = _fold_and_draft(fold, [filed], report, filed, known=None)
    else:
        fold, before = book.fold_from_base(), _base_filing_ids(book)
        drafts = _fold_and_draft(fold, sort_filings([*book.filings, filed]), report, filed, known=book)
        if fold.filings[-1] is not filed:
            parties = Parties(book.event.owner, book.event.issuer)
    base = book.base if book is not None else None
    after = write_next_version(fold, book, parties, updated_by=filed.filing_id, base=base, before=before)
    if sum(map(_SIZE, after.filings)) > ACCOUNTS_KEPT:
        after = _cut(after, parties)
    return ApplyResult(after, drafts, "applied" if in_turn else "late")


def _fold_and_draft(
    fold: Fold, filings: Iterable[FiledReport], report: TransactionsReported, filed: FiledReport, *, known: Book | None
) -> tuple[AlertDraft, ...]:
    """Apply filings to a fold, and draft the alerts of the report, which is `filed` among them.

    Positions keep the ids that they had in the `known` book, if they share accounts; new positions get new ids.
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
    """Apply a report that is older than the base: it is reported, but changes no amount and is not current."""
    drafted = _fold_and_draft(book.fold_from_base(), [filed], report, filed, known=book)
    current = {each.position_id: each.amount for each in book.positions}
    drafts = tuple(
        draft._replace(is_current=False, current=current.get(draft.position.position_id)) for draft in drafted
    )
    event = replace(
        book.event,
        version=book.event.version + 1,
        updated_by=filed.filing_id,
        applied_filings=(filed.filing_id, *book.event.applied_filings),
    )
    return ApplyResult(book._replace(event=event), drafts, "late")


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
    emptied = book._replace(event=replace(event, version=event.version - 1, filings=()), filings=(), labels={})
    before = event.applied_filings[: len(event.applied_filings) - len(book.filings) + cut]
    base = book.filings[cut - 1].key
    return write_next_version(fold, emptied, parties, updated_by=event.updated_by, base=base, before=before)


def _base_filing_ids(book: Book) -> Sequence[str]:
    """Return the ids of the filings that are in the base."""
    applied = book.event.applied_filings
    return applied[: len(applied) - len(book.filings)]
