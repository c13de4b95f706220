"""Trades in words: `sold 40,000 at $50.25 ($2,010,000)`. Pure."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from contracts.structs import HoldingChanged, Trades
from services.cli.render.wording import amount, money
from services.gateway.trade_words import phrase_of

_PRICED: Final = frozenset({"P", "S"})
"""Codes of trades at a price: a missing or zero price is mentioned only for these."""


def trades_words(alert: HoldingChanged) -> str:
    """Return all trades of an alert in words, in the order of the filing, or the kind of a holding without a trade."""
    if alert.trades:
        return "; ".join(trade_words(trade) for trade in alert.trades)
    return "first reported, no trade" if alert.ledger_before is None else "holding restated, no trade"


def trade_words(trade: Trades) -> str:
    """Return the lines of one code and side in words: the verb, the amount, the price, and the value."""
    phrase = phrase_of(trade.code, trade.acquired_disposed)
    words = [phrase.verb, _traded(trade), phrase.after, _price(trade), _details(trade)]
    return " ".join(word for word in words if word)


def is_by_value(alert: HoldingChanged) -> bool:
    """Return whether the position is counted in money: its trades have values, and no shares."""
    return any(trade.value is not None for trade in alert.trades) and all(
        trade.shares is None for trade in alert.trades
    )


def _traded(trade: Trades) -> str:
    if trade.shares is not None:
        return amount(trade.shares)
    return "an unstated amount" if trade.value is None else money(trade.value, trade.currency)


def _price(trade: Trades) -> str:
    if trade.average_price is None:
        return "(no price given)" if trade.code in _PRICED and trade.shares is not None else ""
    free = not Decimal(trade.average_price) and trade.code not in _PRICED  # a grant at $0 is a grant
    return "" if free else f"at {money(trade.average_price, trade.currency)}"


def _details(trade: Trades) -> str:
    details = "; ".join(_facts(trade))
    return f"({details})" if details else ""


def _facts(trade: Trades) -> Iterator[str]:
    """Yield the value of the shares, the range of prices if there is one, and the number of shares without a price."""
    if trade.shares is not None and trade.value is not None and Decimal(trade.value):
        yield money(trade.value, trade.currency)
    lowest, highest = trade.lowest_price, trade.highest_price
    if lowest is not None and highest is not None and Decimal(lowest) != Decimal(highest):
        yield f"{money(lowest, trade.currency)} to {money(highest, trade.currency)}"
    if trade.average_price is not None and Decimal(trade.unpriced_shares):
        yield f"{amount(trade.unpriced_shares)} without a price"
