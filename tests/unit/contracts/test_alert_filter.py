"""The filter of alerts: which alerts and lines match, and how conditions combine."""

from datetime import date
from typing import Any, get_args

import pytest

from contracts.alert_filter import AlertFilter
from contracts.enumerations import TransactionCode
from contracts.filing_day import filing_day
from contracts.filter_words import CODE_NOUNS
from contracts.structs import Issuer, Owner
from services.section16.vocabulary import TRANSACTION_CODES
from tests.unit.cli.builders import (
    SALE,
    alert,
    bare_trade,
    filing,
    report,
    restated,
    trade,
    update,
)

EXERCISE_AND_SALE = alert(
    kind="unchanged",
    trades=[
        bare_trade("M", "A", "40000", value="400000", average_price="10"),
        bare_trade("S", "D", "40000", value="2010000", average_price="50.25"),
    ],
)


def wanted(**fields: Any) -> AlertFilter:
    """Return the filter with these fields."""
    return AlertFilter.from_fields(fields)


def matches_parties(condition: dict[str, Any], /, **parties: Issuer | Owner) -> bool:
    """Return whether the parties of an update match; an alert and a report of theirs must agree."""
    found = wanted(**condition)
    matches = found.matches_parties(update(**parties))
    assert found.matches(alert(**parties)) is matches
    assert bool(found.matching_lines(report(**parties))) is matches
    return matches


def test_empty_filter_matches_everything() -> None:
    """An alert may lack each value that a condition could test."""
    assert AlertFilter().matches(restated(filing=filing()))
    assert [line.line for line in AlertFilter().matching_lines(report())] == [0, 1]


def test_ticker_is_any_of_the_issuers_in_either_case_and_whole() -> None:
    """ACM is not ACMX, and an issuer without tickers has none."""
    assert matches_parties({"ticker": ["acm.a"]})
    assert matches_parties({"ticker": ["XYZ", "ACM"]})
    assert not matches_parties({"ticker": ["AC"]})
    assert not matches_parties({"ticker": ["ACM"]}, issuer=Issuer(key="k", name="ACM"))


@pytest.mark.parametrize("name", ["doe", "Jane", "0001494730", "1494730"])
def test_owner_matches_by_part_of_the_name_or_whole_cik(name: str) -> None:
    """A CIK may lack its leading zeros."""
    assert matches_parties({"owner": [name]})


@pytest.mark.parametrize("name", ["roe", "149473", "14947300", "name:DOE"])
def test_owner_does_not_match_by_part_of_a_cik_or_of_a_key(name: str) -> None:
    """A part of a number is another number."""
    assert not matches_parties({"owner": [name]})


def test_owner_without_cik_matches_by_key() -> None:
    """A page about an owner without a CIK is found by the key, and by nobody else's."""
    fund = Owner(key="name:FUND, L.P.", name="Fund, L.P.")
    assert wanted(owner="name:FUND, L.P.").matches(alert(owner=fund))
    assert not wanted(owner="name:FUND").matches(alert(owner=fund))


@pytest.mark.parametrize(("name", "matches"), [("acme", True), ("Corp", True), ("1318605", True), ("ACM.A", False)])
def test_issuer_matches_by_part_of_the_name_or_whole_cik(name: str, matches: bool) -> None:
    """Not every issuer has a ticker, and a ticker is not a name."""
    assert matches_parties({"issuer": [name]}) is matches


def test_digits_also_match_as_part_of_a_name() -> None:
    """A fund may have a number in its name."""
    assert matches_parties({"owner": ["2021"]}, owner=Owner(key="k", name="Fund 2021 LP"))


def test_role_matches_only_if_the_filing_states_it() -> None:
    """A box that is not readable is not a role."""
    assert matches_parties({"role": ["officer"]})
    assert matches_parties({"role": ["ten-percent", "director"]})
    assert not matches_parties({"role": ["ten-percent"]})
    assert matches_parties({"role": ["other"]}, owner=Owner(key="k", name="N", is_other=True))
    assert not matches_parties({"role": ["director", "officer"]}, owner=Owner(key="k", name="N"))


