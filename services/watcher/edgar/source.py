"""EDGAR as a feed: every Section 16 filing from the day it was begun, as soon as it shows, none missed, none twice.

The current feed tells of filings at once, but not of all; each day's index tells of those it missed. Both lead to one
ledger of what is owed, and only what is in the log is taken off it: in the same transaction.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Final

import structlog

from contracts.errors import OversizedRecord, TransientError
from contracts.topics import MEBIBYTE, WATCHER_CURSOR
from services.runtime.clock import Clock
from services.runtime.instruments import Instruments, ServiceInstruments
from services.runtime.port import Output, Record, WriteResult
from services.section16.business_days import is_scheduled_business_day
from services.section16.edgar_calendar import Quarter, eastern_day, is_fast, is_open, utc_of
from services.watcher.edgar.client import Counts, EdgarClient
from services.watcher.edgar.cycle import Cycle
from services.watcher.edgar.feed_page import PREFIXES, FeedEntry
from services.watcher.edgar.index import Index, IndexEntry, read_index
from services.watcher.edgar.index_schedule import IndexSchedule
from services.watcher.edgar.pending import CURSOR_KEY, PendingFilings, Reference
from services.watcher.edgar.pending_fetcher import Fetched, PendingFetcher
from services.watcher.edgar.responses import NotThere
from services.watcher.edgar.sweep import Sweeper
from services.watcher.publication import log_committed

_log = structlog.get_logger(__name__)

_MOST_INDEX_BYTES: Final = 64 * MEBIBYTE
_SLOWER: Final = 3
_SLOWEST: Final = 30
"""How many times as long as in the fast hours the watcher rests: while EDGAR takes filings, and while it does not."""
_LONGEST_REST: Final = timedelta(minutes=5)
_PATIENCE: Final = timedelta(minutes=5)
"""After two rests and this without a successful poll, the watcher is not ready: a poll takes seconds."""


class EdgarSource:
    """Publishes what EDGAR shows from the day on which it is first run; with `follow`, for ever.

    `poll_interval` is seconds between looks at the feed in the fast hours, 16:00 to 22:00 Eastern. Without `follow` it
    ends when it has looked once and published what it could.
    """

    def __init__(
        self,
        client: EdgarClient,
        clock: Clock,
        *,
        follow: bool,
        poll_interval: float = 10.0,
        instruments: ServiceInstruments | None = None,
    ) -> None:
        self._instruments = instruments or Instruments().service("watcher")
        self._instruments.awaits_success(CURSOR_KEY)
        self._client = client
        self._clock = clock
        self._follow = follow
        self._interval = timedelta(seconds=poll_interval)
        self._longest_rest = max(_LONGEST_REST, self._interval)
        self._ledger = PendingFilings()
        self._looks = IndexSchedule()
        self._sweeper = Sweeper(client)
        self._fetches = PendingFetcher(client, clock)
        self._cycle = Cycle()
        self._asked = Counts(client.counts.requests, client.counts.throttles)
        self._poll_at: datetime | None = None
        self._failed_polls = 0
        self._in_hand: Sequence[Fetched] = ()

    def restore(self, record: Record) -> None:
        """Take in one record of the cursor topic."""
        self._ledger.restore((record.key or b"").decode(), record.value)

    async def next_batch(self) -> Sequence[Output] | None:
        """The next filings, with the records of the ledger that account for them; None when a single pass is over."""
        if not self._ledger.begun:
            self._ledger.begin(eastern_day(self._clock.now()))
            return self._batch(())
        while True:
            await self._poll_if_due()
            self._close_days()
            now = self._clock.now()
            day = self._looks.due(self._ledger.open_days(eastern_day(now)), now)
            if ready := self._fetches.ready(self._ledger.waiting.values(), now, before=day):
                fetched = await self._fetches.fetch(ready)
                if fetched or self._ledger.has_news:
                    return self._batch(fetched)
            elif day is not None:  # older filings come first, so that positions build up in order
                await self._look_at_index(day)
            elif self._ledger.has_news:
                return self._batch(())
            else:
                self._tell()
                if not self._follow:
                    return None
                await self._clock.sleep(min(self._next_at(now) - now, self._longest_rest).total_seconds())

    def committed(self, placed: Sequence[WriteResult]) -> None:
        """Log what is in the log now, and count it."""
        log_committed((fetched.facts for fetched in self._in_hand), placed, waiting=len(self._ledger.waiting))
        now = self._clock.now()
        for fetched in self._in_hand:
            if fetched.filing is None:
                self._cycle.dead += 1
            else:
                self._cycle.publish(fetched.filing, now)
        self._in_hand = ()

    def _batch(self, fetched: Sequence[Fetched]) -> list[Output]:
        """Filings, and every change of the ledger: what was taken off it, and what it was found to owe besides."""
        for one in fetched:
            self._ledger.publish(one.reference)
        self._in_hand = fetched
        cursor = [
            Output(WATCHER_CURSOR, key.encode(), value, routing=CURSOR_KEY.encode())
            for key, value in self._ledger.changes()
        ]
        return [*(one.output for one in fetched), *cursor]

    async def _poll_if_due(self) -> None:
        """Look at the feed, if it is time; a failure is told, and only puts the next look off."""
        if self._poll_at is not None and timedelta() < self._poll_at - self._clock.now() <= self._longest_rest:
            return  # were it longer, the clock would have been set back
        self._tell()
        begun = self._clock.now()
        failed = False
        self._instruments.looked()
        for prefix in PREFIXES:
            try:
                await self._sweep(prefix)
            except (TransientError, OversizedRecord) as error:
                _log.warning("poll_failed", prefix=prefix, code=error.code, why=error.message)
                failed = True
        self._cycle.failed += failed
        self._failed_polls = self._failed_polls + 1 if failed else 0
        rest = min(self._rest(begun) * 2 ** min(self._failed_polls, 10), self._longest_rest)
        self._poll_at = max(begun + rest, self._clock.now()) if not failed else self._clock.now() + rest
        if not failed:
            self._ledger.look(self._clock.now())
            self._instruments.succeeded(CURSOR_KEY, next_within=(2 * rest + _PATIENCE).total_seconds())

    async def _sweep(self, prefix: str) -> None:
        since = self._ledger.seen_until(prefix) or _midnight(self._ledger.owed_from)
        sweep = await self._sweeper.sweep(prefix, since)
        self._cycle.pages += sweep.pages
        for entry in sweep.entries:
            if entry.filed_on >= self._ledger.owed_from:
                self._see(_of_feed(entry, self._clock.now()))
        if sweep.seen_until is not None:
            self._ledger.see_until(prefix, min(sweep.seen_until, self._clock.now()))

    async def _look_at_index(self, day: date) -> None:
        """Note what the index of a day lists and the feed has not shown."""
        path = f"/Archives/edgar/daily-index/{Quarter.of(day)}/master.{day:%Y%m%d}.idx"
        try:
            index = await self._client.get(path, read_index, most=_MOST_INDEX_BYTES)
        except NotThere as error:
            self._missed(day, error.message, damaged=False)
            return
        except (TransientError, OversizedRecord) as error:
            _log.warning("index_failed", day=str(day), code=error.code, why=error.message)
            self._looks.put_off(day, self._clock.now())
            return
        now = self._clock.now()
        self._cycle.indexes += 1
        news = sum([self._see(_of_index(entry, day, now)) for entry in index.entries])
        _log.info("index_read", day=str(day), filings=len(index.entries), missed_by_feed=news)
        if (damage := _damage(index, day)) is not None:
            self._missed(day, damage, damaged=True)
        elif lacking := self._ledger.known_of(day) - {entry.accession_number for entry in index.entries}:
            given_up = self._looks.incomplete(day, now)
            _log.warning("index_incomplete", day=str(day), lacks=len(lacking), first=min(lacking), given_up=given_up)
        else:
            self._looks.read(day, now)

    def _missed(self, day: date, why: str, *, damaged: bool) -> None:
        given_up = self._looks.missed(day, self._clock.now(), damaged=damaged)
        tell = _log.warning if given_up else _log.info
        tell("index_missing", day=str(day), why=why, given_up=given_up)

    def _close_days(self) -> None:
        """Close the days that have been looked at for good, from the oldest on."""
        days = self._ledger.open_days(eastern_day(self._clock.now()))
        for day in takewhile(self._looks.is_done, days):
            self._ledger.close(day)
            self._looks.forget(day)

    def _see(self, reference: Reference) -> bool:
        self._cycle.seen += 1
        is_new = self._ledger.see(reference)
        self._cycle.new += is_new
        return is_new

    def _rest(self, now: datetime) -> timedelta:
        """How long to rest after a look: short when filings come fast, long when EDGAR is closed."""
        if is_fast(now):
            return self._interval
        return self._interval * (_SLOWER if is_open(now) else _SLOWEST)

    def _next_at(self, now: datetime) -> datetime:
        moments = (
            self._poll_at,
            self._looks.next_at(self._ledger.open_days(eastern_day(now))),
            self._fetches.next_at(self._ledger.waiting.values(), now),
        )
        return min(moment for moment in moments if moment is not None)

    def _tell(self) -> None:
        """End a cycle in which anything was asked: its line, its metrics."""
        asked = self._client.counts
        new = Counts(asked.requests - self._asked.requests, asked.throttles - self._asked.throttles)
        if new.requests:
            self._cycle.tell(new, self._instruments, waiting=len(self._ledger.waiting))
            self._asked = Counts(asked.requests, asked.throttles)
            self._cycle = Cycle()


def _damage(index: Index, day: date) -> str | None:
    """Why an index is not taken for that of all the day; None where it is."""
    if index.unreadable:
        return f"{len(index.unreadable)} lines are damaged, the first {index.unreadable[0][:200]!r}"
    if index.reaches is not None and index.reaches < day:
        return f"it reaches to {index.reaches} alone"
    if not index.entries and is_scheduled_business_day(day):
        return "it lists no Section 16 filing at all"
    return None


def _midnight(day: date) -> datetime:
    return utc_of(datetime.combine(day, datetime.min.time()))


def _of_feed(entry: FeedEntry, now: datetime) -> Reference:
    return Reference(
        entry.accession_number, entry.form_type, entry.path, entry.filed_on, entry.accepted_at, "edgar-current", now
    )


def _of_index(entry: IndexEntry, day: date, now: datetime) -> Reference:
    path = f"/Archives/{entry.path}"
    return Reference(entry.accession_number, entry.form_type, path, max(entry.filed_on, day), None, "edgar-index", now)
