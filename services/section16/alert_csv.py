"""The columns of alerts as CSV: one row per entry of `trades`, each with the columns of its alert.

An alert without a trade has one row whose trade columns are empty. `alert_id` with `trade` is unique; rows with
`trade` 0 or empty are each alert once. Lists and objects are cells of JSON.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct, to_builtins

from contracts.structs import HoldingChanged, PositionIdentity, Trades
from services.section16.alert_day import alert_day
from services.section16.owner_roles import relationship


def json_cell(value: Mapping[str, object] | Sequence[Struct]) -> str | None:
    """Return a list or an object as JSON; None, an empty cell, if there is nothing in it.

    >>> json_cell({"F1": "By trust."}), json_cell({})
    ('{"F1": "By trust."}', None)
    """
    return json.dumps(to_builtins(value), ensure_ascii=False) if value else None


def spaced(values: Iterable[object]) -> str | None:
    """Return values separated by spaces; None, an empty cell, if there are none.

    >>> spaced([3, 4]), spaced([])
    ('3 4', None)
    """
    return " ".join(map(str, values)) or None


_POSITION: Final = {"security_title": "security", "underlying_title": "underlying"}
"""Fields of a position whose columns have shorter names."""


def _position(name: str) -> Callable[[HoldingChanged], object]:
    return lambda alert: getattr(alert.position, name)


ALERT_COLUMNS: Final[Mapping[str, Callable[[HoldingChanged], object]]] = {
    "alert_id": lambda alert: alert.alert_id,
    "date": alert_day,
    "kind": lambda alert: alert.kind,
    "ticker": lambda alert: spaced(alert.issuer.tickers),
    "issuer": lambda alert: alert.issuer.name,
    "issuer_cik": lambda alert: alert.issuer.cik,
    "owner": lambda alert: alert.owner.name,
    "owner_cik": lambda alert: alert.owner.cik,
    "owner_index": lambda alert: alert.owner_index,
    "owner_count": lambda alert: alert.owner_count,
    "co_owners": lambda alert: json_cell(alert.co_owners),
    "relationship": lambda alert: relationship(alert.owner),
    "is_director": lambda alert: alert.owner.is_director,
    "is_officer": lambda alert: alert.owner.is_officer,
    "is_ten_percent_owner": lambda alert: alert.owner.is_ten_percent_owner,
    "is_other": lambda alert: alert.owner.is_other,
    "officer_title": lambda alert: alert.owner.officer_title,
    **{_POSITION.get(name, name): _position(name) for name in PositionIdentity.__struct_fields__},
    "before": lambda alert: alert.before,
    "after": lambda alert: alert.after,
    "change": lambda alert: alert.change,
    "change_percent": lambda alert: alert.change_percent,
    "reported_change": lambda alert: alert.reported_change,
    "ledger_before": lambda alert: alert.ledger_before,
    "unexplained_change": lambda alert: alert.unexplained_change,
    "explanation": lambda alert: alert.explanation,
    "explained_by": lambda alert: json_cell(alert.explained_by),
    "repeats": lambda alert: alert.repeats,
    "is_current": lambda alert: alert.is_current,
    "current": lambda alert: alert.current,
    "rule_10b5_1_plan": lambda alert: alert.rule_10b5_1_plan,
    "days_late": lambda alert: alert.days_late,
    "is_amendment": lambda alert: alert.is_amendment,
    "form_type": lambda alert: alert.filing.form_type,
    "filing_id": lambda alert: alert.filing.filing_id,
    "accession_number": lambda alert: alert.filing.accession_number,
    "filed_on": lambda alert: alert.filing.filed_on,
    "accepted_at": lambda alert: alert.filing.accepted_at and alert.filing.accepted_at.isoformat(),
    "period_of_report": lambda alert: alert.filing.period_of_report,
    "date_of_original_submission": lambda alert: alert.filing.date_of_original_submission,
    "not_subject_to_section16": lambda alert: alert.filing.not_subject_to_section16,
    "source_url": lambda alert: alert.filing.source_url,
    "lines": lambda alert: spaced(alert.lines),
    "diagnostics": lambda alert: json_cell(alert.diagnostics),
    "footnotes": lambda alert: json_cell(alert.footnotes),
}

TRADE_COLUMNS: Final[Mapping[str, Callable[[Trades], object]]] = {
    "code": lambda trade: trade.code,
    "acquired_disposed": lambda trade: trade.acquired_disposed,
    "shares": lambda trade: trade.shares,
    "value": lambda trade: trade.value,
    "currency": lambda trade: trade.currency,
    "average_price": lambda trade: trade.average_price,
    "lowest_price": lambda trade: trade.lowest_price,
    "highest_price": lambda trade: trade.highest_price,
    "unpriced_shares": lambda trade: trade.unpriced_shares,
    "first_date": lambda trade: trade.first_date,
    "last_date": lambda trade: trade.last_date,
    "trade_lines": lambda trade: spaced(trade.lines),
}

ALERT_CSV_COLUMNS: Final = (*ALERT_COLUMNS, "trades", "trade", *TRADE_COLUMNS)
"""All columns: those of the alert, the number of its trades, the index of the row's trade (from 0), and the trade's."""


def alert_csv_rows(alert: HoldingChanged) -> Iterator[list[object]]:
    """Yield one row per entry of the alert's trades, or a single row without a trade.

    >>> ALERT_CSV_COLUMNS[:3], ALERT_CSV_COLUMNS[-2:]
    (('alert_id', 'date', 'kind'), ('last_date', 'trade_lines'))
    """
    shared = [value(alert) for value in ALERT_COLUMNS.values()]
    if not alert.trades:
        yield [*shared, 0, None, *(None for _ in TRADE_COLUMNS)]
    for number, trade in enumerate(alert.trades):
        yield [*shared, len(alert.trades), number, *(value(trade) for value in TRADE_COLUMNS.values())]
