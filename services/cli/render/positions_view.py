"""Positions by owner and issuer: holdings, expired derivatives, and unexplained changes. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from contracts.structs import Position, PositionsUpdated
from services.cli.render.wording import NONE, amount, held, issuer_name, money, security, signed
from services.section16.owner_roles import relationship
from services.section16.wording import shortened

_HOLDER: Final = 80  # characters of a footnote that names a holder


def positions_heading(update: PositionsUpdated, today: date) -> str:
    """Return the owner, the issuer, the relationship, and the total held."""
    total = held_total(update, today)
    whose = f"{update.owner.name} in {issuer_name(update.issuer)}  ({relationship(update.owner)})"
    return f"{whose}  holds {total}" if total else whose


def held_total(update: PositionsUpdated, today: date) -> str:
    """Return the total held: shares, derivatives and values separately. Expired derivatives are left out."""
    kept = [each for each in update.positions if not is_expired(each, today)]
    counts = (
        (_total(each.shares for each in kept if each.table == "non_derivative"), "shares"),
        (_total(each.shares for each in kept if each.table == "derivative"), "derivatives"),
    )
    parts = [f"{amount(str(count))} {noun}" for count, noun in counts if count]
    currencies = dict.fromkeys(each.currency for each in kept if each.shares is None and each.value is not None)
    for currency in currencies:
        worth = _total(each.value for each in kept if each.shares is None and each.currency == currency)
        parts += [money(str(worth), currency)] if worth else []
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def _total(amounts: Iterable[str | None]) -> Decimal:
    return sum((Decimal(text) for text in amounts if text is not None), Decimal(0))


def positions_order(positions: Iterable[Position]) -> list[Position]:
    """Sort shares before derivatives, then by title, expiry, price and holder."""
    return sorted(
        positions,
        key=lambda each: (
            each.table == "derivative",
            (each.security_title or "").upper(),
            each.expiration_date or date.max,
            Decimal(each.exercise_price or 0),
            each.ownership != "D",
            held(each),
        ),
    )


def position_cells(position: Position, today: date) -> tuple[str, ...]:
    """Return a position as a row: security, how it is held, amount, as of, filing, note."""
    return (
        security(position, position.currency),
        held_by(position),
        held_amount(position),
        str(position.as_of or NONE),
        position.filing_id,
        note(position, today),
    )


def position_lines(update: PositionsUpdated, positions: Iterable[Position], today: date) -> list[str]:
    """Return an owner's positions in an issuer as lines: a heading, then one per position."""
    return [positions_heading(update, today), *(_line(each, today) for each in positions)]


def _line(position: Position, today: date) -> str:
    what = f"{held_amount(position)}  {security(position, position.currency)}, {held_by(position)}"
    noted = note(position, today)
    return f"{what}, as of {position.as_of or 'an unknown date'}" + (f"; {noted}" if noted else "")


def note(position: Position, today: date) -> str:
    """Return the notes on a position's amount: expired, unconfirmed by filings, or with an unexplained change."""
    return "; ".join(_notes(position, today))


def _notes(position: Position, today: date) -> Iterator[str]:
    if is_expired(position, today) and not is_closed(position):
        expires = f" {position.expiration_date}" if position.expiration_date else ""
        yield f"expired{expires}: no longer held; no filing reports how it ended"
    if position.unconfirmed:
        yield "unconfirmed: two later filings that trade in the class do not list it"
    if position.unexplained_change is not None and Decimal(position.unexplained_change):
        yield f"{signed(position.unexplained_change)} unexplained"


def is_expired(position: Position, today: date) -> bool:
    """Return whether the position is a derivative past its expiration, by its latest filing or by today."""
    return position.expired or (position.expiration_date is not None and position.expiration_date < today)


def is_closed(position: Position) -> bool:
    """Return whether the position's amount is zero."""
    amounts = [Decimal(text) for text in (position.shares, position.value) if text is not None]
    return bool(amounts) and not any(amounts)


def held_by(position: Position) -> str:
    """Return how a position is held; a nature that only refers to a footnote is replaced by the footnote's text."""
    named = position.holder_note
    return held(position) if named is None else f"{held(position)}: {shortened(named, _HOLDER)}"


def held_amount(position: Position) -> str:
    """Return the shares, or the value if the filer reports value."""
    if position.shares is None and position.value is not None:
        return money(position.value, position.currency)
    return NONE if position.shares is None else amount(position.shares)
