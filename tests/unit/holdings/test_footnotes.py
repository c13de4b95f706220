"""What footnotes state: numbers of shares, split ratios, causes and transfers."""

from decimal import Decimal
from typing import Any

import pytest

from services.holdings.footnotes import NOTHING_STATED, CitedFact, FootnoteStatements, SplitRatio, read_statements
from tests.unit.holdings.builders import traded

AT_AMOUNT = {"shares_owned_following": ("F1",)}


def stated(note: str, **cited: Any) -> FootnoteStatements:
    """Return what one footnote states, cited at the amount following unless stated."""
    return read_statements([traded("A", "1", "1", footnotes=cited or AT_AMOUNT)], {"F1": note})


def numbers(note: str) -> list[Decimal]:
    """Return the numbers that a footnote at the amount states."""
    return [each.fact for each in stated(note).numbers if isinstance(each.fact, Decimal)]


def ratios(note: str) -> list[tuple[int, int]]:
    """Return the split ratios that a footnote states."""
    return [(each.fact.new, each.fact.old) for each in stated(note).ratios if isinstance(each.fact, SplitRatio)]


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("Includes 1,220,481 shares acquired under the plan.", ["1220481"]),
        ("Includes 12.5 shares and 1,000 restricted stock units.", ["12.5", "1000"]),
        ("Includes 500 shares, 500 shares and 30 shares.", ["500", "30"]),
        ("Acquired 250 on March 4, 2024 and 70 on 3/4/2024.", ["250", "70"]),
        ("Acquired 250 on Mar. 4th 2024, 4 March 2024, June 2023 and 2024-03-04.", ["250"]),
        ("Sold at $50.25 to $51, of 4,000 shares.", ["4000"]),
        ("Under Rule 144 and Section 16 of the Act, 80 shares.", ["80"]),
        ("In 2023 the 2024 grant of 2,023 shares vested.", ["2023"]),
        ("Decreased 1,500 shares; market 300; declared 70.", ["1500", "300", "70"]),
        ("12345678901234567890 shares, 5% of F1, A-12 and 1 share.", []),
        ("100,00 shares", []),
        ("It reflects a gift.", []),
    ],
)
def test_only_numbers_of_shares_are_read(note: str, expected: list[str]) -> None:
    """Dates, dollars, percentages and the names of rules explain no change."""
    assert numbers(note) == [Decimal(each) for each in expected]


def test_up_to_three_numbers_that_sum_to_the_change_explain_it() -> None:
    """A footnote lists what was acquired in three lots; four are too many to be no coincidence."""
    found = stated("Includes 10, 20, 40 and 80 shares.")
    assert [each.fact for each in found.summing_to(Decimal(-20))] == [20]
    assert [each.fact for each in found.summing_to(Decimal(130))] == [10, 40, 80]
    assert found.summing_to(Decimal(150)) == found.summing_to(Decimal(35)) == ()


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("a two-for-one stock split", [(2, 1)]),
        ("a 2-for-1 stock split", [(2, 1)]),
        ("a 2:1 split", [(2, 1)]),
        ("a three (3) for two (2) stock split", [(3, 2)]),
        ("a three-for-two stock split", [(3, 2)]),
        ("a one-for-thirty reverse split", [(1, 30)]),
        ("a 1 for 30 reverse stock split", [(1, 30)]),
        ("combined one to twenty", [(1, 20)]),
        ("four new shares for each one held, after the split", [(4, 1)]),
        ("a 5% stock dividend", [(105, 100)]),
        ("a 10 percent share dividend", [(110, 100)]),
        ("a 100% stock split", [(200, 100)]),
        ("the one-for-one conversion before the split", []),
        ("sold two-for-one at the fair", []),
        ("a split of 0-for-1", []),
        ("a dividend of $2 for 5 shares", [(2, 5)]),
    ],
)
def test_ratios_are_read_in_words_digits_and_percent(note: str, expected: list[tuple[int, int]]) -> None:
    """Ratios count only in a footnote that mentions a split, dividend or combination."""
    assert ratios(note) == expected


