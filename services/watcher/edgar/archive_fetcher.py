"""Fetching filings of the past: a quarter's index, a whole day from its archive, and single submissions.

What the index lists is fetched or becomes a dead letter; nothing is passed over because EDGAR does not answer.
"""

import asyncio
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

import structlog

from contracts.codes import ErrorCode
from contracts.errors import InvalidFiling, PermanentError, TransientError
from contracts.filing_published import FilingSource
from contracts.topics import MEBIBYTE
from services.runtime.clock import Clock
from services.runtime.port import Output
from services.runtime.threads import in_thread
from services.section16.edgar_calendar import Quarter
from services.watcher.edgar.archive import ArchivedSubmission, archived_submissions
from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.index import Index, IndexEntry, read_index
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

_MOST_INDEX: Final = 256 * MEBIBYTE
_MOST_HELD: Final = 256 * MEBIBYTE
"""Bytes of a day's submissions that are held until its archive has been read to the end."""
_ARCHIVE_TRIES: Final = 3
_FIRST_WAIT: Final = 10.0
_GZIP: Final = 31
_NO_END: Final = ErrorCode.NO_END


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What came of one filing of the index: the record to write, which may be a dead letter, and the facts to log."""

    entry: IndexEntry
    output: Output
    dead: bool
    facts: Mapping[str, object]


class ArchiveFetcher:
    """Asks EDGAR for what is past, within the client's budget."""

    def __init__(self, client: EdgarClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    async def index(self, quarter: Quarter) -> Index:
        """What the quarter's index lists.

        Raises:
            NotThere: there is none.
            TransientError: it cannot be had, or is none.
        """
        path = f"/Archives/edgar/full-index/{quarter}/master.idx"
        try:
            content = await self._client.get(f"{path}.gz", _unpacked, most=_MOST_INDEX)
        except NotThere:
            content = await self._client.get(path, bytes, most=_MOST_INDEX)
        index = await in_thread(partial(read_index, content))
        if index.unreadable:
            _log.warning("index_damaged", quarter=str(quarter), lines=len(index.unreadable), first=index.unreadable[0])
        return index

    async def archive(self, day: date, wanted: Mapping[str, IndexEntry]) -> list[Retrieved]:
        """Those of the wanted filings, by accession number, that the archive of the day holds.

        An archive that is cut off or damaged is asked for again, and gives nothing: its checksum is at its end. None
        of its filings is lost where it stays so, for what is not given is to be fetched by itself.
        """
        path = f"/Archives/edgar/Feed/{Quarter.of(day)}/{day:%Y%m%d}.nc.tar.gz"
        for tried in range(_ARCHIVE_TRIES):
            try:
                found = await self._held(path, wanted)
            except NotThere:
                _log.info("archive_missing", day=str(day))
                return []
            except TransientError as error:
                _log.warning("archive_failed", day=str(day), tried=tried + 1, code=error.code, why=error.message)
                await self._clock.sleep(_FIRST_WAIT * 2**tried)
            else:
                read = (self._read(wanted[each.accession_number], each.content, "edgar-bulk") for each in found)
                return [retrieved for retrieved in read if retrieved is not None]
        _log.warning("archive_given_up", day=str(day), filings=len(wanted))
        return []

    async def each(self, entries: Sequence[IndexEntry], *, final: bool) -> list[Retrieved | TransientError]:
        """The filings, each fetched by itself and all at once, or why one cannot be had now.

        One that none of its parties has becomes a dead letter where that is `final`.
        """
        return await asyncio.gather(*(self._one(entry, final=final) for entry in entries))

    async def _held(self, path: str, wanted: Mapping[str, IndexEntry]) -> list[ArchivedSubmission]:
        found: dict[str, ArchivedSubmission] = {}
        size = 0
        async with self._client.stream(path) as chunks:
            async for each in archived_submissions(chunks, most=MOST_READ):
                if each.accession_number in wanted and each.is_whole and size + each.size <= _MOST_HELD:
                    found[each.accession_number] = each
                    size += each.size
        return list(found.values())

    async def _one(self, entry: IndexEntry, *, final: bool) -> Retrieved | TransientError:
        try:
            content = await self._submission(entry)
        except NotThere as error:
            return self._dead(entry, InvalidFiling(error.code, error.message), "edgar-index", b"") if final else error
        except TransientError as error:
            return error
        except PermanentError as error:
            return self._dead(entry, error, "edgar-index", b"")
        retrieved = self._read(entry, content, "edgar-index")
        return retrieved or TransientError(
            ErrorCode.NO_SUBMISSION, f"what was sent for {entry.accession_number} is another's"
        )

    async def _submission(self, entry: IndexEntry) -> bytes:
        """The submission, from the folder of whichever party has it.

        Raises:
            NotThere: none has.
            TransientError: it cannot be had now.
            OversizedRecord: it is too large to be looked at.
        """
        origin = self._origin(entry, "edgar-index")

        def whole(content: bytes) -> bytes:
            see_that_it_is(content, origin)
            if breaks_off(content):
                raise TransientError(_NO_END, "the submission breaks off")
            return content

        for path in _paths(entry):
            try:
                return await self._client.get(path, whole, most=MOST_READ)
            except NotThere:
                continue
            except TransientError as error:
                if error.code != _NO_END:
                    raise
                return await self._client.get(path, bytes, most=MOST_READ)  # it was filed so
        raise NotThere(
            ErrorCode.NOT_THERE, f"EDGAR's index lists {entry.accession_number}, and none of its parties has it"
        )

    def _read(self, entry: IndexEntry, content: bytes, source: FilingSource) -> Retrieved | None:
        """The record of a submission; None where the bytes are those of another."""
        try:
            origin = self._origin(entry, source)
            filing = filing_from_submission(content, origin, observed_at=self._clock.now())
            output = filing_output(filing, source=SOURCE, delivery="backfill")
            return Retrieved(entry, output, dead=False, facts=origin.facts)
        except TransientError:
            return None
        except PermanentError as error:
            return self._dead(entry, error, source, content)

    def _dead(self, entry: IndexEntry, error: PermanentError, source: FilingSource, content: bytes) -> Retrieved:
        origin = self._origin(entry, source)
        letter = dead_letter(origin, error, observed_at=self._clock.now(), content=content)
        return Retrieved(entry, letter, dead=True, facts=refusal_facts(origin, error))

    def _origin(self, entry: IndexEntry, source: FilingSource) -> Origin:
        url = self._client.url_of(f"/Archives/{entry.path}")
        return Origin(entry.accession_number, entry.form_type, source, url, filed_on=entry.filed_on)


def _paths(entry: IndexEntry) -> Iterator[str]:
    """Where the submission may be: as the index says, and under each other party."""
    paths = {f"/Archives/{entry.path}": None}
    for party in entry.parties:
        paths[f"/Archives/edgar/data/{int(party.cik)}/{entry.accession_number}.txt"] = None
    yield from paths


def _unpacked(content: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=_GZIP)
    try:
        whole = unpacker.decompress(content, _MOST_INDEX)
    except zlib.error as error:
        raise TransientError(ErrorCode.UNREADABLE_INDEX, f"the packed index cannot be unpacked: {error}") from None
    if not unpacker.eof:
        raise TransientError(
            ErrorCode.UNREADABLE_INDEX, f"the packed index breaks off, or has more than {_MOST_INDEX} bytes"
        )
    return whole