def test_title_matches_by_part_of_the_officer_title() -> None:
    """An owner who is not an officer has no title."""
    assert matches_parties({"title": ["cfo"]})
    assert not matches_parties({"title": ["chief"]})
    assert not matches_parties({"title": ["cfo"]}, owner=Owner(key="k", name="CFO"))


def test_delivery_is_that_of_the_record() -> None:
    """An alert does not know how its filing arrived; the record's header does."""
    assert wanted(delivery="live").matches(alert())
    assert not wanted(delivery="live").matches(alert(), delivery="backfill")
    assert wanted(delivery="backfill").matches(alert(), delivery="backfill")
    assert AlertFilter().matches(alert(), delivery="backfill")


@pytest.mark.parametrize(
    ("fields", "matches"),
    [
        ({"side": "sell", "min_value": "1000000"}, True),
        ({"side": "buy"}, False),
        ({"side": ["buy", "sell"]}, True),
        ({"code": "M"}, True),
        ({"code": "M", "min_value": "1000000"}, False),
        ({"code": "M", "min_value": "400000"}, True),
        ({"code": ["P", "G"]}, False),
        ({"code": "M", "side": "sell"}, False),
        ({"code": "M", "direction": "disposed"}, False),
        ({"direction": "acquired", "min_value": "1000000"}, False),
        ({"direction": "disposed", "min_value": "1000000"}, True),
        ({"min_value": "2410000"}, True),
        ({"min_value": "2410001"}, False),
        ({"min_shares": "80000"}, True),
        ({"side": "sell", "min_shares": "40001"}, False),
        ({"kind": "unchanged", "side": "sell"}, True),
        ({"kind": "decreased", "side": "sell"}, False),
    ],
)
def test_trade_conditions_test_each_trade_and_minimums_the_matching_sum(fields: dict[str, Any], matches: bool) -> None:
    """An exercise beside a sale of $2,010,000 neither hides the sale nor adds to it."""
    assert wanted(**fields).matches(EXERCISE_AND_SALE) is matches


def test_unknown_value_reaches_no_minimum() -> None:
    """Not even zero: an unknown value is not nothing. Another currency is not dollars."""
    for unpriced in (trade(value=None), trade(value="9000000", currency="JPY")):
        assert not wanted(min_value=0).matches(alert(trades=[unpriced]))
    assert wanted(min_value=25_500).matches(alert(trades=[trade(currency="USD")]))
    assert wanted(min_value=25_500).matches(alert(trades=[trade(), trade(value=None)]))
    assert not wanted(min_shares=0).matches(alert(trades=[trade(shares=None)]))
    euros = report(transactions=[{**SALE, "currency": "EUR"}])
    assert not wanted(min_value=1).matching_lines(euros)


@pytest.mark.parametrize(
    "fields",
    [
        {"side": ["buy", "sell"]},
        {"code": "S"},
        {"direction": ["acquired", "disposed"]},
        {"min_value": 0},
        {"min_shares": 0},
    ],
)
def test_holding_without_a_trade_meets_no_trade_condition(fields: dict[str, Any]) -> None:
    """It was not bought, sold or worth anything."""
    assert not wanted(**fields).matches(restated())
    assert [line.line for line in wanted(**fields).matching_lines(report())] == [1]
    assert wanted(kind="restated").matches(restated())


@pytest.mark.parametrize(
    ("fields", "of_alert", "matches"),
    [
        ({"late": True}, {"days_late": 3}, True),
        ({"late": True}, {"days_late": 0}, False),
        ({"late": True}, {"days_late": None}, False),
        ({"late": False}, {"days_late": 0}, True),
        ({"late": False}, {"days_late": None}, False),
        ({"plan": "yes"}, {"filing": filing(rule_10b5_1_plan=True)}, True),
        ({"plan": "yes"}, {}, False),
        ({"plan": "no"}, {"filing": filing(rule_10b5_1_plan=False)}, True),
        ({"plan": "no"}, {}, False),
        ({"plan": ["unstated", "no"]}, {}, True),
        ({"amended": True}, {"filing": filing(form_type="4/A")}, True),
        ({"amended": True}, {}, False),
        ({"amended": False}, {}, True),
        ({"form": "4"}, {}, True),
        ({"form": "4"}, {"filing": filing(form_type="4/A")}, False),
        ({"form": ["4", "4/a"]}, {"filing": filing(form_type="4/A")}, True),
        ({"table": "non_derivative", "ownership": "d"}, {}, True),
        ({"table": "derivative"}, {}, False),
        ({"ownership": "I"}, {}, False),
        ({"ownership": "I"}, {"position": {"ownership": None}}, False),
        ({"explanation": ["split", "unknown"]}, {"explanation": "split"}, True),
        ({"explanation": "unknown"}, {}, False),
        ({"min_change_percent": "25"}, {}, True),
        ({"min_change_percent": "25.01"}, {}, False),
        ({"min_change_percent": "0"}, {"change_percent": None}, False),
    ],
)
def test_condition_on_the_alert_holds_only_if_its_value_is_known(
    fields: dict[str, Any], of_alert: dict[str, Any], matches: bool
) -> None:
    """A statement that a form does not make is neither yes nor no."""
    assert wanted(**fields).matches(alert(**of_alert)) is matches


