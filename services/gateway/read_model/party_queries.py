"""Queries about one issuer or one owner."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Boolean, Column, ColumnElement, and_, case, extract, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.codec import decode
from contracts.structs import Position, PositionsUpdated
from services.gateway.read_model.parties import (
    Activity,
    Flow,
    Insider,
    IssuerSummary,
    MarketTotals,
    OwnerSummary,
    Period,
    Relation,
)
from services.gateway.read_model.tables import ALERTS, NAMES, POSITIONS, TRADES

_CENTS: Final = Decimal("0.01")


async def owner_summary(connection: AsyncConnection, key: str) -> OwnerSummary | None:
    """Return an owner; None if there is none with that key."""
    books = await _books(connection, POSITIONS.c.owner_key == key)
    if not books:
        return None
    owner = books[0].owner
    return OwnerSummary(
        owner=owner,
        former_names=await _former_names(connection, "owner", key, owner.name),
        relations=tuple(Relation(book.issuer, book.owner) for book in books),
        activity=(await _activities(connection, ALERTS.c.owner_key, ALERTS.c.owner_key == key))[key],
        totals=(await _totals(connection, TRADES.c.owner_key, TRADES.c.owner_key == key))[key],
    )


async def issuer_summary(connection: AsyncConnection, key: str) -> IssuerSummary | None:
    """Return an issuer; None if there is none with that key."""
    books = await _books(connection, POSITIONS.c.issuer_key == key)
    if not books:
        return None
    issuer = books[0].issuer
    once = and_(TRADES.c.issuer_key == key, TRADES.c.owner_index == 0)
    return IssuerSummary(
        issuer=issuer,
        former_names=await _former_names(connection, "issuer", key, issuer.name),
        activity=(await _activities(connection, ALERTS.c.issuer_key, ALERTS.c.issuer_key == key))[key],
        totals=(await _totals(connection, TRADES.c.issuer_key, once))[key],
    )


async def insiders_of(connection: AsyncConnection, key: str) -> list[Insider]:
    """Return the owners of an issuer's securities, those with the latest positions first."""
    books = await _books(connection, POSITIONS.c.issuer_key == key)
    activities = await _activities(connection, ALERTS.c.owner_key, ALERTS.c.issuer_key == key)
    totals = await _totals(connection, TRADES.c.owner_key, TRADES.c.issuer_key == key)
    return [
        Insider(
            owner=book.owner,
            shares=_shares(book),
            derivatives=sum(_is_held_derivative(position) for position in book.positions),
            activity=activities[book.owner.key],
            totals=totals[book.owner.key],
        )
        for book in books
    ]


async def flow_of(connection: AsyncConnection, key: str, by: Period) -> list[Flow]:
    """Return what insiders bought and sold of an issuer per period with a trade, the earliest first."""
    year = extract("year", TRADES.c.day).label("year")
    month = (extract("month", TRADES.c.day) if by == "month" else func.min(1)).label("month")
    rows = await connection.execute(
        select(year, month, *_SUMS)
        .where(TRADES.c.issuer_key == key, TRADES.c.owner_index == 0, TRADES.c.day.is_not(None))
        .group_by(*([year, month] if by == "month" else [year]))
    )
    flows = [Flow(date(int(row.year), int(row.month), 1), _market_totals(row)) for row in rows]
    return sorted(flows, key=lambda flow: flow.begins)


async def positions_of(connection: AsyncConnection, key: str) -> list[bytes]:
    """Return an owner's positions as on the topic, one event per issuer."""
    query = select(POSITIONS.c.event).where(POSITIONS.c.owner_key == key).order_by(POSITIONS.c.key)
    return list((await connection.execute(query)).scalars())


async def _books(connection: AsyncConnection, condition: ColumnElement[bool]) -> list[PositionsUpdated]:
    events = (await connection.execute(select(POSITIONS.c.event).where(condition))).scalars()
    books = (decode(event, PositionsUpdated) for event in events)
    return sorted(books, key=lambda book: book.as_of or date.min, reverse=True)


async def _former_names(connection: AsyncConnection, kind: str, key: str, name: str) -> tuple[str, ...]:
    """Return the other names under which a party has filed, in the order in which they appeared."""
    query = (
        select(NAMES.c.text)
        .where(NAMES.c.kind == kind, NAMES.c.key == key, NAMES.c.form == "name", NAMES.c.text != name)
        .order_by(NAMES.c.id)
    )
    return tuple((await connection.execute(query)).scalars())


async def _activities(
    connection: AsyncConnection, by: Column[str], condition: ColumnElement[bool]
) -> Mapping[str, Activity]:
    rows = await connection.execute(
        select(
            by,
            func.count(ALERTS.c.filing_seq.distinct()).label("filings"),
            func.min(ALERTS.c.day).label("first_day"),
            func.max(ALERTS.c.day).label("last_day"),
        )
        .where(condition)
        .group_by(by)
    )
    found = {row[0]: Activity(row.filings, row.first_day, row.last_day) for row in rows}
    return defaultdict(lambda: Activity(0, None, None), found)


async def _totals(
    connection: AsyncConnection, by: Column[str], condition: ColumnElement[bool]
) -> Mapping[str, MarketTotals]:
    rows = await connection.execute(select(by, *_SUMS).where(condition).group_by(by))
    return defaultdict(MarketTotals, {row[0]: _market_totals(row) for row in rows})


def _sum_if(condition: ColumnElement[bool] | Column[Boolean], label: str) -> ColumnElement[Any]:
    return func.sum(case((condition, TRADES.c.value), else_=0.0)).label(label)


_SUMS: Final = (
    _sum_if(TRADES.c.bought, "bought"),
    _sum_if(~TRADES.c.bought, "sold"),
    _sum_if(and_(TRADES.c.bought, TRADES.c.planned == true()), "bought_by_plan"),
    _sum_if(and_(~TRADES.c.bought, TRADES.c.planned == true()), "sold_by_plan"),
    func.sum(case((TRADES.c.unpriced_shares > 0, 1), else_=0)).label("unpriced"),
    func.max(TRADES.c.day).label("last_trade"),
)


def _market_totals(row: Any) -> MarketTotals:
    return MarketTotals(
        bought=_dollars(row.bought),
        sold=_dollars(row.sold),
        bought_by_plan=_dollars(row.bought_by_plan),
        sold_by_plan=_dollars(row.sold_by_plan),
        unpriced=int(row.unpriced),
        last_trade=row.last_trade,
    )


def _dollars(amount: float) -> Decimal:
    """Return a sum of doubles in cents; they hold sums of up to ninety trillion dollars to the cent."""
    return Decimal(amount).quantize(_CENTS)


def _shares(book: PositionsUpdated) -> Decimal:
    held = (position.shares for position in book.positions if position.table == "non_derivative")
    return sum((Decimal(shares) for shares in held if shares is not None), Decimal(0))


def _is_held_derivative(position: Position) -> bool:
    if position.table != "derivative" or position.expired:
        return False
    return position.shares is None or Decimal(position.shares) != 0
