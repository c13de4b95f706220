"""Summarize trades by code and side, leaving out implausible prices. Pure."""

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from contracts.base import decimal_text
from contracts.codes import DiagnosticCode
from contracts.structs import Diagnostic, Trades, Transaction
from services.holdings.amounts import ZERO, amount_text, exact_arithmetic, parse_amount

MOST_PLAUSIBLE: Final = Decimal(1_000_000)
"""No share has cost more: the most expensive, Berkshire Hathaway's class A, is below $1,000,000."""
_FAR_ABOVE_USUAL: Final = 20
_FACTOR_OF_TOTAL: Final = 3
_PRICE_STEP: Final = Decimal("0.0001")
"""Prices are filed with four decimals, and so are averages."""

UsualPrice = Callable[[Transaction], Decimal | None]
"""Returns the price that this owner usually pays for the line's security; None if unknown."""


def plausible(price: Decimal, shares: Decimal | None, usual: Decimal | None) -> bool:
    """Return whether a price can be that of one share.

    A total in the price column is recognized by the usual price. Example: for 100 shares that usually cost $20, a price
    of $2,000 is far above the usual one, and equals it when divided by the shares. A price over 1,000,000 or below 0
    is never plausible.
    """
    if not ZERO <= price <= MOST_PLAUSIBLE:
        return False
    if not usual or not shares or price <= _FAR_ABOVE_USUAL * usual:
        return True
    with exact_arithmetic():  # without a division: the comparison loses no digit
        return not usual * shares <= _FACTOR_OF_TOTAL * price <= _FACTOR_OF_TOTAL**2 * usual * shares


def summarize_trades(
    transactions: Sequence[Transaction], usual: UsualPrice, *, among: Sequence[Transaction] | None = None
) -> tuple[tuple[Trades, ...], tuple[Diagnostic, ...]]:
    """Sum the lines by code, side and currency, in the order of first appearance.

    Also return a diagnostic for each implausible price.

    Args:
        transactions: the lines that one alert reports.
        usual: the usual price of a line's security.
        among: all transactions of the report, in which diagnostics locate a line; None if these are all.
    """
    if not transactions:
        return (), ()
    groups: dict[tuple[str | None, str | None, str | None], list[Transaction]] = {}
    for line in transactions:
        groups.setdefault((line.code, line.acquired_disposed, line.currency), []).append(line)
    implausible: set[int] = set()
    with exact_arithmetic():
        trades = tuple([_summarize_group(lines, usual, implausible) for lines in groups.values()])
    if not implausible:
        return trades, ()
    among = transactions if among is None else among
    return trades, tuple(_diagnostic(line, among) for line in transactions if line.line in implausible)


def _summarize_group(lines: Sequence[Transaction], usual: UsualPrice, implausible: set[int]) -> Trades:
    """Sum lines of one code, side and currency. The numbers of lines with implausible prices go to `implausible`."""
    shares = value = None
    unpriced = priced = paid = ZERO  # shares without and with a price, and what the latter cost
    prices: list[Decimal] = []
    for line in lines:
        count = parse_amount(line.shares)
        if count is None and (total := parse_amount(line.total_value)) is not None:
            value = _add(value, total)
            continue
        price = _plausible_price(line, count, usual, implausible)
        if price is not None:
            prices.append(price)
        if count is None:
            continue
        shares = _add(shares, count)
        if price is None:
            unpriced += count
        else:
            cost = count * price
            priced += count
            paid += cost
            value = _add(value, cost)
    average = (paid / priced).quantize(_PRICE_STEP, ROUND_HALF_EVEN) if priced else None
    dates = [line.transaction_date for line in lines if line.transaction_date is not None]
    first = lines[0]
    lowest = amount_text(min(prices)) if prices else None
    return Trades(
        code=first.code,
        acquired_disposed=first.acquired_disposed,
        shares=amount_text(shares),
        value=amount_text(value),
        average_price=amount_text(average),
        lowest_price=lowest,
        highest_price=lowest if len(prices) == 1 else amount_text(max(prices, default=None)),
        unpriced_shares=decimal_text(unpriced),
        first_date=min(dates) if dates else None,
        last_date=max(dates) if dates else None,
        count=len(lines),
        lines=tuple([line.line for line in lines]),
        currency=first.currency,
    )


def _add(total: Decimal | None, amount: Decimal) -> Decimal:
    return amount if total is None else total + amount


def _plausible_price(
    line: Transaction, count: Decimal | None, usual: UsualPrice, implausible: set[int]
) -> Decimal | None:
    """Return the line's price; None, with the line noted as implausible, if it cannot be believed."""
    if line.price_per_share is None:
        return None
    price = parse_amount(line.price_per_share)
    if price is None or not plausible(price, count, usual(line)):
        implausible.add(line.line)
        return None
    return price


def _diagnostic(line: Transaction, among: Sequence[Transaction]) -> Diagnostic:
    index = next(index for index, each in enumerate(among) if each.line == line.line)
    field = f"transactions[{index}].price_per_share"
    return Diagnostic(code=DiagnosticCode.IMPLAUSIBLE_PRICE, field=field, raw=line.price_per_share)
