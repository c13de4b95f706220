"""An owner's book with its positions read once: what the ledger goes on from, filing after filing."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from contracts.positions_updated import Position, PositionsUpdated
from services.holdings.amounts import Unit, held, number, unit_of_position
from services.holdings.classes import Holder, SecurityClass, class_of, holder_of_position


class Held(NamedTuple):
    """A position of the book, with its amounts and what its words mean read once.

    `day_amounts` are what was held before the filings of its day and after each of their lines.
    """

    position: Position
    security: SecurityClass | None
    holder: Holder
    unit: Unit
    amount: Decimal | None
    held_before: Decimal | None
    day_amounts: tuple[Decimal | None, ...]
    unexplained: Decimal | None

    @classmethod
    def of(cls, position: Position) -> "Held":
        """Read a position."""
        amount, held_before = held(position), number(position.held_before)
        return cls(
            position=position,
            security=class_of(position),
            holder=holder_of_position(position),
            unit=unit_of_position(position),
            amount=amount,
            held_before=held_before,
            day_amounts=tuple(map(number, position.day_amounts)) or (held_before, amount),
            unexplained=number(position.unexplained_change),
        )

    @property
    def position_id(self) -> str:
        """The position's own id."""
        return self.position.position_id

    @property
    def as_of(self) -> date | None:
        """The last date that the filing which set the position speaks of."""
        return self.position.as_of


class Book(NamedTuple):
    """A book as its topic holds it, and its positions as the ledger reads them, in the same order."""

    event: PositionsUpdated
    held: tuple[Held, ...]

    @classmethod
    def of(cls, event: PositionsUpdated) -> "Book":
        """Read a book."""
        return cls(event, read(event.positions))


def read(positions: Iterable[Position]) -> tuple[Held, ...]:
    """Read positions, in order."""
    return tuple(map(Held.of, positions))
