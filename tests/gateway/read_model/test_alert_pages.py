"""Pages of alerts and filings by filter: SQL finds exactly what the filter's own `matches` accepts."""

import random
from collections.abc import AsyncIterator, Iterable, Sequence
from itertools import product
from typing import Any

import pytest

from contracts.alert_filter import AlertFilter
from contracts.structs import HoldingChanged
from services.gateway.read_model.read_model import ReadModel
from services.runtime.engine import Engine
from tests.gateway.read_model.builders import AMAZON, KIRKHORN, MUSK, TESLA, alert, filing, output, project, trade

OPTION = {"position_id": "p2", "table": "derivative", "security_title": "Option", "ownership": "I"}
FACEBOOK = {**TESLA, "key": "0001326801", "cik": "0001326801", "name": "Facebook Inc", "tickers": ["FB"]}
META = {**FACEBOOK, "name": "Meta Platforms, Inc.", "tickers": ["META", "META.A"]}
PRIVATE = {**TESLA, "key": "name:100% PRIVATE_CO", "cik": None, "name": "100% Private_Co", "tickers": []}
OTHER = {**MUSK, "key": "0000000009", "cik": "0000000009", "name": "MUSKRAT FUND 7", "officer_title": None}

VARIED: Sequence[dict[str, Any]] = (
    {},
    {"owner_index": 1, "owner_count": 2, "owner": KIRKHORN},
    {"issuer": AMAZON, "kind": "increased", "trades": [trade("P", "A", "50", "12.5")], "change_percent": None},
    {"issuer": AMAZON, "owner": KIRKHORN, "trades": [trade("M", "A", "900", "90000"), trade("S", "D", "900", "30000")]},
    {"issuer": FACEBOOK, "trades": [trade("S", "A")], "days_late": 3},
    {"issuer": META, "owner": {**KIRKHORN, "officer_title": "Chief Executive Officer"}, "days_late": None},
    {"issuer": PRIVATE, "owner": OTHER, "trades": [trade("?", "D", "10", None)], "explanation": "unknown"},
    {"position": OPTION, "trades": [], "kind": "restated", "change_percent": "1234.56", "explanation": "split"},
    {"trades": [trade(currency="EUR", value="99999999")], "filing": {"form_type": "4/A", "rule_10b5_1_plan": True}},
    {"trades": [trade("S", value="600000"), trade("S", "A", value="400000")], "filing": {"rule_10b5_1_plan": False}},
    {"trades": [trade("G", value="-5")], "filing": {"filed_on": None, "period_of_report": "2020-01-01"}},
    {"trades": [trade("F", value="0"), trade("P", value="25500.01")], "filing": {"filed_on": "2025-01-01"}},
)

FILTERS: Sequence[dict[str, Any]] = (
    {},
    {"joint": "all"},
    {"ticker": ["TSLA"]},
    {"ticker": ["FB", "META.A"]},
    {"ticker": ["META."]},
    {"issuer": ["facebook"]},
    {"issuer": ["inc"], "joint": "all"},
    {"issuer": ["1018724"]},
    {"issuer": ["name:100% private_co"]},
    {"issuer": ["0% P"]},
    {"issuer": ["_"]},
    {"owner": ["musk"]},
    {"owner": ["7"]},
    {"owner": ["kirk", "1494730"]},
    {"owner": ["nobody"]},
    {"title": ["chief"]},
    {"title": ["financial"], "joint": "all"},
    {"kind": ["restated", "increased"]},
    {"code": ["S"]},
    {"side": ["sell"]},
    {"side": ["sell", "buy"], "code": ["S", "M"]},
    {"side": ["buy"], "code": ["S"]},
    {"direction": ["acquired"]},
    {"direction": ["acquired"], "code": ["S"]},
    {"direction": ["disposed"], "side": ["buy"]},
    {"role": ["director", "other"]},
    {"role": ["ten-percent"]},
    {"min_value": "25500"},
    {"min_value": "0"},
    {"min_value": "1000000"},
    {"min_value": "1000000", "direction": ["acquired"]},
    {"min_value": "50000", "side": ["sell"], "joint": "all"},
    {"min_shares": "900"},
    {"min_shares": "901", "code": ["M", "S"], "joint": "all"},
    {"min_change_percent": "25"},
    {"min_change_percent": "25.01"},
    {"table": ["derivative"]},
    {"ownership": ["I"]},
    {"form": ["4/A"]},
    {"plan": ["yes", "no"]},
    {"plan": ["unstated"]},
    {"late": True},
    {"late": False},
    {"amended": True},
    {"amended": False},
    {"amended": False, "form": ["4/A"]},
    {"explanation": ["unknown", "split"]},
    {"delivery": ["backfill"]},
    {"since": "2024-03-05", "until": "2024-12-31"},
    {"since": "2025-01-01"},
    {"until": "2020-01-01"},
    {"ticker": ["TSLA"], "role": ["officer"], "since": "2024-01-01", "kind": ["decreased"]},
)


