"""The ledger: a filing's report folded into an owner's positions in an issuer. Pure and total.

`apply` takes the book as it was and a report, and returns the book as it is and what the report says of each position.
It never raises, whatever a filing says, and never changes what it is given. A report that comes last in order is
applied to the book; one that does not is put in its place, and the book is folded again from its base.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count
from operator import attrgetter
from typing import Final, Literal, NamedTuple

from contracts.envelope import event_id_of
from contracts.holding_changed import ChangeKind, Evidence, Explanation
from contracts.positions_updated import PositionIdentity, PositionsUpdated
from contracts.transactions_reported import Line, Transaction, TransactionsReported
from services.holdings.accounts import Account
from services.holdings.amounts import ZERO, exactly
from services.holdings.book import Book, Parties, book_of
from services.holdings.chains import Chain
from services.holdings.classes import Label
from services.holdings.filed_report import FiledReport
from services.holdings.fold import Fold, Security
from services.holdings.order import comes_last, day_in_order, in_order, trade_day
from services.holdings.outcomes import Outcome
from services.holdings.running import running_chains

Verdict = Literal["applied", "late", "duplicate"]

ACCOUNTS_KEPT: Final = 256
"""Accounts that a book keeps one by one; the oldest of more are folded into its base."""

ACCOUNTS_LEFT: Final = 192
"""Accounts that are left one by one when a book is cut, so that not every report past the limit folds it again."""


_SIZE: Final = attrgetter("size")


class Change(NamedTuple):
    """What a report says of one position, and what it means for the ledger: an alert, before its words.

    `transactions` have their sides as the ledger takes them; `turned` are the numbers of those whose side was mistyped.
    `days` are the days of lines whose date cannot be right.
    """

    kind: ChangeKind
    position: PositionIdentity
    lines: tuple[Line, ...]
    transactions: tuple[Transaction, ...]
    before: Decimal | None
    after: Decimal | None
    reported: Decimal | None
    ledger_before: Decimal | None
    unexplained: Decimal | None
    explanation: Explanation | None
    explained_by: tuple[Evidence, ...]
    repeats: str | None
    is_current: bool
    current: Decimal | None
    turned: frozenset[int]
    days: Mapping[int, date]
    usual_price: Decimal | None
    subject_since: date | None


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a report. A `duplicate` leaves the book the very same; a `late` one came out of turn."""

    after: Book
    changes: tuple[Change, ...]
    outcome: Verdict

    @property
    def book(self) -> PositionsUpdated:
        """The book as its topic holds it."""
        return self.after.event


def apply(book: Book | None, report: TransactionsReported) -> Applied:
    """Fold a report into the owner's book; `book` is None if there is none yet."""
    if book is not None and report.filing.filing_id in book.event.applied_filings:
        return Applied(book, (), "duplicate")
    with exactly():
        return _applied(book, report, _filed(report))


def _applied(book: Book | None, report: TransactionsReported, filed: FiledReport) -> Applied:
    if book is not None and book.base is not None and filed.key < book.base:
        return _older_than_base(book, report, filed)
    in_turn = book is None or comes_last(filed, book.filings)
    fold = _Folding(book, report, filed)
    fold.append() if in_turn else fold.insert()
    parties = Parties(report.owner, report.issuer)
    if book is not None and not in_turn and fold.result.filings[-1] is not filed:
        parties = Parties(book.event.owner, book.event.issuer)
    base = book.base if book is not None else None
    before = _ids_before(book)
    after = book_of(fold.result, book, parties, updated_by=filed.filing_id, base=base, before=before)
    changes = fold.changes()
    if sum(map(_SIZE, after.filings)) > ACCOUNTS_KEPT:
        after = _cut(after, parties)
    return Applied(after, changes, "applied" if in_turn else "late")


