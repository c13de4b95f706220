"""Owners and issuers: who they are, what they hold, and what they bought and sold."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.codec import encode
from services.gateway.read_model.parties import Activity, Flow, MarketTotals
from services.gateway.read_model.read_model import ReadModel
from services.runtime.engine import Engine
from tests.gateway.read_model.builders import (
    AMAZON,
    KIRKHORN,
    MUSK,
    TESLA,
    alert,
    filing,
    output,
    positions,
    project,
    trade,
)

HELD: dict[str, Any] = {
    "position_id": "p1", "table": "non_derivative", "security_title": "Common", "ownership": "D", "shares": "3000",
    "filing_id": "f",
}  # fmt: skip
OPTION: dict[str, Any] = {**HELD, "position_id": "p2", "table": "derivative", "shares": "500"}


@pytest.fixture
async def traded(read_model: ReadModel, engine: Engine) -> ReadModel:
    """Project two owners' trades in Tesla, one of whom also trades in Amazon."""
    plan = {"rule_10b5_1_plan": True}
    await project(
        read_model,
        engine,
        output(positions(1, as_of="2024-03-05", positions=[HELD, {**HELD, "shares": "0.5"}, OPTION])),
        output(positions(1, issuer=AMAZON, as_of="2024-05-01")),
        output(positions(1, owner=KIRKHORN, positions=[{**OPTION, "expired": True}, {**OPTION, "shares": "0"}])),
        output(alert("a1", 1)),
        output(alert("a2", 2, trades=[trade("S", "D", "10", "1000.10")], **plan)),
        output(alert("a3", 2, owner=KIRKHORN, owner_index=1, owner_count=2, trades=[trade("S", "D", "10", "1000.10")])),
        output(alert("a4", 3, owner=KIRKHORN, trades=[trade("P", "A", "5", "7", last_date="2024-04-02")])),
        output(alert("a5", 4, trades=[trade("P", "A", "9", None, unpriced_shares="9")])),
        output(alert("a6", 5, issuer=AMAZON, trades=[trade("P", "A", "1", "180")])),
        output(alert("a7", 6, trades=[trade("G"), trade("S", currency="EUR")])),
        output(alert("a8", 7, repeats="0000000001-24-000001", filing=filing(7, form_type="4/A"))),
        output(alert("a9", 8, position={**HELD, "table": "derivative"})),
    )
    return read_model


async def test_owner_has_relations_activity_and_totals(traded: ReadModel) -> None:
    """Totals count what is bought and sold in the market, in dollars, and an amendment's repetition only once."""
    found = await traded.owner(MUSK["key"])
    assert found is not None
    assert found.owner.name == "Musk Elon"
    assert [relation.issuer.name for relation in found.relations] == ["AMAZON COM INC", "Tesla, Inc."]
    assert found.relations[0].owner.officer_title == "CEO"
    assert found.activity == Activity(7, date(2024, 3, 5), date(2024, 3, 5))
    assert found.totals == MarketTotals(
        bought=Decimal("180.00"),
        sold=Decimal("26500.10"),
        unpriced=1,
        last_trade=date(2024, 3, 4),
        sold_by_plan=Decimal("1000.10"),
    )


async def test_issuer_counts_a_joint_trade_once(traded: ReadModel) -> None:
    """Both owners of a joint filing report the same sale."""
    found = await traded.issuer(TESLA["key"])
    assert found is not None
    assert found.issuer.tickers == ("TSLA",)
    assert (found.totals.sold, found.totals.bought) == (Decimal("26500.10"), Decimal("7.00"))
    assert found.activity.filings == 7


async def test_unknown_parties_are_none(traded: ReadModel) -> None:
    """A page answers 404, not with an empty one."""
    assert await traded.owner("0000000000") is None
    assert await traded.issuer(MUSK["key"]) is None


async def test_insiders_have_holdings_and_trades(traded: ReadModel) -> None:
    """Closed and expired derivatives are not held any more."""
    musk, kirkhorn = await traded.issuer_insiders(TESLA["key"])
    assert (musk.owner.name, musk.shares, musk.derivatives) == ("Musk Elon", Decimal("3000.5"), 1)
    assert (kirkhorn.owner.name, kirkhorn.shares, kirkhorn.derivatives) == ("Kirkhorn Zachary", Decimal(0), 0)
    assert (kirkhorn.totals.bought, kirkhorn.totals.sold) == (Decimal("7.00"), Decimal("1000.10"))
    assert kirkhorn.activity.filings == 2


async def test_flow_is_by_trade_date(traded: ReadModel) -> None:
    """A month without a trade is not in it; the chart leaves the gap."""
    march, april = await traded.issuer_flow(TESLA["key"])
    assert (march.begins, march.totals.sold, march.totals.sold_by_plan) == (
        date(2024, 3, 1), Decimal("26500.10"), Decimal("1000.10"),
    )  # fmt: skip
    assert april == Flow(date(2024, 4, 1), MarketTotals(bought=Decimal("7.00"), last_trade=date(2024, 4, 2)))
    (year,) = await traded.issuer_flow(TESLA["key"], by="year")
    assert (year.begins, year.totals.bought) == (date(2024, 1, 1), Decimal("7.00"))


async def test_positions_are_the_latest_events_as_on_the_topic(read_model: ReadModel, engine: Engine) -> None:
    """The positions topic is compacted: a later event replaces the earlier one, and none deletes it."""
    await project(read_model, engine, output(positions(1)), output(positions(2)), output(positions(1, issuer=AMAZON)))
    assert await read_model.owner_positions(MUSK["key"]) == [
        encode(positions(1, issuer=AMAZON)),
        encode(positions(2)),
    ]
    key = f"{AMAZON['key']}|{MUSK['key']}".encode()
    tombstone = output(positions(1, issuer=AMAZON))
    await project(read_model, engine, type(tombstone)(tombstone.topic, key, None, routing=AMAZON["key"].encode()))
    assert await read_model.owner_positions(MUSK["key"]) == [encode(positions(2))]


async def test_history_is_in_order_of_days_and_ends_with_the_latest(read_model: ReadModel, engine: Engine) -> None:
    """A chart runs in time, whatever order filings arrive in."""
    days = {"a1": "2024-03-05", "a2": "2023-01-01", "a3": "2025-01-01", "a4": "2023-01-01"}
    dated = [alert(each, place, filing=filing(place, filed_on=day)) for place, (each, day) in enumerate(days.items())]
    undated = alert("a0", 9, filing=filing(9, filed_on=None), trades=[])
    other = alert("b1", 10, position={**HELD, "position_id": "p9"})
    await project(read_model, engine, *map(output, [*dated, undated, other]))
    history = await read_model.owner_history(MUSK["key"], "p1")
    assert [stored.alert_id for stored in history] == ["a0", "a2", "a4", "a1", "a3"]
    assert [stored.alert_id for stored in await read_model.owner_history(MUSK["key"], limit=2)] == ["b1", "a3"]
