"""Trades summed by code and side, and which of their prices can be believed. Pure."""

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, NamedTuple

from contracts.holding_changed import Trades
from contracts.transactions_reported import Diagnostic, Transaction
from services.holdings.amounts import ZERO, exactly, number, text

MOST_PLAUSIBLE: Final = Decimal(1_000_000)
"""No share has cost more; the dearest, Berkshire Hathaway's class A, is under $1,000,000."""
_FAR_ABOVE_USUAL: Final = 20
_FACTOR_OF_TOTAL: Final = 3
_PRICE_STEP: Final = Decimal("0.0001")
"""Prices are filed to four decimals; an average is given to as many."""

UsualPrice = Callable[[Transaction], Decimal | None]
"""What the line's security usually costs this owner; None if unknown."""


def plausible(price: Decimal, shares: Decimal | None, usual: Decimal | None) -> bool:
    """Return whether a price can be that of one share.

    A total in the price column is recognized by the usual price: for 100 shares that usually cost $20, $2,000 is far
    above usual, and $20 when divided by the shares. A price over 1,000,000, or below 0, never is that of a share.
    """
    if not ZERO <= price <= MOST_PLAUSIBLE:
        return False
    if not usual or not shares or price <= _FAR_ABOVE_USUAL * usual:
        return True
    with exactly():  # without a division: the comparison loses no digit
        return not usual * shares <= _FACTOR_OF_TOTAL * price <= _FACTOR_OF_TOTAL**2 * usual * shares


def trades_of(
    transactions: Sequence[Transaction], usual: UsualPrice, *, among: Sequence[Transaction] | None = None
) -> tuple[tuple[Trades, ...], tuple[Diagnostic, ...]]:
    """Sum the lines by code and side, in the order in which these first appear, and name the implausible prices.

    Lines in another currency make an entry of their own: nothing can be added across currencies.

    Args:
        transactions: the lines that one alert reports.
        usual: the usual price of a line's security.
        among: all lines of the report: a diagnostic names a line by its place among them. None if these are all.
    """
    groups: dict[tuple[str | None, str | None, str | None], list[_Priced]] = {}
    diagnostics: list[Diagnostic] = []
    with exactly():
        for line in transactions:
            priced = _priced(line, usual)
            groups.setdefault((line.code, line.acquired_disposed, line.currency), []).append(priced)
            if priced.is_implausible:
                diagnostics.append(_diagnostic(line, transactions if among is None else among))
        return tuple(_sum(lines) for lines in groups.values()), tuple(diagnostics)


class _Priced(NamedTuple):
    """A line in numbers. `price` is None if there is none that can be believed, or if the line is counted by value."""

    line: Transaction
    shares: Decimal | None
    price: Decimal | None
    value: Decimal | None
    is_implausible: bool


def _priced(line: Transaction, usual: UsualPrice) -> _Priced:
    shares, price, total = number(line.shares), number(line.price_per_share), number(line.total_value)
    if shares is None and total is not None:
        return _Priced(line, None, None, total, is_implausible=False)
    if price is None:
        return _Priced(line, shares, None, None, is_implausible=line.price_per_share is not None)
    if not plausible(price, shares, usual(line)):
        return _Priced(line, shares, None, None, is_implausible=True)
    return _Priced(line, shares, price, None if shares is None else shares * price, is_implausible=False)


def _sum(lines: Sequence[_Priced]) -> Trades:
    first = lines[0].line
    shares = [each.shares for each in lines if each.shares is not None]
    values = [each.value for each in lines if each.value is not None]
    prices = [each.price for each in lines if each.price is not None]
    dates = [each.line.transaction_date for each in lines if each.line.transaction_date is not None]
    return Trades(
        code=first.code,
        acquired_disposed=first.acquired_disposed,
        shares=text(sum(shares, ZERO)) if shares else None,
        value=text(sum(values, ZERO)) if values else None,
        average_price=text(_average(lines)),
        lowest_price=text(min(prices, default=None)),
        highest_price=text(max(prices, default=None)),
        unpriced_shares=text(_unpriced(lines)) or "0",
        first_date=min(dates, default=None),
        last_date=max(dates, default=None),
        count=len(lines),
        lines=tuple(each.line.line for each in lines),
        currency=first.currency,
    )


def _average(lines: Sequence[_Priced]) -> Decimal | None:
    """Return the value of the priced shares over their number, to four decimals; None if there are none."""
    priced = [(each.shares, each.value) for each in lines if each.price is not None]
    shares = sum((shares for shares, _ in priced if shares is not None), ZERO)
    value = sum((value for _, value in priced if value is not None), ZERO)
    return (value / shares).quantize(_PRICE_STEP, rounding=ROUND_HALF_EVEN) if shares else None


def _unpriced(lines: Sequence[_Priced]) -> Decimal:
    return sum((each.shares for each in lines if each.price is None and each.shares is not None), ZERO)


def _diagnostic(line: Transaction, among: Sequence[Transaction]) -> Diagnostic:
    place = next(place for place, each in enumerate(among) if each.line == line.line)
    field = f"transactions[{place}].price_per_share"
    return Diagnostic(code="implausible_price", field=field, raw=line.price_per_share)
