"""All filings of the fake EDGAR, and those visible at a given time in the feed, an index or an archive."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from tests.edgar.filings import EASTERN, Filing, Party
from tests.edgar.pages import feed_entry

INDEX_WRITTEN: Final = time(22, 45)
FEED_REACHES: Final = 2_000
"""Entries back from the newest that the feed answers for."""


def index_written(day: date) -> datetime:
    """Return when the index and the archive of a day usually appear."""
    return datetime.combine(day, INDEX_WRITTEN, EASTERN)


class Catalog:
    """All filings there will ever be. Queries take the current time, so that it needs no clock.

    `index_appears` returns when a day's index and archive appear; by default at 22:45 Eastern.
    """

    def __init__(self, filings: Iterable[Filing], *, index_appears: Callable[[date], datetime] = index_written) -> None:
        self.filings = sorted(filings, key=lambda filing: (filing.accepted_at, filing.accession))
        self.index_appears = index_appears
        self._by_accession = {filing.accession: filing for filing in self.filings}
        self._by_day: dict[date, list[Filing]] = {}
        for filing in self.filings:
            self._by_day.setdefault(filing.filed_on, []).append(filing)
        self._entries: dict[str, _Entries] = {}

    def filing(self, accession: str, now: datetime) -> Filing | None:
        """Return the filing with that number, once it is accepted."""
        filing = self._by_accession.get(accession)
        return filing if filing and filing.accepted_at <= now else None

    def section_16(self) -> dict[str, Filing]:
        """Return the filings that the watcher is expected to publish, by accession number."""
        return {accession: filing for accession, filing in self._by_accession.items() if filing.is_section_16}

    def feed(self, prefix: str, now: datetime) -> "Feed":
        """Return the feed of the forms that begin with `prefix`."""
        if prefix not in self._entries:
            self._entries[prefix] = _Entries([filing for filing in self.filings if filing.form.startswith(prefix)])
        return self._entries[prefix].at(now)

    def filed_on(self, day: date, now: datetime) -> list[Filing] | None:
        """Return the filings of a day as its index lists them; None if it has no index, or not yet."""
        filings = self._by_day.get(day)
        return filings if filings and self.index_appears(day) <= now else None

    def filed_in(self, first: date, last: date, now: datetime) -> list[Filing]:
        """Return the filings of a quarter, as far as the indexes of its days have appeared."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return [filing for day in days for filing in self.filed_on(day, now) or ()]


class Feed:
    """The feed at a given time. `version` changes whenever the entries do."""

    def __init__(self, entries: Sequence[tuple[Filing, Party]], version: int) -> None:
        self._entries = entries
        self.version = version

    def page(self, start: int, count: int) -> list[str]:
        """Return the entries from `start` on, newest first."""
        end = len(self._entries) - start
        return [feed_entry(*entry) for entry in reversed(self._entries[max(0, end - count) : max(0, end)])]


class _Entries:
    """The entries of one prefix that are visible so far, in order of acceptance."""

    def __init__(self, filings: Sequence[Filing]) -> None:
        shown = [(filing.shown_at, filing) for filing in filings if filing.shown_at is not None]
        self._waiting = sorted(shown, key=lambda pair: pair[0])
        self._moments = [moment for moment, _ in self._waiting]
        self._taken = 0
        self._ordered: list[tuple[datetime, str, Filing]] = []
        self._feed = Feed((), 0)

    def at(self, now: datetime) -> Feed:
        """Return the feed at a time no earlier than that of the last call."""
        reached = bisect_right(self._moments, now)
        if reached > self._taken:
            new = [(filing.accepted_at, filing.accession, filing) for _, filing in self._waiting[self._taken : reached]]
            self._taken = reached
            # nobody sees further back than the feed reaches
            self._ordered = sorted(self._ordered + new)[-FEED_REACHES:]
            # reversed on a page: the issuer comes after its owners there
            entries = [(filing, party) for _, _, filing in self._ordered for party in reversed(filing.parties)]
            self._feed = Feed(entries, reached)
        return self._feed
