"""What a person asked for: the one model of conditions."""

from datetime import date
from decimal import Decimal
from typing import Any, get_args

import pytest

from contracts import envelope
from contracts.envelope import DELIVERY_HEADER
from contracts.holding_changed import ChangeKind
from contracts.transactions_reported import Issuer, Owner
from services.cli.options.choices import Delivery, Kind, Plan, Role, Side
from services.cli.reading.event_filter import Filter, filing_day
from services.cli.render.reported_lines import lines_of
from tests.unit.cli.builders import ISSUER, OWNER, SALE, alert, bare_trade, filing, report, restated, trade

MILLION = Decimal(1_000_000)
EXERCISE_AND_SALE = alert(
    kind="unchanged",
    trades=[
        bare_trade("M", "A", "40000", value="400000", average_price="10"),
        bare_trade("S", "D", "40000", value="2010000", average_price="50.25"),
    ],
)


def test_no_condition_takes_everything() -> None:
    """Also an alert that lacks all that conditions ask for."""
    assert Filter().matches_alert(restated(filing=filing()))
    assert Filter().lines_of(report(), lines_of(report())) == lines_of(report())


def test_a_ticker_is_any_of_the_issuers_in_either_case_and_whole() -> None:
    """ACM is not ACMX, and an issuer without tickers has none."""
    assert Filter(tickers=["acm.a"]).matches_parties(ISSUER, OWNER)
    assert Filter(tickers=["XYZ", "ACM"]).matches_parties(ISSUER, OWNER)
    assert not Filter(tickers=["AC"]).matches_parties(ISSUER, OWNER)
    assert not Filter(tickers=["ACM"]).matches_parties(Issuer(key="k", name="ACM"), OWNER)


def test_an_owner_is_part_of_a_name_or_a_whole_cik() -> None:
    """A CIK with or without its leading zeros; a part of one is none."""
    for wanted in ("doe", "Jane", "0001494730", "1494730"):
        assert Filter(owners=[wanted]).matches_parties(ISSUER, OWNER), wanted
    for wanted in ("roe", "149473", "14947300"):
        assert not Filter(owners=[wanted]).matches_parties(ISSUER, OWNER), wanted


def test_an_issuer_is_part_of_a_name_or_a_whole_cik() -> None:
    """Not every issuer has a ticker."""
    for wanted in ("acme", "Corp", "0001318605", "1318605"):
        assert Filter(issuers=[wanted]).matches_parties(ISSUER, OWNER), wanted
    for wanted in ("ACM.A", "131860"):
        assert not Filter(issuers=[wanted]).matches_parties(ISSUER, OWNER), wanted


def test_digits_in_a_name_are_part_of_a_name() -> None:
    """A fund may have a number in its name."""
    assert Filter(owners=["2021"]).matches_parties(ISSUER, Owner(key="k", name="Fund 2021 LP"))


def test_a_role_is_one_that_the_filing_states() -> None:
    """Any of several; what is not readable is not taken for a role."""
    assert Filter(roles=[Role.OFFICER]).matches_parties(ISSUER, OWNER)
    assert Filter(roles=[Role.TEN_PERCENT, Role.DIRECTOR]).matches_parties(ISSUER, OWNER)
    assert not Filter(roles=[Role.TEN_PERCENT]).matches_parties(ISSUER, OWNER)
    assert not Filter(roles=list(Role)).matches_parties(ISSUER, Owner(key="k", name="N"))


def test_a_delivery_is_that_of_the_record() -> None:
    """A record that says nothing came live."""
    from_archives = ((DELIVERY_HEADER, b"backfill"),)
    live = Filter(deliveries=[Delivery.LIVE])
    assert live.matches_delivery(())
    assert not live.matches_delivery(from_archives)
    assert Filter(deliveries=[Delivery.BACKFILL]).matches_delivery(from_archives)
    assert Filter().matches_delivery(from_archives)
    assert set(Delivery) == set(get_args(envelope.Delivery))


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        (Filter(sides=[Side.SELL], minimum_value=MILLION), True),
        (Filter(sides=[Side.BUY]), False),
        (Filter(sides=[Side.BUY, Side.SELL]), True),
        (Filter(codes=["M"]), True),
        (Filter(codes=["M"], minimum_value=MILLION), False),
        (Filter(codes=["M"], minimum_value=Decimal(400_000)), True),
        (Filter(codes=["P", "G"]), False),
        (Filter(codes=["M"], sides=[Side.SELL]), False),
        (Filter(codes=["M"], directions=["D"]), False),
        (Filter(directions=["A"], minimum_value=MILLION), False),
        (Filter(directions=["D"], minimum_value=MILLION), True),
        (Filter(minimum_value=Decimal(2_410_000)), True),
        (Filter(minimum_value=Decimal(2_410_001)), False),
        (Filter(minimum_shares=Decimal(80_000)), True),
        (Filter(sides=[Side.SELL], minimum_shares=Decimal(40_001)), False),
        (Filter(kinds=[Kind.UNCHANGED], sides=[Side.SELL]), True),
        (Filter(kinds=[Kind.DECREASED], sides=[Side.SELL]), False),
    ],
)
def test_conditions_on_trades_act_on_each_and_minima_on_those_that_match_together(wanted: Filter, taken: bool) -> None:
    """An exercise beside a sale of $2,010,000 neither hides the sale nor adds to it."""
    assert wanted.matches_alert(EXERCISE_AND_SALE) is taken


