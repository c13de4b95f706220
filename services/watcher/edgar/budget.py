"""How many requests a second EDGAR is asked, and who may send how many of them."""

from typing import Final

MOST_PER_SECOND: Final = 8
"""EDGAR allows ten a second to all that one machine runs, and blocks were seen at 9.7."""
LIVE_PER_SECOND: Final = 5
BACKFILL_PER_SECOND: Final = MOST_PER_SECOND - LIVE_PER_SECOND
"""A backfill is a process of its own beside the one that watches: each has its share, together they are the most."""