def varied(times: int) -> list[HoldingChanged]:
    """Return alerts of every variety, several per filing, in an order that mixes filings."""
    events = [
        alert(f"a{number}-{variety}", number, **{**fields, "filing": filing(number, **fields.get("filing", {}))})
        for number, (variety, fields) in product(range(times), enumerate(VARIED))
        if (number + variety) % 5
    ]
    random.Random(7).shuffle(events)  # noqa: S311 - the same order each time
    return events


@pytest.fixture
async def market(read_model: ReadModel, engine: Engine) -> Sequence[HoldingChanged]:
    """Project alerts of every variety, and return them in the order of their commits."""
    events = varied(30)
    await project(read_model, engine, *(output(event, delivery(event)) for event in events))
    by_id = {event.alert_id: event for event in events}
    return [by_id[stored.alert_id] for stored in await read_model.since(0, 10_000)]


def delivery(event: HoldingChanged) -> Any:
    """Return how the filing of an alert arrived: every third from the archives."""
    return "backfill" if int(event.filing.filing_id[-1]) % 3 == 0 else "live"


def matching(market: Iterable[HoldingChanged], wanted: AlertFilter) -> list[HoldingChanged]:
    """Return the alerts that match by the filter itself, the newest first."""
    return [event for event in market if wanted.matches(event, delivery=delivery(event))][::-1]


def pages_of(expected: Sequence[str]) -> int:
    """Return a limit that gives some five pages, the last one not full."""
    return len(expected) // 5 + 1


async def alert_ids(read_model: ReadModel, wanted: AlertFilter, limit: int) -> AsyncIterator[str]:
    """Yield the ids of all pages of alerts."""
    before: int | None = None
    while True:
        page = await read_model.alerts(wanted, before, limit)
        assert len(page.items) <= limit
        for item in page.items:
            yield item.alert_id
        if (before := page.next) is None:
            return


async def filing_ids(read_model: ReadModel, wanted: AlertFilter, limit: int) -> AsyncIterator[str]:
    """Yield the ids of all pages of filings."""
    before: int | None = None
    while True:
        page = await read_model.tape(wanted, before, limit)
        assert len(page.items) <= limit
        for item in page.items:
            yield item.filing_id
        if (before := page.next) is None:
            return


async def test_every_filter_finds_what_it_matches_page_by_page(
    read_model: ReadModel, market: Sequence[HoldingChanged]
) -> None:
    """Columns are a second implementation of the filter; a stream and a page must not differ."""
    assert len(market) > 256  # more than one block
    for fields in FILTERS:
        wanted = AlertFilter.from_fields(fields)
        expected = [each.alert_id for each in matching(market, wanted)]
        assert [each async for each in alert_ids(read_model, wanted, pages_of(expected))] == expected, fields


async def test_each_filing_with_a_matching_alert_is_on_one_page(
    read_model: ReadModel, market: Sequence[HoldingChanged]
) -> None:
    """A filing's alerts may be far apart; it still is one row, at its first matching alert."""
    for fields in FILTERS:
        wanted = AlertFilter.from_fields(fields)
        last_seen = dict.fromkeys(event.filing.filing_id for event in matching(market, wanted)[::-1])
        expected = list(last_seen)[::-1]
        assert [each async for each in filing_ids(read_model, wanted, pages_of(expected))] == expected, fields


async def test_page_that_holds_everything_has_no_next(read_model: ReadModel, engine: Engine) -> None:
    """A cursor after the last item would lead to an empty page."""
    await project(read_model, engine, output(alert("a1", 1)), output(alert("a2", 2)))
    page = await read_model.alerts(AlertFilter(), limit=2)
    assert ([each.alert_id for each in page.items], page.next) == (["a2", "a1"], None)
    tape = await read_model.tape(AlertFilter(), limit=1)
    assert ([each.seq for each in tape.items], tape.next) == ([2], 2)


async def test_filings_are_counted_up_to_a_limit_and_then_not_at_all(read_model: ReadModel, engine: Engine) -> None:
    """Nobody waits for the count of a million alerts, and a part of it would be a wrong number."""
    await project(read_model, engine, *(output(alert(f"a{number}", number // 2)) for number in range(6)))
    everything, sales = AlertFilter(), AlertFilter.from_fields({"side": ["sell"], "min_value": 1})
    assert await read_model.filing_count(everything, 10) == 3
    assert await read_model.filing_count(everything, 6) is None
    assert await read_model.filing_count(sales, 10_000) == len((await read_model.tape(sales)).items)
