"""Which files nobody is writing to any more."""

import math
import time
from collections.abc import Callable, Collection
from datetime import datetime

from services.watcher.directory import Entry


class SettledFiles:
    """Files that have been as they are for `settle` seconds: by their time of change, or seen so at two looks.

    The looks count too because the clock of a file system may be ahead of this machine's.
    """

    def __init__(self, settle: float, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settle = settle
        self._monotonic = monotonic
        self._first_seen: dict[str, tuple[Entry, float]] = {}
        self._waiting = False

    def begin_look(self, uris: Collection[str]) -> None:
        """A new look at the files begins: those not among `uris` are no longer of interest."""
        self._first_seen = {uri: seen for uri, seen in self._first_seen.items() if uri in uris}
        self._waiting = False

    def is_quiet(self, entry: Entry, now: datetime, *, for_seconds: float | None = None) -> bool:
        """Whether the file has been as it is for `for_seconds`, by default those to settle."""
        moment = self._monotonic()
        seen, since = self._first_seen.get(entry.uri, (None, moment))
        if not entry.same_file_as(seen):
            since = moment
        self._first_seen[entry.uri] = (entry, since)
        quiet = max(moment - since, now.timestamp() - entry.mtime_ns / 1e9) >= (
            self._settle if for_seconds is None else for_seconds
        )
        self._waiting |= not quiet
        return quiet

    @property
    def look_again_in(self) -> float:
        """Seconds until a file waited for may be quiet; without end where none is."""
        return self._settle if self._waiting else math.inf
