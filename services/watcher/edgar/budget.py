"""The budget of requests per second to EDGAR, and how it is divided."""

from typing import Final

MOST_PER_SECOND: Final = 8
"""EDGAR allows one machine ten per second in total, and has blocked clients at 9.7."""
LIVE_PER_SECOND: Final = 5
BACKFILL_PER_SECOND: Final = MOST_PER_SECOND - LIVE_PER_SECOND
"""A backfill runs in its own process beside the watcher: each has a share, and together they stay within the total."""
