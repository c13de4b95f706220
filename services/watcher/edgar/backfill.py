"""A backfill: every Section 16 filing of past days, each once, beside a watcher that goes on with what is new.

The quarterly indexes say what there is; with archives, whole days come in one request, and only what those lack is
fetched by itself. Days are the watcher's from the one on which it was begun, and a backfill's until the one before.
"""

from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import chain, groupby, islice, repeat
from operator import attrgetter
from typing import Final, Protocol

import structlog

from contracts.codes import ErrorCode
from contracts.enumerations import FormType
from contracts.errors import Misconfigured, TransientError
from contracts.topics import FILINGS, MEBIBYTE, WATCHER_CURSOR, WATCHER_DEAD_LETTERS
from services.runtime.clock import Clock
from services.runtime.instruments import Instruments, ServiceInstruments
from services.runtime.port import Output, Record, SourceService, WriteResult
from services.section16.business_days import business_days
from services.section16.edgar_calendar import Quarter, eastern_day
from services.section16.vocabulary import FORM_TYPES
from services.watcher.edgar import pending
from services.watcher.edgar.archive_fetcher import ArchiveFetcher, Retrieved
from services.watcher.edgar.backfill_state import CURSOR_KEY, LABEL, BackfillState
from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.index import Index, IndexEntry
from services.watcher.edgar.responses import NotThere
from services.watcher.publication import log_committed

_log = structlog.get_logger(__name__)

FIRST_DAY: Final = date(1993, 1, 1)
"""EDGAR's indexes begin here."""
_ONE_DAY: Final = timedelta(days=1)
_INDEX_SETTLES: Final = timedelta(days=7)
"""Days after a quarter's end from which on its index lists all of it, wherever it says that it ends."""
_WAITS: Final = (10.0, 20.0, 40.0, 80.0, 160.0, 300.0)
"""Seconds between two tries of what EDGAR does not give."""
_AT_ONCE: Final = 8
_MOST_FILINGS: Final = 200
_MOST_TEXT: Final = 4 * MEBIBYTE
_WORTH_AN_ARCHIVE: Final = 20
"""Filings of a day for which its archive is fetched: it holds all forms, and may have a gigabyte."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to backfill: days, both included, forms, and whether from archives where there are."""

    first: date
    last: date
    forms: frozenset[FormType] = frozenset(FORM_TYPES)
    archives: bool = False


class Progress(Protocol):
    """Is told how a backfill gets on."""

    def begin(self, days: int, note: str | None) -> None:
        """So many days are to be gone through, those done before not counted; and why not all that were asked for."""

    def reach(self, day: date, days: float) -> None:
        """It has come to this day, and has gone through so many, of this one perhaps a part."""

    def publish(self, filings: int, dead: int) -> None:
        """So many filings and dead letters more are in the log."""

    def leave(self, filings: int) -> None:
        """So many filings could not be had, and are left to another run."""

    def end(self, note: str) -> None:
        """Why it ends before the last day."""


