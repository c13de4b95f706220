"""The day of a filing, as EDGAR counts days: in US Eastern time. Pure."""

from collections.abc import Iterable
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from contracts.structs import Filing

_EASTERN: Final = ZoneInfo("America/New_York")


def filed_day(filing: Filing) -> date | None:
    """Return the day of filing: EDGAR's filing date, else that of acceptance in Eastern time; None if unknown.

    >>> from datetime import UTC, datetime
    >>> accepted = datetime(2024, 12, 31, 1, 15, tzinfo=UTC)
    >>> filed_day(Filing(filing_id="1", form_type="4", source_format="xml", accepted_at=accepted))
    datetime.date(2024, 12, 30)
    """
    if filing.filed_on is not None:
        return filing.filed_on
    return filing.accepted_at.astimezone(_EASTERN).date() if filing.accepted_at is not None else None


def filing_day(filing: Filing, traded: Iterable[date | None]) -> date | None:
    """Return the day of filing; if unknown, the date of the last trade, else of the report.

    >>> filing_day(Filing(filing_id="1", form_type="4", source_format="xml"), [date(2024, 3, 4), None])
    datetime.date(2024, 3, 4)
    """
    last_trade = max((day for day in traded if day is not None), default=filing.period_of_report)
    return filed_day(filing) or last_trade
