"""Amounts as the ledger computes with them: exact decimals, signed by side, in shares or in dollars of value."""

from contextlib import AbstractContextManager
from decimal import Context, Decimal, localcontext
from functools import lru_cache
from typing import Final, Literal

from contracts.base import decimal_text
from contracts.transactions_reported import Holding, Transaction

Line = Transaction | Holding
Unit = Literal["shares", "value"]

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)

_ROUNDS_FROM: Final = Decimal(100)
"""Amounts from here on may be off by one share: filers round fractions. 99 and 100 are two different amounts."""

_LONGEST_NUMBER: Final = 32
"""Characters of the longest number accepted as an amount: no issuer has more shares, and sums of such stay exact."""

EXACT: Final = Context(prec=4 * _LONGEST_NUMBER)
"""Sums and products of numbers of `_LONGEST_NUMBER` digits lose nothing in it."""

_NUMBERS_REMEMBERED: Final = 512
"""Texts whose number is kept: each of a report is read for the ledger, for the price and for the alert."""


def exactly() -> AbstractContextManager[Context]:
    """Return `EXACT` as the context to compute in."""
    return localcontext(EXACT)


@lru_cache(maxsize=_NUMBERS_REMEMBERED)
def number(text: str | None) -> Decimal | None:
    """Return the number in decimal text; None if there is none, or if it is too long to be an amount."""
    if text is None or len(text) > _LONGEST_NUMBER:
        return None
    return Decimal(text)


def text(value: Decimal | None) -> str | None:
    """Return the wire form of an amount; None stays None."""
    if value is None:
        return None
    plain = str(value)
    return plain if plain.isdigit() else decimal_text(value)


def same(one: Decimal | None, other: Decimal | None) -> bool:
    """Return whether two amounts are equal, or as equal as rounding leaves them: within one share, from 100 on."""
    if one is None or other is None:
        return False
    return one == other or (one >= _ROUNDS_FROM <= other and abs(one - other) <= ONE)


def unexplained(after: Decimal | None, ledger_before: Decimal | None, reported: Decimal | None) -> Decimal | None:
    """Return what lines that moved `reported` leave unexplained between two amounts; None if one is unknown."""
    if after is None or ledger_before is None or reported is None:
        return None
    return after - ledger_before - reported


def amounts_of(line: Line) -> tuple[Unit, Decimal | None, Decimal | None]:
    """Return what the line counts in, what it moves and what it states: None for what cannot be read.

    What it moves is positive if acquired, negative if disposed, 0 for a holding; it states the amount held after it.
    Dollars of value are the unit of a line whose trade has only a total value, or whose balance is only a value, as
    partnerships and debt report. A balance of 0 shares closes such a position too.
    """
    shares_after = number(line.shares_owned_following)
    if type(line) is not Transaction:
        value_after = None if shares_after is not None else number(line.value_owned_following)
        return ("shares", ZERO, shares_after) if value_after is None else ("value", ZERO, value_after)
    shares, side = number(line.shares), line.acquired_disposed
    unit: Unit = "shares"
    moved, stated = shares, shares_after
    if shares is None or shares_after is None:
        dollars, value_after = number(line.total_value), number(line.value_owned_following)
        if (shares is None and dollars is not None) or (shares_after is None and value_after is not None):
            unit, moved = "value", dollars
            stated = value_after if value_after is not None or shares_after != ZERO else ZERO
    if moved is None or side is None:
        return unit, None, stated
    return unit, moved if side == "A" else -moved, stated
