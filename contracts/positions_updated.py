"""PositionsUpdated: all positions of one owner in one issuer. The compacted topic of these is the state itself."""

from datetime import date

from pydantic import Field

from contracts.base import Contract, DecimalText, Text, UtcDatetime
from contracts.section16 import Ownership, Table
from contracts.transactions_reported import Issuer, Owner


class PositionIdentity(Contract):
    """What makes a position the one it is. `position_id` is given at opening and outlives relabelling.

    `holder_note` is the footnote text that names the holder, where the nature of ownership only points to it.
    """

    position_id: Text
    table: Table
    security_title: Text
    ownership: Ownership | None = None
    nature_of_ownership: Text | None = None
    holder_note: Text | None = None
    exercise_price: DecimalText | None = None
    exercise_date: date | None = None
    expiration_date: date | None = None
    underlying_title: Text | None = None


class Position(PositionIdentity):
    """A position and its amount: shares, or value in dollars where the filer reports value."""

    shares: DecimalText | None = None
    value: DecimalText | None = None
    as_of: date | None = Field(default=None, description="the last date the filing that set it speaks of")
    accepted_at: UtcDatetime | None = Field(default=None, description="of the filing that set it")
    filing_id: Text = Field(description="the filing that set it")
    held_before: DecimalText | None = Field(
        default=None, description="what that filing says was held before: tells order among filings of one day"
    )
    day_amounts: tuple[DecimalText, ...] = Field(
        default=(),
        description="what was held before the filings of `as_of` and after each of their lines, where there are more "
        "than one: tells which line an amendment restates",
    )
    unexplained_change: DecimalText | None = Field(
        default=None, description="what trades did not explain, until another position shows where it came from or went"
    )


class PositionsUpdated(Contract):
    """An owner's positions in an issuer after a filing. Key: `issuer.key|owner.key`.

    `version` grows by one with each update; `applied_filings` are the filings folded in, newest last, bounded.
    """

    owner: Owner
    issuer: Issuer
    version: int = Field(ge=1)
    updated_by: Text
    as_of: date | None = None
    positions: tuple[Position, ...] = ()
    applied_filings: tuple[Text, ...] = ()