def edgar_backfill(
    client: EdgarClient, clock: Clock, plan: Plan, progress: Progress, instruments: Instruments | None = None
) -> SourceService:
    """The backfill as an engine runs it: a feed that comes to its end."""
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
    """Publishes what the plan asks for and no backfill or watcher has published yet, oldest first, then ends."""

    def __init__(
        self, client: EdgarClient, clock: Clock, plan: Plan, progress: Progress, instruments: ServiceInstruments
    ) -> None:
        self._instruments = instruments
        self._past = ArchiveFetcher(client, clock)
        self._clock = clock
        self._plan = plan
        self._progress = progress
        self._done = BackfillState()
        self._live = pending.PendingFilings()
        self._batches: AsyncGenerator[Sequence[Output], None] | None = None
        self._in_hand: Sequence[Retrieved] = ()
        self._gone_through = 0
        self._reached: tuple[date, float] | None = None
        self._left = 0

    def restore(self, record: Record) -> None:
        """Take in one record of the cursor topic: the backfill's, or the watcher's."""
        key = (record.key or b"").decode()
        if key.startswith(f"{CURSOR_KEY}|"):
            self._done.restore(key, record.value)
        else:
            self._live.restore(key, record.value)

    async def next_batch(self) -> Sequence[Output] | None:
        """The next filings, with the records that account for them; None when all is done.

        Raises:
            Misconfigured: there is no index of a quarter that is over.
        """
        if self._batches is None:
            self._batches = self._run()
        return await anext(self._batches, None)

    def committed(self, placed: Sequence[WriteResult]) -> None:
        """Log what is in the log now, and tell how far it is."""
        log_committed((one.facts for one in self._in_hand), placed)
        dead = sum(one.dead for one in self._in_hand)
        self._progress.publish(len(self._in_hand) - dead, dead)
        self._instruments.succeeded(CURSOR_KEY)
        self._in_hand = ()
        if self._reached is not None:
            self._progress.reach(*self._reached)

    async def _run(self) -> AsyncGenerator[Sequence[Output], None]:
        async for batch in self._quarters():
            yield batch
        if self._left:
            self._progress.leave(self._left)

    async def _quarters(self) -> AsyncGenerator[Sequence[Output], None]:
        last, note = self._last_day()
        days = [day for day in _days(self._plan.first, last) if not self._done.is_done(day, self._plan.forms)]
        self._progress.begin(len(days), note)
        for quarter, of_quarter in groupby(days, Quarter.of):
            index = await self._index(quarter)
            if index is None:
                return
            listed = _by_day(index, quarter, self._plan.forms)
            for day in of_quarter:
                if not self._covers(index, quarter, day):
                    self._progress.end(f"EDGAR's index of {quarter} reaches to {index.reaches} so far")
                    break
                async for batch in self._day(day, listed.get(day, ())):
                    yield batch
                self._gone_through += 1
                self._reached = (day, self._gone_through)
            if self._done.has_changed:
                yield self._batch()

    def _last_day(self) -> tuple[date, str | None]:
        """The last day that is a backfill's, and why it is not the last that was asked for."""
        asked, yesterday = self._plan.last, eastern_day(self._clock.now()) - _ONE_DAY
        begun = self._live.first_day
        if begun is not None and begun <= min(asked, yesterday):
            return begun - _ONE_DAY, f"filings since {begun} are those of the watcher, which was begun that day"
        if yesterday < asked:
            return yesterday, f"{yesterday} is the last day that is over"
        return asked, None

    async def _index(self, quarter: Quarter) -> Index | None:
        """The index of the quarter, waited for as long as EDGAR is out of reach; None where it is too early for one.

        Raises:
            Misconfigured: there is none, and it is not too early.
        """
        waits = chain(_WAITS, repeat(_WAITS[-1]))
        while True:
            try:
                return await self._past.index(quarter)
            except NotThere:
                if quarter.last_day >= eastern_day(self._clock.now()):
                    self._progress.end(f"there is no index of {quarter} yet")
                    return None
                raise Misconfigured(
                    ErrorCode.NO_INDEX, f"there is no index of {quarter} where EDGAR's should be"
                ) from None
            except TransientError as error:
                _log.warning("index_failed", quarter=str(quarter), code=error.code, why=error.message)
            await self._clock.sleep(next(waits))

    def _covers(self, index: Index, quarter: Quarter, day: date) -> bool:
        """Whether the index lists all that was filed on the day: the current quarter's is extended every night."""
        if index.reaches is None or quarter.last_day + _INDEX_SETTLES < eastern_day(self._clock.now()):
            return True
        return next(business_days(index.reaches + _ONE_DAY, day), None) is None

    async def _day(self, day: date, entries: Sequence[IndexEntry]) -> AsyncGenerator[Sequence[Output], None]:
        """The batches of one day."""
        wanted = {
            entry.accession_number: entry
            for entry in entries
            if not self._done.is_published(day, entry.form_type, entry.accession_number)
            and not self._live.knows(entry.accession_number)
        }
        count = len(wanted)
        if self._plan.archives and count >= _WORTH_AN_ARCHIVE:
            for some in _batches(await self._past.archive(day, wanted)):
                for one in some:
                    del wanted[one.entry.accession_number]
                yield self._batch(some, day, 1 - len(wanted) / count)
        from_archive, left = count - len(wanted), 0
        while wanted:
            group = [wanted.pop(number) for number in list(islice(wanted, _AT_ONCE))]
            async for some in self._fetched(group):
                yield self._batch(some, day, 1 - len(wanted) / count)
                group = [entry for entry in group if entry not in [one.entry for one in some]]
            left += len(group)
        self._left += left
        if not left:
            self._done.finish(day, self._plan.forms)
        if count:
            _log.info("day_backfilled", day=str(day), filings=count - left, from_archive=from_archive, left=left)

    async def _fetched(self, entries: Sequence[IndexEntry]) -> AsyncGenerator[Sequence[Retrieved], None]:
        """The filings as they can be had: those that fail again after a wait, each time a longer one, but not for ever.

        What then still fails is left to another run; all others must not wait for it.
        """
        for tried, wait in enumerate((*_WAITS, None)):
            found = await self._past.each(entries, final=tried > 0)
            if some := [one for one in found if isinstance(one, Retrieved)]:
                yield some
            failed = [
                (entry, one) for entry, one in zip(entries, found, strict=True) if isinstance(one, TransientError)
            ]
            if not failed:
                return
            entries = [entry for entry, _ in failed]
            _log.warning(
                "filings_not_fetched",
                filings=len(entries),
                first=entries[0].accession_number,
                code=failed[0][1].code,
                why=failed[0][1].message,
                again_in_seconds=wait,
            )
            if wait is not None:
                await self._clock.sleep(wait)

    def _batch(self, retrieved: Sequence[Retrieved] = (), day: date | None = None, share: float = 0) -> list[Output]:
        """Records, and what has changed of what is done; they are of a day that is through to that share, 0 to 1."""
        if day is not None:
            self._done.publish(day, {one.entry.accession_number: one.entry.form_type for one in retrieved})
            self._reached = (day, self._gone_through + share)
        self._in_hand = retrieved
        cursor = [
            Output(WATCHER_CURSOR, key.encode(), value, routing=CURSOR_KEY.encode())
            for key, value in self._done.changes()
        ]
        return [*(one.output for one in retrieved), *cursor]


def _days(first: date, last: date) -> Iterator[date]:
    """All days from one to another, both included."""
    while first <= last:
        yield first
        first += _ONE_DAY


def _by_day(index: Index, quarter: Quarter, forms: Collection[FormType]) -> dict[date, list[IndexEntry]]:
    """The filings of these forms by the day on which they were filed, each day's in the order of their numbers.

    One that the quarter's index lists of another quarter's day is taken to be of the nearest of its own.
    """
    found: dict[date, list[IndexEntry]] = {}
    for entry in index.entries:
        if entry.form_type in forms:
            day = min(max(entry.filed_on, quarter.first_day), quarter.last_day)
            found.setdefault(day, []).append(entry)
    for entries in found.values():
        entries.sort(key=attrgetter("accession_number"))
    return found


def _batches(retrieved: Sequence[Retrieved]) -> Iterator[Sequence[Retrieved]]:
    """The records in bounded batches, in the order of the filings' numbers."""
    batch: list[Retrieved] = []
    size = 0
    for one in sorted(retrieved, key=lambda one: one.entry.accession_number):
        batch.append(one)
        size += len(one.output.value or b"")
        if len(batch) >= _MOST_FILINGS or size >= _MOST_TEXT:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
