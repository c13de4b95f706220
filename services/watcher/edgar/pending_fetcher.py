"""Fetching what the ledger owes: oldest first, some at a time, and what fails again later, for as long as it takes."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from contracts.codes import ErrorCode
from contracts.errors import InsidertapeError, InvalidFiling, PermanentError, TransientError
from contracts.filing_published import FilingPublished
from contracts.topics import MEBIBYTE
from services.runtime.clock import Clock
from services.runtime.port import Output
from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.pending import Reference
from services.watcher.edgar.responses import NotThere
from services.watcher.edgar.submission import (
    SOURCE,
    Origin,
    breaks_off,
    dead_letter,
    filing_from_submission,
    refusal_facts,
    see_that_it_is,
)
from services.watcher.publication import MOST_READ, filing_output

_log = structlog.get_logger(__name__)

_AT_ONCE: Final = 8
_MOST: Final = 40
_MOST_TEXT: Final = 4 * MEBIBYTE
"""A batch ends with the group of fetches that reaches either."""
_TRIES: Final = 2
"""The ledger tries on: a batch must not wait for one filing."""
_FIRST_WAIT: Final = timedelta(seconds=10)
_LONGEST_WAIT: Final = timedelta(hours=1)
_LONGEST_REST: Final = timedelta(minutes=5)
_MOST_DOUBLINGS: Final = 12
_TRUE_TO_THE_END: Final = 3
"""Times that a submission without the mark of its end is asked for again before it is taken to have none."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of one reference: the record to write, and the filing; None where that is a dead letter.

    `facts` are what the line in the log says of it.
    """

    reference: Reference
    output: Output
    filing: FilingPublished | None
    facts: Mapping[str, object]


class PendingFetcher:
    """PendingFetcher references, and remembers of those that failed how often, and when to try again."""

    def __init__(self, client: EdgarClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._failures: dict[str, tuple[int, datetime]] = {}
        self._rest = timedelta()
        self._resume_at: datetime | None = None

    def ready(self, waiting: Iterable[Reference], now: datetime, *, before: date | None) -> list[Reference]:
        """Those to be fetched now, oldest first: positions build up in that order. Of days `before` one, if it says."""
        if self._resume_at is not None and now < self._resume_at:
            return []
        ready = [
            reference
            for reference in waiting
            if (before is None or reference.day < before) and self._due_at(reference, now) <= now
        ]
        return sorted(ready, key=_age)

    def next_at(self, waiting: Iterable[Reference], now: datetime) -> datetime | None:
        """When the next of them is to be tried."""
        first = min((self._due_at(reference, now) for reference in waiting), default=None)
        return max(first, self._resume_at or first) if first is not None else None

    async def fetch(self, ready: Sequence[Reference]) -> list[Fetched]:
        """Fetch as many as make a batch; those that failed are not among what is given."""
        fetched: list[Fetched] = []
        size = 0
        for start in range(0, min(len(ready), _MOST), _AT_ONCE):
            group = await asyncio.gather(*(self._one(reference) for reference in ready[start : start + _AT_ONCE]))
            found = [one for one in group if isinstance(one, Fetched)]
            fetched += found
            size += sum(len(one.output.value or b"") for one in found)
            if size >= _MOST_TEXT or self._rests(group):
                break
        return fetched

    def _rests(self, group: Sequence[Fetched | TransientError]) -> bool:
        """Whether EDGAR gave no answer at all: then nothing is fetched for a while, instead of trying each in vain."""
        if any(isinstance(one, Fetched | NotThere) for one in group):
            self._rest = timedelta()
            return False
        if len(group) == 1:  # it may be this one's own trouble, and must not be that of others
            return False
        self._rest = min(max(2 * self._rest, _FIRST_WAIT), _LONGEST_REST)
        self._resume_at = self._clock.now() + self._rest
        return True

    async def _one(self, reference: Reference) -> Fetched | TransientError:
        number = reference.accession_number
        tried = self._failures.get(number, (0, None))[0]
        origin = Origin(
            number,
            reference.form_type,
            reference.source,
            self._client.url_of(reference.path),
            filed_on=reference.day,
            accepted_at=reference.accepted_at,
        )

        def read(content: bytes) -> bytes:
            see_that_it_is(content, origin)
            if tried < _TRUE_TO_THE_END and breaks_off(content):
                raise TransientError(ErrorCode.NO_SUBMISSION, "the submission breaks off")
            return content

        content = b""
        try:
            content = await self._client.get(reference.path, read, most=MOST_READ, tries=_TRIES)
            fetched = _published(content, origin, reference, self._clock.now())
        except TransientError as error:
            self._fail(reference, tried + 1, error)
            return error
        except PermanentError as error:
            letter = dead_letter(origin, error, observed_at=self._clock.now(), content=content)
            fetched = Fetched(reference, letter, None, refusal_facts(origin, error))
        self._failures.pop(number, None)
        return fetched

    def _fail(self, reference: Reference, times: int, error: TransientError) -> None:
        now = self._clock.now()
        wait = min(_FIRST_WAIT * 2 ** min(times - 1, _MOST_DOUBLINGS), _LONGEST_WAIT)
        self._failures[reference.accession_number] = (times, now + wait)
        _log.warning(
            "filing_not_fetched",
            filing_id=reference.accession_number,
            path=reference.path,
            times=times,
            waiting_seconds=round((now - reference.seen_at).total_seconds()),
            again_in_seconds=round(wait.total_seconds()),
            code=error.code,
            why=error.message,
        )

    def _due_at(self, reference: Reference, now: datetime) -> datetime:
        _, due_at = self._failures.get(reference.accession_number, (0, now))
        return due_at


def _published(content: bytes, origin: Origin, reference: Reference, now: datetime) -> Fetched:
    """What is written of a submission that was fetched.

    Raises:
        TransientError: it is not the one that was asked for.
        PermanentError: it cannot be published; also where it shows a defect of ours, for the same filing would end the
            process each time that it is started again.
    """
    try:
        filing = filing_from_submission(content, origin, observed_at=now)
        return Fetched(reference, filing_output(filing, source=SOURCE), filing, origin.facts)
    except (InsidertapeError, MemoryError):
        raise
    except Exception as error:
        words = f"a defect of the watcher, worth a report: {type(error).__name__}: {error}"
        raise InvalidFiling(ErrorCode.WATCHER_DEFECT, words) from error


def _age(reference: Reference) -> tuple[date, bool, datetime, str]:
    """The order of filing; of those whose time of day is unknown, after the others of the day."""
    unknown = reference.accepted_at is None
    return reference.day, unknown, reference.accepted_at or reference.seen_at, reference.accession_number
