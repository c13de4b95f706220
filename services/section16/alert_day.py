"""The day that an alert is listed under. Pure."""

from typing import Final

from contracts.structs import HoldingChanged

_UNKNOWN: Final = "-"


def alert_day(alert: HoldingChanged) -> str:
    """Return the day of the last trade, else the day that the filing is about; `-` if none is known.

    >>> from datetime import date
    >>> from contracts.structs import Filing, Issuer, Owner, PositionIdentity
    >>> filing = Filing(filing_id="1", form_type="3", source_format="xml", period_of_report=date(2024, 3, 4))
    >>> alert_day(HoldingChanged(
    ...     alert_id="1", kind="opened", filing=filing, issuer=Issuer(key="1", name="ACME"),
    ...     owner=Owner(key="2", name="DOE"), position=PositionIdentity(position_id="1", table="derivative"),
    ... ))
    '2024-03-04'
    """
    filing = alert.filing
    traded = max((trade.last_date for trade in alert.trades if trade.last_date is not None), default=None)
    return str(traded or filing.period_of_report or filing.filed_on or _UNKNOWN)
