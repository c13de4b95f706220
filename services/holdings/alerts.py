"""Build alerts from drafts: add the evidence of the lines. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from contracts.codes import DiagnosticCode
from contracts.envelope import event_id_of
from contracts.structs import Diagnostic, Filing, HoldingChanged, Line, TransactionsReported
from services.holdings.alert_drafts import AlertDraft
from services.holdings.amounts import EXACT, ZERO, amount_text
from services.holdings.lateness import days_late
from services.holdings.trade_summaries import summarize_trades
from services.section16.trading_plans import mentions_plan

_PERCENT: Final = Decimal(100)
_CENT_OF_A_PERCENT: Final = Decimal("0.01")


def build_alert(draft: AlertDraft, report: TransactionsReported) -> HoldingChanged:
    """Build the alert of a draft. The same report and draft give the same alert, byte for byte."""
    filing, before, after = report.filing, draft.before, draft.after
    numbers = tuple([line.line for line in draft.lines])
    footnotes = _cited(draft.lines, report.footnotes)
    delta, percent = _difference(before, after)
    trades, implausible = summarize_trades(draft.transactions, lambda _: draft.usual_price, among=report.transactions)
    return HoldingChanged(
        alert_id=_alert_id(min(numbers), report),
        kind=draft.kind,
        issuer=report.issuer,
        owner=report.owner,
        owner_index=report.owner_index,
        owner_count=report.owner_count,
        co_owners=report.co_owners,
        filing=filing,
        position=draft.position,
        lines=numbers,
        before=amount_text(before),
        after=amount_text(after),
        change=amount_text(delta),
        change_percent=amount_text(percent),
        trades=trades,
        reported_change=amount_text(draft.reported),
        ledger_before=amount_text(draft.ledger_before),
        unexplained_change=amount_text(draft.unexplained),
        explanation=draft.explanation,
        explained_by=draft.explained_by,
        repeats=draft.repeats,
        is_current=draft.is_current,
        current=amount_text(draft.current),
        rule_10b5_1_plan=filing.rule_10b5_1_plan,
        days_late=_days_late(draft, filing, footnotes),
        is_amendment=filing.form_type.endswith("/A"),
        diagnostics=_diagnostics(draft, report, implausible),
        footnotes=footnotes,
    )


def _alert_id(first: int, report: TransactionsReported) -> str:
    """Return the alert's id. Each line is in exactly one alert per owner, so the first line identifies the alert."""
    return event_id_of("alert", f"{report.issuer.key}|{report.owner.key}|{report.filing.filing_id}|{first}")


def _difference(before: Decimal | None, after: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """Return the change between two amounts, absolute and in percent; None if it cannot be computed."""
    if before is None or after is None:
        return None, None
    if before == after:
        return ZERO, ZERO if before else None
    if not before:
        return after, None
    delta = EXACT.subtract(after, before)
    percent = EXACT.divide(EXACT.multiply(_PERCENT, delta), before)
    return delta, percent.quantize(_CENT_OF_A_PERCENT, ROUND_HALF_EVEN, EXACT)


def _days_late(draft: AlertDraft, filing: Filing, footnotes: Mapping[str, str]) -> int | None:
    if draft.repeats is not None or not draft.transactions:
        return None

    def lateness(*, plan: bool) -> int | None:
        return days_late(draft.transactions, filing, subject_since=draft.subject_since, plan=plan, executed=draft.days)

    boxed = bool(filing.rule_10b5_1_plan)
    late = lateness(plan=boxed)
    # A plan can only excuse, so the footnotes matter only if the trades would be late without one.
    return lateness(plan=True) if late and not boxed and mentions_plan(footnotes.values()) else late


def _cited(lines: Iterable[Line], footnotes: Mapping[str, str]) -> dict[str, str]:
    """Return the footnotes that the lines cite and the filing contains, in the order of citation."""
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
    draft: AlertDraft, report: TransactionsReported, implausible: tuple[Diagnostic, ...]
) -> tuple[Diagnostic, ...]:
    """Return the diagnostics of the lines: inexactly read, implausible or contradictory values."""
    if not (draft.parser_diagnostics or draft.days or draft.side_corrected):
        return implausible
    return (*draft.parser_diagnostics, *implausible, *_contradictions(draft, report))


def _contradictions(draft: AlertDraft, report: TransactionsReported) -> Iterator[Diagnostic]:
    """Yield the dates that contradict the period and the sides that contradict the amounts, as filed."""
    if not (draft.days or draft.side_corrected):
        return
    for index, line in enumerate(report.transactions):
        if line.line in draft.days:
            field, raw = f"transactions[{index}].transaction_date", str(line.transaction_date)
            yield Diagnostic(code=DiagnosticCode.DATE_CONTRADICTS_PERIOD, field=field, raw=raw)
        if line.line in draft.side_corrected:
            field = f"transactions[{index}].acquired_disposed"
            yield Diagnostic(code=DiagnosticCode.SIDE_CONTRADICTS_AMOUNTS, field=field, raw=line.acquired_disposed)
