"""The results about issuers and owners: who they are, and the totals of what they bought and sold in the market.

Totals are dollars over purchases and sales (codes P and S) of non-derivative securities. Lines without a price are left
out and counted.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from contracts.structs import Issuer, Owner

PartyKind = Literal["issuer", "owner", "filing"]
Period = Literal["month", "year"]


@dataclass(frozen=True, slots=True)
class MarketTotals:
    """Dollars bought and sold, and parts of them under a Rule 10b5-1 plan. `unpriced` counts trades partly unpriced."""

    bought: Decimal = Decimal(0)
    sold: Decimal = Decimal(0)
    bought_by_plan: Decimal = Decimal(0)
    sold_by_plan: Decimal = Decimal(0)
    unpriced: int = 0
    last_trade: date | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """How many filings there are, and the days of the first and the last; None if no day is known."""

    filings: int
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Relation:
    """An owner and an issuer, both as the latest filing describes them."""

    issuer: Issuer
    owner: Owner


@dataclass(frozen=True, slots=True)
class OwnerSummary:
    """An owner: names before the present one, relations to issuers (the latest first), filings and totals."""

    owner: Owner
    former_names: tuple[str, ...]
    relations: tuple[Relation, ...]
    activity: Activity
    totals: MarketTotals


@dataclass(frozen=True, slots=True)
class IssuerSummary:
    """An issuer: names before the present one, filings and totals. A joint filing's trades count once."""

    issuer: Issuer
    former_names: tuple[str, ...]
    activity: Activity
    totals: MarketTotals


@dataclass(frozen=True, slots=True)
class Insider:
    """An owner of an issuer's securities.

    `shares` sums the non-derivative positions. `derivatives` counts derivative positions that are neither closed nor
    expired.
    """

    owner: Owner
    shares: Decimal
    derivatives: int
    activity: Activity
    totals: MarketTotals


@dataclass(frozen=True, slots=True)
class Flow:
    """What insiders bought and sold of an issuer in a period that begins on `begins`."""

    begins: date
    totals: MarketTotals


@dataclass(frozen=True, slots=True)
class SearchHit:
    """Something that a search found: an issuer or owner by its key and latest name, or a filing by its id.

    `matched` is the name, ticker or number that matched.
    """

    kind: PartyKind
    key: str
    name: str
    matched: str