class _Folding:
    """One report's way into a fold: what it says there of each position, under the positions' lasting ids."""

    def __init__(self, book: Book | None, report: TransactionsReported, filed: FiledReport) -> None:
        self._book = book
        self._report = report
        self._filed = filed
        self._prices: dict[Security, Decimal] = {}
        self._outcomes: list[Outcome] = []
        self._ids: dict[str, str] = {}
        self.result = Fold()

    def append(self) -> None:
        """Apply the report to the book as it is."""
        self.result = self._book.fold() if self._book is not None else Fold()
        self._apply(self._filed)
        self._name_positions(in_turn=True)

    def insert(self) -> None:
        """Put the report in its place, and fold the book again from its base."""
        if self._book is None:
            return
        self.result = self._book.fold_from_base()
        for filing in in_order([*self._book.filings, self._filed]):
            if filing is self._filed:
                self._apply(filing)
            else:
                self.result.apply(filing)
        self._name_positions()

    def apply_alone(self) -> None:
        """Apply the report to the base, which it is older than; nothing of it stays."""
        self.result = self._book.fold_from_base() if self._book is not None else Fold()
        self._apply(self._filed)
        self._name_positions()

    def _apply(self, filing: FiledReport) -> None:
        self._prices = dict(self.result.prices)
        self._outcomes = self.result.apply(filing)

    def _name_positions(self, *, in_turn: bool = False) -> None:
        """Give each position the id that it had in the book, by the accounts they share; a new one, a new id."""
        known = None if in_turn else self._book
        self._ids = lasting_ids(known, self.result, Parties(self._report.owner, self._report.issuer))
        self.result.rename(self._ids)

    def changes(self) -> tuple[Change, ...]:
        """Return what the report says of each position, those that are told."""
        by_number = {line.line: line for line in (*self._report.transactions, *self._report.holdings)}
        return tuple(self._change(outcome, by_number) for outcome in self._outcomes if outcome.told)

    def _change(self, outcome: Outcome, by_number: Mapping[int, Line]) -> Change:
        filed = self._filed
        chains = [filed.chains[place] for place in outcome.chains]
        lines: list[Line] = []
        turned: set[int] = set()
        for chain in chains:
            lines += [by_number[line] for line in chain.lines]
            if chain.turned:
                turned.update([chain.lines[place] for place in chain.turned])
        trades = tuple([line for line in lines if type(line) is Transaction])
        if outcome.turned and not turned:
            turned = {line.line for line in trades if _contradicts_code(line)}
        position_id = self._ids.get(outcome.position_id, outcome.position_id)
        held = self.result.positions.get(position_id)
        return Change(
            kind=_kind(outcome, trades),
            position=identity(position_id, outcome.label),
            lines=tuple(lines),
            transactions=tuple(_turned(line) if line.line in turned else line for line in trades) if turned else trades,
            before=outcome.before,
            after=outcome.after,
            reported=outcome.total,
            ledger_before=outcome.ledger_before,
            unexplained=outcome.unexplained,
            explanation=outcome.explanation,
            explained_by=tuple([self._renamed(each) for each in outcome.explained_by]),
            repeats=None if outcome.repeats is None else self.result.filings[outcome.repeats].filing_id,
            is_current=held is not None and self._is_current(held.current, outcome),
            current=held.amount if held is not None else None,
            turned=frozenset(turned),
            days=_days(chains, filed) if trades else {},
            usual_price=self._prices.get(outcome.label.security.security),
            subject_since=self.result.subject_since,
        )

    def _is_current(self, account: Account, outcome: Outcome) -> bool:
        number = self.result.filings.index(self._filed) if outcome.repeats is None else outcome.repeats
        return account.speaks_for == number

    def _renamed(self, evidence: Evidence) -> Evidence:
        if evidence.kind != "position" or evidence.id not in self._ids:
            return evidence
        return Evidence(kind="position", id=self._ids[evidence.id])


def _older_than_base(book: Book, report: TransactionsReported, filed: FiledReport) -> Applied:
    """Tell a report that is older than the base: it changes no amount, and is not current."""
    fold = _Folding(book, report, filed)
    fold.apply_alone()
    current = {each.position_id: each.amount for each in book.held}
    changes = tuple(
        change._replace(is_current=False, current=current.get(change.position.position_id)) for change in fold.changes()
    )
    event = book.event.model_copy(
        update={
            "version": book.event.version + 1,
            "updated_by": filed.filing_id,
            "applied_filings": (filed.filing_id, *book.event.applied_filings),
        }
    )
    return Applied(book._replace(event=event), changes, "late")


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


_ID_DIGITS: Final = 16
"""Hexadecimal digits of a position's id: 64 bits tell the positions of all books apart."""


def lasting_ids(book: Book | None, fold: Fold, parties: Parties) -> dict[str, str]:
    """Return the lasting ids of the positions that a fold opened, by the ids that it gave them.

    A position that the book has already keeps its id, by the first of the accounts that both have; a new one is named
    after the chain that opened it.
    """
    known: dict[tuple[str, int], str] = {}
    for held in book.held if book is not None else ():
        for account in held.accounts:
            for place in account.chains:
                known[book.filings[account.filing].filing_id, place] = held.position_id  # type: ignore[union-attr]
    opened = [found for position_id in fold.opened if (found := fold.positions.get(position_id)) is not None]
    taken = {held.position_id for held in fold.positions} if opened else set()
    origins = {
        held.position_id: [
            (fold.filings[account.filing].filing_id, place) for account in held.accounts for place in account.chains
        ]
        for held in opened
    }
    ids: dict[str, str] = {}
    for firsts_only in (True, False):
        for provisional, its_origins in origins.items():
            kept = (known[each] for each in its_origins[: 1 if firsts_only else None] if each in known)
            lasting = next((each for each in kept if each not in taken), None)
            if provisional not in ids and lasting is not None:
                ids[provisional] = lasting
                taken.add(lasting)
    for provisional, its_origins in origins.items():
        if provisional not in ids:
            ids[provisional] = next(each for each in _names(parties, its_origins) if each not in taken)
            taken.add(ids[provisional])
    return ids


