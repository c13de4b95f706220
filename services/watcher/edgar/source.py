"""EDGAR as a source: every Section 16 filing since the watcher's first day, as soon as it appears, exactly once.

The current feed shows filings at once, but not all of them. Each day's index lists those that the feed missed. Both
add to the same set of pending filings, and a filing leaves it only in the transaction that publishes it.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Final

import structlog

from contracts.errors import OversizedRecord, TransientError
from contracts.topics import MEBIBYTE, WATCHER_CURSOR
from services.runtime.backoff import RetryPolicy
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
from services.watcher.edgar.pending_fetcher import PendingFetcher
from services.watcher.edgar.responses import NotThere
from services.watcher.edgar.retry_policies import POLL_LONGEST
from services.watcher.edgar.submission_fetcher import FetchedSubmission
from services.watcher.edgar.sweep import Sweeper
from services.watcher.publication import log_committed

_log = structlog.get_logger(__name__)

_MOST_INDEX_BYTES: Final = 64 * MEBIBYTE
_OPEN_FACTOR: Final = 3
_CLOSED_FACTOR: Final = 30
"""The poll interval outside the busy hours, as a multiple: while EDGAR accepts filings, and while it does not."""
_READY_WITHIN: Final = timedelta(minutes=5)
"""The watcher is not ready after two poll intervals and this without a successful poll. A poll takes seconds."""


class EdgarSource:
    """Publishes EDGAR's filings from the day of its first run; with `follow`, without end.

    `poll_interval` is seconds between polls of the feed in the busy hours, 16:00 to 22:00 Eastern. Without `follow` it
    ends after one poll, when it has published what it could.
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
        self._longest_sleep = max(POLL_LONGEST, self._interval)
        self._pending = PendingFilings()
        self._schedule = IndexSchedule()
        self._sweeper = Sweeper(client)
        self._fetcher = PendingFetcher(client, clock)
        self._cycle = Cycle()
        self._reported = Counts(client.counts.requests, client.counts.throttles)
        self._poll_at: datetime | None = None
        self._failed_polls = 0
        self._uncommitted: Sequence[FetchedSubmission] = ()

    def restore(self, record: Record) -> None:
        """Apply one record of the cursor topic."""
        self._pending.restore((record.key or b"").decode(), record.value)

    async def next_batch(self) -> Sequence[Output] | None:
        """Return the next filings with the cursor records that account for them; None when a single pass is over."""
        if self._pending.first_day is None:
            self._pending.start(eastern_day(self._clock.now()))
            return self._batch(())
        while True:
            await self._poll_if_due()
            self._close_days()
            now = self._clock.now()
            day = self._schedule.due(self._pending.open_days(eastern_day(now)), now)
            # Filings older than the index come before it, so that positions build up in order.
            if ready := self._fetcher.ready(self._pending.waiting.values(), now, before=day):
                fetched = await self._fetcher.fetch(ready)
                if fetched or self._pending.has_news:
                    return self._batch(fetched)
            elif day is not None:
                await self._read_daily_index(day)
            elif self._pending.has_news:
                return self._batch(())
            elif not await self._sleep_until_due(now):
                return None

    def committed(self, placed: Sequence[WriteResult]) -> None:
        """Log and count the committed batch."""
        log_committed((one.facts for one in self._uncommitted), placed, waiting=len(self._pending.waiting))
        now = self._clock.now()
        for one in self._uncommitted:
            if one.filing is None:
                self._cycle.dead += 1
            else:
                self._cycle.publish(one.filing, now)
        self._uncommitted = ()

    def _batch(self, fetched: Sequence[FetchedSubmission]) -> list[Output]:
        """Return the records of a batch with every cursor record that changed."""
        for one in fetched:
            self._pending.publish(self._pending.waiting[one.origin.accession_number])
        self._uncommitted = fetched
        cursor = [
            Output(WATCHER_CURSOR, key.encode(), value, routing=CURSOR_KEY.encode())
            for key, value in self._pending.changes()
        ]
        return [*(one.output for one in fetched), *cursor]

    async def _sleep_until_due(self, now: datetime) -> bool:
        """Report the cycle, then sleep until something is due; return False if this was a single pass."""
        self._report_cycle()
        if self._follow:
            await self._clock.sleep(min(self._next_at(now) - now, self._longest_sleep).total_seconds())
        return self._follow

    async def _poll_if_due(self) -> None:
        """Poll the feed if it is time. A failure is logged, and postpones the next poll."""
        # A longer wait than the longest means that the clock was set back.
        if self._poll_at is not None and timedelta() < self._poll_at - self._clock.now() <= self._longest_sleep:
            return
        self._report_cycle()
        started = self._clock.now()
        self._instruments.looked()
        failed = await self._poll()
        self._cycle.failed += failed
        self._failed_polls = self._failed_polls + 1 if failed else 0
        delay = RetryPolicy(self._interval_at(started), self._longest_sleep).delay(self._failed_polls + 1)
        now = self._clock.now()
        self._poll_at = now + delay if failed else max(started + delay, now)
        if not failed:
            self._pending.note_poll(now)
            self._instruments.succeeded(CURSOR_KEY, next_within=(2 * delay + _READY_WITHIN).total_seconds())

    async def _poll(self) -> bool:
        """Sweep the feed of each form; return whether any sweep failed."""
        failed = False
        for prefix in PREFIXES:
            try:
                await self._sweep(prefix)
            except (TransientError, OversizedRecord) as error:
                _log.warning("poll_failed", prefix=prefix, code=error.code, error=error.message)
                failed = True
        return failed

    async def _sweep(self, prefix: str) -> None:
        since = self._pending.seen_until(prefix) or _midnight(self._pending.pending_since)
        sweep = await self._sweeper.sweep(prefix, since)
        self._cycle.pages += sweep.pages
        for entry in sweep.entries:
            if entry.filed_on >= self._pending.pending_since:
                self._add(_reference_from_feed(entry, self._clock.now()))
        if sweep.seen_until is not None:
            self._pending.note_seen_until(prefix, min(sweep.seen_until, self._clock.now()))

    async def _read_daily_index(self, day: date) -> None:
        """Add the filings of a day's index that the feed has not shown."""
        path = f"/Archives/edgar/daily-index/{Quarter.of(day)}/master.{day:%Y%m%d}.idx"
        try:
            index = await self._client.get(path, read_index, most=_MOST_INDEX_BYTES)
        except NotThere as error:
            self._note_missing_index(day, error.message, damaged=False)
            return
        except (TransientError, OversizedRecord) as error:
            _log.warning("index_failed", day=str(day), code=error.code, error=error.message)
            self._schedule.postpone(day, self._clock.now())
            return
        now = self._clock.now()
        self._cycle.indexes += 1
        new = sum([self._add(_reference_from_index(entry, day, now)) for entry in index.entries])
        _log.info("index_read", day=str(day), filings=len(index.entries), missed_by_feed=new)
        if (damage := _damage(index, day)) is not None:
            self._note_missing_index(day, damage, damaged=True)
        elif lacking := self._pending.known_of(day) - {entry.accession_number for entry in index.entries}:
            given_up = self._schedule.note_incomplete(day, now)
            _log.warning("index_incomplete", day=str(day), lacks=len(lacking), first=min(lacking), given_up=given_up)
        else:
            self._schedule.note_read(day, now)

    def _note_missing_index(self, day: date, reason: str, *, damaged: bool) -> None:
        given_up = self._schedule.note_missing(day, self._clock.now(), damaged=damaged)
        log = _log.warning if given_up else _log.info
        log("index_missing", day=str(day), error=reason, given_up=given_up)

    def _close_days(self) -> None:
        """Close the days whose index is final, from the oldest on."""
        days = self._pending.open_days(eastern_day(self._clock.now()))
        for day in takewhile(self._schedule.is_done, days):
            self._pending.close(day)
            self._schedule.forget(day)

    def _add(self, reference: Reference) -> bool:
        self._cycle.seen += 1
        is_new = self._pending.add(reference)
        self._cycle.new += is_new
        return is_new

    def _interval_at(self, now: datetime) -> timedelta:
        """Return the poll interval: short in the busy hours, long while EDGAR is closed."""
        if is_fast(now):
            return self._interval
        return self._interval * (_OPEN_FACTOR if is_open(now) else _CLOSED_FACTOR)

    def _next_at(self, now: datetime) -> datetime:
        moments = (
            self._poll_at,
            self._schedule.next_at(self._pending.open_days(eastern_day(now))),
            self._fetcher.next_at(self._pending.waiting.values(), now),
        )
        return min(moment for moment in moments if moment is not None)

    def _report_cycle(self) -> None:
        """End a cycle in which anything was requested: log its line, and update the metrics."""
        counts = self._client.counts
        new = Counts(counts.requests - self._reported.requests, counts.throttles - self._reported.throttles)
        if new.requests:
            self._cycle.report(new, self._instruments, waiting=len(self._pending.waiting))
            self._reported = Counts(counts.requests, counts.throttles)
            self._cycle = Cycle()


def _damage(index: Index, day: date) -> str | None:
    """Return why an index does not cover its whole day; None if it does."""
    if index.unreadable:
        return f"{len(index.unreadable)} lines are damaged, the first {index.unreadable[0][:200]!r}"
    if index.reaches is not None and index.reaches < day:
        return f"it reaches only to {index.reaches}"
    if not index.entries and is_scheduled_business_day(day):
        return "it lists no Section 16 filings"
    return None


def _midnight(day: date) -> datetime:
    return utc_of(datetime.combine(day, datetime.min.time()))


def _reference_from_feed(entry: FeedEntry, now: datetime) -> Reference:
    return Reference(
        entry.accession_number, entry.form_type, entry.path, entry.filed_on, entry.accepted_at, "edgar-current", now
    )


def _reference_from_index(entry: IndexEntry, day: date, now: datetime) -> Reference:
    path = f"/Archives/{entry.path}"
    return Reference(entry.accession_number, entry.form_type, path, max(entry.filed_on, day), None, "edgar-index", now)
