"""The index of a new account among a position's accounts: one test per sentence of the rule."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.holdings.accounts import Account, insertion_index
from tests.unit.holdings.builders import DAY, account, amount, label, position

KNOWN = (account(1000, 900, days=0), account(900, 700, days=10), account(700, 650, days=20))
"""Three filings: sales of 100, 200 and 50."""


def place(before: int | str | None, after: int | str | None, days: int | None, accounts: Any = KNOWN) -> int:
    """Return the index of an account dated `days` after `DAY`, or without a date if None."""
    day = None if days is None else DAY + timedelta(days)
    return insertion_index(accounts, amount(before), amount(after), day)


@pytest.mark.parametrize("days", [10, 20, 30, -5, None])
def test_account_that_begins_at_the_ledgers_amount_goes_to_the_end(days: int | None) -> None:
    """Amounts that continue are stronger than dates, which filers mistype."""
    assert place(650, 600, days) == 3
    assert place("650.5", 600, days) == 3


@pytest.mark.parametrize(("before", "after"), [(10, 20), (900, 800), (None, None), (None, 700)])
def test_account_dated_after_the_latest_goes_to_the_end(before: int | None, after: int | None) -> None:
    """Whatever lies between is unexplained, and the latest amount is what is held."""
    assert place(before, after, 21) == 3


def test_account_that_links_two_goes_between_them() -> None:
    """A late report of the sale that the others left open."""
    gap = (account(1000, 900, days=0), account(800, 700, days=20))
    assert place(900, 800, 10, gap) == 1
    assert place(900, 800, 20, gap) == 1
    assert place(900, 800, -3, gap) == 1


def test_of_two_gaps_that_an_account_links_the_one_that_fits_in_time_is_chosen() -> None:
    """Amounts return: bought and sold the same number twice."""
    round_trip = (
        account(100, 200, days=0),
        account(300, 200, days=10),
        account(300, 100, days=20),
        account(100, 400, days=30),
    )
    assert place(200, 300, 5, round_trip) == 1
    assert place(200, 300, 15, round_trip) == 2
    assert place(200, 300, 25, round_trip) == 2


def test_link_in_time_is_better_than_the_end() -> None:
    """650 is the ledger's amount now, and it was also between the first two."""
    accounts = (account(1000, 650, days=0), account(600, 700, days=10), account(700, 650, days=20))
    assert place(650, 600, 5, accounts) == 1
    assert place(650, 600, 15, accounts) == 3


def test_account_goes_before_the_one_that_begins_where_it_ends() -> None:
    """The purchase that led to the 900 with which the second sale began."""
    assert place(800, 900, 5) == 1
    assert place(800, 900, -20) == 1
    accounts = (account(100, 50, days=0), account(100, 60, days=10))
    assert place(90, 100, -1, accounts) == 0
    assert place(90, 100, 5, accounts) == 1
    assert place(90, 100, 9, (*accounts, account(60, 50, days=12))) == 1


def test_account_that_neither_begins_nor_ends_at_a_known_amount_goes_by_its_day() -> None:
    """Only its date is known."""
    assert [place(5, 7, days) for days in (-1, 0, 5, 10, 15, 20)] == [0, 1, 1, 2, 2, 3]


def test_of_equal_days_the_later_filing_is_later() -> None:
    """Filings arrive in their order within the fold."""
    assert place(5, 7, 20) == 3
    assert place(5, 7, 10) == 2


def test_holding_line_goes_before_a_trade_that_begins_at_its_amount_and_not_before_a_holding() -> None:
    """A holding of 900 confirms the trade that begins there, if it is dated before it."""
    trades = (account(900, 800, days=10), account(700, 650, days=20))
    assert [place(900, 900, days, trades) for days in (5, 10, 15)] == [0, 0, 1]
    holdings = (account(900, 900, days=10, kind="holding"), account(700, 650, days=20))
    assert [place(900, 900, days, holdings) for days in (5, 10, 15)] == [0, 1, 1]


def test_account_without_a_date_is_the_oldest_if_nothing_links_it() -> None:
    """A filing without a date must not be what is held now."""
    assert place(5, 7, None) == 0
    assert place(5, 7, None, (account(1, 2, day=None), *KNOWN)) == 1


def test_position_rests_on_its_last_account_and_an_amended_account_on_its_amendment() -> None:
    """The filing that a position names is the one to look up."""
    held = position(label(), *KNOWN[:2], account(700, 640, amended_by=7, days=20))
    assert (held.amount, held.day, held.current.filing_in_force) == (Decimal(640), DAY + timedelta(20), 7)
    assert position(label(), account(1, 2, day=None)).day == date.min


def test_position_was_held_by_the_holders_of_its_accounts() -> None:
    """Filers return to a label that they used before."""
    old: tuple[Account, ...] = (account(1, 2, label=label(by="Old Trust")), account(2, 3, label=label(by="Trust")))
    held = position(label(by="Trust"), *old)
    assert held.was_held_by("OLD TRUST")
    assert not held.was_held_by("SPOUSE")
