"""Reads `Retry-After`, with which a server asks for a pause."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


def retry_after_of(value: str | None, *, now: datetime, longest: timedelta) -> timedelta | None:
    """Parse a `Retry-After` header, seconds or a date, at most `longest`; None if the header is missing or invalid.

    >>> noon = datetime(2024, 7, 19, 12, tzinfo=UTC)
    >>> retry_after_of("120", now=noon, longest=timedelta(hours=1))
    datetime.timedelta(seconds=120)
    >>> retry_after_of("Fri, 19 Jul 2024 12:00:30 GMT", now=noon, longest=timedelta(hours=1))
    datetime.timedelta(seconds=30)
    """
    if value is None:
        return None
    if value.strip().isdecimal() and value.isascii():
        return min(timedelta(seconds=min(int(value[:9]), 1_000_000)), longest)
    try:
        moment = parsedate_to_datetime(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return min(max(moment - now, timedelta()), longest)
    except (ValueError, OverflowError):
        return None
