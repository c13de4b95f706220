"""The day that an alert is listed under. Pure."""

from typing import Final

from contracts.holding_changed import HoldingChanged

_UNKNOWN: Final = "-"


def alert_day(alert: HoldingChanged) -> str:
    """Return the day of the last trade, else the day that the filing is about; `-` if none is known.

    >>> from contracts.transactions_reported import Filing
    >>> filing = Filing(filing_id="1", form_type="3", source_format="xml", period_of_report="2024-03-04")
    >>> alert_day(HoldingChanged.model_construct(filing=filing, trades=()))
    '2024-03-04'
    """
    filing = alert.filing
    traded = max((trade.last_date for trade in alert.trades if trade.last_date is not None), default=None)
    return str(traded or filing.period_of_report or filing.filed_on or _UNKNOWN)
