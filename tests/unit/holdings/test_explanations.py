"""Why trades and ledger differ: each kind of explanation with its evidence, and which comes first."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import pytest

from contracts.structs import Evidence
from services.holdings.accounts import Account, HeldPosition
from services.holdings.chains import Chain, ChainStep
from services.holdings.explanations import ExplainedChange, Explainer, ExplanationContext
from services.holdings.footnotes import CitedFact, FootnoteStatements, SplitRatio
from services.holdings.matching import Match
from services.holdings.position_changes import PositionChange, compute_change
from tests.unit.holdings.builders import account, amount, chain, filed, label, listed, position, step

DIRECT: Final = label()
TRUST: Final = label(by="Trust")
SPOUSE: Final = label(by="Spouse")
OPTION: Final = label("Option", exercise_price="30", underlying="Common Stock")
Names = list[tuple[str, str]]


def sold(before: int, after: int, delta: int = -10) -> tuple[HeldPosition, Chain]:
    """Make a direct position with an amount, and a sale of 10 with the amount following."""
    return position(DIRECT, account(0, before, days=-5)), chain(DIRECT, step(delta, after))


def delta(held: HeldPosition | None, of: Chain, **changes: Any) -> PositionChange:
    """Return the position change of a chain, with some fields replaced."""
    movement = compute_change(Match((0,), held), filed(of))
    movement.position_id = held.position_id if held is not None else "new"
    for name, value in changes.items():
        setattr(movement, name, value)
    return movement


def explained(
    movements: Sequence[PositionChange], *others: HeldPosition, usual: int | None = None
) -> list[ExplainedChange | None]:
    """Return the explanations of position changes, in a book of their positions and others."""
    held = [each.position for each in movements if each.position is not None]
    context = ExplanationContext(
        movements, [*held, *others], lambda each: f"filing {each.filing}", lambda _: amount(usual)
    )
    explainer = Explainer(context)
    return [explainer.explain(each) for each in movements]


def told(found: ExplainedChange | None) -> tuple[str | None, Names]:
    """Return an explanation with its evidence in short."""
    return (None, []) if found is None else (found.explanation, [(each.kind, each.id) for each in found.evidence])


def why(before: int, after: int, *, usual: int | None = None, **changes: Any) -> tuple[str | None, Names]:
    """Return the explanation of a sale of 10 that leaves another amount than it should."""
    held, of = sold(before, after)
    (found,) = explained([delta(held, of, **changes)], usual=usual)
    return told(found)


def test_change_that_ties_has_no_explanation() -> None:
    """Nothing is unexplained, and nothing can be if the ledger knew no amount."""
    assert why(1000, 990) == (None, [])
    assert explained([delta(None, sold(0, 990)[1])]) == [None]


def test_difference_of_one_share_from_100_on_is_rounding() -> None:
    """Dividend equivalents round; one share of a few does not."""
    assert [why(*each)[0] for each in ((1000, 991), (1000, 992), (60, 51))] == ["rounding", "unknown", "unknown"]


@pytest.mark.parametrize(("ratio", "after"), [((3, 2), 1490), ((105, 100), 1040), ((1, 20), 40), ((20, 1), 40)])
def test_ratio_in_a_footnote_explains_a_split(ratio: tuple[int, int], after: int) -> None:
    """Any ratio counts if it is stated, in either direction."""
    statements = FootnoteStatements(ratios=(CitedFact(SplitRatio(7, 1), "F1"), CitedFact(SplitRatio(*ratio), "F2")))
    assert why(1000, after, statements=statements) == ("split", [("footnote", "F2")])


def test_option_follows_a_split_with_its_price() -> None:
    """Price times amount is unchanged, and the price is not."""
    held = position(OPTION, account(0, 1000, days=-5))
    after = OPTION._replace(exercise_price="12")
    assert told(*explained([delta(held, chain(after, step(-10, 2490)))])) == ("split", [])
    assert told(*explained([delta(held, chain(OPTION, step(-10, 2490)))])) == ("unknown", [])


def test_whole_ratio_over_all_positions_of_the_security_is_a_split() -> None:
    """Both doubled: each is the other's evidence. One that did not is evidence against."""
    held, trust = position(DIRECT, account(0, 1000)), position(TRUST, account(0, 300), position_id="t")
    both = [delta(held, chain(DIRECT, listed(2000))), delta(trust, chain(TRUST, listed(600)))]
    assert [told(each) for each in explained(both)] == [("split", [("position", "t")]), ("split", [("position", "p")])]
    one = [delta(held, chain(DIRECT, listed(2000))), delta(trust, chain(TRUST, listed(900)))]
    assert [told(each)[0] for each in explained(one)] == ["unknown", "unknown"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (1007, 2004, "split"),
        (1000, 1990, "unknown"),
        (3003, 140, "split"),
        (3010, 143, "unknown"),
        (60, 110, "unknown"),
    ],
)
def test_single_position_with_an_odd_amount_is_split_by_a_whole_ratio(before: int, after: int, expected: str) -> None:
    """Doubling 1,000 shares may be a purchase in a missing filing; doubling 1,007 hardly is."""
    assert why(before, after)[0] == expected


