"""Subscriptions and deliveries as tables or JSON lines."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from contracts.alert_filter import AlertFilter
from contracts.base import utc_text
from services.cli.options.choices import StatusFormat
from services.cli.render.screen import Screen
from services.cli.render.tables import Column, GrowingTable
from services.section16.safe_text import escaped

_SUBSCRIPTION_COLUMNS: Final = (
    Column("Id", 28), Column("Name"), Column("State", 8), Column("Pending", 7), Column("Alerts"), Column("Sink"),
)  # fmt: skip
_DELIVERY_COLUMNS: Final = (
    Column("Id", 36), Column("Planned", 20), Column("State", 9), Column("Tries", 5), Column("Alert"), Column("Last"),
)  # fmt: skip


def print_subscriptions(items: Sequence[Mapping[str, Any]], form: StatusFormat) -> None:
    """Print subscriptions on standard output."""
    rows = [
        (
            each["id"],
            each["name"],
            each["state"],
            str(each["pending"]),
            AlertFilter.from_fields(each["filter"]).describe(),
            each["sink"] + (f" ({each['reason']})" if each["reason"] else ""),
        )
        for each in items
    ]
    _print(items, form, _SUBSCRIPTION_COLUMNS, rows, "There are no subscriptions.")


def print_deliveries(items: Sequence[Mapping[str, Any]], form: StatusFormat) -> None:
    """Print deliveries on standard output; a table shows the last attempt of each."""
    rows = [
        (
            each["id"],
            _second(each["planned_at"]),
            each["state"],
            str(each["tries"]),
            each["alert_id"],
            _last(each["attempts"]),
        )
        for each in items
    ]
    _print(items, form, _DELIVERY_COLUMNS, rows, "There are no deliveries.")


def _second(moment: str) -> str:
    """Return a time as the API has it, to the second."""
    return utc_text(datetime.fromisoformat(moment).replace(microsecond=0))


def _last(attempts: Sequence[Mapping[str, Any]]) -> str:
    if not attempts:
        return "not attempted yet"
    last = attempts[0]
    return last["error"] or f"HTTP {last['status']} in {last['duration_ms']:,} ms"


def _print(
    items: Sequence[Mapping[str, Any]],
    form: StatusFormat,
    columns: Sequence[Column],
    rows: Sequence[tuple[str, ...]],
    nothing: str,
) -> None:
    if form is StatusFormat.JSONL:
        for each in items:
            sys.stdout.write(escaped(json.dumps(each, ensure_ascii=False)) + "\n")
        return
    if not items:
        sys.stderr.write(f"{nothing}\n")
        return
    table = GrowingTable(Screen(), tuple(columns))
    for row in rows:
        if table.has_columns:
            table.add_rows([row])
        else:
            table.add_lines((f"{row[0]}  {row[2]}", *row[3:]))
