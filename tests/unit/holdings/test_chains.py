"""How a filing's lines become running chains."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.transactions_reported import Holding, Transaction
from services.holdings import chains as chains_module
from services.holdings.chains import Chain, running_chains
from tests.unit.holdings.builders import holding, report, row, traded


def chains(*lines: Transaction | Holding, held: tuple[str, ...] = ()) -> tuple[Chain, ...]:
    """The chains of the lines, where the ledger holds the amounts `held` in each class."""
    return running_chains(report(*lines), lambda *_: [Decimal(amount) for amount in held])


def ends(*lines: Transaction | Holding, held: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    """Baseline, amount and reported change of each chain."""
    return [(str(c.baseline), str(c.amount), str(c.reported)) for c in chains(*lines, held=held)]


def test_lines_whose_amounts_run_on_are_one_chain() -> None:
    """Its first amount less its first line's shares was held before, its last is the position."""
    assert ends(traded("D", "10", "90"), traded("D", "20", "70"), traded("A", "5", "75")) == [("100", "75", "-25")]


def test_lines_of_another_class_or_holder_are_another_chain() -> None:
    """Interleaved lines find their own chains."""
    lines = (
        traded("D", "10", "90"),
        traded("D", "10", "40", by="Trust"),
        traded("D", "10", "5", title="Class B"),
        traded("D", "10", "80"),
        traded("D", "10", "30", by="Trust"),
    )
    assert ends(*lines) == [("100", "80", "-20"), ("50", "30", "-20"), ("15", "5", "-10")]


def test_a_total_repeated_on_each_line_is_one_chain() -> None:
    """Filers show the amount after the last trade on every line: before was less by all of them."""
    assert ends(traded("D", "10", "70"), traded("D", "15", "70"), traded("D", "5", "70")) == [("100", "70", "-30")]


def test_a_holding_that_repeats_its_chains_total_belongs_to_it() -> None:
    """The table's last line often says once more what the trades led to."""
    assert ends(traded("D", "10", "90"), holding("90")) == [("100", "90", "-10")]


def test_a_total_cannot_repeat_from_below_zero() -> None:
    """Two grants of a hundred, each shown as a hundred, are two lots."""
    unit = {"title": "RSU", "table": "derivative"}
    assert ends(traded("A", "100", "100", **unit), traded("A", "100", "100", **unit)) == [  # type: ignore[arg-type]
        ("0", "100", "100"),
        ("0", "100", "100"),
    ]


def test_two_lots_of_a_derivative_that_end_at_zero_are_two() -> None:
    """Each lot's last vesting leaves nothing of it."""
    unit = {"title": "RSU", "table": "derivative"}
    assert len(chains(traded("D", "500", "0", **unit), traded("D", "300", "0", **unit))) == 2  # type: ignore[arg-type]


def test_a_line_that_continues_what_the_ledger_holds_begins_a_chain() -> None:
    """Two equal lots vest alike: the ledger knows that there are two, and the total only seems repeated."""
    lines = (
        traded("D", "500", "1000", title="RSU", table="derivative"),
        traded("D", "500", "1000", title="RSU", table="derivative"),
    )
    assert len(chains(*lines)) == 1
    assert len(chains(*lines, held=("1500", "1500"))) == 2


def test_lines_listed_latest_first_are_put_in_order() -> None:
    """The chain goes on from where the later line ends."""
    assert ends(traded("D", "5", "85"), traded("D", "10", "90")) == [("100", "85", "-15")]


def test_a_later_line_is_not_put_before_an_earlier() -> None:
    """That it ends where the chain began is chance where its date says otherwise."""
    later = traded("A", "15", "90", by="Trust", day=date(2024, 3, 6))
    assert ends(traded("D", "10", "80", by="Trust"), later) == [("90", "80", "-10"), ("75", "90", "15")]


def test_amounts_that_round_keep_the_chain() -> None:
    """Dividend equivalents round: up to one share is no break."""
    lines = (traded("A", "10.4", "110", by="Trust"), traded("A", "10.4", "121", by="Trust"))
    assert ends(*lines) == [("99.6", "121", "20.8")]


