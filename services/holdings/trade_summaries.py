"""Trades summed by code and side, and which of their prices can be believed. Pure."""

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from contracts.base import decimal_text
from contracts.codes import DiagnosticCode
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
    if not transactions:
        return (), ()
    groups: dict[tuple[str | None, str | None, str | None], list[Transaction]] = {}
    for line in transactions:
        groups.setdefault((line.code, line.acquired_disposed, line.currency), []).append(line)
    implausible: set[int] = set()
    with exactly():
        trades = tuple([_sum(lines, usual, implausible) for lines in groups.values()])
    if not implausible:
        return trades, ()
    among = transactions if among is None else among
    return trades, tuple(_diagnostic(line, among) for line in transactions if line.line in implausible)


def _sum(lines: Sequence[Transaction], usual: UsualPrice, implausible: set[int]) -> Trades:
    """Sum lines of one code, side and currency; `implausible` takes the numbers of those whose price is."""
    shares = value = None
    unpriced = priced = paid = ZERO  # shares without and with a price, and what the latter cost
    prices: list[Decimal] = []
    for line in lines:
        count, price = number(line.shares), number(line.price_per_share)
        if count is None and (total := number(line.total_value)) is not None:
            value = total if value is None else value + total
            continue
        if line.price_per_share is not None and (price is None or not plausible(price, count, usual(line))):
            implausible.add(line.line)
            price = None
        if price is not None:
            prices.append(price)
        if count is None:
            continue
        shares = count if shares is None else shares + count
        if price is None:
            unpriced += count
        else:
            cost = count * price
            priced += count
            paid += cost
            value = cost if value is None else value + cost
    dates = [line.transaction_date for line in lines if line.transaction_date is not None]
    first = lines[0]
    lowest = text(min(prices)) if prices else None
    return Trades.assembled(
        {
            "code": first.code,
            "acquired_disposed": first.acquired_disposed,
            "shares": text(shares),
            "value": text(value),
            "average_price": text((paid / priced).quantize(_PRICE_STEP, ROUND_HALF_EVEN)) if priced else None,
            "lowest_price": lowest,
            "highest_price": lowest if len(prices) == 1 else text(max(prices, default=None)),
            "unpriced_shares": decimal_text(unpriced),
            "first_date": min(dates) if dates else None,
            "last_date": max(dates) if dates else None,
            "count": len(lines),
            "lines": tuple([line.line for line in lines]),
            "currency": first.currency,
        }
    )


def _diagnostic(line: Transaction, among: Sequence[Transaction]) -> Diagnostic:
    place = next(place for place, each in enumerate(among) if each.line == line.line)
    field = f"transactions[{place}].price_per_share"
    return Diagnostic(code=DiagnosticCode.IMPLAUSIBLE_PRICE, field=field, raw=line.price_per_share)
