"""Positions under each owner and issuer."""

from datetime import date

import pytest

from services.cli.render.positions_view import (
    held_amount,
    held_total,
    is_closed,
    note,
    position_cells,
    position_lines,
    positions_heading,
    positions_order,
)
from tests.unit.cli.builders import position, update

TODAY = date(2024, 6, 1)
OPTION = {"table": "derivative", "security_title": "Option", "expiration_date": date(2022, 8, 13)}


def test_a_position_shows_what_is_held_how_how_much_and_by_which_filing() -> None:
    """A row has a cell for each; the note is empty if all is in order."""
    assert position_cells(position(), TODAY) == (
        "Common Stock",
        "directly",
        "3,000",
        "2024-03-05",
        "0000000001-24-000001",
        "",
    )


def test_the_heading_shows_whose_positions_they_are_and_what_is_held_in_all() -> None:
    """Owner, issuer, relationship, total."""
    assert positions_heading(update(), TODAY) == "DOE JANE in ACM ACME CORP  (director, CFO)"
    both = update(position(), position(ownership="I", shares="500.5"))
    assert positions_heading(both, TODAY) == "DOE JANE in ACM ACME CORP  (director, CFO)  holds 3,500.5 shares"


def test_what_has_expired_is_not_held() -> None:
    """Neither if the ledger says so, nor if the day has come since; shares and derivatives are totals apart."""
    running = {**OPTION, "expiration_date": date(2030, 1, 1)}
    everything = update(
        position(),
        position(**OPTION, shares="700"),
        position(**running, shares="900", expired=True),
        position(**running, shares="40"),
        position(shares=None, value="2000000"),
        position(shares=None, value="10", currency="EUR"),
        position(shares=None),
    )
    assert held_total(everything, TODAY) == "3,000 shares, 40 derivatives, $2,000,000 and EUR 10"
    assert held_total(update(position(**OPTION)), TODAY) == ""


def test_a_position_whose_holder_is_in_a_footnote_quotes_it() -> None:
    """The bare pointer to it would say nothing; a long footnote is quoted in part."""
    noted = position(ownership="I", nature_of_ownership="See footnote", holder_note="Held by the Doe Family Trust.")
    assert position_cells(noted, TODAY)[1] == "See footnote: Held by the Doe Family Trust."
    assert position_cells(position(ownership="I", holder_note="Held " * 50), TODAY)[1].endswith(" …")
    assert position_cells(position(ownership=None, as_of=None), TODAY)[1:4] == ("-", "3,000", "-")


def test_shares_stand_before_derivatives_and_these_by_expiry_and_price() -> None:
    """Whatever the order in which filings reported them; what is held directly before what others hold."""
    in_order = [
        position(position_id="0", security_title=None),
        position(position_id="a", security_title="Common Stock"),
        position(position_id="b", security_title="Common Stock", ownership="I", nature_of_ownership="By Trust"),
        position(position_id="c", security_title="common stock, class B"),
        position(position_id="d", **OPTION, exercise_price="6.63"),
        position(position_id="e", **OPTION, exercise_price="31.17"),
        position(position_id="f", **{**OPTION, "expiration_date": date(2030, 1, 1)}, exercise_price="1"),
        position(position_id="g", **{**OPTION, "expiration_date": None}),
    ]
    assert positions_order(reversed(in_order)) == in_order


def test_an_unexplained_change_is_noted() -> None:
    """Zero is in order."""
    assert note(position(unexplained_change="-268000"), TODAY) == "-268,000 unexplained"
    assert note(position(unexplained_change="0"), TODAY) == ""


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "expired 2022-08-13: no longer held; no filing reports how it ended"),
        ({"shares": "0"}, ""),
        ({"expiration_date": date(2024, 6, 1)}, ""),
        (
            {"expiration_date": date(2030, 1, 1), "expired": True},
            "expired 2030-01-01: no longer held; no filing reports how it ended",
        ),
        ({"expiration_date": None, "expired": True}, "expired: no longer held; no filing reports how it ended"),
    ],
)
def test_a_derivative_past_its_expiration_is_noted(fields: dict[str, object], words: str) -> None:
    """Unless it was used up before; on its last day it can still be exercised."""
    assert note(position(**{**OPTION, **fields}), TODAY) == words


def test_a_position_that_filings_leave_out_is_noted() -> None:
    """Its amount stays, and the reader knows what that is worth."""
    assert note(position(unconfirmed=True, unexplained_change="5"), TODAY) == (
        "unconfirmed: two later filings that trade in the class do not list it; +5 unexplained"
    )


def test_positions_on_a_narrow_terminal_stand_under_their_owner() -> None:
    """One line for owner and issuer, one for each position."""
    notes = position(shares=None, value="2000000", as_of=None, unexplained_change="5")
    assert position_lines(update(position(), notes), [position(), notes], TODAY) == [
        "DOE JANE in ACM ACME CORP  (director, CFO)  holds 3,000 shares and $2,000,000",
        "3,000  Common Stock, directly, as of 2024-03-05",
        "$2,000,000  Common Stock, directly, as of an unknown date; +5 unexplained",
    ]


def test_a_position_is_closed_if_its_amount_is_zero_and_not_if_it_is_unknown() -> None:
    """Shares or value."""
    assert is_closed(position(shares="0"))
    assert is_closed(position(shares="0.000"))
    assert is_closed(position(shares=None, value="0"))
    assert not is_closed(position())
    unknown = position(shares=None)
    assert not is_closed(unknown)
    assert held_amount(unknown) == "-"