def _names(parties: Parties, origins: Sequence[tuple[str, int]]) -> Iterator[str]:
    """Yield names for a new position: after the chains that it comes of, then more of them without end."""
    pair = f"{parties.issuer.key}|{parties.owner.key}"
    for attempt in count():
        for filing_id, place in origins:
            again = f"|{attempt}" if attempt else ""
            yield event_id_of("position", f"{pair}|{filing_id}|{place}{again}")[:_ID_DIGITS]


def _ids_before(book: Book | None) -> Sequence[str]:
    """Return the ids of the filings that are in the base."""
    if book is None:
        return ()
    applied = book.event.applied_filings
    return applied[: len(applied) - len(book.filings)]


def identity(position_id: str, label: Label) -> PositionIdentity:
    """Return what identifies the position, under the label that a filing gives it."""
    return PositionIdentity.assembled(
        {
            "position_id": position_id,
            "table": label.table,
            "security_title": label.title,
            "ownership": label.ownership,
            "nature_of_ownership": label.nature,
            "holder_note": label.note,
            "exercise_price": label.exercise_price,
            "exercise_date": label.exercise_date,
            "expiration_date": label.expiration_date,
            "underlying_title": label.underlying,
        }
    )


def _kind(outcome: Outcome, trades: Sequence[Transaction]) -> ChangeKind:
    """Return the direction of the filing's own account; without amounts, that of its trades."""
    if not outcome.trades:
        return "restated"
    before, after, total = outcome.before, outcome.after, outcome.total
    if before is not None and after is not None:
        if before == after:
            return "unchanged"
        if after == ZERO:
            return "closed"
        return "opened" if before == ZERO else "increased" if after > before else "decreased"
    if total is None:
        sides = {line.acquired_disposed for line in trades if line.acquired_disposed is not None}
        return "unchanged" if len(sides) != 1 else "increased" if sides == {"A"} else "decreased"
    return "unchanged" if not total else "increased" if total > ZERO else "decreased"


_CODE_SIDES: Final = {"P": "A", "S": "D"}


def _contradicts_code(line: Transaction) -> bool:
    return line.code in _CODE_SIDES and line.acquired_disposed not in (None, _CODE_SIDES[line.code])


def _turned(line: Transaction) -> Transaction:
    return line.model_copy(update={"acquired_disposed": "D" if line.acquired_disposed == "A" else "A"})


def _days(chains: Iterable[Chain], filed: FiledReport) -> dict[int, date]:
    """Return the days that lines count for, by number, of those whose date cannot be right."""
    first, last = filed.period or date.min, filed.day or date.max
    days: dict[int, date] = {}
    for chain in chains:
        for line, step in zip(chain.lines, chain.steps, strict=True):
            if step.day is None or first <= step.day <= last or not step.is_trade:
                continue  # no date, or the usual one between period and filing
            found = trade_day(step, filed)
            if found.contradicts and found.day is not None:
                days[line] = found.day
    return days


def _filed(report: TransactionsReported) -> FiledReport:
    """Return what the state keeps of a report."""
    filing = report.filing
    chains = running_chains(report)
    named = filing.accession_number is not None or filing.source_url is None
    return FiledReport(
        filing_id=filing.filing_id,
        form_type=filing.form_type,
        day=day_in_order(filing),
        accepted_at=filing.accepted_at,
        period=filing.period_of_report,
        original=filing.date_of_original_submission,
        fingerprint=_fingerprint(report),
        chains=chains,
        size=max(1, len(chains)),
        name="" if named or filing.source_url is None else filing.source_url.rpartition("/")[2],
    )


def _fingerprint(report: TransactionsReported) -> str:
    """Return a fingerprint of the report's lines, word for word but for their footnotes; empty without lines."""
    if not (report.transactions or report.holdings):
        return ""
    said = [
        f"{line.transaction_date}|{line.deemed_execution_date}|{line.code}|{line.shares}|{line.total_value}"
        f"|{line.price_per_share}|{line.acquired_disposed}|{line.form_type}|{line.timeliness}|{_held_of(line)}"
        for line in report.transactions
    ]
    said += [_held_of(line) for line in report.holdings]
    digest = hashlib.blake2b("\n".join(said).encode("utf-8", "surrogatepass"), digest_size=6).digest()
    return base64.urlsafe_b64encode(digest).decode()


def _held_of(line: Line) -> str:
    held = f"{line.security_title}|{line.ownership}|{line.nature_of_ownership}|{line.shares_owned_following}"
    held += f"|{line.value_owned_following}"
    if line.table == "non_derivative":
        return held
    terms = f"{line.exercise_price}|{line.exercise_date}|{line.expiration_date}|{line.underlying_title}"
    return f"{held}|{terms}|{line.underlying_shares}|{line.underlying_value}"
