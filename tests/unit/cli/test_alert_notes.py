"""What an alert leaves unexplained, and everything unusual about it."""

from typing import Any

import pytest

from services.cli.render.alert_notes import reasons
from tests.unit.cli.builders import alert, bare_trade, restated

LONG = "word " * 100


def footnote(identity: str) -> dict[str, str]:
    """Return a footnote as evidence."""
    return {"kind": "footnote", "id": identity}


def test_an_alert_in_order_has_nothing_to_add() -> None:
    """Notes are for what is out of the ordinary."""
    assert reasons(alert(days_late=0, rule_10b5_1_plan=False, unexplained_change="0.0"), {}) == ""


@pytest.mark.parametrize(
    ("explanation", "words"),
    [
        (None, "+40 unexplained"),
        ("unknown", "+40 unexplained"),
        ("rounding", "+40 by rounding"),
        ("split", "+40 by a split"),
        ("transfer", "+40 by transfer"),
        ("amendment", "+40 by an amendment"),
        ("late_report", "+40 reported late"),
        ("stated", "+40 as a footnote states"),
        ("line_error", "+40 by an error in the filing's lines"),
    ],
)
def test_what_the_trades_leave_open_comes_with_its_explanation(explanation: str | None, words: str) -> None:
    """The amount is signed: more, or less, than the trades account for."""
    assert reasons(alert(unexplained_change="40", explanation=explanation), {}) == words


@pytest.mark.parametrize("unexplained", ["0", None])
@pytest.mark.parametrize(
    ("explanation", "words"),
    [
        ("amendment", "corrects what was reported"),
        ("late_report", "fills a gap that a later report left"),
        ("line_error", "the filing's lines contradict each other"),
        ("split", "split"),
    ],
)
def test_an_explanation_stands_also_beside_amounts_that_agree(
    explanation: str, words: str, unexplained: str | None
) -> None:
    """An amendment may leave nothing open, and is no less an amendment."""
    assert reasons(alert(unexplained_change=unexplained, explanation=explanation), {}) == words


def test_a_footnote_that_explains_is_quoted_there_and_not_again() -> None:
    """The evidence stands beside the claim."""
    told = alert(
        unexplained_change="-40",
        explanation="stated",
        explained_by=[footnote("F2"), footnote("F9")],
        footnotes={"F1": "Other.", "F2": "Includes 40\n  shares returned."},
    )
    assert reasons(told, {}) == (
        '-40 as a footnote states (footnote F2: "Includes 40 shares returned.", footnote F9); "Other."'
    )


def test_a_filing_that_explains_is_named() -> None:
    """A reader can look it up."""
    late = alert(unexplained_change="40", explanation="late_report", explained_by=[{"kind": "filing", "id": "X-1"}])
    assert reasons(late, {}) == "+40 reported late (filing X-1)"


def test_a_position_that_explains_goes_by_its_name() -> None:
    """Its id means nothing to a person; one that no alert has mentioned yet is another position."""
    moved = alert(
        unexplained_change="-40",
        explanation="transfer",
        explained_by=[{"kind": "position", "id": "p2"}, {"kind": "position", "id": "p3"}],
    )
    names = {"p2": "Common Stock, By Trust"}
    assert reasons(moved, names) == "-40 by transfer (Common Stock, By Trust, another position)"


def test_everything_unusual_is_named_in_the_order_of_its_weight() -> None:
    """What is open, then what the report is, then how it was made."""
    told = alert(
        repeats="X-1",
        is_current=False,
        current="3500",
        is_amendment=True,
        days_late=9,
        rule_10b5_1_plan=True,
        owner_index=1,
        owner_count=3,
        unexplained_change="40",
        diagnostics=[{"code": "date_contradicts_period", "raw": "2034-03-04"}, {"code": "odd_price"}],
    )
    assert reasons(told, {}) == (
        "+40 unexplained; repeats filing X-1; not current: the ledger holds 3,500 by a later report; amendment; "
        "9 business days late; 10b5-1 plan; joint filing, owner 2 of 3; "
        'date contradicts period: "2034-03-04"; odd price'
    )
    assert reasons(alert(days_late=1), {}) == "1 business day late"
    assert reasons(alert(is_current=False, current=None), {}) == "not current: a later report stands"


@pytest.mark.parametrize(("change", "shown"), [("1500000", "+$1,500,000"), ("-1500000", "-$1,500,000")])
def test_what_is_counted_by_value_is_open_in_money(change: str, shown: str) -> None:
    """Notes by value: the sign stands before the dollars."""
    by_value: dict[str, Any] = {"trades": [bare_trade("P", "A", shares=None, value="500000")]}
    told = alert(**by_value, unexplained_change=change, is_current=False, current="2000000")
    assert reasons(told, {}) == f"{shown} unexplained; not current: the ledger holds $2,000,000 by a later report"
    assert reasons(restated(), {}) == "+250 unexplained"


def test_footnotes_are_quoted_short_few_and_once() -> None:
    """One filing can cite ten, and several may say the same; JSON and CSV have them whole."""
    told = reasons(alert(footnotes={"F1": LONG, "F2": "Second.", "F3": LONG, "F4": "Third.", "F5": "Fourth."}), {})
    first, second, more = told.split("; ")
    assert first.startswith('"word word')
    assert first.endswith(' …"')
    assert len(first) <= 122
    assert (second, more) == ('"Second."', "2 more footnotes")
    assert reasons(alert(footnotes={"F1": "A.", "F2": "B.", "F3": "C."}), {}).endswith('"A."; "B."; 1 more footnote')
