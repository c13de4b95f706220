"""Numbers, dates and times as the pages show them: whole or absent, never shortened. Pure.

A minus is U+2212, a space before % is a narrow no-break space, and spaces within dates do not break.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from services.section16.edgar_calendar import EASTERN

MINUS: Final = "\u2212"
NARROW: Final = "\u202f"
FIXED: Final = "\u00a0"
ABSENT: Final = "·"


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in two parts, so that tables can align the whole parts and hang the fractions behind them.

    `side` colours it: `buy`, `sell` or nothing.
    """

    whole: str
    fraction: str = ""
    side: str = ""

    def __str__(self) -> str:
        return self.whole + self.fraction


def amount(value: Decimal | None, *, signed: bool = False, side: str = "") -> Amount | None:
    """Return an amount of shares with grouped digits; None if it is absent.

    >>> str(amount(Decimal("15711.8844"))), str(amount(Decimal(7583), signed=True))
    ('15,711.8844', '+7,583')
    """
    if value is None:
        return None
    digits = f"{abs(value):,f}"
    whole, point, fraction = digits.partition(".")
    fraction = fraction.rstrip("0")
    return Amount(_sign(value, signed=signed) + whole, point + fraction if fraction else "", side)


def dollars(value: Decimal | None, *, signed: bool = False, currency: str | None = None) -> str | None:
    r"""Return a value in whole dollars.

    >>> dollars(Decimal("999959042.4")), dollars(Decimal(94578), signed=True), dollars(Decimal(12), currency="EUR")
    ('$999,959,042', '+$94,578', 'EUR\xa012')
    """
    if value is None:
        return None
    rounded = value.quantize(Decimal(1), ROUND_HALF_UP)
    return f"{_sign(rounded, signed=signed)}{_unit(currency)}{abs(rounded):,f}"


def price(value: Decimal | None, *, currency: str | None = None) -> str | None:
    """Return a price as filed, with all its digits.

    >>> price(Decimal("371.9")), price(Decimal("1035.029"))
    ('$371.9', '$1,035.029')
    """
    return None if value is None else f"{_unit(currency)}{value:,f}"


def count(value: int) -> str:
    """Return a count with grouped digits."""
    return f"{value:,}"


def day(value: date | None) -> str | None:
    r"""Return a date.

    >>> day(date(2025, 9, 5))
    '5\xa0Sep\xa02025'
    """
    return None if value is None else f"{value.day}{FIXED}{value:%b}{FIXED}{value.year}"


def short_day(value: date | None) -> str | None:
    """Return a date without its year."""
    return None if value is None else f"{value.day}{FIXED}{value:%b}"


def long_day(value: date) -> str:
    r"""Return a date with its weekday, as the tape's days are headed.

    >>> long_day(date(2025, 9, 15))
    'Monday, 15\xa0September\xa02025'
    """
    return f"{value:%A}, {value.day}{FIXED}{value:%B}{FIXED}{value.year}"


def month(value: date) -> str:
    """Return a month with its year."""
    return f"{value:%b}{FIXED}{value.year}"


def clock(moment: datetime | None, *, seconds: bool = False) -> str | None:
    """Return the Eastern time of day of a moment."""
    return None if moment is None else moment.astimezone(EASTERN).strftime("%H:%M:%S" if seconds else "%H:%M")


def _sign(value: Decimal, *, signed: bool) -> str:
    return MINUS if value < 0 else "+" if signed and value > 0 else ""


def _unit(currency: str | None) -> str:
    return "$" if currency in {None, "USD"} else f"{currency}{FIXED}"
