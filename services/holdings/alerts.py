"""A change to its alert: the evidence gathered from the lines behind it. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from contracts.codes import DiagnosticCode
from contracts.envelope import event_id_of
from contracts.holding_changed import HoldingChanged
from contracts.transactions_reported import Diagnostic, Filing, Line, TransactionsReported
from services.holdings.alert_drafts import AlertDraft
from services.holdings.amounts import EXACT, ZERO, text
from services.holdings.lateness import days_late, mentions_plan
from services.holdings.trade_summaries import trades_of

_PERCENT: Final = Decimal(100)
_CENT_OF_A_PERCENT: Final = Decimal("0.01")


def alert_of(change: AlertDraft, report: TransactionsReported) -> HoldingChanged:
    """Return the alert of a change. The same report and change give the same alert, byte for byte."""
    filing, before, after = report.filing, change.before, change.after
    numbers = tuple([line.line for line in change.lines])
    footnotes = _cited(change.lines, report.footnotes)
    moved, percent = _moved(before, after)
    trades, implausible = trades_of(change.transactions, lambda _: change.usual_price, among=report.transactions)
    return HoldingChanged.assembled(
        {
            "alert_id": _alert_id(min(numbers), report),
            "kind": change.kind,
            "issuer": report.issuer,
            "owner": report.owner,
            "owner_index": report.owner_index,
            "owner_count": report.owner_count,
            "co_owners": report.co_owners,
            "filing": filing,
            "position": change.position,
            "lines": numbers,
            "before": text(before),
            "after": text(after),
            "change": text(moved),
            "change_percent": text(percent),
            "trades": trades,
            "reported_change": text(change.reported),
            "ledger_before": text(change.ledger_before),
            "unexplained_change": text(change.unexplained),
            "explanation": change.explanation,
            "explained_by": change.explained_by,
            "repeats": change.repeats,
            "is_current": change.is_current,
            "current": text(change.current),
            "rule_10b5_1_plan": filing.rule_10b5_1_plan,
            "days_late": _days_late(change, filing, footnotes),
            "is_amendment": filing.form_type.endswith("/A"),
            "diagnostics": _diagnostics(change, report, implausible),
            "footnotes": footnotes,
        }
    )


def _alert_id(first: int, report: TransactionsReported) -> str:
    """Return who reported what, where: a filing's line is in one alert of an owner, so the first names the alert."""
    return event_id_of("alert", f"{report.issuer.key}|{report.owner.key}|{report.filing.filing_id}|{first}")


def _moved(before: Decimal | None, after: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """Return the change from one amount to another, and that in percent, as far as these can be computed."""
    if before is None or after is None:
        return None, None
    if before == after:
        return ZERO, ZERO if before else None
    if not before:
        return after, None
    moved = EXACT.subtract(after, before)
    percent = EXACT.divide(EXACT.multiply(_PERCENT, moved), before)
    return moved, percent.quantize(_CENT_OF_A_PERCENT, ROUND_HALF_EVEN, EXACT)


def _days_late(change: AlertDraft, filing: Filing, footnotes: Mapping[str, str]) -> int | None:
    if change.repeats is not None or not change.transactions:
        return None

    def judged(*, plan: bool) -> int | None:
        return days_late(
            change.transactions, filing, subject_since=change.subject_since, plan=plan, executed=change.days
        )

    boxed = bool(filing.rule_10b5_1_plan)
    late = judged(plan=boxed)
    # A plan excuses and never accuses, so footnotes need to be read only of what would be late without one.
    return judged(plan=True) if late and not boxed and mentions_plan(footnotes.values()) else late


def _cited(lines: Iterable[Line], footnotes: Mapping[str, str]) -> dict[str, str]:
    """Return the footnotes that the lines cite and the filing has, in the order of citing."""
    if not footnotes:
        return {}
    cited: dict[str, str] = {}
    for line in lines:
        for notes in line.footnotes.values():
            for note in notes:
                if note in footnotes:
                    cited[note] = footnotes[note]
    return cited


def _diagnostics(
    change: AlertDraft, report: TransactionsReported, implausible: tuple[Diagnostic, ...]
) -> tuple[Diagnostic, ...]:
    """Return what in the lines could not be read exactly, is implausible, or cannot be right."""
    if not (change.as_read or change.days or change.turned):
        return implausible
    return (*change.as_read, *implausible, *_contradictions(change, report))


def _contradictions(change: AlertDraft, report: TransactionsReported) -> Iterator[Diagnostic]:
    """Yield the dates that cannot be right and the sides that the amounts deny, as filed."""
    if not (change.days or change.turned):
        return
    for place, line in enumerate(report.transactions):
        if line.line in change.days:
            field, raw = f"transactions[{place}].transaction_date", str(line.transaction_date)
            yield Diagnostic(code=DiagnosticCode.DATE_CONTRADICTS_PERIOD, field=field, raw=raw)
        if line.line in change.turned:
            field = f"transactions[{place}].acquired_disposed"
            yield Diagnostic(code=DiagnosticCode.SIDE_CONTRADICTS_AMOUNTS, field=field, raw=line.acquired_disposed)
