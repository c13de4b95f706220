"""When the watcher repeats what failed at EDGAR: every delay and every number of attempts."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from services.runtime.backoff import RetryPolicy

_TEN_SECONDS: Final = timedelta(seconds=10)
_FIVE_MINUTES: Final = timedelta(minutes=5)

REQUEST: Final = RetryPolicy(timedelta(seconds=1), timedelta(minutes=1), attempts=4)
"""One request that failed or whose response is unusable."""
PENDING_FILING_REQUEST: Final = replace(REQUEST, attempts=2)
"""One request for a pending filing. `PENDING_FILING` repeats it later: the rest of the batch must not wait."""
LATER_FEED_PAGE: Final = replace(REQUEST, attempts=2)
"""A page of the feed after the first. Beyond its last entry the feed responds 503, like a failing server."""
DISTANT_FEED_PAGE: Final = replace(REQUEST, attempts=1)
"""A page of the feed that it usually does not reach."""
THROTTLED: Final = RetryPolicy(timedelta(seconds=5), timedelta(minutes=10))
"""All requests, while EDGAR throttles. It lifts a block after ten minutes without excess requests."""
POLL_LONGEST: Final = _FIVE_MINUTES
"""Longest delay between two polls of the feed; the first delay depends on the time of day."""
PENDING_FILING: Final = RetryPolicy(_TEN_SECONDS, timedelta(hours=1))
"""A pending filing that could not be fetched. It is never given up."""
OUTAGE: Final = RetryPolicy(_TEN_SECONDS, _FIVE_MINUTES)
"""All pending filings, while every fetch fails."""
BACKFILLED_FILING: Final = RetryPolicy(_TEN_SECONDS, _FIVE_MINUTES, attempts=7)
"""A filing of a backfill: attempts over ten minutes, then it is left to another run."""
QUARTERLY_INDEX: Final = RetryPolicy(_TEN_SECONDS, _FIVE_MINUTES)
"""The index of a quarter, without which a backfill cannot continue."""
ARCHIVE: Final = RetryPolicy(_TEN_SECONDS, _FIVE_MINUTES, attempts=3)
"""A bulk archive; if it stays damaged, its filings are fetched one by one."""
