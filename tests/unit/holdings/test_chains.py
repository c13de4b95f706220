"""How a filing's lines become running chains, each rule of `running`, and what the steps of a chain come to."""

from decimal import Decimal
from typing import Any, Final

import pytest

from contracts.structs import Holding, Transaction
from services.holdings.chain_building import build_chains
from services.holdings.chains import Chain, ChainStep, ChainSummary, running_amounts, summarize
from tests.unit.holdings.builders import DAY, chain, holding, label, listed, only, report, row, step, traded

Line = Transaction | Holding
OPTION: Final[dict[str, Any]] = {"title": "Option", "table": "derivative", "underlying_title": "Common Stock"}


def chains(*lines: Line) -> tuple[Chain, ...]:
    """Return the chains of the lines."""
    return build_chains(report(*lines))


def ends(*lines: Line) -> list[tuple[str, str, str]]:
    """Return what was held before each chain and after it, and the sum of its lines."""
    return [(str(each.before), str(each.after), str(each.total)) for each in chains(*lines)]


def test_lines_whose_amounts_continue_are_one_chain() -> None:
    """Three sales at three prices are one change of one position."""
    assert ends(traded("D", "10", "90"), traded("D", "20", "70"), traded("A", "5", "75")) == [("100", "75", "-25")]


def test_interleaved_lines_of_three_positions_find_their_own_chains() -> None:
    """Another class or holder is another chain, whatever the amounts."""
    lines = (
        traded("D", "10", "90"),
        traded("D", "10", "40", by="Trust"),
        traded("D", "10", "5", title="Class B"),
        traded("D", "10", "80"),
        traded("D", "10", "30", by="Trust"),
    )
    assert ends(*lines) == [("100", "80", "-20"), ("50", "30", "-20"), ("15", "5", "-10")]


def test_lines_listed_latest_first_are_put_in_order() -> None:
    """Some filers list the day's trades backwards."""
    lines = (traded("D", "5", "75"), traded("D", "10", "80"), traded("D", "10", "90"))
    assert [each.lines for each in chains(*lines)] == [(2, 1, 0)]
    assert ends(*lines) == [("100", "75", "-25")]


def test_later_dated_line_is_not_put_before_an_earlier_one() -> None:
    """Its amount equals the start of the chain only by chance."""
    later = traded("A", "15", "90", by="Trust", day=DAY.replace(day=6))
    assert ends(traded("D", "10", "80", by="Trust"), later) == [("90", "80", "-10"), ("75", "90", "15")]


def test_amounts_that_round_keep_the_chain_below_100_they_do_not() -> None:
    """Dividend equivalents are rounded: a difference of up to one share does not break a chain."""
    assert len(chains(traded("A", "10.4", "110", by="Trust"), traded("A", "10.4", "121", by="Trust"))) == 1
    assert len(chains(traded("A", "10.4", "11", by="Trust"), traded("A", "10.4", "22", by="Trust"))) == 2


@pytest.mark.parametrize(("code", "side"), [("S", "A"), ("P", "D")])
def test_mistyped_side_of_a_sale_or_purchase_is_corrected(code: str, side: str) -> None:
    """The amounts determine the side: 100 becomes 90 if 10 were sold."""
    right = "D" if side == "A" else "A"
    sign = Decimal(-1 if code == "S" else 1)
    first, last = (str(Decimal(500) + sign * delta) for delta in (10, 30))
    found = only(chains(traded(right, "10", first, code=code), traded(side, "20", last, code=code)))
    assert row(found.before, found.after, found.total, found.side_corrected) == row(500, Decimal(last), 30 * sign, (1,))


def test_side_of_another_code_is_not_corrected() -> None:
    """A gift can be given or received: neither side contradicts its code."""
    lines = (traded("D", "10", "90", code="G", by="Trust"), traded("A", "20", "70", code="G", by="Trust"))
    assert len(chains(*lines)) == 2


def test_gap_starts_another_chain() -> None:
    """Which of them move one position is known only with the ledger."""
    assert ends(traded("D", "10", "90"), traded("D", "10", "50")) == [("100", "90", "-10"), ("60", "50", "-10")]


def test_chains_whose_ends_meet_are_one() -> None:
    """The line between two that do not continue may come last."""
    lines = (traded("D", "10", "50"), traded("D", "10", "90"), traded("D", "30", "60"))
    assert [each.lines for each in chains(*lines)] == [(1, 2, 0)]


def test_line_without_an_amount_following_moves_the_chain() -> None:
    """The signed shares replace it, at both ends of the chain."""
    assert ends(traded("D", "10", "90"), traded("D", "5", None)) == [("100", "85", "-15")]
    assert ends(traded("D", "10", None), traded("D", "5", "85")) == [("100", "85", "-15")]
    assert ends(traded("D", "10", None), traded("D", "5", None)) == [("None", "None", "-15")]


