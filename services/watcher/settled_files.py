"""Detect files that are no longer being written."""

import math
import time
from collections.abc import Callable, Collection
from datetime import datetime

from services.watcher.directory import Entry


class SettledFiles:
    """Files that have not changed for `settle` seconds: by their time of change, or by two scans.

    The scans count too because the clock of a file system may be ahead of this machine's.
    """

    def __init__(self, settle: float, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settle = settle
        self._monotonic = monotonic
        self._first_seen: dict[str, tuple[Entry, float]] = {}
        self._waiting = False

    def begin_scan(self, uris: Collection[str]) -> None:
        """Begin a scan, and forget the files that are not among `uris`."""
        self._first_seen = {uri: seen for uri, seen in self._first_seen.items() if uri in uris}
        self._waiting = False

    def has_settled(
        self,
        entry: Entry,
        now: datetime,
        *,
        for_seconds: float | None = None,
        is_complete: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Return whether the file has not changed for `for_seconds`, by default `settle` seconds, or is complete."""
        moment = self._monotonic()
        seen, since = self._first_seen.get(entry.uri, (None, moment))
        if not entry.same_file_as(seen):
            since = moment
        self._first_seen[entry.uri] = (entry, since)
        unchanged_for = max(moment - since, now.timestamp() - entry.mtime_ns / 1e9)
        settled = unchanged_for >= (self._settle if for_seconds is None else for_seconds) or is_complete()
        self._waiting |= not settled
        return settled

    @property
    def scan_again_in(self) -> float:
        """Seconds until a file may have settled; infinite if none is changing."""
        return self._settle if self._waiting else math.inf
