"""The ledger: a filing's report folded into an owner's positions in an issuer. Pure and total.

The filed amount following is the truth. `apply` takes the book as it was and a report, and gives the book as it is
and what changed; it never raises, whatever a filing says, and never changes what it is given.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from contracts.holding_changed import ChangeKind, Explanation
from contracts.positions_updated import Position, PositionsUpdated
from contracts.transactions_reported import TransactionsReported
from services.holdings.amounts import ZERO, Line, Unit, exactly, held
from services.holdings.chains import HeldAmounts, running_chains
from services.holdings.classes import Holder, SecurityClass
from services.holdings.explanations import counterpart_of, explanation_of, still_unexplained
from services.holdings.joining import Held, join
from services.holdings.moves import Move, move_of, moved_position
from services.holdings.order import Moment, moment_of

Outcome = Literal["applied", "late", "duplicate"]

APPLIED_FILINGS_KEPT: Final = 512
"""Filing ids a book remembers: years of daily filing. One forgotten and seen again is late, and changes nothing."""

CLOSED_POSITIONS_KEPT: Final = 100
"""Positions at zero a book keeps, so that one that opens again is known; the longest closed are forgotten."""


@dataclass(frozen=True, slots=True)
class Change:
    """One changed position: what an alert says. `lines` are the filing's lines of it, in the order they moved it."""

    kind: ChangeKind
    position: Position
    before: Decimal | None
    after: Decimal | None
    reported: Decimal | None
    unexplained: Decimal | None
    explanation: Explanation | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a report. A `duplicate` leaves the book the very same; a `late` one changed no amount."""

    book: PositionsUpdated
    changes: tuple[Change, ...]
    outcome: Outcome


def apply(book: PositionsUpdated | None, report: TransactionsReported) -> Applied:
    """Fold a report into the owner's book, None where there is none yet."""
    if book is not None and report.filing.filing_id in book.applied_filings:
        return Applied(book, (), "duplicate")
    with exactly():
        return _applied(book, report)


def _applied(book: PositionsUpdated | None, report: TransactionsReported) -> Applied:
    moment = moment_of(report)
    known = [Held.of(position) for position in (book.positions if book is not None else ())]
    joins = join(running_chains(report, _held_amounts(known)), known, moment)
    moves = [move for each in joins if (move := move_of(each, report, moment)) is not None]
    positions = {each.position.position_id: each.position for each in known}
    changes: list[Change] = []
    for move in moves:
        explanation = explanation_of(move, moves, known)
        position = moved_position(move, report, moment, still_unexplained(move, explanation))
        positions[position.position_id] = position
        if explanation == "transfer" and (counterpart := counterpart_of(move, known)) is not None:
            other = counterpart.position.position_id
            positions[other] = positions[other].model_copy(update={"unexplained_change": None})
        if move.kind is not None:
            changes.append(_change(move.kind, move, position, explanation))
    return Applied(
        book=_updated(book, report, moment, positions.values()),
        changes=tuple(changes),
        outcome="late" if joins and all(each.late for each in joins) else "applied",
    )


def _held_amounts(known: Sequence[Held]) -> HeldAmounts:
    """What the ledger holds, as evidence of where chains begin."""

    def amounts(security: SecurityClass, holder: Holder, unit: Unit) -> list[Decimal]:
        wanted = (security, holder, unit)
        return [
            each.amount
            for each in known
            if each.amount is not None and (each.security, each.holder, each.unit) == wanted
        ]

    return amounts


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
    )


def _updated(
    book: PositionsUpdated | None, report: TransactionsReported, moment: Moment, positions: Iterable[Position]
) -> PositionsUpdated:
    """The next version of the book. What a late filing says of the parties themselves is out of date."""
    if book is None:
        return PositionsUpdated(
            owner=report.owner,
            issuer=report.issuer,
            version=1,
            updated_by=moment.filing_id,
            as_of=moment.date,
            positions=_kept(positions, moment.date),
            applied_filings=(moment.filing_id,),
        )
    current = book.as_of is None or (moment.date is not None and moment.date >= book.as_of)
    as_of = moment.date if current and moment.date is not None else book.as_of
    return PositionsUpdated(
        owner=report.owner if current else book.owner,
        issuer=report.issuer if current else book.issuer,
        version=book.version + 1,
        updated_by=moment.filing_id,
        as_of=as_of,
        positions=_kept(positions, as_of),
        applied_filings=(*book.applied_filings, moment.filing_id)[-APPLIED_FILINGS_KEPT:],
    )


def _kept(positions: Iterable[Position], today: date | None) -> tuple[Position, ...]:
    """The positions worth keeping: all that are held, and of the closed those that can open again."""
    kept = [position for position in positions if not _is_gone(position, today)]
    closed = sorted((each for each in kept if held(each) == ZERO), key=lambda each: each.as_of or date.min)
    forgotten = {each.position_id for each in closed[: max(0, len(closed) - CLOSED_POSITIONS_KEPT)]}
    return tuple(position for position in kept if position.position_id not in forgotten)


def _is_gone(position: Position, today: date | None) -> bool:
    """Whether nothing of it is left: a derivative exercised or of unknown amount, and expired since."""
    expired = today is not None and position.expiration_date is not None and position.expiration_date < today
    return expired and position.table == "derivative" and held(position) in (ZERO, None)
