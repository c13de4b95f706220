"""Positions listed by owner and issuer."""

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


def test_a_position_has_security_ownership_amount_date_and_note() -> None:
    """Each of these has a cell; the note is empty for an ordinary position."""
    assert position_cells(position(), TODAY) == (
        "Common Stock",
        "directly",
        "3,000",
        "2024-03-05",
        "0000000001-24-000001",
        "",
    )


def test_the_heading_has_owner_issuer_and_total() -> None:
    """The parts are owner, issuer, relationship and total."""
    assert positions_heading(update(), TODAY) == "DOE JANE in ACM ACME CORP  (director, CFO)"
    both = update(position(), position(ownership="I", shares="500.5"))
    assert positions_heading(both, TODAY) == "DOE JANE in ACM ACME CORP  (director, CFO)  holds 3,500.5 shares"


def test_expired_derivatives_are_left_out_of_the_total() -> None:
    """The expiry may be in the ledger or in the past; shares and derivatives have separate totals."""
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


def test_a_holder_named_in_a_footnote_is_quoted() -> None:
    """The bare reference would mean nothing; a long footnote is shortened."""
    noted = position(ownership="I", nature_of_ownership="See footnote", holder_note="Held by the Doe Family Trust.")
    assert position_cells(noted, TODAY)[1] == "See footnote: Held by the Doe Family Trust."
    assert position_cells(position(ownership="I", holder_note="Held " * 50), TODAY)[1].endswith(" …")
    assert position_cells(position(ownership=None, as_of=None), TODAY)[1:4] == ("-", "3,000", "-")


def test_shares_precede_derivatives_which_are_ordered_by_expiry_and_price() -> None:
    """Direct holdings come before indirect ones, whatever the order in the filings."""
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
    """Zero is not noted."""
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
    """A derivative that was used up before is not noted; on its last day it can still be exercised."""
    assert note(position(**{**OPTION, **fields}), TODAY) == words


def test_a_position_that_filings_leave_out_is_noted() -> None:
    """Its amount is kept, and the reader knows how reliable it is."""
    assert note(position(unconfirmed=True, unexplained_change="5"), TODAY) == (
        "unconfirmed: two later filings that trade in the class do not list it; +5 unexplained"
    )


def test_positions_on_a_narrow_terminal_follow_their_owner() -> None:
    """There is one line for owner and issuer, and one per position."""
    notes = position(shares=None, value="2000000", as_of=None, unexplained_change="5")
    assert position_lines(update(position(), notes), [position(), notes], TODAY) == [
        "DOE JANE in ACM ACME CORP  (director, CFO)  holds 3,000 shares and $2,000,000",
        "3,000  Common Stock, directly, as of 2024-03-05",
        "$2,000,000  Common Stock, directly, as of an unknown date; +5 unexplained",
    ]


def test_a_position_with_an_amount_of_zero_is_closed_and_an_unknown_amount_is_not() -> None:
    """The amount may be shares or a value."""
    assert is_closed(position(shares="0"))
    assert is_closed(position(shares="0.000"))
    assert is_closed(position(shares=None, value="0"))
    assert not is_closed(position())
    unknown = position(shares=None)
    assert not is_closed(unknown)
    assert held_amount(unknown) == "-"
