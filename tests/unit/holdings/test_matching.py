"""Which position each chain of a filing moves: each rule, their order, and what is left over."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest

from services.holdings.accounts import HeldPosition
from services.holdings.chains import Chain
from services.holdings.footnotes import CitedFact, FootnoteStatements, SplitRatio
from services.holdings.labels import Label
from services.holdings.matching import match_chains
from services.holdings.position_index import PositionIndex
from tests.unit.holdings.builders import account, chain, label, listed, position, step

TRUST: Final = label(by="By Trust")
OPTION: Final = label("Option", exercise_price="30", expiration_date=date(2030, 1, 1), underlying="Common Stock")


def held(of: Label, *amounts: int | None, position_id: str = "p", **more: Any) -> HeldPosition:
    """Make a position that ran through the amounts, each the end of an account."""
    starts = (amounts[0], *amounts[:-1])
    accounts = (account(one, other, days=place) for place, (one, other) in enumerate(zip(starts, amounts, strict=True)))
    return position(of, *accounts, position_id=position_id, **more)


def sale(of: Label, before: int, after: int, **more: Any) -> Chain:
    """Make a chain from one amount to another."""
    return chain(of, step(after - before, after), **more)


def joined(chains: Sequence[Chain], *known: HeldPosition) -> list[tuple[tuple[int, ...], str | None]]:
    """Return the matches: the indexes of the chains, and the position's id or None."""

    def held_before(position: HeldPosition, amount: Decimal) -> bool:
        return any(amount in (each.before, each.after) for each in position.accounts[:-1])

    joins = match_chains(chains, PositionIndex(known), held_before)
    return [(each.chains, each.position.position_id if each.position is not None else None) for each in joins]


def test_same_holder_with_the_ledgers_amount_is_matched_first() -> None:
    """Two trusts under one label: the one whose amount continues is chosen."""
    known = (held(TRUST, 500, position_id="a"), held(TRUST, 100, position_id="b"))
    assert joined([sale(TRUST, 100, 90)], *known) == [((0,), "b")]


def test_exact_amount_is_preferred_to_a_rounded_one() -> None:
    """100 and 101 are the same within rounding, but one of them is exact."""
    known = (held(TRUST, 101, position_id="a"), held(TRUST, 100, position_id="b"))
    assert joined([sale(TRUST, 101, 90)], *known) == [((0,), "a")]
    assert joined([sale(TRUST, 102, 90)], *known) == [((0,), "a")]


def test_amount_of_an_earlier_account_is_matched_second() -> None:
    """A late report starts from or ends at an earlier amount of the position."""
    known = (held(TRUST, 500, 400, position_id="a"), held(TRUST, 100, 50, position_id="b"))
    assert joined([sale(TRUST, 500, 450)], *known) == [((0,), "a")]
    assert joined([sale(TRUST, 130, 100)], *known) == [((0,), "b")]


def test_split_ratio_in_a_footnote_selects_one_of_two_grants() -> None:
    """No amount continues, but the footnote's ratio makes one position's amount into the chain's."""
    stated = FootnoteStatements(ratios=(CitedFact(SplitRatio(3, 1), "F1"),))
    known = (held(label("RSU"), 100, position_id="a"), held(label("RSU"), 70, position_id="b"))
    assert joined([sale(label("RSU"), 300, 290, statements=stated)], *known) == [((0,), "a")]


def test_ledgers_amount_under_another_label_matches_a_reworded_label() -> None:
    """The trust was renamed, and its amount continues."""
    known = (held(TRUST, 500, position_id="a"), held(label(by="Spouse"), 7, position_id="b"))
    assert joined([sale(label(by="Doe Family"), 500, 490)], *known) == [((0,), "a")]
    assert joined([sale(label(by="Doe Family"), 400, 390)], *known) == [((0,), None)]


def test_amount_of_zero_does_not_match_under_another_label() -> None:
    """A closed position of one holder is not continued by another's first purchase."""
    known = held(label(by="Fund A"), 100, 0)
    assert joined([sale(label(by="Fund B"), 0, 5)], known) == [((0,), None)]


def test_label_that_the_filing_still_uses_is_not_matched_as_reworded() -> None:
    """Fund A keeps its position although its amount jumped to Fund B's."""
    known = held(label(by="Fund A"), 100)
    chains = [sale(label(by="Fund B"), 100, 150), sale(label(by="Fund A"), 40, 30)]
    assert joined(chains, known) == [((0,), None), ((1,), "p")]


def test_earlier_amount_under_another_label_counts_only_if_the_label_has_no_position() -> None:
    """Otherwise the label belongs to its own position."""
    known = (held(TRUST, 500, 400, position_id="a"), held(label(by="Spouse"), 7, position_id="b"))
    assert joined([sale(label(by="Doe Family"), 500, 450)], *known) == [((0,), "a")]
    assert joined([sale(label(by="Spouse"), 500, 450)], *known) == [((0,), "b")]


def test_near_class_is_taken_if_one_position_alone_has_the_amount() -> None:
    """Common Stock is called Class A Common Stock now."""
    new, other = label("Class A Common Stock"), label("Preferred")
    assert joined([sale(new, 500, 490)], held(label(), 500)) == [((0,), "p")]
    assert joined([sale(new, 500, 490)], held(label(), 500), held(other, 500, position_id="q")) == [((0,), None)]
    assert joined([sale(new, 0, 10)], held(label(), 0)) == [((0,), None)]
    assert joined([sale(new, 500, 490)], held(TRUST, 500)) == [((0,), None)]
    assert joined([sale(new, 500, 490), chain(label(), listed(3))], held(label(), 500))[0] == ((0,), None)