@pytest.mark.parametrize(
    ("fields", "matches"),
    [
        ({}, False),
        ({"joint": "first"}, False),
        ({"joint": "all"}, True),
        ({"owner": "doe"}, True),
        ({"owner": "doe", "joint": "first"}, False),
        ({"owner": "roe", "joint": "all"}, False),
    ],
)
def test_second_owner_of_a_joint_filing_matches_if_asked_for(fields: dict[str, Any], matches: bool) -> None:
    """By default each trade matches once, but a named owner is found wherever it is listed."""
    second = {"owner_index": 1, "owner_count": 2}
    assert wanted(**fields).matches(alert(**second)) is matches
    assert bool(wanted(**fields).matching_lines(report(**second))) is matches
    assert wanted(joint="first").matches(alert(owner_count=2))


def test_day_is_that_of_filing_else_of_the_last_trade() -> None:
    """Accepted at 02:30 UTC is the evening before in Eastern time. A holding has only its period."""
    traded = [date(2024, 3, 4), None, date(2024, 3, 5)]
    filed = alert(filing=filing(filed_on="2024-03-07", accepted_at="2024-03-07T02:30:00Z"))
    assert filing_day(filed.filing, traded) == date(2024, 3, 7)
    assert filing_day(alert(filing=filing(accepted_at="2024-03-07T02:30:00Z")).filing, traded) == date(2024, 3, 6)
    assert filing_day(alert().filing, traded) == date(2024, 3, 5)
    assert filing_day(restated().filing, ()) == date(2024, 2, 1)
    assert filing_day(alert().filing, ()) is None


@pytest.mark.parametrize(
    ("since", "until", "matches"),
    [
        ("2024-03-05", None, True),
        ("2024-03-06", None, False),
        (None, "2024-03-05", True),
        (None, "2024-03-04", False),
        ("2024-03-05", "2024-03-05", True),
    ],
)
def test_range_of_days_includes_both_ends(since: str | None, until: str | None, matches: bool) -> None:
    """The last trade was on March 5; an alert without any day is in no range."""
    assert wanted(since=since, until=until).matches(alert()) is matches
    assert not wanted(since=since, until=until).matches(restated(filing=filing()))


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ({"side": "sell"}, [1]),
        ({"min_value": 25_500}, [1]),
        ({"min_value": 25_501}, []),
        ({"min_shares": 1_001}, []),
        ({"code": "P"}, []),
        ({"ticker": "ACM"}, [0, 1]),
        ({"ticker": "XYZ"}, []),
        ({"table": "derivative"}, [0]),
        ({"ownership": "I"}, [1]),
        ({"since": "2024-03-05"}, []),
        ({"plan": "unstated", "joint": "first", "until": "2024-03-04"}, [0, 1]),
    ],
)
def test_lines_meet_conditions_one_by_one(fields: dict[str, Any], lines: list[int]) -> None:
    """Of a warrant that is held and a sale worth $25,500."""
    assert [line.line for line in wanted(**fields).matching_lines(report())] == lines


def test_contract_and_vocabulary_have_the_same_transaction_codes() -> None:
    """A code that only one of them knows could not be filtered, or would have no meaning."""
    assert set(get_args(TransactionCode)) == set(TRANSACTION_CODES) == set(CODE_NOUNS)
