"""One look at the current feed: page after page, until what is shown has been seen before."""

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
"""Entries back that the feed is known to answer for; where it goes further, so does a sweep, up to `_FURTHEST`."""
_FURTHEST: Final = 10_000
_OVERLAP: Final = timedelta(minutes=2)
"""How much of what was seen before is seen again: entries come late, and are put in by their time of acceptance."""
_MOST_BROKEN: Final = 3
_ENOUGH: Final = 3
"""Entries that must be older than what was seen before: one alone may have a wrong time."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one look showed: filings, newest first, and duplicates where the feed moved meanwhile.

    `seen_until` is the acceptance of the newest entry, where nothing lies between it and what was seen before.
    """

    entries: tuple[FeedEntry, ...] = ()
    pages: int = 1
    seen_until: datetime | None = None


class Sweeper:
    """Sweeps the feed, and remembers what versions of its first pages it has seen."""

    def __init__(self, client: EdgarClient) -> None:
        self._client = client
        self._versions = Versions()
        self._broken: Counter[str] = Counter()
        self._unreadable: Counter[str] = Counter()

    async def sweep(self, prefix: str, since: datetime) -> Sweep:
        """Page back until entries are older than `since`, by some minutes, or the feed has no more.

        A sweep that breaks off in the midst gives what it has seen; the next one goes as far back again.

        Raises:
            TransientError: not even the first page could be had.
            OversizedRecord: a page is no page, but endless.
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
                self._versions.forget(path)  # that the first page is as it was says nothing of those not seen
        else:
            self._broken[prefix] = 0
        self._tell_unreadable(prefix, sum(page.unreadable for page in pages))
        newest = max((moment for page in pages for moment in page.moments), default=None)
        entries = tuple(entry for page in pages for entry in page.entries)
        return Sweep(entries, len(pages), newest if reached else None)

    def _tell_unreadable(self, prefix: str, entries: int) -> None:
        """Say that entries cannot be read: once, since the same are shown again and again."""
        if entries > self._unreadable[prefix]:
            _log.warning("feed_entries_unreadable", prefix=prefix, entries=entries)
        self._unreadable[prefix] = entries

    def _gives_up(self, prefix: str, pages: int, error: TransientError | OversizedRecord) -> bool:
        """Whether the gap is left to the day's index: at the feed's end, or when sweeps break off again and again."""
        self._broken[prefix] += 1
        at_its_end = pages * PAGE_SIZE >= _REACH
        gives_up = at_its_end or self._broken[prefix] >= _MOST_BROKEN
        if gives_up:
            self._broken[prefix] = 0
        _log.warning(
            "feed_breaks_off",
            prefix=prefix,
            pages=pages,
            error=error.message,
            next_step="the index of the day tells the rest" if gives_up else "the next sweep goes as far back",
        )
        return gives_up


def _is_reached(page: FeedPage, since: datetime) -> bool:
    """Whether the page goes back to what was seen before, or is the last."""
    return page.size < PAGE_SIZE or sum(moment < since - _OVERLAP for moment in page.moments) >= _ENOUGH
