"""Amounts in other currencies carry their currency, or stay unread."""

import pytest

from services.parser.currencies import with_currency


@pytest.mark.parametrize(
    ("raw", "number", "currency"),
    [
        ("\u20ac10.50", "10.50", "EUR"),
        ("\u00a31,000", "1,000", "GBP"),
        ("CAD 7", "7", "CAD"),
        ("7.5 EUR", "7.5", "EUR"),
        ("$7", "$7", None),
        ("USD 7", "USD 7", None),
        ("7", "7", None),
        ("\u00a51000", "\u00a51000", None),
        ("XYZ 7", "XYZ 7", None),
    ],
)
def test_price_has_the_currency_of_its_sign(raw: str, number: str, currency: str | None) -> None:
    """The sign of yen and yuan is the same, so such a price is left to be unreadable."""
    assert with_currency({"price_per_share": raw}) == ({"price_per_share": number}, currency)


@pytest.mark.parametrize("other", ["5", "$5", "\u00a35"])
def test_prices_of_two_currencies_stay_unread(other: str) -> None:
    """A line has one currency, and an amount without a sign may be in dollars."""
    values = {"price_per_share": "\u20ac10.50", "exercise_price": other}
    assert with_currency(values) == (values, None)


def test_shares_are_in_no_currency() -> None:
    """Only prices and values are money."""
    values = {"shares": "500", "price_per_share": "\u20ac2"}
    assert with_currency(values) == ({"shares": "500", "price_per_share": "2"}, "EUR")
