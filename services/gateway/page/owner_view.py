"""An owner's page: who it is, one holding over time, all holdings and filings. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts.structs import Position, PositionsUpdated
from services.gateway.amounts import number
from services.gateway.page import figures
from services.gateway.page.figures import Amount
from services.gateway.page.holding_chart import HoldingChart, newest_first
from services.gateway.page.reconciliation import holder_of, terms_of
from services.gateway.page.tape_view import Day, path_of, roles_of
from services.section16.wording import plural, ticker

Figure = tuple[str, str, str]
"""A figure in the head of a page: its name, its text, and its colour."""


@dataclass(frozen=True, slots=True)
class Role:
    """An owner's role at an issuer."""

    roles: str
    issuer: str
    path: str


@dataclass(frozen=True, slots=True)
class Lede:
    """The head of an owner's or an issuer's page: its figures, and where to subscribe."""

    title: str
    key: str
    facts: tuple[Figure, ...]
    subscribe: str
    ticker: str = ""
    subtitle: str = ""
    former: str = ""
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldPosition:
    """A position as the list of holdings shows it; `gone` if it is past its expiry or unconfirmed."""

    title: str
    terms: str
    held: str
    amount: Amount | str | None
    as_of: str | None
    gone: bool
    fractions: bool


@dataclass(frozen=True, slots=True)
class IssuerHoldings:
    """An owner's positions in one issuer; those at zero are only counted."""

    ticker: str
    path: str
    positions: tuple[HeldPosition, ...]
    zeros: str


@dataclass(frozen=True, slots=True)
class OwnerView:
    """An owner's page."""

    lede: Lede
    chart: HoldingChart | None
    holdings: tuple[IssuerHoldings, ...]
    days: tuple[Day, ...]
    fractions: bool
    older: str | None = None

    @property
    def held_fractions(self) -> bool:
        """Whether a holding has a fraction of a share."""
        return any(position.fractions for group in self.holdings for position in group.positions)


def owner_roles(updates: Iterable[PositionsUpdated]) -> tuple[Role, ...]:
    """Return an owner's roles, one entry per issuer."""
    return tuple(
        Role(
            roles=", ".join(roles_of(update.owner, short=False)) or "Insider",
            issuer=update.issuer.name,
            path=path_of("issuers", update.issuer.key),
        )
        for update in newest_first(updates)
    )


def filing_facts(filings: int, first: date | None, last: date | None) -> tuple[Figure, ...]:
    """Return the figures that every head begins with: the number of filings, the first and the last day."""
    count = ("Filings here", figures.count(filings), "")
    if first is None or last is None:
        return (count,)
    return count, ("First, last", f"{figures.day(first)} \u2013 {figures.day(last)}", "")


def traded_facts(bought: Decimal, sold: Decimal) -> tuple[Figure, ...]:
    """Return the figures of an owner's head: dollars bought and sold."""
    return (
        ("Bought", figures.dollars(bought) or "", "buy" if bought else ""),
        ("Sold", figures.dollars(sold) or "", "sell" if sold else ""),
    )


def holdings_of(updates: Iterable[PositionsUpdated]) -> tuple[IssuerHoldings, ...]:
    """Return an owner's holdings by issuer, the most recently reported issuer first."""
    return tuple(_issuer_holdings(update) for update in newest_first(updates))


def _issuer_holdings(update: PositionsUpdated) -> IssuerHoldings:
    held = [position for position in update.positions if _amount(position) != 0]
    zeros = len(update.positions) - len(held)
    ordered = sorted(
        held, key=lambda each: (each.expired, each.table != "non_derivative", -(number(each.shares) or Decimal()))
    )
    return IssuerHoldings(
        ticker=ticker(update.issuer),
        path=path_of("issuers", update.issuer.key),
        positions=tuple(_held_position(position) for position in ordered),
        zeros=f"{plural(zeros, 'position')} at 0" if zeros else "",
    )


def _held_position(position: Position) -> HeldPosition:
    shares = number(position.shares)
    shown: Amount | str | None = figures.amount(shares)
    if shares is None and position.value is not None:
        shown = figures.dollars(number(position.value), currency=position.currency)
    return HeldPosition(
        title=position.security_title or "Security without a title",
        terms=terms_of(position) + (", not in the last two filings" if position.unconfirmed else ""),
        held=holder_of(position.ownership, position.nature_of_ownership),
        amount=shown,
        as_of=figures.day(position.as_of),
        gone=position.expired or position.unconfirmed,
        fractions=isinstance(shown, Amount) and bool(shown.fraction),
    )


def _amount(position: Position) -> Decimal | None:
    return number(position.shares) if position.shares is not None else number(position.value)
