"""What commands ask of a filter beside its matches: whether it has conditions, and on what. Pure."""

from typing import Final

from contracts.alert_filter import AlertFilter
from contracts.structs import Transaction
from services.cli.render.reported_lines import ReportedLine

EVERYTHING: Final = AlertFilter(joint="all")
"""The filter of a command without filter options: it shows every owner of a joint filing."""

_OF_PARTIES: Final = {"ticker": (), "issuer": (), "owner": (), "role": (), "title": ()}


def has_conditions(wanted: AlertFilter) -> bool:
    """Return whether the filter leaves anything out."""
    return wanted != EVERYTHING


def needs_alerts(wanted: AlertFilter) -> bool:
    """Return whether a condition applies to alerts: a position then matches only through an alert that reported it."""
    return wanted.model_copy(update=_OF_PARTIES) != EVERYTHING


def is_trade(line: ReportedLine) -> bool:
    """Return whether a line reports a trade rather than a holding."""
    return isinstance(line, Transaction)
