"""Amounts as the ledger reckons with them: exact decimals, signed by acquired or disposed, in shares or in dollars."""

from contextlib import AbstractContextManager
from decimal import Context, Decimal, localcontext
from typing import Final, Literal, NamedTuple

from contracts.base import decimal_text
from contracts.positions_updated import Position
from contracts.transactions_reported import Holding, Transaction

Line = Transaction | Holding
Unit = Literal["shares", "value"]

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)

_LONGEST_NUMBER: Final = 32
"""Characters of the longest number taken for an amount: no issuer has more shares, and sums of such stay exact."""

_EXACT: Final = Context(prec=4 * _LONGEST_NUMBER)


def exactly() -> AbstractContextManager[Context]:
    """Where amounts are reckoned: sums and products of numbers of `_LONGEST_NUMBER` digits lose nothing."""
    return localcontext(_EXACT)


def number(text: str | None) -> Decimal | None:
    """The number that decimal text says; None where it says none, or one that no amount can be."""
    if text is None or len(text) > _LONGEST_NUMBER:
        return None
    return Decimal(text)


def text(value: Decimal | None) -> str | None:
    """The wire form of an amount; None stays None."""
    return None if value is None else decimal_text(value)


class Amounts(NamedTuple):
    """A line in numbers, in shares or, as partnerships and debt report, in dollars of value.

    `moved` is positive where acquired, negative where disposed, 0 for a holding; `stated` is what the line says is held
    after it. Each is None where it cannot be read.
    """

    unit: Unit
    moved: Decimal | None
    stated: Decimal | None


def amounts_of(line: Line) -> Amounts:
    """What the line moves and states."""
    if line.shares_owned_following is not None:
        unit: Unit = "shares"
        stated = number(line.shares_owned_following)
    else:
        by_value = line.value_owned_following is not None or _moves_dollars(line)
        unit = "value" if by_value else "shares"
        stated = number(line.value_owned_following)
    if type(line) is not Transaction:
        return Amounts(unit, ZERO, stated)
    moved = number(line.shares if unit == "shares" else line.total_value)
    if moved is None or line.acquired_disposed is None:
        return Amounts(unit, None, stated)
    return Amounts(unit, moved if line.acquired_disposed == "A" else -moved, stated)


def held(position: Position) -> Decimal | None:
    """The amount of a position, in its unit; None where it is unknown."""
    return number(position.value if position.value is not None else position.shares)


def unit_of_position(position: Position) -> Unit:
    """The unit of a position; shares where its amount is unknown."""
    return "value" if position.value is not None else "shares"


def _moves_dollars(line: Line) -> bool:
    return type(line) is Transaction and line.shares is None and line.total_value is not None
