"""Amounts: exact decimals in shares or in dollars of value, signed by side."""

from contextlib import AbstractContextManager
from decimal import Context, Decimal, localcontext
from functools import lru_cache
from typing import Final, Literal

from contracts.base import decimal_text
from contracts.structs import Holding, Transaction

Line = Transaction | Holding
Unit = Literal["shares", "value"]

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)

_ROUNDS_FROM: Final = Decimal(100)
"""From this amount on, a difference of one share is rounding of fractions: 100 and 101 are the same, 99 and 100 not."""

_LONGEST_NUMBER: Final = 32
"""Characters of the longest number accepted as an amount. No issuer has that many shares, and sums stay exact."""

EXACT: Final = Context(prec=4 * _LONGEST_NUMBER)
"""Sums and products of numbers with `_LONGEST_NUMBER` digits are exact in this context."""

_NUMBERS_REMEMBERED: Final = 512
"""Texts whose number is cached: each is parsed for the ledger, for the price and for the alert."""


def exact_arithmetic() -> AbstractContextManager[Context]:
    """Return a context manager that makes `EXACT` the decimal context."""
    return localcontext(EXACT)


@lru_cache(maxsize=_NUMBERS_REMEMBERED)
def parse_amount(text: str | None) -> Decimal | None:
    """Parse decimal text; None for None, and for text that is too long to be an amount."""
    if text is None or len(text) > _LONGEST_NUMBER:
        return None
    return Decimal(text)


def amount_text(value: Decimal | None) -> str | None:
    """Return the wire form of an amount; None stays None."""
    if value is None:
        return None
    plain = str(value)
    return plain if plain.isdigit() else decimal_text(value)


def nearly_equal(one: Decimal | None, other: Decimal | None) -> bool:
    """Return whether two amounts are equal, or differ by rounding: by at most one share, from 100 shares on."""
    if one is None or other is None:
        return False
    return one == other or (one >= _ROUNDS_FROM <= other and abs(one - other) <= ONE)


def unexplained(after: Decimal | None, ledger_before: Decimal | None, reported: Decimal | None) -> Decimal | None:
    """Return the change between two amounts that the reported change does not explain; None if one is unknown."""
    if after is None or ledger_before is None or reported is None:
        return None
    return after - ledger_before - reported


def read_amounts(line: Line) -> tuple[Unit, Decimal | None, Decimal | None]:
    """Return the unit of a line, its signed delta and the amount reported after it; None for unreadable amounts.

    The delta is positive if acquired, negative if disposed of, and 0 for a holding. The unit is dollars of value if the
    trade has only a total value, or the balance is only a value, as for partnerships and debt. A balance of 0 shares
    closes such a position too.
    """
    shares_after = parse_amount(line.shares_owned_following)
    if type(line) is not Transaction:
        value_after = None if shares_after is not None else parse_amount(line.value_owned_following)
        return ("shares", ZERO, shares_after) if value_after is None else ("value", ZERO, value_after)
    shares, side = parse_amount(line.shares), line.acquired_disposed
    unit: Unit = "shares"
    delta, reported_after = shares, shares_after
    if shares is None or shares_after is None:
        dollars, value_after = parse_amount(line.total_value), parse_amount(line.value_owned_following)
        if (shares is None and dollars is not None) or (shares_after is None and value_after is not None):
            unit, delta = "value", dollars
            reported_after = value_after if value_after is not None or shares_after != ZERO else ZERO
    if delta is None or side is None:
        return unit, None, reported_after
    return unit, delta if side == "A" else -delta, reported_after
