"""Notes on an alert: its unexplained change and everything unusual, with the evidence quoted. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from contracts.structs import Evidence, HoldingChanged
from services.cli.render.trade_text import is_by_value
from services.cli.render.wording import amount, money, quoted, signed
from services.section16.wording import plural

_QUOTED: Final = 120  # characters of a footnote; JSON and CSV have all of it
_MOST_QUOTED: Final = 2  # footnotes; one filing can cite ten on one line
_RAW: Final = 60  # characters of what could not be read

_UNEXPLAINED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rounding": "by rounding",
        "split": "by a split",
        "transfer": "by transfer",
        "amendment": "by an amendment",
        "late_report": "reported late",
        "stated": "as a footnote states",
        "line_error": "by an error in the filing's lines",
        "unknown": "unexplained",
    }
)
_EXPLAINED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "amendment": "corrects what was reported",
        "late_report": "fills a gap that a later report left",
        "line_error": "the filing's lines contradict each other",
    }
)
"""Meaning of an explanation if no change is unexplained."""

PositionNames = Mapping[str, str]
"""The names of positions by id, as far as alerts so far have mentioned them."""


def reasons(alert: HoldingChanged, names: PositionNames) -> str:
    """Return everything notable about the alert besides its amounts, the most important first."""
    return "; ".join(_reasons(alert, names))


def _reasons(alert: HoldingChanged, names: PositionNames) -> Iterator[str]:
    yield from _explanation(alert, names)
    if alert.repeats is not None:
        yield f"repeats filing {alert.repeats}"
    if not alert.is_current:
        yield _not_current(alert)
    if alert.is_amendment:
        yield "amendment"
    if alert.days_late:
        yield f"{plural(alert.days_late, 'business day')} late"
    if alert.rule_10b5_1_plan:
        yield "10b5-1 plan"
    if alert.owner_count > 1:
        yield f"joint filing, owner {alert.owner_index + 1} of {alert.owner_count}"
    for diagnostic in alert.diagnostics:
        raw = f": {quoted(diagnostic.raw, _RAW)}" if diagnostic.raw else ""
        yield f"{diagnostic.code.replace('_', ' ')}{raw}"
    yield from _quotations(alert)


def _explanation(alert: HoldingChanged, names: PositionNames) -> Iterator[str]:
    unexplained, explanation = alert.unexplained_change, alert.explanation
    evidence = ", ".join(_evidence(alert, names))
    if unexplained is not None and Decimal(unexplained):
        because = _UNEXPLAINED.get(explanation or "unknown", "unexplained")
        yield f"{_change(alert, unexplained)} {because}" + (f" ({evidence})" if evidence else "")
    elif explanation is not None:
        meaning = _EXPLAINED.get(explanation, explanation.replace("_", " "))
        yield meaning + (f" ({evidence})" if evidence else "")


def _evidence(alert: HoldingChanged, names: PositionNames) -> Iterator[str]:
    for each in alert.explained_by:
        if each.kind == "footnote":
            text = alert.footnotes.get(each.id)
            yield f"footnote {each.id}" + (f": {quoted(text, _QUOTED)}" if text else "")
        elif each.kind == "filing":
            yield f"filing {each.id}"
        else:
            yield names.get(each.id, "another position")


def _not_current(alert: HoldingChanged) -> str:
    if alert.current is None:
        return "not current: a later report stands"
    return f"not current: the ledger holds {_held(alert, alert.current)} by a later report"


def _quotations(alert: HoldingChanged) -> Iterator[str]:
    """Yield the first footnotes that the explanation has not quoted, each text once, and how many more there are."""
    evidence = {each.id for each in _footnotes_of(alert.explained_by)}
    notes = list(dict.fromkeys(text for identity, text in alert.footnotes.items() if identity not in evidence))
    for text in notes[:_MOST_QUOTED]:
        yield quoted(text, _QUOTED)
    if len(notes) > _MOST_QUOTED:
        yield plural(len(notes) - _MOST_QUOTED, "more footnote")


def _footnotes_of(evidence: Iterable[Evidence]) -> Iterator[Evidence]:
    return (each for each in evidence if each.kind == "footnote")


def _change(alert: HoldingChanged, change: str) -> str:
    return _with_sign(change, alert.trades[0].currency) if is_by_value(alert) else signed(change)


def _with_sign(change: str, currency: str | None) -> str:
    shown = money(change, currency)
    return shown if shown.startswith("-") else f"+{shown}"


def _held(alert: HoldingChanged, held: str) -> str:
    return money(held, alert.trades[0].currency) if is_by_value(alert) else amount(held)