def test_an_unknown_value_reaches_no_minimum() -> None:
    """Not even zero: what is unknown is not nothing. Nor does one in another currency, which is not dollars."""
    for unpriced in (trade(value=None), trade(value="9000000", currency="JPY")):
        assert not Filter(minimum_value=Decimal(0)).matches_alert(alert(trades=[unpriced]))
    assert Filter(minimum_value=Decimal(25_500)).matches_alert(alert(trades=[trade(currency="USD")]))
    assert Filter(minimum_value=Decimal(25_500)).matches_alert(alert(trades=[trade(), trade(value=None)]))
    assert not Filter(minimum_shares=Decimal(0)).matches_alert(alert(trades=[trade(shares=None)]))


def test_a_holding_without_a_trade_meets_no_condition_on_trades() -> None:
    """It was not bought, sold or worth anything."""
    for wanted in (
        Filter(sides=list(Side)),
        Filter(codes=["S"]),
        Filter(directions=["A", "D"]),
        Filter(minimum_value=Decimal(0)),
        Filter(minimum_shares=Decimal(0)),
    ):
        assert not wanted.matches_alert(restated())
        assert all(line.line == 1 for line in wanted.lines_of(report(), lines_of(report())))
    assert Filter(kinds=[Kind.RESTATED]).matches_alert(restated())


@pytest.mark.parametrize(
    ("wanted", "fields", "taken"),
    [
        (Filter(first_owner=True), {"owner_index": 0}, True),
        (Filter(first_owner=True), {"owner_index": 1, "owner_count": 2}, False),
        (Filter(late=True), {"days_late": 3}, True),
        (Filter(late=True), {"days_late": 0}, False),
        (Filter(late=True), {"days_late": None}, False),
        (Filter(plans=[Plan.YES]), {"rule_10b5_1_plan": True}, True),
        (Filter(plans=[Plan.YES]), {"rule_10b5_1_plan": None}, False),
        (Filter(plans=[Plan.NO]), {"rule_10b5_1_plan": False}, True),
        (Filter(plans=[Plan.NO]), {"rule_10b5_1_plan": None}, False),
        (Filter(plans=[Plan.UNSTATED, Plan.NO]), {"rule_10b5_1_plan": None}, True),
    ],
)
def test_conditions_on_the_filing_hold_or_not(wanted: Filter, fields: dict[str, Any], taken: bool) -> None:
    """What a form does not say is neither yes nor no."""
    assert wanted.matches_alert(alert(**fields)) is taken


def test_the_day_is_that_of_filing_and_else_of_the_last_trade() -> None:
    """In US Eastern time: accepted at 02:30 UTC is the evening before. A holding has only its period."""
    traded = [date(2024, 3, 4), None, date(2024, 3, 5)]
    told = alert(filing=filing(filed_on="2024-03-07", accepted_at="2024-03-07T02:30:00Z"))
    assert filing_day(told.filing, traded) == date(2024, 3, 7)
    assert filing_day(alert(filing=filing(accepted_at="2024-03-07T02:30:00Z")).filing, traded) == date(2024, 3, 6)
    assert filing_day(alert().filing, traded) == date(2024, 3, 5)
    assert filing_day(restated().filing, ()) == date(2024, 2, 1)
    assert filing_day(alert().filing, ()) is None


@pytest.mark.parametrize(
    ("since", "until", "taken"),
    [
        (date(2024, 3, 5), None, True),
        (date(2024, 3, 6), None, False),
        (None, date(2024, 3, 5), True),
        (None, date(2024, 3, 4), False),
        (date(2024, 3, 5), date(2024, 3, 5), True),
    ],
)
def test_both_ends_of_a_range_of_days_are_included(since: date | None, until: date | None, taken: bool) -> None:
    """The last trade was on March 5; an alert without any day is in no range."""
    wanted = Filter(since=since, until=until)
    assert wanted.matches_alert(alert()) is taken
    assert not wanted.matches_alert(restated(filing=filing()))


@pytest.mark.parametrize(
    ("wanted", "lines"),
    [
        (Filter(sides=[Side.SELL]), [1]),
        (Filter(minimum_value=Decimal(25_500)), [1]),
        (Filter(minimum_value=Decimal(25_501)), []),
        (Filter(minimum_shares=Decimal(1_001)), []),
        (Filter(codes=["P"]), []),
        (Filter(tickers=["ACM"]), [0, 1]),
        (Filter(tickers=["XYZ"]), []),
        (Filter(since=date(2024, 3, 5)), []),
        (Filter(plans=[Plan.UNSTATED], first_owner=True, until=date(2024, 3, 4)), [0, 1]),
    ],
)
def test_lines_meet_conditions_one_by_one(wanted: Filter, lines: list[int]) -> None:
    """Of a warrant that is held and a sale worth $25,500."""
    assert [line.line for line in wanted.lines_of(report(), lines_of(report()))] == lines


def test_a_line_in_another_currency_reaches_no_minimum_of_dollars() -> None:
    """As with alerts."""
    euros = report(transactions=[{**SALE, "currency": "EUR"}])
    assert not Filter(minimum_value=Decimal(1)).lines_of(euros, lines_of(euros))


def test_what_is_asked_of_alerts_is_told_from_what_is_asked_of_parties() -> None:
    """A position can answer the one itself, the other only through the alerts that reported it."""
    assert not Filter(tickers=["A"], issuers=["B"], owners=["C"], roles=[Role.OFFICER]).needs_alerts
    for wanted in (
        Filter(kinds=[Kind.CLOSED]),
        Filter(codes=["S"]),
        Filter(sides=[Side.BUY]),
        Filter(minimum_value=Decimal(0)),
        Filter(since=date(2024, 1, 1)),
        Filter(first_owner=True),
        Filter(deliveries=[Delivery.LIVE]),
    ):
        assert wanted.needs_alerts


def test_the_command_line_knows_the_kinds_of_the_contract() -> None:
    """All, and no other."""
    assert tuple(Kind) == get_args(ChangeKind)