@pytest.mark.parametrize(
    ("usual", "price", "expected"), [(50, "25.5", "split"), (50, "51", "unknown"), (None, "25", "unknown")]
)
def test_inverse_price_move_confirms_the_split_of_a_round_amount(usual: int | None, price: str, expected: str) -> None:
    """The share cost 50 before and costs 25 now."""
    assert why(1000, 1990, usual=usual, price=Decimal(price))[0] == expected


def test_changes_that_cancel_are_a_transfer() -> None:
    """Direct to trust within one filing: each side is the other's evidence."""
    held, trust = position(DIRECT, account(0, 1000)), position(TRUST, account(0, 300), position_id="t")
    both = [delta(held, chain(DIRECT, listed(930))), delta(trust, chain(TRUST, listed(370)))]
    assert [told(each) for each in explained(both)] == [
        ("transfer", [("position", "t")]),
        ("transfer", [("position", "p")]),
    ]


def test_first_amount_of_a_position_explains_the_loss_of_another() -> None:
    """The trust is seen for the first time, with just what left."""
    held = position(DIRECT, account(0, 1000))
    both = [delta(held, chain(DIRECT, listed(930))), delta(None, chain(TRUST, listed(70)))]
    assert told(explained(both)[0]) == ("transfer", [("position", "new")])


def test_open_changes_of_earlier_filings_are_cancelled_and_settled() -> None:
    """The other side of a transfer came a filing earlier, in up to three parts."""
    held = position(DIRECT, account(0, 1000, days=-20))
    open_accounts = (account(0, 500, days=-9), account(530, 520, days=-8, still_unexplained=Decimal(30)))
    trust = position(TRUST, *open_accounts, position_id="t")
    spouse = position(SPOUSE, account(40, 50, still_unexplained=Decimal(40), is_first_amount=True), position_id="s")
    (found,) = explained([delta(held, chain(DIRECT, listed(930)))], trust, spouse)
    assert told(found) == ("transfer", [("position", "t"), ("position", "s")])
    assert found is not None
    assert [(each.position, each.account_index) for each in found.settled] == [(trust, 1), (spouse, 0)]


def test_open_changes_of_another_security_or_time_cancel_nothing() -> None:
    """What leaves Class A does not arrive in Class B, nor years apart."""
    held = position(DIRECT, account(0, 1000))
    other = position(label("Class B"), account(0, 70, still_unexplained=Decimal(70)), position_id="b")
    later = position(
        TRUST, account(0, 9, days=50), account(79, 89, days=60, still_unexplained=Decimal(70)), position_id="t"
    )
    assert told(*explained([delta(held, chain(DIRECT, listed(930)))], other, later)) == ("unknown", [])


@pytest.mark.parametrize(
    ("change", "cited", "expected"),
    [
        (77, None, ("transfer", [("position", "t")])),
        (77, "F1", ("transfer", [("footnote", "F1"), ("position", "t")])),
        (100, "F1", ("transfer", [("footnote", "F1"), ("position", "t")])),
        (100, None, ("unknown", [])),
        (78, "F1", ("unknown", [])),
        (-77, "F1", ("unknown", [])),
    ],
)
def test_gain_of_the_whole_amount_of_an_unlisted_position_is_a_transfer(
    change: int, cited: str | None, expected: tuple[str, Names]
) -> None:
    """The trust was dissolved: a footnote mentions it, or the number is too odd for chance."""
    trust = position(TRUST, account(0, 100 if change == 100 else 77), position_id="t")
    statements = FootnoteStatements(transfer=CitedFact(None, cited)) if cited else FootnoteStatements()
    held = position(DIRECT, account(0, 1000))
    movement = delta(held, chain(DIRECT, listed(1000 + change)), statements=statements)
    (found,) = explained([movement], trust)
    assert told(found) == expected
    assert found is not None
    assert found.emptied == (trust if expected[0] == "transfer" else None)


def test_two_unlisted_positions_of_the_same_amount_explain_nothing() -> None:
    """A guess would empty the wrong one."""
    others = [position(TRUST, account(0, 77), position_id=name) for name in "tu"]
    assert (
        told(*explained([delta(position(DIRECT, account(0, 1000)), chain(DIRECT, listed(1077)))], *others))[0]
        == "unknown"
    )


