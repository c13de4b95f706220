"""Trades described in words."""

import pytest

from services.cli.render.trade_text import trade_words, trades_words
from tests.unit.cli.builders import alert, bare_trade, restated, trade


@pytest.mark.parametrize(
    ("code", "side", "words"),
    [
        ("P", "A", "bought 40,000 (no price given)"),
        ("P", "D", "disposed of 40,000 in a purchase (no price given)"),
        ("S", "D", "sold 40,000 (no price given)"),
        ("A", "A", "was granted 40,000"),
        ("D", "D", "returned 40,000 to the issuer"),
        ("F", "D", "had 40,000 withheld for tax or the exercise price"),
        ("M", "A", "received 40,000 on exercise or vesting"),
        ("M", "D", "gave up 40,000 on exercise or vesting"),
        ("C", "A", "received 40,000 on conversion"),
        ("C", "D", "converted 40,000"),
        ("G", "A", "received 40,000 as a gift"),
        ("G", "D", "gave away 40,000"),
        ("H", "D", "let 40,000 expire or be cancelled for value"),
        ("W", "A", "inherited 40,000"),
        ("J", "D", "disposed of 40,000 other than by sale"),
        ("U", "D", "tendered 40,000 in a change of control"),
        ("Q", "A", "acquired 40,000 (code Q)"),
        (None, "D", "disposed of 40,000"),
        ("G", None, "reported 40,000 as gift, side not stated"),
        ("Q", None, "reported 40,000 as code Q, side not stated"),
        (None, None, "reported 40,000 as a trade, side not stated"),
    ],
)
def test_a_trade_is_described_by_the_owners_action(code: str | None, side: str | None, words: str) -> None:
    """The verb depends on code and side; an unknown code is named."""
    assert trade_words(bare_trade(code, side)) == words


def test_a_sale_has_price_and_value() -> None:
    """The trade comes first, then its value."""
    sold = bare_trade("S", "D", average_price="50.25", value="2010000")
    assert trade_words(sold) == "sold 40,000 at $50.25 ($2,010,000)"
    exercised = bare_trade("M", "A", average_price="10", value="400000")
    assert trade_words(exercised) == "received 40,000 on exercise or vesting at $10 ($400,000)"


def test_prices_show_their_range_and_the_shares_without_one() -> None:
    """A value that leaves lines out must not look like the total."""
    some = trade(lowest_price="25", highest_price="26.125", unpriced_shares="400")
    assert trade_words(some) == "sold 1,000 at $25.50 ($25,500; $25 to $26.12; 400 without a price)"


def test_a_price_of_zero_is_shown_only_for_a_purchase_or_sale() -> None:
    """Grants and vested units are filed at $0."""
    free = {"average_price": "0", "lowest_price": "0", "highest_price": "0", "value": "0"}
    assert trade_words(bare_trade("A", "A", **free)) == "was granted 40,000"
    assert trade_words(bare_trade("S", "D", **free)) == "sold 40,000 at $0"


def test_an_amount_by_value_is_shown_as_money() -> None:
    """Notes have no shares; an amount that is not stated is not zero."""
    assert trade_words(bare_trade("P", "A", shares=None, value="2000000")) == "bought $2,000,000"
    assert trade_words(bare_trade("P", "A", shares=None)) == "bought an unstated amount"


def test_another_currency_has_its_code() -> None:
    """Euros must not look like dollars."""
    euros = bare_trade("S", "D", average_price="8.5", value="340000", currency="EUR")
    assert trade_words(euros) == "sold 40,000 at EUR 8.50 (EUR 340,000)"


def test_several_trades_are_joined_in_their_order() -> None:
    """An exercise followed by a sale is one event for the reader."""
    told = alert(trades=[bare_trade("M", "A", "10000"), bare_trade("F", "D", "3500"), trade(shares="3500")])
    assert trades_words(told) == (
        "received 10,000 on exercise or vesting; had 3,500 withheld for tax or the exercise price; "
        "sold 3,500 at $25.50 ($25,500)"
    )


def test_a_holding_without_a_trade_is_described_by_its_kind() -> None:
    """It is reported for the first time, or differs from the ledger."""
    assert trades_words(restated()) == "holding restated, no trade"
    assert trades_words(restated(ledger_before=None)) == "first reported, no trade"
