"""Alerts in a person's words."""

from typing import Any

import pytest

from contracts.transactions_reported import Issuer, Owner
from services.cli.wording import (
    alert_cells,
    alert_lines,
    amount,
    dollars,
    issuer_name,
    price,
    reason,
    relationship,
    signed,
)
from tests.unit.cli.builders import alert

NO_TRADES: dict[str, Any] = {"codes": [], "shares": None, "value": None, "average_price": None, "last_date": None}


def test_an_alert_says_who_what_how_much_at_what_price_and_why() -> None:
    """A row has a cell for each."""
    assert alert_cells(alert()) == (
        "2024-03-05",
        "DOE JANE, director, CFO",
        "ACM decreased: Common Stock",
        "-1,000",
        "-25 %",
        "3,000",
        "$25.50",
        "sale",
    )


def test_an_alert_on_a_narrow_terminal_says_the_same_in_three_lines() -> None:
    """What happened, who and of what, why."""
    assert alert_lines(alert()) == (
        "2024-03-05  ACM decreased  -1,000 (-25 %), now 3,000, at $25.50",
        "DOE JANE, director, CFO: Common Stock",
        "sale",
    )


def test_what_is_not_known_is_left_out_or_a_dash() -> None:
    """A Form 3's position: no change, no percentage, no price; its date is the day it speaks of."""
    filing = {"filing_id": "f", "form_type": "3", "source_format": "xml", "period_of_report": "2024-02-01"}
    first = alert(
        kind="opened",
        filing=filing,
        trades=NO_TRADES,
        before=None,
        change=None,
        change_percent=None,
        reported_change="0",
    )
    assert alert_cells(first)[0] == "2024-02-01"
    assert alert_cells(first)[3:] == ("-", "-", "3,000", "-", "first report")
    assert alert_lines(first)[0] == "2024-02-01  ACM opened  now 3,000"


def test_an_amount_nobody_knows_is_a_dash() -> None:
    """An alert without an amount after it has no day either where the filing names none."""
    unknown = alert(after=None, trades=NO_TRADES)
    assert (alert_cells(unknown)[0], alert_cells(unknown)[5]) == ("-", "-")


def test_holdings_counted_by_value_are_dollars() -> None:
    """Trades with a value and no shares: the amounts are dollars, the sign stands before them."""
    notes = alert(trades={"shares": None, "average_price": None}, change="-1000", after="3000")
    assert alert_cells(notes)[3:6] == ("-$1,000", "-25 %", "$3,000")
    assert alert_cells(alert(trades={"shares": None}, change="0"))[3] == "0"


def test_an_indirect_holding_names_its_holder() -> None:
    """Beside the security; a direct one says nothing of it."""
    trust = {"ownership": "I", "nature_of_ownership": "By Trust"}
    assert alert_cells(alert(position=trust))[2] == "ACM decreased: Common Stock, By Trust"
    assert alert_cells(alert(position={"ownership": "I"}))[2] == "ACM decreased: Common Stock, indirectly"
    assert alert_lines(alert(position=trust))[1].endswith(": Common Stock, By Trust")


def test_a_derivative_shows_its_price_and_expiry() -> None:
    """As one reads an option."""
    option = {
        "table": "derivative",
        "security_title": "Option",
        "exercise_price": "18.5",
        "expiration_date": "2031-05-14",
    }
    assert alert_cells(alert(position=option))[2] == "ACM decreased: Option ($18.50, exp 2031-05-14)"


def test_a_price_shows_its_range_where_there_is_one() -> None:
    """The average, then from the lowest to the highest."""
    assert price(alert(trades={"lowest_price": "25", "highest_price": "26.125"})) == "$25.50 ($25 to $26.12)"
    assert price(alert()) == "$25.50"
    assert price(alert(trades={"average_price": None})) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [("0", "$0"), ("7", "$7"), ("1234567.5", "$1,234,567.50"), ("0.0005", "$0.0005"), ("634.4608", "$634.46")],
)
def test_dollars_have_cents_where_there_are_any(text: str, shown: str) -> None:
    """A fraction of a cent is shown as it is rather than as nothing."""
    assert dollars(text) == shown


def test_numbers_keep_every_digit_and_group_their_thousands() -> None:
    """Fractions of shares are real; a sign is always shown on a change, but for zero."""
    assert (amount("1612.4375"), amount("12345678901234567890")) == ("1,612.4375", "12,345,678,901,234,567,890")
    assert (signed("1000"), signed("-1000.5"), signed("0.00")) == ("+1,000", "-1,000.5", "0")


def test_the_reason_gives_codes_in_words_and_everything_unusual() -> None:
    """Codes, plan, joint filing, amendment, lateness, what is unexplained."""
    told = reason(
        alert(
            trades={"codes": ["M", "F", "QQ"]},
            rule_10b5_1_plan=True,
            owner_index=1,
            owner_count=3,
            is_amendment=True,
            days_late=9,
            unexplained_change="40",
            explanation="transfer",
        )
    )
    assert told == (
        "exercise + tax + QQ; 10b5-1 plan; joint filing, owner 2 of 3; amendment; 9 business days late; "
        "+40 unexplained (transfer)"
    )
    assert reason(alert(days_late=1)) == "sale; 1 business day late"
    assert reason(alert(days_late=0, rule_10b5_1_plan=False)) == "sale"


def test_a_change_without_trades_has_a_reason_too() -> None:
    """A first report or a restated holding; what has no explanation is unknown."""
    assert reason(alert(kind="restated", trades=NO_TRADES, unexplained_change="-5")) == (
        "holding restated; -5 unexplained (unknown)"
    )
    assert reason(alert(kind="decreased", trades=NO_TRADES)) == ""


def test_footnotes_are_quoted_short_and_few() -> None:
    """Two of them, each in part, each once; the event has them whole."""
    long = "word " * 100
    told = reason(alert(footnotes={"F1": long, "F2": "Second.", "F3": long, "F4": "Third.", "F5": "Fourth."}))
    first, second, more = told.removeprefix("sale; ").split("; ")
    assert first.startswith('"word word')
    assert first.endswith(' …"')
    assert len(first) <= 122
    assert (second, more) == ('"Second."', "2 more footnotes")
    assert reason(alert(footnotes={"F1": "A.", "F2": "B.", "F3": "C."})).endswith('"A."; "B."; 1 more footnote')


def test_a_footnote_on_several_lines_is_quoted_on_one() -> None:
    """White space is one space."""
    assert reason(alert(footnotes={"F1": "Held\n  by a\ttrust."})) == 'sale; "Held by a trust."'


def test_a_relationship_lists_every_role() -> None:
    """In the form's order; a title in place of the bare word; what is not stated says so."""
    everything = Owner(
        key="k",
        name="N",
        is_director=True,
        is_officer=True,
        is_ten_percent_owner=True,
        is_other=True,
        other_text="Trustee",
    )
    assert relationship(everything) == "director, officer, 10% owner, Trustee"
    assert relationship(Owner(key="k", name="N")) == "relationship not stated"
    assert relationship(Owner(key="k", name="N", is_other=True)) == "other"


def test_an_issuer_without_a_ticker_goes_by_its_name() -> None:
    """Where an alert names it."""
    private = Issuer(key="k", name="ACME CORP")
    assert issuer_name(private) == "ACME CORP"
    assert alert_cells(alert(issuer=private))[2].startswith("ACME CORP decreased")
