"""Positions as a ledger: under each owner and issuer what is held, and what the filings leave open. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from textwrap import shorten
from typing import Final

from contracts.positions_updated import Position, PositionIdentity, PositionsUpdated
from services.cli.wording import amount, held, issuer_name, relationship, security, signed

_NONE: Final = "-"
_HOLDER: Final = 80  # characters of a footnote that names a holder


def ledger_heading(update: PositionsUpdated) -> str:
    """Whose positions in what, and what the owner is to the issuer."""
    return f"{update.owner.name} in {issuer_name(update.issuer)}  ({relationship(update.owner)})"


def ledger_order(positions: Iterable[Position]) -> list[Position]:
    """Shares before derivatives; of these by title and, where that is one, by expiry, price and holder."""
    return sorted(
        positions,
        key=lambda each: (
            each.table == "derivative",
            each.security_title.upper(),
            each.expiration_date or date.max,
            Decimal(each.exercise_price or 0),
            each.ownership != "D",
            held(each),
        ),
    )


def position_cells(update: PositionsUpdated, position: Position) -> tuple[str, ...]:
    """A position as a row: security, held, amount, as of, filing, note."""
    return (
        security(position),
        held_by(position),
        held_amount(position),
        str(position.as_of or _NONE),
        position.filing_id,
        note(update, position),
    )


def position_lines(update: PositionsUpdated, positions: Iterable[Position]) -> list[str]:
    """An owner's positions in an issuer as lines: a heading, then one a position."""
    return [ledger_heading(update), *(_line(update, each) for each in positions)]


def _line(update: PositionsUpdated, position: Position) -> str:
    what = f"{held_amount(position)}  {security(position)}, {held_by(position)}"
    said = note(update, position)
    return f"{what}, as of {position.as_of or 'an unknown date'}" + (f"; {said}" if said else "")


def note(update: PositionsUpdated, position: Position) -> str:
    """What the filings leave open: a change that no trade explains, a derivative that expired and was not used up."""
    return "; ".join(_notes(update, position))


def _notes(update: PositionsUpdated, position: Position) -> Iterator[str]:
    if position.unexplained_change is not None and Decimal(position.unexplained_change):
        yield f"{signed(position.unexplained_change)} unexplained"
    expires = position.expiration_date
    if expires is not None and update.as_of is not None and expires < update.as_of and not is_closed(position):
        yield "expired since; no filing says how it ended"


def is_closed(position: Position) -> bool:
    """Whether the position has come to nothing."""
    amounts = [Decimal(text) for text in (position.shares, position.value) if text is not None]
    return bool(amounts) and not any(amounts)


def held_by(position: PositionIdentity) -> str:
    """As `held`, with the footnote that names the holder where the nature of ownership only points to it."""
    named = position.holder_note
    return held(position) if named is None else f"{held(position)}: {shorten(named, _HOLDER, placeholder=' …')}"


def held_amount(position: Position) -> str:
    """Shares, or dollars where the filer reports value."""
    if position.shares is None and position.value is not None:
        return f"${amount(position.value)}"
    return _NONE if position.shares is None else amount(position.shares)
