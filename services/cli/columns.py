"""The columns of the CSV output, each with where its value comes from."""

from collections.abc import Callable, Mapping
from typing import Final

from contracts.holding_changed import HoldingChanged
from contracts.positions_updated import Position, PositionsUpdated
from contracts.transactions_reported import Holding, Transaction, TransactionsReported
from services.cli.wording import relationship


def _field(name: str) -> Callable[[TransactionsReported, Transaction | Holding], object]:
    """A field of a line; empty where the line, being a holding, has none of that name."""
    return lambda _, line: getattr(line, name, None)


ALERT_COLUMNS: Final[Mapping[str, Callable[[HoldingChanged], object]]] = {
    "date": lambda alert: alert.trades.last_date or alert.filing.period_of_report,
    "kind": lambda alert: alert.kind,
    "ticker": lambda alert: " ".join(alert.issuer.tickers),
    "issuer": lambda alert: alert.issuer.name,
    "issuer_cik": lambda alert: alert.issuer.cik,
    "owner": lambda alert: alert.owner.name,
    "owner_cik": lambda alert: alert.owner.cik,
    "owner_index": lambda alert: alert.owner_index,
    "owner_count": lambda alert: alert.owner_count,
    "relationship": lambda alert: relationship(alert.owner),
    "security": lambda alert: alert.position.security_title,
    "ownership": lambda alert: alert.position.ownership,
    "nature_of_ownership": lambda alert: alert.position.nature_of_ownership,
    "before": lambda alert: alert.before,
    "after": lambda alert: alert.after,
    "change": lambda alert: alert.change,
    "change_percent": lambda alert: alert.change_percent,
    "reported_change": lambda alert: alert.reported_change,
    "unexplained_change": lambda alert: alert.unexplained_change,
    "explanation": lambda alert: alert.explanation,
    "codes": lambda alert: " ".join(alert.trades.codes),
    "shares": lambda alert: alert.trades.shares,
    "value": lambda alert: alert.trades.value,
    "average_price": lambda alert: alert.trades.average_price,
    "lowest_price": lambda alert: alert.trades.lowest_price,
    "highest_price": lambda alert: alert.trades.highest_price,
    "rule_10b5_1_plan": lambda alert: alert.rule_10b5_1_plan,
    "days_late": lambda alert: alert.days_late,
    "is_amendment": lambda alert: alert.is_amendment,
    "form_type": lambda alert: alert.filing.form_type,
    "filing_id": lambda alert: alert.filing.filing_id,
    "source_url": lambda alert: alert.filing.source_url,
    "alert_id": lambda alert: alert.alert_id,
}

POSITION_COLUMNS: Final[Mapping[str, Callable[[PositionsUpdated, Position], object]]] = {
    "owner": lambda update, _: update.owner.name,
    "owner_cik": lambda update, _: update.owner.cik,
    "ticker": lambda update, _: " ".join(update.issuer.tickers),
    "issuer": lambda update, _: update.issuer.name,
    "issuer_cik": lambda update, _: update.issuer.cik,
    "table": lambda _, position: position.table,
    "security": lambda _, position: position.security_title,
    "ownership": lambda _, position: position.ownership,
    "nature_of_ownership": lambda _, position: position.nature_of_ownership,
    "holder_note": lambda _, position: position.holder_note,
    "exercise_price": lambda _, position: position.exercise_price,
    "exercise_date": lambda _, position: position.exercise_date,
    "expiration_date": lambda _, position: position.expiration_date,
    "underlying": lambda _, position: position.underlying_title,
    "shares": lambda _, position: position.shares,
    "value": lambda _, position: position.value,
    "as_of": lambda _, position: position.as_of,
    "filing_id": lambda _, position: position.filing_id,
    "position_id": lambda _, position: position.position_id,
    "version": lambda update, _: update.version,
}

LINE_COLUMNS: Final[Mapping[str, Callable[[TransactionsReported, Transaction | Holding], object]]] = {
    "filing_id": lambda report, _: report.filing.filing_id,
    "form_type": lambda report, _: report.filing.form_type,
    "period_of_report": lambda report, _: report.filing.period_of_report,
    "ticker": lambda report, _: " ".join(report.issuer.tickers),
    "issuer": lambda report, _: report.issuer.name,
    "issuer_cik": lambda report, _: report.issuer.cik,
    "owner": lambda report, _: report.owner.name,
    "owner_cik": lambda report, _: report.owner.cik,
    "owner_index": lambda report, _: report.owner_index,
    "owner_count": lambda report, _: report.owner_count,
    "relationship": lambda report, _: relationship(report.owner),
    "line": lambda _, line: line.line,
    "kind": lambda _, line: type(line).__name__.lower(),
    **{name: _field(name) for name in Transaction.model_fields if name not in ("line", "form_type", "footnotes")},
    "line_form_type": lambda _, line: line.form_type,
    "footnotes": lambda _, line: " ".join(f"{name}:{'+'.join(ids)}" for name, ids in line.footnotes.items()),
    "diagnostics": lambda report, _: len(report.diagnostics),
    "source_url": lambda report, _: report.filing.source_url,
}
