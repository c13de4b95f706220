"""Positions as a ledger."""

from datetime import date

from services.cli.ledger import (
    held_amount,
    is_closed,
    ledger_heading,
    ledger_order,
    note,
    position_cells,
    position_lines,
)
from tests.unit.cli.builders import position, update

OPTION = {"table": "derivative", "security_title": "Option", "expiration_date": date(2022, 8, 13)}


def test_a_position_says_what_is_held_how_how_much_and_by_which_filing() -> None:
    """A row has a cell for each; the note is empty where all is in order."""
    assert position_cells(update(), position()) == (
        "Common Stock",
        "directly",
        "3,000",
        "2024-03-05",
        "0000000001-24-000001",
        "",
    )


def test_the_heading_says_whose_ledger_it_is() -> None:
    """Owner, issuer, and what the one is to the other."""
    assert ledger_heading(update()) == "DOE JANE in ACM ACME CORP  (director, CFO)"


def test_a_position_whose_holder_is_in_a_footnote_quotes_it() -> None:
    """The bare pointer to it would tell nothing; a long footnote is quoted in part."""
    noted = position(ownership="I", nature_of_ownership="See footnote", holder_note="Held by the Doe Family Trust.")
    assert position_cells(update(), noted)[1] == "See footnote: Held by the Doe Family Trust."
    assert position_cells(update(), position(ownership="I", holder_note="Held " * 50))[1].endswith(" …")
    assert position_cells(update(), position(ownership=None, as_of=None))[1:4] == ("-", "3,000", "-")


def test_shares_stand_before_derivatives_and_these_by_expiry_and_price() -> None:
    """Whatever the order in which filings told of them; what is held directly before what others hold."""
    in_order = [
        position(position_id="a", security_title="Common Stock"),
        position(position_id="b", security_title="Common Stock", ownership="I", nature_of_ownership="By Trust"),
        position(position_id="c", security_title="common stock, class B"),
        position(position_id="d", **OPTION, exercise_price="6.63"),
        position(position_id="e", **OPTION, exercise_price="31.17"),
        position(position_id="f", **{**OPTION, "expiration_date": date(2030, 1, 1)}, exercise_price="1"),
        position(position_id="g", **{**OPTION, "expiration_date": None}),
    ]
    assert ledger_order(reversed(in_order)) == in_order


def test_what_the_filings_leave_open_is_noted() -> None:
    """A change without a trade; an option that expired before the latest filing, of which none says how it ended."""
    assert note(update(), position(unexplained_change="-268000")) == "-268,000 unexplained"
    assert note(update(), position(unexplained_change="0")) == ""
    later = update(as_of=date(2025, 9, 12))
    assert note(later, position(**OPTION)) == "expired since; no filing says how it ended"
    assert note(later, position(**OPTION, shares="0")) == ""
    assert note(update(as_of=date(2022, 8, 13)), position(**OPTION)) == ""


def test_positions_on_a_narrow_terminal_stand_under_their_owner() -> None:
    """One line for owner and issuer, one for each position."""
    notes = position(shares=None, value="2000000", as_of=None, unexplained_change="5")
    assert position_lines(update(), [position(), notes]) == [
        "DOE JANE in ACM ACME CORP  (director, CFO)",
        "3,000  Common Stock, directly, as of 2024-03-05",
        "$2,000,000  Common Stock, directly, as of an unknown date; +5 unexplained",
    ]


def test_a_position_is_closed_where_its_amount_is_zero_and_not_where_it_is_unknown() -> None:
    """Shares or value."""
    assert is_closed(position(shares="0"))
    assert is_closed(position(shares="0.000"))
    assert is_closed(position(shares=None, value="0"))
    assert not is_closed(position())
    unknown = position(shares=None)
    assert not is_closed(unknown)
    assert held_amount(unknown) == "-"
