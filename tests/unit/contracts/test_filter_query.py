"""A filter as a query string, as JSON and in words."""

from typing import Any
from urllib.parse import parse_qsl

import pytest

from contracts.alert_filter import AlertFilter
from contracts.codes import ErrorCode
from contracts.errors import InvalidFilter


def of_query(query: str) -> AlertFilter:
    """Return the filter of a query string, as a web server reads it."""
    return AlertFilter.from_query(parse_qsl(query, keep_blank_values=True))


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("", ""),
        ("ticker=tsla&ticker=AMZN", "ticker=AMZN,TSLA"),
        ("side=SELL&ticker=TSLA,AMZN,TSLA", "ticker=AMZN,TSLA&side=sell"),
        ("issuer=Tesla, Inc.", "issuer=Tesla,+Inc."),
        ("owner=musk&owner=Zuckerberg", "owner=Zuckerberg&owner=musk"),
        ("min_value=$1,000,000", "min_value=1000000"),
        ("min_shares=0.50", "min_shares=0.50"),
        ("min_value=1.5e6", "min_value=1500000"),
        ("late=true&amended=0", "late=yes&amended=no"),
        ("form=4/a,4", "form=4,4/A"),
        ("since=20240131", "since=2024-01-31"),
        ("ticker=&side=&min_value=&late=&since=", ""),
    ],
)
def test_query_is_read_and_written_canonically(query: str, canonical: str) -> None:
    """Equal filters have one address. A form sends its empty fields too."""
    assert of_query(query).to_query() == canonical
    assert of_query(canonical) == of_query(query)


@pytest.mark.parametrize(
    ("query", "field", "reason"),
    [
        ("tickr=TSLA", "tickr", "no such field; the fields are ticker, issuer"),
        ("tickr=", "tickr", "no such field"),
        ("code=Q", "code", "'Q' is not one of 'P', 'S'"),
        ("side=hold", "side", "'hold' is not one of 'buy', 'sell'"),
        ("min_value=lots", "min_value", "not an amount"),
        ("min_value=-1", "min_value", "negative"),
        ("min_value=1e99", "min_value", "not an amount"),
        ("min_value=NaN", "min_value", "not an amount"),
        ("min_value=1&min_value=2", "min_value", "twice"),
        ("late=perhaps", "late", "write yes or no"),
        ("since=yesterday", "since", "write it as 2024-12-31"),
        ("since=2024-01-02&until=2024-01-01", None, "until 2024-01-01 is before since 2024-01-02"),
        ("joint=second", "joint", "'second' is not one of"),
        ("owner=%00", "owner", "control characters"),
        ("ticker=ABCDEFGHIJKLMNOPQRSTU", "ticker", "at most 20"),
    ],
)
def test_invalid_query_is_refused_with_field_and_reason(query: str, field: str | None, reason: str) -> None:
    """A condition that is dropped silently would send alerts that nobody asked for."""
    with pytest.raises(InvalidFilter) as refused:
        of_query(query)
    assert refused.value.code == ErrorCode.INVALID_FILTER
    assert refused.value.field == field
    assert reason in refused.value.message


@pytest.mark.parametrize(
    "fields",
    [{"side": 1}, {"side": [1]}, {"min_value": True}, {"min_value": [1]}, {"late": 2.5}, {"since": 5}, {"nope": None}],
)
def test_json_of_another_type_is_refused(fields: dict[str, Any]) -> None:
    """A subscription's body can contain anything."""
    with pytest.raises(InvalidFilter):
        AlertFilter.from_fields(fields)


def test_json_takes_a_lone_value_for_a_list() -> None:
    """A subscription to one ticker is written as people write it."""
    assert AlertFilter.from_fields({"ticker": "TSLA", "min_value": 5}) == AlertFilter.from_fields(
        {"ticker": ["TSLA"], "min_value": "5.0"}
    )


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "changes"),
        ("ticker=TSLA,AMZN", "changes of AMZN or TSLA"),
        ("side=sell&min_value=1000000&role=director&ticker=TSLA",
         "sales of at least $1,000,000 by directors of TSLA"),
        ("side=buy,sell&late=yes", "purchases and sales, filed late"),
        ("code=M,G&direction=disposed", "gifts and exercises and vestings that are also disposals"),
        ("min_value=5&min_shares=1000", "trades of at least $5 and at least 1,000 shares"),
        ("owner=musk", "changes by owners named “musk”"),
        ("role=officer&title=chief&owner=1494730",
         "changes by officers with CIK 1494730 whose title contains “chief”"),
        ("issuer=Acme, Inc.&table=derivative&ownership=I",
         "changes in derivatives held indirectly of companies named “Acme, Inc.”"),
        ("kind=opened,closed&plan=yes&since=2024-01-01",
         "changes that close a holding or open a holding, under a Rule 10b5-1 plan, filed on or after 2024-01-01"),
        ("min_change_percent=20&explanation=unknown",
         "changes, changing the holding by at least 20 %, unexplained"),
    ],
)  # fmt: skip
def test_filter_is_described_in_words(query: str, words: str) -> None:
    """A person confirms a subscription by reading it."""
    assert of_query(query).describe() == words


def test_conditions_can_be_removed_one_by_one() -> None:
    """The page shows each condition as a chip with a button that removes it."""
    wanted = of_query("ticker=TSLA,AMZN&side=sell&min_value=1000000&late=no")
    found = [(each.field, each.value, each.words) for each in wanted.conditions()]
    assert found == [
        ("ticker", "AMZN", "AMZN"),
        ("ticker", "TSLA", "TSLA"),
        ("side", "sell", "sales"),
        ("min_value", "1000000", "at least $1,000,000"),
        ("late", "no", "filed on time"),
    ]
    assert wanted.without("ticker", "AMZN").to_query() == "ticker=TSLA&side=sell&min_value=1000000&late=no"
    assert wanted.without("ticker").without("late", "no").to_query() == "side=sell&min_value=1000000"
    assert wanted.without("owner") == wanted