def test_a_line_that_contradicts_its_own_amount_keeps_the_chain_and_is_marked() -> None:
    """5,494 reported as acquired where the amounts say disposed."""
    (chain,) = chains(traded("D", "6", "100000"), traded("A", "5494", "94506"), traded("D", "6", "94500"), held=("5",))
    assert row(chain.baseline, chain.amount, chain.reported) == (100006, 94500, 5494 - 12)
    assert row(*chain.contradicting) == (5494,)


def test_a_gap_in_direct_shares_stays_one_chain() -> None:
    """An owner holds shares of a class directly only once: what is missing between is unexplained, not another."""
    assert ends(traded("D", "10", "90"), traded("D", "10", "50", day=date(2024, 3, 6))) == [("100", "50", "-20")]
    assert ends(traded("D", "10", "50", day=date(2024, 3, 6)), traded("D", "10", "90")) == [("100", "50", "-20")]


def test_a_gap_in_indirect_shares_begins_another_chain() -> None:
    """Two trusts under one label are two positions."""
    assert len(chains(traded("D", "10", "90", by="Trust"), traded("D", "10", "50", by="Trust"))) == 2


def test_a_line_without_an_amount_following_moves_the_chain() -> None:
    """The signed shares take its place, at the chain's end and at its beginning."""
    assert ends(traded("D", "10", "90"), traded("D", "5", None)) == [("100", "85", "-15")]
    assert ends(traded("D", "10", None), traded("D", "5", "85")) == [("100", "85", "-15")]
    assert ends(traded("D", "10", None)) == [("None", "None", "-10")]


def test_a_line_whose_shares_cannot_be_read_reports_no_sum() -> None:
    """The amount following still counts; what was reported is not guessed."""
    assert ends(traded("D", "10", "90"), traded("D", None, "80")) == [("100", "80", "None")]
    assert ends(traded("A", None, "80")) == [("None", "80", "None")]


def test_a_line_that_says_no_amount_or_no_title_is_in_no_chain() -> None:
    """A malformed line cannot move a position."""
    assert chains(traded("A", None, None), traded(None, "5", None), traded("A", "5", "5", title=None)) == ()


def test_a_holding_of_unknown_amount_is_a_chain_without_amounts() -> None:
    """A Form 3 names derivatives and what they convert into, not how many are held."""
    (chain,) = chains(holding(None, title="Series A", table="derivative"))
    assert row(chain.baseline, chain.amount, chain.transactions) == (None, None, ())


def test_value_based_lines_run_in_dollars() -> None:
    """Partnerships and debt are reported by value; dollars and shares never mix."""
    note = {"title": "Note", "shares": None, "shares_owned_following": None}
    lines = (
        traded("A", None, None).model_copy(
            update={**note, "security_title": "Note", "total_value": "500", "value_owned_following": "1500"}
        ),
        traded("A", None, None).model_copy(
            update={**note, "security_title": "Note", "total_value": "250", "value_owned_following": "1750"}
        ),
        traded("A", "5", "1755", title="Note"),
    )
    assert [row(c.unit, c.baseline, c.amount) for c in chains(*lines)] == [
        ("value", 1000, 1750),
        ("shares", 1750, 1755),
    ]


def test_a_line_with_a_total_value_alone_moves_dollars() -> None:
    """Without an amount following the unit is that of what moved."""
    (chain,) = chains(traded("A", None, None, title="Note", total_value="500"))
    assert row(chain.unit, chain.amount, chain.reported) == ("value", None, 500)


def test_a_number_of_monstrous_length_is_no_amount() -> None:
    """No issuer has so many shares; reckoning with them would be a way to stop the ledger."""
    assert chains(traded("A", "9" * 5000, None)) == ()


def test_a_filing_of_thousands_of_lines_does_not_take_the_square_of_their_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lines of which none goes on from another: each is compared with so many chains, and with no more."""
    compared = 0
    continues = chains_module._continues

    def counted(chain: Any, sure: Any) -> bool:
        nonlocal compared
        compared += 1
        return continues(chain, sure)

    monkeypatch.setattr(chains_module, "_CONTINUING", ((counted, chains_module._Open.go_on),))
    lines = [holding(str(1_000 * number)) for number in range(1, 1_001)]
    assert len(chains(*lines)) == 1_000
    assert compared <= 64 * 1_000