def test_option_at_another_price_is_matched_across_a_split() -> None:
    """Five times the options at a fifth of the price, rounded to a cent."""
    known = held(OPTION, 1000)
    after = OPTION._replace(title="Stock Opton", exercise_price="6")
    assert joined([sale(after, 5000, 4500)], known) == [((0,), "p")]
    assert joined([sale(after._replace(exercise_price="6.02"), 5000, 4500)], known) == [((0,), None)]
    assert joined([sale(after._replace(expiration_date=date(2031, 1, 1)), 5000, 4500)], known) == [((0,), None)]
    assert joined([sale(after, 5000, 4500)], known, held(OPTION, 1000, position_id="q")) == [((0,), None)]


def test_amount_that_was_not_updated_is_preferred_to_the_same_holder_alone() -> None:
    """The filer gave the amount from before the trade; of two positions it is that of one."""
    known = (held(TRUST, 500, position_id="a"), held(TRUST, 90, position_id="b"))
    assert joined([sale(TRUST, 600, 500)], *known) == [((0,), "a")]


def test_same_holder_alone_is_matched_last() -> None:
    """Nothing continues: the difference will be unexplained."""
    assert joined([sale(label(), 310, 300)], held(label(), 100)) == [((0,), "p")]


def test_holder_is_recognized_by_an_older_label() -> None:
    """A filer goes back to words used years ago."""
    accounts = (account(5, 100, label=label(by="Old Trust")), account(100, 200, days=1, label=TRUST))
    assert joined([sale(label(by="Old Trust"), 310, 300)], position(TRUST, *accounts)) == [((0,), "p")]


def test_most_similar_label_is_preferred_then_the_latest_report() -> None:
    """Two positions have the amount: shared words decide."""
    known = (held(label(by="Spouse"), 100, position_id="a"), held(label(by="Doe Family Trust"), 100, position_id="b"))
    assert joined([sale(label(by="The Doe Trust"), 100, 90)], *known) == [((0,), "b")]
    known = (held(TRUST, 7, 100, position_id="a"), held(TRUST, 100, position_id="b"))
    assert joined([sale(TRUST, 100, 90)], *known) == [((0,), "a")]


def test_each_rule_covers_all_chains_and_each_position_is_matched_once() -> None:
    """The first chain fits nothing exactly, and must not take the position that the second continues."""
    known = (held(TRUST, 100, position_id="a"), held(TRUST, 40, position_id="b"))
    assert joined([sale(TRUST, 130, 120), sale(TRUST, 100, 90)], *known) == [((0,), "b"), ((1,), "a")]


def test_position_that_fits_two_chains_is_matched_with_the_one_that_continues_it() -> None:
    """An option without its price fits the one class there is, which the filing names too: amounts decide."""
    without_price = OPTION._replace(exercise_price=None)
    chains = [sale(OPTION, 500, 490), sale(without_price, 100, 90)]
    assert joined(chains, held(OPTION, 100)) == [((0,), None), ((1,), "p")]


def test_grant_that_starts_at_zero_does_not_change_a_position_that_is_not_empty() -> None:
    """Each grant of restricted units is a separate position; shares held directly are one."""
    grant = sale(label("RSU"), 0, 300)
    assert joined([grant], held(label("RSU"), 900)) == [((0,), None)]
    assert joined([grant], held(label("RSU"), 900, 0)) == [((0,), "p")]
    assert joined([sale(label(), 0, 300)], held(label(), 900)) == [((0,), "p")]


def test_chain_in_dollars_does_not_match_a_position_in_shares() -> None:
    """A class reported by value and the same by shares are two positions."""
    assert joined([sale(label("Note"), 100, 105)], held(label("Note"), 100, unit="value")) == [((0,), None)]
    assert joined([chain(label("Note"), listed(5))], held(label("Note"), None, unit="value")) == [((0,), "p")]


def test_chains_of_direct_shares_with_gaps_are_one_match_in_order_of_days() -> None:
    """An owner holds the shares of a class directly only once."""
    later = chain(label(), step(-10, 50, day=date(2024, 3, 6)))
    assert joined([later, sale(label(), 100, 90)], held(label(), 100)) == [((1, 0), "p")]
    assert joined([later, sale(label(), 100, 90)]) == [((1, 0), None)]


def test_chains_of_a_trust_with_gaps_are_one_match_if_the_ledger_has_one_position() -> None:
    """Nothing known: two trusts under one label. One known: what is left over moves it as well."""
    chains = [sale(TRUST, 100, 90), sale(TRUST, 60, 50)]
    assert joined(chains) == [((0,), None), ((1,), None)]
    assert joined(chains, held(TRUST, 100)) == [((0, 1), "p")]
    assert joined(chains, held(TRUST, 100), held(TRUST, 60, position_id="q")) == [((0,), "p"), ((1,), "q")]


def test_total_repeated_on_each_line_is_one_position() -> None:
    """Some filers show the amount after the last trade on every line."""
    assert joined([sale(TRUST, 80, 70), sale(TRUST, 85, 70), sale(TRUST, 75, 70)]) == [((0, 1, 2), None)]
    assert joined([sale(TRUST, 10, 0), sale(TRUST, 15, 0)]) == [((0,), None), ((1,), None)]


@pytest.mark.parametrize("amounts", [[7] * 90, list(range(200, 290))])
def test_position_with_the_chains_amount_is_found_in_a_large_class(amounts: list[int]) -> None:
    """Of thousands under one label only a few are compared, and the right one is among them."""
    known = [held(TRUST, each, position_id=str(place)) for place, each in enumerate([*amounts, 5555])]
    assert joined([sale(TRUST, 5555, 5000)], *known) == [((0,), str(len(amounts)))]
