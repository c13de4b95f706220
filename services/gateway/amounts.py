"""Numbers in words: amounts whole, money in whole dollars, prices with cents. Pure."""

from decimal import Context, Decimal
from typing import Final

EXACT: Final = Context(prec=200)
"""Sums and quotients of amounts as filed; the longest number in a real filing has 17 digits."""

NARROW_SPACE: Final = "\u202f"
"""Narrow no-break space: before a percent sign."""

_DOLLARS: Final = frozenset({None, "USD"})
_SMALLEST_PRICE: Final = Decimal("0.0001")
_PERCENT: Final = Decimal(100)
_SMALLEST_PERCENT: Final = Decimal("0.005")


def number(text: str | None) -> Decimal | None:
    """Return a decimal of the wire; None if it is absent.

    >>> number("40.5"), number(None) is None
    (Decimal('40.5'), True)
    """
    return None if text is None else Decimal(text)


def amount(number: Decimal) -> str:
    """Return a number with grouped thousands and every digit of its fraction.

    >>> amount(Decimal("15711.8844")), amount(Decimal("1200.0"))
    ('15,711.8844', '1,200')
    """
    return f"{number:,.0f}" if number == number.to_integral_value(context=EXACT) else f"{number:,f}"


def whole_money(value: Decimal, currency: str | None = None) -> str:
    """Return an amount of money without cents; less than one is shown as a price.

    >>> whole_money(Decimal("999959042.4")), whole_money(Decimal("1250"), "EUR")
    ('$999,959,042', 'EUR 1,250')
    """
    return price(value, currency) if 0 < abs(value) < 1 else _with_currency(f"{abs(value):,.0f}", value, currency)


def price(value: Decimal, currency: str | None = None) -> str:
    """Return a price with cents; below one with four decimals, and with all its digits if these are zero.

    >>> price(Decimal("389.2765")), price(Decimal("0.33")), price(Decimal("0.00001"))
    ('$389.28', '$0.3300', '$0.00001')
    """
    size = abs(value)
    decimals = 2 if not size or size >= 1 else 4
    digits = f"{size:f}" if 0 < size < _SMALLEST_PRICE else f"{size:,.{decimals}f}"
    return _with_currency(digits, value, currency)


def percent_text(part: Decimal, whole: Decimal) -> str:
    """Return how large a part is, in percent to two decimals; `whole` is not zero.

    >>> percent_text(Decimal("2568732"), Decimal("411062076")).replace(NARROW_SPACE, " ")
    '0.62 %'
    >>> percent_text(Decimal(1), Decimal(1_000_000)).replace(NARROW_SPACE, " ")
    'less than 0.01 %'
    """
    percent = EXACT.divide(EXACT.multiply(_PERCENT, abs(part)), abs(whole))
    if 0 < percent < _SMALLEST_PERCENT:
        return f"less than 0.01{NARROW_SPACE}%"
    digits = f"{percent:,.2f}"
    return f"{digits.removesuffix('.00')}{NARROW_SPACE}%"


def _with_currency(digits: str, value: Decimal, currency: str | None) -> str:
    sign = "\u2212" if value < 0 else ""
    return f"{sign}${digits}" if currency in _DOLLARS else f"{sign}{currency} {digits}"
