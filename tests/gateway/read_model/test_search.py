"""Search, preview and reports."""

from datetime import date

import pytest

from contracts.alert_filter import AlertFilter
from contracts.codec import encode
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
    project,
    report,
    trade,
)

FACEBOOK = {**TESLA, "key": "0001326801", "cik": "0001326801", "name": "Facebook Inc", "tickers": ["FB"]}
META = {**FACEBOOK, "name": "Meta Platforms, Inc.", "tickers": ["META"]}
METALS = {**TESLA, "key": "0000000007", "cik": "0000000007", "name": 'METALS 50% & "CO"', "tickers": ["MTL"]}

SEARCHES = [
    ("tsla", ["Tesla, Inc."]),
    ("facebook", ["Meta Platforms, Inc."]),
    ("meta", ["Meta Platforms, Inc.", 'METALS 50% & "CO"']),
    ("elon MUSK", ["Musk Elon"]),
    ("1018724", ["AMAZON COM INC"]),
    ("0001018724", ["AMAZON COM INC"]),
    ("50% &", ['METALS 50% & "CO"']),
    ('"co"', ['METALS 50% & "CO"']),
    ("us", ["Musk Elon"]),
    ("0000000001-24-000003", ["0000000001-24-000003"]),
    ("000000000124000003", ["0000000001-24-000003"]),
    ("0000000001-24-999999", []),
    ("nobody", []),
    ("  ", []),
    ("\0", []),
    ("%", ['METALS 50% & "CO"']),
    ("CEO", []),
]


@pytest.fixture
async def named(read_model: ReadModel, engine: Engine) -> ReadModel:
    """Project issuers with similar names, one of which has changed its name."""
    issuers = [FACEBOOK, TESLA, META, METALS, AMAZON]
    await project(
        read_model, engine, *(output(alert(f"a{place}", place, issuer=each)) for place, each in enumerate(issuers))
    )
    return read_model


async def test_search_finds_names_tickers_and_numbers(named: ReadModel) -> None:
    """A former name leads to the party under its present name; an officer's title is not a name."""
    for text, expected in SEARCHES:
        assert [hit.name for hit in await named.search(text)] == expected, text


async def test_exact_ticker_comes_before_longer_names(named: ReadModel) -> None:
    """Who types META means Meta."""
    best, *_ = await named.search("META", limit=1)
    assert (best.kind, best.key, best.matched) == ("issuer", META["key"], "META")


async def test_preview_counts_filings_of_the_last_days(read_model: ReadModel, engine: Engine) -> None:
    """A row and a count are filings; examples may be older than the days counted."""
    days = ["2024-03-01", "2024-03-31", "2024-04-01", "2024-04-20"]
    events = [
        alert(f"a{place}-{copy}", place, filing=filing(place, filed_on=day))
        for place, day in enumerate(days)
        for copy in range(2)
    ]
    mixed = alert("b", 9, filing=filing(9, filed_on="2024-04-20"), trades=[trade("S"), trade("M", "A")])
    await project(read_model, engine, *map(output, [*events, mixed]))
    today = date(2024, 4, 30)
    everything = await read_model.preview(AlertFilter(), today=today)
    assert everything.count == 4
    assert [each.filing_id[-1] for each in everything.newest] == ["9", "3", "2"]
    assert (await read_model.preview(AlertFilter(), days=10, today=today)).count == 2
    assert (await read_model.preview(AlertFilter(code=("S",), direction=("acquired",)), today=today)).count == 0
    assert (await read_model.preview(AlertFilter(side=("sell",), min_value=1), today=today)).count == 4
    past = await read_model.preview(AlertFilter(until=date(2024, 3, 5)), today=today)
    assert (past.count, len(past.newest)) == (0, 1)


async def test_reports_of_matching_filings_have_a_matching_line(read_model: ReadModel, engine: Engine) -> None:
    """The lines of the other owners of a joint filing would count each trade twice."""
    line = {"line": 0, "table": "non_derivative", "code": "S", "acquired_disposed": "D", "shares": "1000"}
    first = report(1, transactions=[line])
    second = report(1, transactions=[line], owner=KIRKHORN, owner_index=1)
    await project(read_model, engine, output(first), output(second), output(alert("a1", 1)), output(alert("a2", 2)))
    sales = await read_model.transactions(AlertFilter(side=("sell",)))
    assert (sales.items, sales.next) == ((encode(first),), None)
    assert (await read_model.transactions(AlertFilter(joint="all"), limit=1)).items == ()
    assert (await read_model.transactions(AlertFilter(joint="all"))).items == (encode(first), encode(second))
    assert not (await read_model.transactions(AlertFilter(owner=(MUSK["name"],), side=("buy",)))).items
