"""Which events a person asked for."""

from decimal import Decimal
from typing import get_args

import pytest

from contracts import envelope
from contracts.envelope import DELIVERY_HEADER
from contracts.holding_changed import ChangeKind
from contracts.transactions_reported import Issuer, Owner
from services.cli.filters import Delivery, Filter, Kind
from tests.unit.cli.builders import ISSUER, OWNER, alert


def test_no_condition_takes_everything() -> None:
    """Also an alert that lacks all that conditions ask for."""
    assert Filter().takes_alert(alert(trades={"codes": [], "value": None}))


def test_a_ticker_is_any_of_the_issuers_in_either_case_and_whole() -> None:
    """ACM is not ACMX, and an issuer without tickers has none."""
    assert Filter(tickers=["acm.a"]).takes_parties(ISSUER, OWNER)
    assert Filter(tickers=["XYZ", "ACM"]).takes_parties(ISSUER, OWNER)
    assert not Filter(tickers=["AC"]).takes_parties(ISSUER, OWNER)
    assert not Filter(tickers=["ACM"]).takes_parties(Issuer(key="k", name="ACM"), OWNER)


def test_an_owner_is_part_of_a_name_or_a_whole_cik() -> None:
    """A CIK with or without its leading zeros; a part of one is none."""
    for wanted in ("doe", "Jane", "0001494730", "1494730"):
        assert Filter(owners=[wanted]).takes_parties(ISSUER, OWNER), wanted
    for wanted in ("roe", "149473", "14947300"):
        assert not Filter(owners=[wanted]).takes_parties(ISSUER, OWNER), wanted


def test_a_delivery_is_that_of_the_record() -> None:
    """A record that says nothing came live."""
    from_archives = ((DELIVERY_HEADER, b"backfill"),)
    live = Filter(deliveries=[Delivery.LIVE])
    assert live.takes_delivery(())
    assert not live.takes_delivery(from_archives)
    assert Filter(deliveries=[Delivery.BACKFILL]).takes_delivery(from_archives)
    assert Filter().takes_delivery(from_archives)
    assert set(Delivery) == set(get_args(envelope.Delivery))


def test_digits_in_a_name_are_part_of_a_name() -> None:
    """A fund may have a number in its name."""
    assert Filter(owners=["2021"]).takes_parties(ISSUER, Owner(key="k", name="Fund 2021 LP"))


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        (Filter(kinds=["closed", "decreased"]), True),
        (Filter(kinds=["opened"]), False),
        (Filter(codes=["P", "S"]), True),
        (Filter(codes=["P"]), False),
        (Filter(minimum_value=Decimal(25500)), True),
        (Filter(minimum_value=Decimal("25500.01")), False),
        (Filter(kinds=["decreased"], codes=["P"]), False),
        (Filter(tickers=["XYZ"], codes=["S"]), False),
    ],
)
def test_all_conditions_must_hold_and_any_value_of_one(wanted: Filter, taken: bool) -> None:
    """Of a sale of 25,500 dollars' worth."""
    assert wanted.takes_alert(alert()) is taken


def test_an_unknown_value_reaches_no_minimum() -> None:
    """Not even zero: what is unknown is not nothing."""
    assert not Filter(minimum_value=Decimal(0)).takes_alert(alert(trades={"value": None}))


def test_kind_code_and_value_are_asked_of_alerts() -> None:
    """Ticker and owner a position can answer itself."""
    assert not Filter(tickers=["A"], owners=["B"]).asks_of_alerts
    assert all(
        wanted.asks_of_alerts
        for wanted in (Filter(kinds=["closed"]), Filter(codes=["S"]), Filter(minimum_value=Decimal(0)))
    )


def test_the_command_line_knows_the_kinds_of_the_contract() -> None:
    """All, and no other."""
    assert tuple(Kind) == get_args(ChangeKind)
