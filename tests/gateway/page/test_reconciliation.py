"""The addition in the pane: it adds up, or says what does not."""

from decimal import Decimal
from typing import Any

import pytest

from services.gateway.page.reconciliation import addition_of
from tests.gateway.read_model.builders import alert, trade


def amounts(**fields: Any) -> list[str]:
    """Return the amounts of an alert's addition, the total last."""
    sum_of = addition_of(alert(**fields))
    return [str(step.value) for step in sum_of.steps] + [str(sum_of.total)]


def test_addition_starts_with_the_ledger_so_that_the_unexplained_part_adds_up() -> None:
    """The filing's own `before` already contains what no line explains."""
    shown = amounts(
        before="410794076", ledger_before="411062076", after="413362808", reported_change="2568732",
        unexplained_change="-268000", explanation="unknown", trades=[trade("P", "A", "2568732", "999959042")],
    )  # fmt: skip
    assert shown == ["411,062,076", "+2,568,732", "\u2212268,000", "413,362,808"]
    assert 411_062_076 + 2_568_732 - 268_000 == 413_362_808


@pytest.mark.parametrize(
    ("explanation", "change", "verdict", "reconciles"),
    [
        (None, "0", "Reconciles to the share.", True),
        ("split", "400", "Reconciles once that is counted.", True),
        ("transfer", "-5", "Reconciles once that is counted.", True),
        ("unknown", "5", "Does not reconcile: a filing may be missing from this tape, or the form is wrong.", False),
        ("line_error", "5", "Does not reconcile: a filing may be missing from this tape, or the form is wrong.", False),
        (None, None, "First filing seen for this holding.", True),
    ],
)
def test_verdict_follows_the_explanation(
    explanation: str | None, change: str | None, verdict: str, reconciles: bool
) -> None:
    """Silence would mean that it reconciles."""
    ledger = None if change is None else "4000"
    sum_of = addition_of(alert(unexplained_change=change, explanation=explanation, ledger_before=ledger))
    assert (sum_of.verdict, sum_of.reconciles) == (verdict, reconciles)


def test_unknown_amount_before_is_not_zero() -> None:
    """None is said in words."""
    sum_of = addition_of(alert(before=None, ledger_before=None))
    assert sum_of.steps[0].value is None


def test_code_is_named_with_its_lines_and_price_range() -> None:
    """The range shows what an average hides."""
    priced = trade(lowest_price="371.9", highest_price="396.3612", count=25)
    label = addition_of(alert(trades=[priced])).steps[1].label
    assert label == "Sale, 25 lines at $371.90 to $396.36"


def test_derivative_has_no_colour() -> None:
    """Colour is for purchases and sales of shares alone."""
    position = {"position_id": "o", "table": "derivative", "security_title": "Call"}
    step = addition_of(alert(position=position, trades=[trade("P", "A")])).steps[1]
    assert step.value is not None
    assert (step.value.side, Decimal(1000)) == ("", Decimal(step.value.whole.lstrip("+").replace(",", "")))
