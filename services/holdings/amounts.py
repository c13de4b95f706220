"""Amounts as the ledger reckons with them: exact decimals, signed by acquired or disposed, in shares or in dollars."""

from contextlib import AbstractContextManager
from decimal import Context, Decimal, localcontext
from typing import Final, Literal

from contracts.base import decimal_text
from contracts.positions_updated import Position
from contracts.transactions_reported import Holding, Transaction

Line = Transaction | Holding
Unit = Literal["shares", "value"]

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)

_LONGEST_NUMBER: Final = 32
"""Characters of the longest number taken for an amount: no issuer has more shares, and sums of such stay exact."""


def exactly() -> AbstractContextManager[Context]:
    """Where amounts are reckoned: sums and products of numbers of `_LONGEST_NUMBER` digits lose nothing."""
    return localcontext(prec=4 * _LONGEST_NUMBER)


def number(text: str | None) -> Decimal | None:
    """The number that decimal text says; None where it says none, or one that no amount can be."""
    if text is None or len(text) > _LONGEST_NUMBER:
        return None
    return Decimal(text)


def text(value: Decimal | None) -> str | None:
    """The wire form of an amount; None stays None."""
    return None if value is None else decimal_text(value)


def unit_of(line: Line) -> Unit:
    """Whether a line reckons in shares or, as partnerships and debt do, in dollars of value."""
    if line.shares_owned_following is not None:
        return "shares"
    if line.value_owned_following is not None:
        return "value"
    if isinstance(line, Transaction) and line.shares is None and line.total_value is not None:
        return "value"
    return "shares"


def following(line: Line) -> Decimal | None:
    """What the line says is held after it, in its unit; None where it does not say."""
    return number(line.shares_owned_following if unit_of(line) == "shares" else line.value_owned_following)


def signed(line: Line) -> Decimal | None:
    """What the line moves: positive acquired, negative disposed, 0 for a holding; None where that cannot be read."""
    if isinstance(line, Holding):
        return ZERO
    moved = number(line.shares if unit_of(line) == "shares" else line.total_value)
    if moved is None or line.acquired_disposed is None:
        return None
    return moved if line.acquired_disposed == "A" else -moved


def held(position: Position) -> Decimal | None:
    """The amount of a position, in its unit; None where it is unknown."""
    return number(position.value if position.value is not None else position.shares)


def unit_of_position(position: Position) -> Unit:
    """The unit of a position; shares where its amount is unknown."""
    return "value" if position.value is not None else "shares"