def test_split_ratio_transforms_amounts_within_one_share_in_either_direction() -> None:
    """Cash is paid for fractions, and some write a reverse split as 30-for-1."""
    assert SplitRatio(3, 2).transforms(Decimal(101), Decimal(151))
    assert SplitRatio(30, 1).transforms(Decimal(900), Decimal(30))
    assert not SplitRatio(3, 2).transforms(Decimal(101), Decimal(153))


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("Adjusted for a change of form of ownership exempt under Rule 16a-13.", True),
        ("Shares were transferred to the reporting person.", True),
        ("Reflects dividends reinvested.", True),
        ("Acquired through the Employee Stock Purchase Plan.", True),
        ("These restricted stock units have vested.", True),
        ("Shares acquired upon vesting under the 401(k) plan since March 4, 2023.", True),
        ("Includes 300 shares acquired under the plan.", False),
        ("Includes 1,000 unvested restricted stock units.", False),
        ("Sold under a Rule 10b5-1 trading plan.", False),
        ("Effected pursuant to a 10b5-1 sales plan adopted by the reporting person.", False),
        ("Sold under the sales plan; shares were transferred.", True),
        ("The investment planning committee holds them.", False),
        ("Correct as stated.", False),
    ],
)
def test_cause_counts_if_the_footnote_names_no_number_of_shares(note: str, expected: bool) -> None:
    """A trading plan is not a cause: it describes a sale, which is a trade."""
    assert (stated(note).cause == CitedFact(None, "F1")) is expected


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("Transferred to the trust.", True),
        ("A gift to the reporting person's children.", True),
        ("Distributed pro rata to the partners.", True),
        ("Shares previously held directly.", True),
        ("Reclassified as Class A.", True),
        ("Bought in the market.", False),
    ],
)
def test_transfers_are_recognized_wherever_the_footnote_is_cited(note: str, expected: bool) -> None:
    """Filers cite such a footnote on the code or the form of ownership."""
    assert (stated(note, transaction_code=("F1",)).transfer == CitedFact(None, "F1")) is expected


def test_numbers_and_causes_count_only_at_the_amount_following() -> None:
    """A number in a price footnote does not relate to the holding; Rule 16a-13 counts in any footnote."""
    assert stated("Includes 500 shares; adjusted.", price_per_share=("F1",)) == NOTHING_STATED
    assert stated("Includes 500 shares.", value_owned_following=("F1",)).numbers == (CitedFact(Decimal(500), "F1"),)
    assert stated("Exempt under Rule 16a-13.", price_per_share=("F1",)).cause == CitedFact(None, "F1")


def test_each_fact_cites_its_footnote() -> None:
    """The evidence of an explanation is the footnote's id."""
    lines = [
        traded("A", "1", "1", footnotes={"shares_owned_following": ("F1", "F2"), "price_per_share": ("F3", "F9")}),
        traded("A", "1", "2", footnotes={"shares_owned_following": ("F1",)}),
    ]
    notes = {"F1": "Includes 500 shares.", "F2": "As adjusted.", "F3": "After a 2-for-1 split and a transfer."}
    assert read_statements(lines, notes) == FootnoteStatements(
        numbers=(CitedFact(Decimal(500), "F1"),),
        ratios=(CitedFact(SplitRatio(2, 1), "F3"),),
        cause=CitedFact(None, "F2"),
        transfer=CitedFact(None, "F3"),
    )


def test_at_most_12_facts_of_a_chain_are_kept() -> None:
    """A footnote that lists a hundred numbers is a table, and three of them sum to nearly anything."""
    note = "After a split: " + ", ".join(f"{each} shares, {each}-for-{each + 1}" for each in range(10, 90))
    found = stated(note)
    assert len(found.numbers) == len(found.ratios) == 12