def test_open_change_explains_only_one_change() -> None:
    """The 77 shares of the trust went to one of the two; so did the 30 that it lost before."""
    for trust, listed_now in (
        (position(TRUST, account(0, 77, days=-9), position_id="t"), 1077),
        (
            position(
                TRUST, account(0, 530, days=-9), account(500, 500, still_unexplained=Decimal(-30)), position_id="t"
            ),
            1030,
        ),
    ):
        held = [position(each, account(0, 1000, days=-20), position_id=each.holder.key) for each in (DIRECT, SPOUSE)]
        movements = [delta(each, chain(each.label, listed(listed_now))) for each in held]
        assert [told(each)[0] for each in explained(movements, trust)] == ["transfer", "unknown"]


def late(*accounts: Account, before: int, after: int, **changes: Any) -> ExplainedChange | None:
    """Return the explanation of a sale that goes among accounts."""
    steps: tuple[ChainStep, ...] = (step(after - before, after),)
    movement = compute_change(Match((0,), position(DIRECT, *accounts)), filed(chain(DIRECT, *steps)))
    for name, value in changes.items():
        setattr(movement, name, value)
    return explained([movement])[0]


def test_late_report_closes_the_gap_that_a_later_account_left() -> None:
    """The account after it is the evidence."""
    found = late(
        account(0, 1000, days=-9), account(900, 880, days=9, filing=7), before=1000, after=900, gap_closed_at=1
    )
    assert told(found) == ("late_report", [("filing", "filing 7")])


def test_pending_sums_of_late_reports_explain_a_later_change() -> None:
    """Two sales reported late are missing in the next amount that is filed."""
    pending = [account(0, 1000, days=-9)]
    pending += [account(1000, 990, days=place, filing=place, pending=Decimal(-10 * place)) for place in (-3, -2)]
    found = late(*pending, account(1000, 1000, days=-1), before=1050, after=1040)
    assert told(found) == ("late_report", [("filing", "filing -3"), ("filing", "filing -2")])
    assert found is not None
    assert found.repaid == (1, 2)
    assert told(late(*pending, account(1000, 1000, days=-1), before=1020, after=1010))[1] == [("filing", "filing -2")]


def test_numbers_in_a_footnote_take_precedence_over_a_cause() -> None:
    """The number is the stronger evidence."""
    cause = CitedFact(None, "F9")
    statements = FootnoteStatements(numbers=(CitedFact(Decimal(20), "F1"), CitedFact(Decimal(30), "F2")), cause=cause)
    assert why(1000, 1040, statements=statements) == ("stated", [("footnote", "F1"), ("footnote", "F2")])
    assert why(1000, 1041, statements=statements) == ("stated", [("footnote", "F9")])


def test_gap_from_which_the_next_line_continues_is_a_line_error() -> None:
    """The amount is mistyped in one line, and the next line continues from it."""
    assert why(1000, 1040, line_error=Decimal(50)) == ("line_error", [])
    assert why(1000, 1040, line_error=Decimal(49)) == ("unknown", [])
    assert why(1000, 990, side_corrected=True) == why(1000, 990, filed_amount=Decimal(5)) == ("line_error", [])


def test_strongest_of_several_explanations_is_chosen() -> None:
    """Rounding, split, transfer, late report, stated, line error: what is surest, first."""
    statements = FootnoteStatements(ratios=(CitedFact(SplitRatio(2, 1), "F1"),), cause=CitedFact(None, "F2"))
    everything: dict[str, Any] = {"statements": statements, "line_error": Decimal(1)}
    assert why(1000, 991, **everything)[0] == "rounding"
    assert why(1000, 1990, **everything | {"line_error": Decimal(1000)})[0] == "split"
    trust = position(TRUST, account(0, 7, still_unexplained=Decimal(-40)), position_id="t")
    held, of = sold(1000, 1030)
    assert told(*explained([delta(held, of, **everything)], trust))[0] == "transfer"
    assert why(1000, 1030, **everything | {"line_error": Decimal(40)})[0] == "stated"


def test_split_of_many_positions_cites_at_most_30_as_evidence() -> None:
    """The alert of each of a thousand must not list all the others."""
    movements = [
        delta(
            position(label(by=f"T{each}"), account(0, 100 + each), position_id=str(each)),
            chain(label(by=f"T{each}"), listed(2 * (100 + each))),
        )
        for each in range(80)
    ]
    found = explained(movements)
    assert {told(each)[0] for each in found} == {"split"}
    assert found[0] is not None
    assert found[0].evidence[:1] == (Evidence(kind="position", id="1"),)
    assert len(found[0].evidence) == 30
