"""What the steps of a chain come to."""

from decimal import Decimal

import pytest

from services.holdings.chains import Step, Summary, running_amounts, summary_of
from tests.unit.holdings.builders import chain, label, listed, row, step


def summary(before: int | None, after: int | None, total: int | None) -> Summary:
    """Return a summary in plain numbers."""
    return Summary(*(None if each is None else Decimal(each) for each in (before, after, total)))


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
def test_before_is_the_first_amount_less_what_moved_up_to_it(steps: list[Step], expected: Summary) -> None:
    """The filed amount following is the truth; what was held before it is computed."""
    assert summary_of(steps) == expected


def test_amounts_between_the_lines_are_known_as_far_as_all_lines_are() -> None:
    """A late report is recognized by an amount that the position ran through."""
    assert row(*running_amounts(Decimal(100), [step(-10, 90), step(-20, None)])) == (100, 90, 70)
    assert row(*running_amounts(Decimal(100), [step(-10, 90), step(None, 70)])) == (100,)
    assert running_amounts(None, [step(-10, 90)]) == ()


def test_only_trades_that_begin_with_nothing_begin_at_zero() -> None:
    """A holding line of 0 shares is no new grant."""
    assert chain(label(), step(10, 10, code="A")).begins_at_zero
    assert not chain(label(), step(10, 11, code="A")).begins_at_zero
    assert not chain(label(), step(10, None, code="A")).begins_at_zero
    assert not chain(label(), listed(0)).begins_at_zero
