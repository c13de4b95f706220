"""Amounts: which numbers count, what a line moves and states, and when two amounts are one."""

from decimal import Decimal, localcontext
from typing import Any

import pytest

from services.holdings.amounts import exact_arithmetic, nearly_equal, parse_amount, read_amounts, unexplained
from tests.unit.holdings.builders import amount, holding, traded


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("100", "100", True),
        ("100", "101", True),
        ("100.4", "101.4", True),
        ("100", "101.01", False),
        ("99", "100", False),
        ("0", "0", True),
        ("0", "1", False),
        ("-100", "-100", True),
        (None, "0", False),
        (None, None, False),
    ],
)
def test_amounts_of_100_and_more_are_the_same_within_one_share(
    one: str | None,
    other: str | None,
    expected: bool,
) -> None:
    """Plans hold fractions that filers round; 1 and 2 shares are two amounts."""
    assert nearly_equal(amount(one), amount(other)) is nearly_equal(amount(other), amount(one)) is expected


def test_numbers_too_long_to_be_an_amount_are_none() -> None:
    """Computing with a thousand digits would be a way to stop the ledger."""
    assert parse_amount("9" * 32) == Decimal("9" * 32)
    assert parse_amount("9" * 33) is parse_amount(None) is None


def test_sums_and_products_of_the_longest_numbers_lose_no_digit() -> None:
    """The context of the process rounds to 28 digits."""
    with localcontext() as context, exact_arithmetic():
        context.prec = 5
        assert parse_amount("9" * 32) + Decimal("0.1") == Decimal("9" * 32 + ".1")  # type: ignore[operator]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (traded("A", "5", "105"), ("shares", Decimal(5), Decimal(105))),
        (traded("D", "5", "95"), ("shares", Decimal(-5), Decimal(95))),
        (traded("D", "5", None), ("shares", Decimal(-5), None)),
        (traded(None, "5", "95"), ("shares", None, Decimal(95))),
        (traded("A", None, "95"), ("shares", None, Decimal(95))),
        (traded("A", "9" * 40, "1"), ("shares", None, Decimal(1))),
        (holding("95"), ("shares", Decimal(0), Decimal(95))),
        (holding(None), ("shares", Decimal(0), None)),
    ],
)
def test_shares_are_signed_by_their_side(line: Any, expected: Any) -> None:
    """Unreadable amounts are None and never 0: a blank does not mean that nothing is held."""
    assert read_amounts(line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (traded("A", None, None, total_value="500"), ("value", Decimal(500), None)),
        (
            traded("D", None, None, total_value="500", value_owned_following="0"),
            ("value", Decimal(-500), Decimal(0)),
        ),
        (traded("D", None, "0", total_value="500"), ("value", Decimal(-500), Decimal(0))),
        (traded("D", None, "7", total_value="500"), ("value", Decimal(-500), None)),
        (holding(None, value_owned_following="1500"), ("value", Decimal(0), Decimal(1500))),
        (traded("A", "5", "105", total_value="500"), ("shares", Decimal(5), Decimal(105))),
    ],
)
def test_lines_with_values_alone_count_in_dollars(line: Any, expected: Any) -> None:
    """Partnerships and debt are reported by value; 0 shares following close such a position."""
    assert read_amounts(line) == expected


def test_unexplained_change_is_unknown_if_an_amount_is() -> None:
    """A guess would be reported as a fact."""
    assert unexplained(Decimal(90), Decimal(100), Decimal(-15)) == 5
    assert unexplained(None, Decimal(1), Decimal(1)) is unexplained(Decimal(1), Decimal(1), None) is None
