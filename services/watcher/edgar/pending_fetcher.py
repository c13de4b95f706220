"""Fetch pending filings: oldest first, a few at a time. Failed fetches are repeated later, without end."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import structlog

from contracts.errors import TransientError
from contracts.topics import MEBIBYTE
from services.runtime.clock import Clock
from services.watcher.edgar import retry_policies
from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.pending import Reference
from services.watcher.edgar.responses import NotThere
from services.watcher.edgar.submission import Origin
from services.watcher.edgar.submission_fetcher import FetchedSubmission, SubmissionFetcher

_log = structlog.get_logger(__name__)

_AT_ONCE: Final = 8
_MOST: Final = 40
_MOST_TEXT: Final = 4 * MEBIBYTE
"""A batch ends with the group of fetches that reaches either limit."""
_ACCEPT_TRUNCATED_AFTER: Final = 3
"""Failures after which a submission without an end mark is accepted as it is."""


@dataclass(frozen=True, slots=True)
class _Failures:
    """Failed fetches in a row of one filing, and when to repeat the fetch."""

    count: int
    retry_at: datetime


class PendingFetcher:
    """Fetches pending filings, and remembers the failures and the next attempt of each."""

    def __init__(self, client: EdgarClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._submissions = SubmissionFetcher(
            client, clock, delivery="live", request_policy=retry_policies.PENDING_FILING_REQUEST
        )
        self._failures: dict[str, _Failures] = {}
        self._outages_in_a_row = 0
        self._resume_at: datetime | None = None

    def ready(self, pending: Iterable[Reference], now: datetime, *, before: date | None) -> list[Reference]:
        """Return the filings to fetch now, oldest first, so that positions build up in that order.

        With `before`, only filings of earlier days.
        """
        if self._resume_at is not None and now < self._resume_at:
            return []
        ready = [
            reference
            for reference in pending
            if (before is None or reference.day < before) and self._due_at(reference, now) <= now
        ]
        return sorted(ready, key=_filing_order)

    def next_at(self, pending: Iterable[Reference], now: datetime) -> datetime | None:
        """Return when the next fetch is due; None if nothing is pending."""
        first = min((self._due_at(reference, now) for reference in pending), default=None)
        return max(first, self._resume_at or first) if first is not None else None

    async def fetch(self, ready: Sequence[Reference]) -> list[FetchedSubmission]:
        """Fetch enough filings for a batch, and return those that did not fail."""
        fetched: list[FetchedSubmission] = []
        size = 0
        for start in range(0, min(len(ready), _MOST), _AT_ONCE):
            group = await asyncio.gather(*(self._fetch_one(reference) for reference in ready[start : start + _AT_ONCE]))
            found = [one for one in group if isinstance(one, FetchedSubmission)]
            fetched += found
            size += sum(len(one.output.value or b"") for one in found)
            if size >= _MOST_TEXT or self._is_outage(group):
                break
        return fetched

    def _is_outage(self, group: Sequence[FetchedSubmission | TransientError]) -> bool:
        """Return whether EDGAR failed for the whole group, and if so postpone all further fetches."""
        if any(isinstance(one, FetchedSubmission | NotThere) for one in group):
            self._outages_in_a_row = 0
            return False
        if len(group) == 1:  # the cause may be this filing alone, which must not hold up the others
            return False
        self._outages_in_a_row += 1
        self._resume_at = self._clock.now() + retry_policies.OUTAGE.delay(self._outages_in_a_row)
        return True

    async def _fetch_one(self, reference: Reference) -> FetchedSubmission | TransientError:
        known = self._failures.get(reference.accession_number)
        failures = known.count if known else 0
        fetched = await self._submissions.fetch(
            self._origin(reference), [reference.path], accept_truncated=failures >= _ACCEPT_TRUNCATED_AFTER
        )
        if isinstance(fetched, TransientError):
            self._note_failure(reference, failures + 1, fetched)
        else:
            self._failures.pop(reference.accession_number, None)
        return fetched

    def _origin(self, reference: Reference) -> Origin:
        return Origin(
            reference.accession_number,
            reference.form_type,
            reference.source,
            self._client.url_of(reference.path),
            filed_on=reference.day,
            accepted_at=reference.accepted_at,
        )

    def _note_failure(self, reference: Reference, failures: int, error: TransientError) -> None:
        now = self._clock.now()
        delay = retry_policies.PENDING_FILING.delay(failures)
        self._failures[reference.accession_number] = _Failures(failures, now + delay)
        _log.warning(
            "filing_not_fetched",
            filing_id=reference.accession_number,
            path=reference.path,
            failures=failures,
            waiting_seconds=round((now - reference.seen_at).total_seconds()),
            retry_in_seconds=round(delay.total_seconds()),
            code=error.code,
            error=error.message,
        )

    def _due_at(self, reference: Reference, now: datetime) -> datetime:
        known = self._failures.get(reference.accession_number)
        return known.retry_at if known else now


def _filing_order(reference: Reference) -> tuple[date, bool, datetime, str]:
    """Return the sort key: filings whose time of day is unknown come last in their day."""
    is_unknown = reference.accepted_at is None
    return reference.day, is_unknown, reference.accepted_at or reference.seen_at, reference.accession_number
