"""Reading `Retry-After`."""

from datetime import UTC, datetime, timedelta

import pytest

from services.runtime.retry_after import retry_after_of

NOON = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0),
        (" 120 ", 120),
        ("Mon, 10 Mar 2025 12:00:30 GMT", 30),
        ("Mon, 10 Mar 2025 11:00:00 GMT", 0),
        ("99999999999999999999", 3_600),
        ("Fri, 10 Mar 2090 12:00:00 GMT", 3_600),
        ("soon", None),
        ("-5", None),
        ("³", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_within_the_limit(value: str | None, seconds: int | None) -> None:
    """A server must not be able to stop a client for years, and an unreadable header means nothing."""
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert retry_after_of(value, now=NOON, longest=timedelta(hours=1)) == expected
