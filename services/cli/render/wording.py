"""Texts that all tables share: issuers, owners, securities, amounts and money. Pure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from contracts.structs import Issuer, PositionIdentity
from services.section16.wording import shortened

NONE: Final = "-"
"""Cell text for an unknown value."""

_DOLLARS: Final = frozenset({None, "USD"})
_CENT: Final = Decimal("0.01")


def issuer_name(issuer: Issuer) -> str:
    """Return the issuer's name, after its first ticker symbol if it has one."""
    return f"{issuer.tickers[0]} {issuer.name}" if issuer.tickers else issuer.name


def security(position: PositionIdentity, currency: str | None = None) -> str:
    """Return the security's title, with the price and expiry of a derivative."""
    price, expires = position.exercise_price, position.expiration_date
    return titled(position.security_title, _terms(price, expires, currency))


def titled(title: str | None, terms: Iterable[str]) -> str:
    """Return a security's title with its terms in parentheses."""
    name, listed = title or "untitled security", ", ".join(terms)
    return f"{name} ({listed})" if listed else name


def _terms(price: str | None, expires: object, currency: str | None) -> list[str]:
    terms = [] if price is None else [money(price, currency)]
    return terms if expires is None else [*terms, f"exp {expires}"]


def held(position: PositionIdentity) -> str:
    """Return how a position is held: directly, or by whom."""
    if position.ownership == "D":
        return "directly"
    return position.nature_of_ownership or ("indirectly" if position.ownership == "I" else NONE)


def holder(position: PositionIdentity) -> str:
    """Return the holder of an indirect position after a comma; nothing for a direct one, the common case."""
    return f", {held(position)}" if position.ownership == "I" else ""


def amount(text: str) -> str:
    """Return a number with its thousands grouped."""
    return f"{Decimal(text):,f}"


def signed(text: str) -> str:
    """Return a number with its sign and its thousands grouped."""
    number = Decimal(text)
    return f"{number:+,f}" if number else "0"


def money(text: str, currency: str | None = None) -> str:
    """Return an amount of money, with cents if it has any; a fraction of a cent is shown as it is.

    Dollars have their sign; another currency has its code, as in `EUR 1,250`.
    """
    number = Decimal(text)
    if 0 < abs(number) < _CENT:
        digits = f"{abs(number):f}"
    else:
        digits = f"{abs(number):,.0f}" if number == number.to_integral_value() else f"{abs(number):,.2f}"
    sign = "-" if number < 0 else ""
    return f"{sign}${digits}" if currency in _DOLLARS else f"{sign}{currency} {digits}"


def quoted(text: str, most: int) -> str:
    """Return a text in quotation marks on one line, shortened to `most` characters."""
    return f'"{shortened(text, most)}"'
