"""The CSV columns of positions and of reported lines, each with the source of its value."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from contracts.structs import Holding, Position, PositionsUpdated, Transaction, TransactionsReported
from services.cli.render.positions_view import is_expired
from services.section16.alert_csv import spaced
from services.section16.owner_roles import relationship


def _field(name: str) -> Callable[[TransactionsReported, Transaction | Holding], object]:
    """Return the column of a line's field; its cell is empty if a holding does not have this field."""
    return lambda _, line: getattr(line, name, None)


POSITION_COLUMNS: Final[Mapping[str, Callable[[PositionsUpdated, Position, date], object]]] = {
    "owner": lambda update, _, __: update.owner.name,
    "owner_cik": lambda update, _, __: update.owner.cik,
    "relationship": lambda update, _, __: relationship(update.owner),
    "ticker": lambda update, _, __: spaced(update.issuer.tickers),
    "issuer": lambda update, _, __: update.issuer.name,
    "issuer_cik": lambda update, _, __: update.issuer.cik,
    "table": lambda _, position, __: position.table,
    "security": lambda _, position, __: position.security_title,
    "ownership": lambda _, position, __: position.ownership,
    "nature_of_ownership": lambda _, position, __: position.nature_of_ownership,
    "holder_note": lambda _, position, __: position.holder_note,
    "exercise_price": lambda _, position, __: position.exercise_price,
    "exercise_date": lambda _, position, __: position.exercise_date,
    "expiration_date": lambda _, position, __: position.expiration_date,
    "underlying": lambda _, position, __: position.underlying_title,
    "shares": lambda _, position, __: position.shares,
    "value": lambda _, position, __: position.value,
    "currency": lambda _, position, __: position.currency,
    "expired": lambda _, position, today: is_expired(position, today),
    "unconfirmed": lambda _, position, __: position.unconfirmed,
    "unexplained_change": lambda _, position, __: position.unexplained_change,
    "as_of": lambda _, position, __: position.as_of,
    "filing_id": lambda _, position, __: position.filing_id,
    "position_id": lambda _, position, __: position.position_id,
    "version": lambda update, _, __: update.version,
}

LINE_COLUMNS: Final[Mapping[str, Callable[[TransactionsReported, Transaction | Holding], object]]] = {
    "filing_id": lambda report, _: report.filing.filing_id,
    "form_type": lambda report, _: report.filing.form_type,
    "filed_on": lambda report, _: report.filing.filed_on,
    "accepted_at": lambda report, _: report.filing.accepted_at and report.filing.accepted_at.isoformat(),
    "period_of_report": lambda report, _: report.filing.period_of_report,
    "rule_10b5_1_plan": lambda report, _: report.filing.rule_10b5_1_plan,
    "ticker": lambda report, _: spaced(report.issuer.tickers),
    "issuer": lambda report, _: report.issuer.name,
    "issuer_cik": lambda report, _: report.issuer.cik,
    "owner": lambda report, _: report.owner.name,
    "owner_cik": lambda report, _: report.owner.cik,
    "owner_index": lambda report, _: report.owner_index,
    "owner_count": lambda report, _: report.owner_count,
    "relationship": lambda report, _: relationship(report.owner),
    "line": lambda _, line: line.line,
    "kind": lambda _, line: type(line).__name__.lower(),
    **{name: _field(name) for name in Transaction.__struct_fields__ if name not in ("line", "form_type", "footnotes")},
    "line_form_type": lambda _, line: line.form_type,
    "footnotes": lambda _, line: spaced(f"{name}:{'+'.join(ids)}" for name, ids in line.footnotes.items()),
    "diagnostics": lambda report, _: len(report.diagnostics),
    "source_url": lambda report, _: report.filing.source_url,
}
