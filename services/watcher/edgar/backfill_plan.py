"""The range of a backfill, the progress it reports, and the grouping of an index's filings. Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter
from typing import Final, Protocol

from contracts.enumerations import FormType
from contracts.topics import MEBIBYTE
from services.section16.edgar_calendar import Quarter
from services.section16.vocabulary import FORM_TYPES
from services.watcher.edgar.index import Index, IndexEntry
from services.watcher.edgar.submission_fetcher import FetchedSubmission

FIRST_DAY: Final = date(1993, 1, 1)
"""EDGAR's indexes begin here."""
_MOST_FILINGS: Final = 200
_MOST_TEXT: Final = 4 * MEBIBYTE
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to backfill: days, both included, forms, and whether to use the daily archives."""

    first: date
    last: date
    forms: frozenset[FormType] = frozenset(FORM_TYPES)
    archives: bool = False


class BackfillProgress(Protocol):
    """Receives the progress of a backfill."""

    def begin(self, days: int, note: str | None) -> None:
        """Take the number of days still to do, and the reason if these are not all that were requested."""

    def reach(self, day: date, days: float) -> None:
        """Take the current day, and the number of days done so far; the current one may count in part."""

    def publish(self, filings: int, dead: int) -> None:
        """Take the number of filings and dead letters just committed."""

    def leave(self, filings: int) -> None:
        """Take the number of filings that were unavailable, and are left to another run."""

    def end(self, note: str) -> None:
        """Take the reason for ending before the last day."""


def days_between(first: date, last: date) -> Iterator[date]:
    """Yield all days from first to last, both included."""
    while first <= last:
        yield first
        first += _ONE_DAY


def entries_by_day(index: Index, quarter: Quarter, forms: Collection[FormType]) -> dict[date, list[IndexEntry]]:
    """Return the filings of these forms by filing date, each day's in the order of their accession numbers.

    A filing whose date is outside the index's quarter is counted on the quarter's nearest day.
    """
    found: dict[date, list[IndexEntry]] = {}
    for entry in index.entries:
        if entry.form_type in forms:
            day = min(max(entry.filed_on, quarter.first_day), quarter.last_day)
            found.setdefault(day, []).append(entry)
    for entries in found.values():
        entries.sort(key=attrgetter("accession_number"))
    return found


def bounded_batches(fetched: Sequence[FetchedSubmission]) -> Iterator[Sequence[FetchedSubmission]]:
    """Yield the submissions in bounded batches, in the order of their accession numbers."""
    batch: list[FetchedSubmission] = []
    size = 0
    for one in sorted(fetched, key=lambda one: one.origin.accession_number):
        batch.append(one)
        size += len(one.output.value or b"")
        if len(batch) >= _MOST_FILINGS or size >= _MOST_TEXT:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
