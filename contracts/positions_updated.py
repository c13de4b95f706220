"""PositionsUpdated: all positions of one owner in one issuer. The compacted topic of these is the state itself."""

from datetime import date

from pydantic import Field

from contracts.base import Contract, Currency, DecimalText, Text
from contracts.enumerations import Ownership, Table
from contracts.transactions_reported import Issuer, Owner


class PositionIdentity(Contract):
    """What identifies a position. `position_id` is assigned when it is first reported and outlives relabelling."""

    position_id: Text = Field(description="id of the position, stable for its life")
    table: Table = Field(description="non_derivative (Table I) or derivative (Table II)")
    security_title: Text | None = Field(default=None, description="title as last filed; null if no line has one")
    ownership: Ownership | None = Field(default=None, description="D direct, I indirect; null if not readable")
    nature_of_ownership: Text | None = Field(
        default=None, description="how an indirect holding is held, as filed (By Trust); null if direct or not stated"
    )
    holder_note: Text | None = Field(
        default=None,
        description="text of the footnote that names the holder, if the nature of ownership points to it; else null",
    )
    exercise_price: DecimalText | None = Field(
        default=None, description="price per underlying share, in dollars unless `currency` is set; null if not stated"
    )
    exercise_date: date | None = Field(default=None, description="first day of exercise; null if not stated")
    expiration_date: date | None = Field(default=None, description="last day of exercise; null if not stated")
    underlying_title: Text | None = Field(
        default=None, description="security that a derivative converts into; null for Table I"
    )


class Position(PositionIdentity):
    """A position and its amount: shares, or value in dollars if the filer reports value."""

    shares: DecimalText | None = Field(default=None, description="shares held; null if unknown or counted by value")
    value: DecimalText | None = Field(
        default=None, description="value held, in dollars unless `currency` is set; null if counted in shares"
    )
    currency: Currency | None = Field(
        default=None, description="ISO 4217 code of value and exercise price; null means dollars, or not stated"
    )
    as_of: date | None = Field(default=None, description="date that the amount is of; null if the filing has no date")
    filing_id: Text = Field(description="the filing that the amount rests on")
    unexplained_change: DecimalText | None = Field(
        default=None, description="change that no trade and no other position has explained so far; null if none"
    )
    expired: bool = Field(
        default=False, description="true if a derivative is past its expiration: listed, but no longer held"
    )
    unconfirmed: bool = Field(
        default=False, description="true if two later filings that trade in the class do not list the position"
    )


class PositionsUpdated(Contract):
    """An owner's positions in an issuer after a filing. Key: `issuer.key|owner.key`.

    The last five fields are the state from which the next filing is folded in. Their texts are the ledger's own
    notation (see contracts/README.md), exact and compact.
    """

    owner: Owner = Field(description="the owner, as the latest filing describes it")
    issuer: Issuer = Field(description="the issuer, as the latest filing describes it")
    version: int = Field(ge=1, description="1 for the first filing, then one more with each")
    updated_by: Text = Field(description="filing_id of the filing that made this version")
    as_of: date | None = Field(
        default=None, description="latest date that any filing has or mentions; null if none is dated"
    )
    positions: tuple[Position, ...] = Field(default=(), description="all positions, closed ones included for a time")
    applied_filings: tuple[Text, ...] = Field(
        default=(), description="filing_ids folded in, in the order of filing, newest last; the last 512 are kept"
    )
    accounts: tuple[tuple[Text, ...], ...] = Field(
        default=(),
        description="for each position, in the order of `positions`: what each filing reports about it, oldest first",
    )
    filings: tuple[tuple[Text, ...], ...] = Field(
        default=(),
        description="for each of the latest filings, in the order of `applied_filings`: its place in order and a "
        "fingerprint of its lines, then its running chains as filed",
    )
    labels: tuple[Text | int, ...] = Field(
        default=(),
        description="the labels that chains are filed under: the index of the position that now has it, else the "
        "label as a JSON array",
    )
    subject_since: date | None = Field(
        default=None, description="event date of the owner's Form 3; null if no Form 3 is known"
    )
    last_prices: dict[str, DecimalText] = Field(
        default={}, description="last price per share of each security, by table and normalized title"
    )
