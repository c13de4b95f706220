"""Sweep the current feed: read page after page, back to entries that were seen before."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from contracts.errors import OversizedRecord, TransientError
from contracts.topics import MEBIBYTE
from services.watcher.edgar import retry_policies
from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.feed_page import PAGE_SIZE, FeedEntry, FeedPage, feed_path, read_feed_page
from services.watcher.edgar.responses import Versions

_log = structlog.get_logger(__name__)

_MOST_BYTES: Final = 4 * MEBIBYTE
_REACH: Final = 2_000
"""Entries that the feed is known to reach back. If it reaches further, so does a sweep, up to `_FURTHEST`."""
_FURTHEST: Final = 10_000
_OVERLAP: Final = timedelta(minutes=2)
"""How far a sweep overlaps the one before: late entries are inserted by their acceptance time."""
_MOST_INTERRUPTED: Final = 3
_ENOUGH: Final = 3
"""Entries that must be older than the last sweep's newest: a single one may have a wrong time."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """The filings of one sweep, newest first, with duplicates if the feed moved meanwhile.

    `seen_until` is the acceptance time of the newest entry; None if there may be a gap before the entries seen earlier.
    """

    entries: tuple[FeedEntry, ...] = ()
    pages: int = 1
    seen_until: datetime | None = None


class Sweeper:
    """Sweeps the feed, and remembers the versions of the first pages."""

    def __init__(self, client: EdgarClient) -> None:
        self._client = client
        self._versions = Versions()
        self._interrupted: Counter[str] = Counter()
        self._unreadable: Counter[str] = Counter()

    async def sweep(self, prefix: str, since: datetime) -> Sweep:
        """Page back until entries are some minutes older than `since`, or the feed has no more.

        An interrupted sweep returns the entries seen so far; the next one goes as far back again.

        Raises:
            TransientError: the first page is unavailable.
            OversizedRecord: the first page exceeds its limit.
        """
        path = feed_path(prefix, 0)
        page = await self._client.get_if_changed(path, read_feed_page, self._versions, most=_MOST_BYTES)
        if page is None:
            return Sweep()
        pages = [page]
        reached = _is_reached(page, since)
        try:
            while not reached and len(pages) * PAGE_SIZE < _FURTHEST:
                start = len(pages) * PAGE_SIZE
                policy = retry_policies.LATER_FEED_PAGE if start < _REACH else retry_policies.DISTANT_FEED_PAGE
                page = await self._client.get(feed_path(prefix, start), read_feed_page, most=_MOST_BYTES, policy=policy)
                pages.append(page)
                reached = _is_reached(page, since)
        except (TransientError, OversizedRecord) as error:
            reached = self._gives_up(prefix, len(pages), error)
            if not reached:
                self._versions.forget(path)  # or 304 for the first page would hide the unseen ones
        else:
            self._interrupted[prefix] = 0
        self._report_unreadable(prefix, sum(page.unreadable for page in pages))
        newest = max((moment for page in pages for moment in page.moments), default=None)
        entries = tuple(entry for page in pages for entry in page.entries)
        return Sweep(entries, len(pages), newest if reached else None)

    def _report_unreadable(self, prefix: str, entries: int) -> None:
        """Report unreadable entries once, since the feed shows the same ones again and again."""
        if entries > self._unreadable[prefix]:
            _log.warning("feed_entries_unreadable", prefix=prefix, entries=entries)
        self._unreadable[prefix] = entries

    def _gives_up(self, prefix: str, pages: int, error: TransientError | OversizedRecord) -> bool:
        """Return whether the gap is left to the day's index: at the feed's end, or after repeated interruptions."""
        self._interrupted[prefix] += 1
        at_its_end = pages * PAGE_SIZE >= _REACH
        gives_up = at_its_end or self._interrupted[prefix] >= _MOST_INTERRUPTED
        if gives_up:
            self._interrupted[prefix] = 0
        _log.warning(
            "feed_interrupted",
            prefix=prefix,
            pages=pages,
            error=error.message,
            next_step="the daily index covers the gap" if gives_up else "the next sweep goes as far back",
        )
        return gives_up


def _is_reached(page: FeedPage, since: datetime) -> bool:
    """Return whether the page reaches entries that were seen before, or is the last one."""
    return page.size < PAGE_SIZE or sum(moment < since - _OVERLAP for moment in page.moments) >= _ENOUGH
