"""The currency of a line's prices and values, if they are not in dollars."""

import re
from typing import Final

_MONEY: Final = ("price_per_share", "exercise_price", "total_value", "value_owned_following", "underlying_value")
_SIGNS: Final = {"\u20ac": "EUR", "\u00a3": "GBP"}
"""Signs of one currency. The yen's is the yuan's too, so an amount with it is not read."""

_CODES: Final = (
    "AUD|BRL|CAD|CHF|CNY|DKK|EUR|GBP|HKD|ILS|INR|JPY|KRW|MXN|NOK|NZD|SEK|SGD|TWD"  # those of issuers at EDGAR
)
_BEFORE: Final = re.compile(rf"([\u20ac\u00a3]|{_CODES}) ?([0-9.].*)")
_AFTER: Final = re.compile(rf"([0-9.,]+) ?([\u20ac\u00a3]|{_CODES})")


def with_currency(values: dict[str, str]) -> tuple[dict[str, str], str | None]:
    """Return a line's values with its prices and values as numbers, and their currency, if all are in the same one.

    Otherwise the values stay as they are: a price in euros beside one without a sign is not read.

    >>> with_currency({"shares": "500", "price_per_share": "\u20ac10.50"})
    ({'shares': '500', 'price_per_share': '10.50'}, 'EUR')
    >>> with_currency({"price_per_share": "10.50"})[1] is None
    True
    """
    money = {name: _parted(values[name].strip()) for name in _MONEY if name in values}
    currencies = {currency for currency, _ in money.values()}
    if len(currencies) != 1 or None in currencies:
        return values, None
    return values | {name: number for name, (_, number) in money.items()}, currencies.pop()


def _parted(text: str) -> tuple[str | None, str]:
    """Return the currency and the number of an amount; None for dollars, and for an amount without a sign."""
    if text.isascii() and (text[:1].isdigit() and text[-1:].isdigit()):
        return None, text  # as nearly all amounts are
    before, after = _BEFORE.fullmatch(text), _AFTER.fullmatch(text)
    if before:
        return _SIGNS.get(before[1], before[1]), before[2]
    return (_SIGNS.get(after[2], after[2]), after[1]) if after else (None, text)
