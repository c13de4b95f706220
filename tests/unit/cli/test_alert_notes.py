"""Notes on alerts: unexplained changes, and everything unusual."""

from typing import Any

import pytest

from services.cli.render.alert_notes import reasons
from tests.unit.cli.builders import alert, bare_trade, restated

LONG = "word " * 100


def footnote(identity: str) -> dict[str, str]:
    """Return a footnote as evidence."""
    return {"kind": "footnote", "id": identity}


def test_an_ordinary_alert_has_no_notes() -> None:
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
def test_an_unexplained_change_is_shown_with_its_explanation(explanation: str | None, words: str) -> None:
    """The amount is signed: the change is larger or smaller than the trades account for."""
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
def test_an_explanation_is_shown_even_if_the_amounts_agree(
    explanation: str, words: str, unexplained: str | None
) -> None:
    """An amendment may leave no difference, and is still an amendment."""
    assert reasons(alert(unexplained_change=unexplained, explanation=explanation), {}) == words


def test_a_footnote_used_as_evidence_is_quoted_once() -> None:
    """The quotation follows the claim that it supports."""
    valued = alert(
        unexplained_change="-40",
        explanation="stated",
        explained_by=[footnote("F2"), footnote("F9")],
        footnotes={"F1": "Other.", "F2": "Includes 40\n  shares returned."},
    )
    assert reasons(valued, {}) == (
        '-40 as a footnote states (footnote F2: "Includes 40 shares returned.", footnote F9); "Other."'
    )


def test_a_filing_used_as_evidence_is_named() -> None:
    """A reader can look it up."""
    late = alert(unexplained_change="40", explanation="late_report", explained_by=[{"kind": "filing", "id": "X-1"}])
    assert reasons(late, {}) == "+40 reported late (filing X-1)"


def test_a_position_used_as_evidence_is_called_by_its_name() -> None:
    """Its id means nothing to a person; one without an alert so far is called another position."""
    transferred = alert(
        unexplained_change="-40",
        explanation="transfer",
        explained_by=[{"kind": "position", "id": "p2"}, {"kind": "position", "id": "p3"}],
    )
    names = {"p2": "Common Stock, By Trust"}
    assert reasons(transferred, names) == "-40 by transfer (Common Stock, By Trust, another position)"


def test_notes_are_ordered_by_importance() -> None:
    """Unexplained changes come first, then what kind of report it is, then how it was filed."""
    valued = alert(
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
    assert reasons(valued, {}) == (
        "+40 unexplained; repeats filing X-1; not current: the ledger holds 3,500 by a later report; amendment; "
        "9 business days late; 10b5-1 plan; joint filing, owner 2 of 3; "
        'date contradicts period: "2034-03-04"; odd price'
    )
    assert reasons(alert(days_late=1), {}) == "1 business day late"
    assert reasons(alert(is_current=False, current=None), {}) == "not current: a later report stands"


@pytest.mark.parametrize(("change", "shown"), [("1500000", "+$1,500,000"), ("-1500000", "-$1,500,000")])
def test_an_unexplained_change_of_a_value_is_shown_as_money(change: str, shown: str) -> None:
    """For notes reported by value, the sign precedes the dollars."""
    by_value: dict[str, Any] = {"trades": [bare_trade("P", "A", shares=None, value="500000")]}
    valued = alert(**by_value, unexplained_change=change, is_current=False, current="2000000")
    assert reasons(valued, {}) == f"{shown} unexplained; not current: the ledger holds $2,000,000 by a later report"
    assert reasons(restated(), {}) == "+250 unexplained"


def test_few_footnotes_are_quoted_shortened_and_once() -> None:
    """A filing can cite ten, and several may have the same text; JSON and CSV contain all of them."""
    valued = reasons(alert(footnotes={"F1": LONG, "F2": "Second.", "F3": LONG, "F4": "Third.", "F5": "Fourth."}), {})
    first, second, more = valued.split("; ")
    assert first.startswith('"word word')
    assert first.endswith(' …"')
    assert len(first) <= 122
    assert (second, more) == ('"Second."', "2 more footnotes")
    assert reasons(alert(footnotes={"F1": "A.", "F2": "B.", "F3": "C."}), {}).endswith('"A."; "B."; 1 more footnote')
