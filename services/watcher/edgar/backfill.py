"""A backfill: every Section 16 filing of past days, once each, while a watcher publishes new ones.

The quarterly indexes list what there is. With archives, a whole day comes in one request, and only filings that its
archive lacks are fetched one by one. Days from the watcher's first day on are the watcher's, earlier ones a backfill's.
"""

from collections.abc import AsyncGenerator, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import groupby, islice
from typing import Final

import structlog

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured, TransientError
from contracts.topics import FILINGS, WATCHER_CURSOR, WATCHER_DEAD_LETTERS
from services.runtime.clock import Clock
from services.runtime.instruments import Instruments, ServiceInstruments
from services.runtime.port import Output, Record, SourceService, WriteResult
from services.section16.business_days import business_days
from services.section16.edgar_calendar import Quarter, eastern_day
from services.watcher.edgar import pending, retry_policies
from services.watcher.edgar.archive_fetcher import ArchiveFetcher
from services.watcher.edgar.backfill_plan import (
    BackfillProgress,
    Plan,
    bounded_batches,
    days_between,
    entries_by_day,
)
from services.watcher.edgar.backfill_state import CURSOR_KEY, LABEL, BackfillState
from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.index import Index, IndexEntry
from services.watcher.edgar.responses import NotThere
from services.watcher.edgar.submission_fetcher import FetchedSubmission
from services.watcher.publication import log_committed

_log = structlog.get_logger(__name__)

_ONE_DAY: Final = timedelta(days=1)
_INDEX_COMPLETE_AFTER: Final = timedelta(days=7)
"""Days after a quarter's end from which its index is taken to list all of it, whatever date it gives as its last."""
_AT_ONCE: Final = 8
_WORTH_AN_ARCHIVE: Final = 20
"""Filings of a day for which its archive is fetched. It contains all forms, and may have a gigabyte."""


def edgar_backfill(
    client: EdgarClient, clock: Clock, plan: Plan, progress: BackfillProgress, instruments: Instruments | None = None
) -> SourceService:
    """Return the backfill as an engine runs it: a source that comes to an end."""
    own = (instruments or Instruments()).service(LABEL)
    return SourceService(
        name="watcher",
        cursor=WATCHER_CURSOR,
        cursor_key=CURSOR_KEY,
        output_topics=(FILINGS, WATCHER_DEAD_LETTERS),
        source=partial(BackfillSource, client, clock, plan, progress, own),
        also_restores=(pending.CURSOR_KEY,),
    )


