"""Trades summed by code and side; prices that cannot be those of a share are left out, and named."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec import convert

from contracts.structs import Diagnostic, Trades, Transaction
from services.holdings.trade_summaries import plausible, summarize_trades
from services.parser import parse_filing
from tests.filings.corpus import CORPUS, each_of

DAY = date(2024, 3, 4)


def traded(
    shares: str | None, price: str | None, *, line: int = 0, code: str | None = "S", side: str | None = "D", **more: Any
) -> Transaction:
    """Make a line; by default a sale of the day."""
    values = {"line": line, "table": "non_derivative", "transaction_date": DAY, "code": code, "acquired_disposed": side}
    return convert({**values, "shares": shares, "price_per_share": price, **more}, Transaction)


def sums(*lines: Transaction, usual: str | None = None) -> tuple[Trades, ...]:
    """Return the entries of the lines, all of whose securities usually cost the same."""
    return summarize_trades(lines, lambda _: None if usual is None else Decimal(usual))[0]


def one(*lines: Transaction, usual: str | None = None) -> Trades:
    """Return the only entry of the lines."""
    (entry,) = sums(*lines, usual=usual)
    return entry


@pytest.mark.parametrize(
    ("price", "shares", "usual", "expected"),
    [
        ("50", "100", "20", True),
        ("2000", "100", "20", False),
        ("6000", "100", "20", False),
        ("6001", "100", "20", True),
        ("400", "19", "20", True),
        ("401", "19", "20", False),
        ("667", "100", "20", False),
        ("666", "100", "20", True),
        ("2000", "3", "20", True),
        ("2000", "100", None, True),
        ("2000", "100", "0", True),
        ("2000", None, "20", True),
        ("2000", "0", "20", True),
        ("700000", "1", "650000", True),
        ("1000000", None, None, True),
        ("1000000.01", None, None, False),
        ("1500000", "75000", "20", False),
        ("0", "100", "20", True),
        ("-5", "100", "20", False),
    ],
    ids=[
        "above usual",
        "total of 100 shares",
        "total at three times the usual price",
        "total above that",
        "20 times usual",
        "over 20 times usual",
        "total at a third of the usual price",
        "total below that",
        "no total either",
        "usual price unknown",
        "usual price 0",
        "shares unknown",
        "no shares",
        "Berkshire Hathaway",
        "a million",
        "over a million",
        "total over a million",
        "for nothing",
        "negative",
    ],
)
def test_price_is_plausible_unless_it_is_a_total_or_over_a_million(
    price: str, shares: str | None, usual: str | None, expected: bool
) -> None:
    """A total in the price column would make a purchase of $2,000 one of $200,000; a real price may rise as far."""
    share_count = None if shares is None else Decimal(shares)
    assert plausible(Decimal(price), share_count, None if usual is None else Decimal(usual)) is expected


def test_lines_are_summed_by_code_and_side_in_the_order_of_their_first() -> None:
    """An exercise and the sale of its shares are two trades, however their lines alternate."""
    lines = (
        traded("20000", "10", line=0, code="M", side="A"),
        traded("15000", "50", line=1),
        traded("20000", "10", line=2, code="M", side="A"),
        traded("25000", "50.4", line=4, transaction_date=date(2024, 3, 6)),
    )
    exercise, sale = sums(*lines)
    assert exercise == Trades(
        code="M",
        acquired_disposed="A",
        shares="40000",
        value="400000",
        average_price="10",
        lowest_price="10",
        highest_price="10",
        first_date=DAY,
        last_date=DAY,
        count=2,
        lines=(0, 2),
    )
    assert sale == Trades(
        code="S",
        acquired_disposed="D",
        shares="40000",
        value="2010000",
        average_price="50.25",
        lowest_price="50",
        highest_price="50.4",
        first_date=DAY,
        last_date=date(2024, 3, 6),
        count=2,
        lines=(1, 4),
    )


def test_one_code_on_both_sides_makes_two_entries() -> None:
    """Trades that cancel are reported with each side."""
    both = traded("10", "1", code="J", side="A"), traded("10", "1", code="J")
    entries = sums(*both, traded("5", "1", code=None, side=None))
    assert [(entry.code, entry.acquired_disposed, entry.shares) for entry in entries] == [
        ("J", "A", "10"),
        ("J", "D", "10"),
        (None, None, "5"),
    ]


def test_without_lines_there_are_no_entries() -> None:
    """An alert of a restated holding has no trades."""
    assert summarize_trades((), lambda _: None) == ((), ())


def test_lines_without_a_price_are_left_out_of_value_and_counted() -> None:
    """A partial value must show that it is one: `unpriced_shares` are those that `value` leaves out."""
    entry = one(traded("100", "20"), traded("50.5", None, line=1))
    assert (entry.shares, entry.value, entry.average_price, entry.unpriced_shares) == ("150.5", "2000", "20", "50.5")


def test_without_any_price_there_is_no_value() -> None:
    """Absent is null, not 0."""
    entry = one(traded("100", None))
    assert (entry.value, entry.average_price, entry.lowest_price, entry.highest_price) == (None, None, None, None)
    assert (entry.shares, entry.unpriced_shares) == ("100", "100")


def test_price_of_0_is_a_price() -> None:
    """A grant for nothing is worth 0 as filed: that is known, and not unpriced."""
    entry = one(traded("100", "0", code="A", side="A"), usual="20")
    assert (entry.value, entry.average_price, entry.lowest_price, entry.unpriced_shares) == ("0", "0", "0", "0")


def test_line_with_a_total_value_and_no_shares_is_counted_by_value() -> None:
    """0000899243-20-034355 has the total in the price column as well, or 0 there: neither is a price per share."""
    lines = [
        traded(None, "30430000.00", code="A", side="A", total_value="30430000.00"),
        traded(None, "0.00", code="A", side="A", total_value="4697050.00"),
    ]
    (entry,), diagnostics = summarize_trades(lines, lambda _: Decimal(20))
    assert (entry.value, entry.shares, entry.count) == ("35127050", None, 2)
    assert (entry.average_price, entry.lowest_price, entry.highest_price) == (None, None, None)
    assert (entry.unpriced_shares, diagnostics) == ("0", ())


def test_value_of_a_line_without_shares_does_not_move_the_average_price() -> None:
    """The average is that of the shares alone."""
    entry = one(traded("100", "20"), traded(None, None, total_value="5000"))
    assert (entry.value, entry.shares, entry.average_price) == ("7000", "100", "20")


def test_implausible_price_leaves_its_shares_unpriced_and_is_named_in_a_diagnostic() -> None:
    """The shares were traded all the same; the raw price is what a person checks it by."""
    numbers = [("1", "1"), ("7", "20"), ("75000", "1500000"), ("9", "21")]
    reported = [traded(*each, line=2 * place) for place, each in enumerate(numbers)]
    (entry,), diagnostics = summarize_trades(reported[1:], lambda _: Decimal(20), among=reported)
    assert (entry.shares, entry.value, entry.unpriced_shares) == ("75016", "329", "75000")
    assert (entry.lowest_price, entry.highest_price, entry.average_price) == ("20", "21", "20.5625")
    expected = Diagnostic(code="implausible_price", field="transactions[2].price_per_share", raw="1500000")
    assert diagnostics == (expected,)
    assert entry.lines == (2, 4, 6)


def test_usual_price_is_looked_up_for_each_line() -> None:
    """One alert may hold lines of a security under two titles."""
    lines = [traded("100", "2000", line=0), traded("100", "2000", line=1)]
    (entry,), diagnostics = summarize_trades(lines, lambda line: Decimal(20) if line.line else Decimal(1_900))
    assert (entry.value, entry.unpriced_shares) == ("200000", "100")
    assert [found.field for found in diagnostics] == ["transactions[1].price_per_share"]


def test_overlong_price_is_implausible() -> None:
    """The column may contain text of any length, which must not be used in computations."""
    raw = "0." + "0" * 40 + "1"
    (entry,), diagnostics = summarize_trades([traded("100", raw)], lambda _: None)
    assert (entry.value, entry.unpriced_shares) == (None, "100")
    assert [found.raw for found in diagnostics] == [raw]


@pytest.mark.parametrize(
    ("lines", "average"),
    [
        ((("1", "1"), ("2", "2")), "1.6667"),
        ((("1", "0.0001"), ("1", "0.0002")), "0.0002"),
        ((("1", "0.0002"), ("1", "0.0003")), "0.0002"),
        ((("0", "5"),), None),
    ],
    ids=["thirds", "half to even, up", "half to even, down", "no shares"],
)
def test_average_price_is_rounded_half_even_to_four_decimals(
    lines: tuple[tuple[str, str], ...], average: str | None
) -> None:
    """As prices are filed; the value keeps every digit."""
    assert one(*(traded(shares, price) for shares, price in lines)).average_price == average


def test_line_with_a_price_and_no_shares_has_no_value() -> None:
    """The price of an unknown number of shares is known, but not their value."""
    entry = one(traded(None, "20"))
    assert (entry.shares, entry.value, entry.lowest_price, entry.unpriced_shares) == (None, None, "20", "0")


def test_large_numbers_lose_no_digit() -> None:
    """Shares of 16 digits with decimals are as exact as small ones."""
    entry = one(traded("1234567890123456.789", "999999.9999"), traded("0.001", "0.0001"))
    in_ten_millionths = 1_234_567_890_123_456_789 * 9_999_999_999 + 1
    whole, fraction = divmod(in_ten_millionths, 10_000_000)
    assert (entry.shares, entry.value) == ("1234567890123456.79", f"{whole}.{fraction:07}")


def test_lines_in_another_currency_make_an_entry_of_their_own() -> None:
    """Dollars and euros cannot be added."""
    dollars, euros = sums(traded("1", "20"), traded("2", "30", currency="EUR"), traded("3", "20"))
    assert (dollars.currency, dollars.value, dollars.count) == (None, "80", 2)
    assert (euros.currency, euros.value, euros.count) == ("EUR", "60", 1)


def test_entries_without_dates_have_none() -> None:
    """A line may lack its date."""
    entry = one(traded("1", "1", transaction_date=None), traded("1", "1"))
    assert (entry.first_date, entry.last_date) == (DAY, DAY)
    assert one(traded("1", "1", transaction_date=None)).first_date is None


@pytest.mark.parametrize("path", each_of(CORPUS / "xml", "*.xml"))
def test_entries_of_a_real_filing_hold_each_line_once_and_every_dollar(path: Path) -> None:
    """The sums of the entries equal the sums of the lines."""
    lines = parse_filing(path.read_bytes())[0].transactions
    entries, diagnostics = summarize_trades(lines, lambda _: None)
    assert sorted(number for entry in entries for number in entry.lines) == [line.line for line in lines]
    assert sum(entry.count for entry in entries) == len(lines)
    assert not diagnostics
    shares = sum(Decimal(line.shares) for line in lines if line.shares)
    assert sum(Decimal(entry.shares) for entry in entries if entry.shares) == shares