def test_unreadable_amount_is_unknown_and_its_line_stays_in_a_chain() -> None:
    """Each trade line is reported, even a malformed one."""
    lines = (traded("A", None, "80"), traded(None, "5", None), traded("A", None, None, title=None), holding(None))
    assert sorted(number for each in chains(*lines) for number in each.lines) == [0, 1, 2, 3]
    assert ends(traded("A", None, "80")) == [("None", "80", "None")]
    assert ends(traded("A", "9" * 5000, "80")) == [("None", "80", "None")]


def test_holding_that_repeats_the_amount_of_the_trades_belongs_to_them() -> None:
    """The last line of a table often repeats the amount after the trades."""
    assert ends(traded("D", "10", "90"), holding("90")) == [("100", "90", "-10")]


def test_dollars_and_shares_are_two_chains() -> None:
    """Lines of one title may count in both."""
    lines = (
        traded("A", None, None, title="Note", total_value="500", value_owned_following="1500"),
        traded("A", None, None, title="Note", total_value="250", value_owned_following="1750"),
        traded("A", "5", "1755", title="Note"),
    )
    assert [row(each.unit, each.before, each.after) for each in chains(*lines)] == [
        ("value", 1000, 1750),
        ("shares", 1750, 1755),
    ]


def test_blank_term_in_a_filing_takes_the_only_class_that_fits() -> None:
    """The second line of an option often omits terms of the first."""
    full = traded("D", "10", "90", exercise_price="5", expiration_date="2030-01-01", **OPTION)
    blank = traded("D", "10", "80", expiration_date="2030-01-01", **OPTION)
    assert only(chains(full, blank)).label.exercise_price == "5"
    other = traded("D", "10", "40", exercise_price="6", expiration_date="2030-01-01", **OPTION)
    assert len(chains(full, other, blank)) == 3


def test_chain_keeps_the_last_market_price() -> None:
    """An exercise price is not what the shares cost that day."""
    lines = (
        traded("A", "10", "110", code="M", price_per_share="2"),
        traded("D", "10", "100", code="S", price_per_share="50.5"),
        traded("D", "10", "90", code="G", price_per_share="0"),
    )
    assert only(chains(*lines)).price == Decimal("50.5")


def test_form_3_derivative_keeps_what_it_converts_into() -> None:
    """Form 3 has no column for the number of derivatives: later it identifies the position that a conversion ends."""
    assert only(chains(holding(None, underlying_shares="325441", **OPTION))).converts_into == 325_441
    assert only(chains(holding("5", underlying_shares="325441", **OPTION))).converts_into is None


def summary(before: int | None, after: int | None, total: int | None) -> ChainSummary:
    """Return a summary in plain numbers."""
    return ChainSummary(*(None if each is None else Decimal(each) for each in (before, after, total)))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([step(-10, 90), step(-20, 70)], summary(100, 70, -30)),
        ([step(-10, None), step(-20, 70)], summary(100, 70, -30)),
        ([step(-10, 90), step(-20, None)], summary(100, 70, -30)),
        ([step(-10, 90), step(-20, 65)], summary(100, 65, -30)),
        ([step(None, 90), step(-20, 70)], summary(None, 70, None)),
        ([step(-10, 90), step(None, 70)], summary(100, 70, None)),
        ([step(-10, 90), step(None, None)], summary(100, None, None)),
        ([step(-10, 90), step(None, None), step(-5, 70)], summary(100, 70, None)),
        ([step(-10, None)], summary(None, None, -10)),
        ([listed(90)], summary(90, 90, 0)),
        ([listed(None)], summary(None, None, 0)),
        ([], summary(None, None, 0)),
    ],
)
def test_before_is_the_first_amount_minus_the_shares_up_to_it(steps: list[ChainStep], expected: ChainSummary) -> None:
    """The filed amount following is the truth; what was held before it is computed."""
    assert summarize(steps) == expected


def test_amounts_between_lines_are_unknown_if_a_line_is_unreadable() -> None:
    """A late report is recognized by an amount that the position ran through."""
    assert row(*running_amounts(Decimal(100), [step(-10, 90), step(-20, None)])) == (100, 90, 70)
    assert row(*running_amounts(Decimal(100), [step(-10, 90), step(None, 70)])) == (100,)
    assert running_amounts(None, [step(-10, 90)]) == ()


def test_only_trades_from_nothing_held_start_at_zero() -> None:
    """A holding line of 0 shares is not a new grant."""
    assert chain(label(), step(10, 10, code="A")).starts_at_zero
    assert not chain(label(), step(10, 11, code="A")).starts_at_zero
    assert not chain(label(), step(10, None, code="A")).starts_at_zero
    assert not chain(label(), listed(0)).starts_at_zero