class BackfillSource:
    """Publishes the filings of the plan that no backfill or watcher has published, oldest first, then ends."""

    def __init__(
        self,
        client: EdgarClient,
        clock: Clock,
        plan: Plan,
        progress: BackfillProgress,
        instruments: ServiceInstruments,
    ) -> None:
        self._instruments = instruments
        self._archive = ArchiveFetcher(client, clock)
        self._clock = clock
        self._plan = plan
        self._progress = progress
        self._state = BackfillState()
        self._watchers = pending.PendingFilings()
        self._batches: AsyncGenerator[Sequence[Output], None] | None = None
        self._uncommitted: Sequence[FetchedSubmission] = ()
        self._days_done = 0
        self._reached: tuple[date, float] | None = None
        self._left = 0

    def restore(self, record: Record) -> None:
        """Apply one record of the cursor topic: the backfill's own, or the watcher's."""
        key = (record.key or b"").decode()
        if key.startswith(f"{CURSOR_KEY}|"):
            self._state.restore(key, record.value)
        else:
            self._watchers.restore(key, record.value)

    async def next_batch(self) -> Sequence[Output] | None:
        """Return the next filings with the cursor records that account for them; None when all is done.

        Raises:
            Misconfigured: a quarter that is over has no index.
        """
        if self._batches is None:
            self._batches = self._run()
        return await anext(self._batches, None)

    def committed(self, placed: Sequence[WriteResult]) -> None:
        """Log the committed batch, and report the progress."""
        log_committed((one.facts for one in self._uncommitted), placed)
        dead = sum(one.is_dead_letter for one in self._uncommitted)
        self._progress.publish(len(self._uncommitted) - dead, dead)
        self._instruments.succeeded(CURSOR_KEY)
        self._uncommitted = ()
        if self._reached is not None:
            self._progress.reach(*self._reached)

    async def _run(self) -> AsyncGenerator[Sequence[Output], None]:
        async for batch in self._quarters():
            yield batch
        if self._left:
            self._progress.leave(self._left)

    async def _quarters(self) -> AsyncGenerator[Sequence[Output], None]:
        last, note = self._last_day()
        days = [day for day in days_between(self._plan.first, last) if not self._state.is_done(day, self._plan.forms)]
        self._progress.begin(len(days), note)
        for quarter, days_of_quarter in groupby(days, Quarter.of):
            index = await self._index(quarter)
            if index is None:
                return
            listed = entries_by_day(index, quarter, self._plan.forms)
            for day in days_of_quarter:
                if not self._covers(index, quarter, day):
                    self._progress.end(f"EDGAR's index of {quarter} reaches to {index.reaches} so far")
                    break
                async for batch in self._day(day, listed.get(day, ())):
                    yield batch
                self._days_done += 1
                self._reached = (day, self._days_done)
            if self._state.has_changed:
                yield self._batch()

    def _last_day(self) -> tuple[date, str | None]:
        """Return the last day of this backfill, and the reason if it is earlier than requested."""
        requested, yesterday = self._plan.last, eastern_day(self._clock.now()) - _ONE_DAY
        started = self._watchers.first_day
        if started is not None and started <= min(requested, yesterday):
            return started - _ONE_DAY, f"filings since {started} belong to the watcher, which was started that day"
        if yesterday < requested:
            return yesterday, f"{yesterday} is the last complete day"
        return requested, None

    async def _index(self, quarter: Quarter) -> Index | None:
        """Return the index of the quarter; None if it is too early for one. An outage is waited out.

        Raises:
            Misconfigured: there is none, and it is not too early.
        """
        failures = 0
        while True:
            try:
                return await self._archive.index(quarter)
            except NotThere:
                if quarter.last_day >= eastern_day(self._clock.now()):
                    self._progress.end(f"there is no index of {quarter} yet")
                    return None
                raise Misconfigured(ErrorCode.NO_INDEX, f"EDGAR has no index of {quarter}") from None
            except TransientError as error:
                failures += 1
                _log.warning("index_failed", quarter=str(quarter), code=error.code, error=error.message)
            await self._clock.sleep(retry_policies.QUARTERLY_INDEX.delay(failures).total_seconds())

    def _covers(self, index: Index, quarter: Quarter, day: date) -> bool:
        """Return whether the index lists all filings of the day: the current quarter's grows every night."""
        if index.reaches is None or quarter.last_day + _INDEX_COMPLETE_AFTER < eastern_day(self._clock.now()):
            return True
        return next(business_days(index.reaches + _ONE_DAY, day), None) is None

    async def _day(self, day: date, entries: Sequence[IndexEntry]) -> AsyncGenerator[Sequence[Output], None]:
        """Yield the batches of one day."""
        wanted = self._unpublished(day, entries)
        count = len(wanted)
        if self._plan.archives and count >= _WORTH_AN_ARCHIVE:
            async for batch in self._day_from_archive(day, wanted):
                yield batch
        from_archive, left = count - len(wanted), 0
        while wanted:
            group = {number: wanted.pop(number) for number in list(islice(wanted, _AT_ONCE))}
            async for fetched in self._fetched(list(group.values())):
                for one in fetched:
                    del group[one.origin.accession_number]
                yield self._batch(fetched, day, 1 - len(wanted) / count)
            left += len(group)
        self._left += left
        if not left:
            self._state.finish(day, self._plan.forms)
        if count:
            _log.info("day_backfilled", day=str(day), filings=count - left, from_archive=from_archive, left=left)

    async def _day_from_archive(
        self, day: date, wanted: dict[str, IndexEntry]
    ) -> AsyncGenerator[Sequence[Output], None]:
        """Yield batches of the filings in the day's archive, and remove them from `wanted`."""
        count = len(wanted)
        for batch in bounded_batches(await self._archive.archive(day, wanted)):
            for one in batch:
                del wanted[one.origin.accession_number]
            yield self._batch(batch, day, 1 - len(wanted) / count)

    def _unpublished(self, day: date, entries: Sequence[IndexEntry]) -> dict[str, IndexEntry]:
        """Return the filings, by accession number, that neither a backfill nor the watcher has published."""
        return {
            entry.accession_number: entry
            for entry in entries
            if not self._state.is_published(day, entry.form_type, entry.accession_number)
            and not self._watchers.knows(entry.accession_number)
        }

    async def _fetched(self, entries: Sequence[IndexEntry]) -> AsyncGenerator[Sequence[FetchedSubmission], None]:
        """Yield the filings as they become available.

        Failed fetches are repeated after growing delays, up to a limit. Filings that still fail then are left to
        another run, since all others must not wait for them.
        """
        failures = 0
        while entries:
            found = await self._archive.fetch_each(entries, missing_is_final=failures > 0)
            if fetched := [one for one in found if isinstance(one, FetchedSubmission)]:
                yield fetched
            failed = [
                (entry, one) for entry, one in zip(entries, found, strict=True) if isinstance(one, TransientError)
            ]
            failures += 1
            if not failed or not await self._sleep_before_retry(failed, failures):
                return
            entries = [entry for entry, _ in failed]

    async def _sleep_before_retry(self, failed: Sequence[tuple[IndexEntry, TransientError]], failures: int) -> bool:
        """Log the failed fetches and sleep; return False if they are given up."""
        policy = retry_policies.BACKFILLED_FILING
        given_up = policy.gives_up(failures)
        delay = policy.delay(failures).total_seconds()
        entry, error = failed[0]
        _log.warning(
            "filings_not_fetched",
            filings=len(failed),
            first=entry.accession_number,
            code=error.code,
            error=error.message,
            retry_in_seconds=None if given_up else delay,
        )
        if not given_up:
            await self._clock.sleep(delay)
        return not given_up

    def _batch(
        self, fetched: Sequence[FetchedSubmission] = (), day: date | None = None, share: float = 0
    ) -> list[Output]:
        """Return the records of a batch with the cursor records that changed.

        `share` is the part of the day, from 0 to 1, that is done with this batch.
        """
        if day is not None:
            self._state.publish(day, {one.origin.accession_number: one.origin.form_type for one in fetched})
            self._reached = (day, self._days_done + share)
        self._uncommitted = fetched
        cursor = [
            Output(WATCHER_CURSOR, key.encode(), value, routing=CURSOR_KEY.encode())
            for key, value in self._state.changes()
        ]
        return [*(one.output for one in fetched), *cursor]
