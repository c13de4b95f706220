"""The ledger: a filing's report folded into an owner's positions in an issuer. Pure and total.

The filed amount following is the truth. `apply` takes the book as it was and a report, and gives the book as it is
and what changed; it never raises, whatever a filing says, and never changes what it is given.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from contracts.holding_changed import ChangeKind, Explanation
from contracts.positions_updated import Position, PositionsUpdated
from contracts.transactions_reported import Transaction, TransactionsReported
from services.holdings.amounts import ZERO, Line, Unit, exactly
from services.holdings.book import Book, Held
from services.holdings.chains import HeldAmounts, running_chains
from services.holdings.classes import SecurityClass
from services.holdings.explanations import Evidence, explanation_of, still_unexplained
from services.holdings.joining import join
from services.holdings.moves import Move, move_of, moved_position
from services.holdings.order import Moment, moment_of

Outcome = Literal["applied", "late", "duplicate"]

APPLIED_FILINGS_KEPT: Final = 512
"""Filing ids a book remembers: years of daily filing. One forgotten and seen again is late, and changes nothing."""

CLOSED_POSITIONS_KEPT: Final = 100
"""Positions at zero a book keeps, so that one that opens again is known; the longest closed are forgotten."""


class Change(NamedTuple):
    """One changed position: what an alert says.

    `lines` are the filing's lines of it, in the order they moved it, and `transactions` those that report one.
    """

    kind: ChangeKind
    position: Position
    before: Decimal | None
    after: Decimal | None
    reported: Decimal | None
    unexplained: Decimal | None
    explanation: Explanation | None
    lines: tuple[Line, ...]
    transactions: tuple[Transaction, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a report. A `duplicate` leaves the book the very same; a `late` one changed no amount."""

    after: Book
    changes: tuple[Change, ...]
    outcome: Outcome

    @property
    def book(self) -> PositionsUpdated:
        """The book as its topic holds it."""
        return self.after.event


def apply(book: Book | None, report: TransactionsReported) -> Applied:
    """Fold a report into the owner's book, None where there is none yet."""
    if book is not None and report.filing.filing_id in book.event.applied_filings:
        return Applied(book, (), "duplicate")
    with exactly():
        return _applied(book, report)


def _applied(book: Book | None, report: TransactionsReported) -> Applied:
    moment = moment_of(report)
    known = book.held if book is not None else ()
    joins = join(running_chains(report, _held_amounts(known)), known, moment)
    moves = [move for each in joins if (move := move_of(each, report, moment)) is not None]
    held = {each.position_id: each for each in known}
    changes: list[Change] = []
    evidence = Evidence(moves, [each for each in known if each.unexplained is not None])
    for move in moves:
        explanation = explanation_of(move, evidence)
        position = moved_position(move, report, moment, still_unexplained(move, explanation))
        held[position.position_id] = Held.of(position)
        if explanation == "transfer" and (counterpart := evidence.counterpart_of(move)) is not None:
            other = held[counterpart.position_id].position
            held[other.position_id] = Held.of(other.model_copy(update={"unexplained_change": None}))
        if move.kind is not None:
            changes.append(_change(move.kind, move, position, explanation))
    return Applied(
        after=_updated(book, report, moment, held.values()),
        changes=tuple(changes),
        outcome="late" if joins and all(each.late for each in joins) else "applied",
    )


def _held_amounts(known: Iterable[Held]) -> HeldAmounts:
    """What the ledger holds, as evidence of where chains begin."""
    amounts: dict[tuple[SecurityClass | None, str, Unit], list[Decimal]] = {}
    for each in known:
        if each.amount is not None:
            amounts.setdefault((each.security, each.holder.key, each.unit), []).append(each.amount)
    return lambda security, holder, unit: amounts.get((security, holder, unit), ())


def _change(kind: ChangeKind, move: Move, position: Position, explanation: Explanation | None) -> Change:
    return Change(
        kind=kind,
        position=position,
        before=move.before,
        after=move.after,
        reported=move.reported,
        unexplained=move.unexplained,
        explanation=explanation,
        lines=move.chain.lines,
        transactions=move.chain.transactions,
    )


def _updated(book: Book | None, report: TransactionsReported, moment: Moment, held: Collection[Held]) -> Book:
    """The next version of the book. What a late filing says of the parties themselves is out of date."""
    known = book.event if book is not None else None
    current = known is None or known.as_of is None or (moment.date is not None and moment.date >= known.as_of)
    as_of = moment.date if known is None or (current and moment.date is not None) else known.as_of
    said = report if known is None or current else known
    applied = known.applied_filings if known is not None else ()
    kept = _kept(held, as_of)
    event = PositionsUpdated(
        owner=said.owner,
        issuer=said.issuer,
        version=known.version + 1 if known is not None else 1,
        updated_by=moment.filing_id,
        as_of=as_of,
        positions=tuple(each.position for each in kept),
        applied_filings=(*applied, moment.filing_id)[-APPLIED_FILINGS_KEPT:],
    )
    return Book(event, kept)


def _kept(held: Iterable[Held], today: date | None) -> tuple[Held, ...]:
    """The positions worth keeping: all that are held, and of the closed those that can open again."""
    kept = [each for each in held if not _is_gone(each, today)]
    closed = [each for each in kept if each.amount == ZERO]
    if len(closed) > CLOSED_POSITIONS_KEPT:
        closed.sort(key=lambda each: each.as_of or date.min)
        forgotten = {each.position_id for each in closed[:-CLOSED_POSITIONS_KEPT]}
        kept = [each for each in kept if each.position_id not in forgotten]
    return tuple(kept)


def _is_gone(held: Held, today: date | None) -> bool:
    """Whether nothing of it is left: a derivative exercised or of unknown amount, and expired since."""
    position = held.position
    if position.table != "derivative" or today is None or position.expiration_date is None:
        return False
    return position.expiration_date < today and held.amount in (ZERO, None)
