"""Fetch filings of past days: a quarter's index, a whole day from its archive, and single submissions.

Every filing of the index is fetched or becomes a dead letter. None is skipped because EDGAR does not respond.
"""

import asyncio
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Final

import structlog

from contracts.codes import ErrorCode
from contracts.errors import InvalidFiling, TransientError
from contracts.filing_published import FilingSource
from contracts.topics import MEBIBYTE
from services.runtime.clock import Clock
from services.runtime.threads import in_thread
from services.section16.edgar_calendar import Quarter
from services.watcher.edgar import retry_policies
from services.watcher.edgar.archive import ArchivedSubmission, archived_submissions
from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.index import Index, IndexEntry, read_index
from services.watcher.edgar.responses import NotThere
from services.watcher.edgar.submission import Origin
from services.watcher.edgar.submission_fetcher import FetchedSubmission, SubmissionFetcher, TruncatedSubmission
from services.watcher.publication import MOST_READ

_log = structlog.get_logger(__name__)

_MOST_INDEX: Final = 256 * MEBIBYTE
_MOST_HELD: Final = 256 * MEBIBYTE
"""Bytes of a day's submissions that are held until its archive has been read to the end."""
_GZIP: Final = 31
"""The window size that makes zlib expect gzip's header and checksum."""


class ArchiveFetcher:
    """Fetches filings of past days, within the client's request budget."""

    def __init__(self, client: EdgarClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._submissions = SubmissionFetcher(client, clock, delivery="backfill")

    async def index(self, quarter: Quarter) -> Index:
        """Return the index of a quarter.

        Raises:
            NotThere: there is none.
            TransientError: it is unavailable now, or the response is not an index.
        """
        path = f"/Archives/edgar/full-index/{quarter}/master.idx"
        try:
            content = await self._client.get(f"{path}.gz", _decompressed, most=_MOST_INDEX)
        except NotThere:
            content = await self._client.get(path, bytes, most=_MOST_INDEX)
        index = await in_thread(partial(read_index, content))
        if index.unreadable:
            _log.warning("index_damaged", quarter=str(quarter), lines=len(index.unreadable), first=index.unreadable[0])
        return index

    async def archive(self, day: date, wanted: Mapping[str, IndexEntry]) -> list[FetchedSubmission]:
        """Return the wanted filings, by accession number, that the archive of the day contains.

        A truncated or damaged archive is requested again. Nothing is taken from it, since its checksum is at its end.
        If it stays damaged its filings are fetched one by one.
        """
        path = f"/Archives/edgar/Feed/{Quarter.of(day)}/{day:%Y%m%d}.nc.tar.gz"
        failures = 0
        while not retry_policies.ARCHIVE.gives_up(failures):
            try:
                found = await self._read_archive(path, wanted)
            except NotThere:
                _log.info("archive_missing", day=str(day))
                return []
            except TransientError as error:
                failures += 1
                _log.warning("archive_failed", day=str(day), failures=failures, code=error.code, error=error.message)
                await self._clock.sleep(retry_policies.ARCHIVE.delay(failures).total_seconds())
            else:
                converted = [self._convert(wanted[each.accession_number], each) for each in found]
                return [one for one in converted if isinstance(one, FetchedSubmission)]
        _log.warning("archive_given_up", day=str(day), filings=len(wanted))
        return []

    async def fetch_each(
        self, entries: Sequence[IndexEntry], *, missing_is_final: bool
    ) -> list[FetchedSubmission | TransientError]:
        """Fetch the filings concurrently, and return each or the error if it is unavailable now.

        With `missing_is_final`, a filing that EDGAR does not have becomes a dead letter.
        """
        return await asyncio.gather(*(self._fetch_one(entry, missing_is_final) for entry in entries))

    async def _read_archive(self, path: str, wanted: Mapping[str, IndexEntry]) -> list[ArchivedSubmission]:
        found: dict[str, ArchivedSubmission] = {}
        size = 0
        async with self._client.stream(path) as chunks:
            async for each in archived_submissions(chunks, most=MOST_READ):
                if each.accession_number in wanted and each.is_whole and size + each.size <= _MOST_HELD:
                    found[each.accession_number] = each
                    size += each.size
        return list(found.values())

    def _convert(self, entry: IndexEntry, archived: ArchivedSubmission) -> FetchedSubmission | TransientError:
        return self._submissions.convert(self._origin(entry, "edgar-bulk"), archived.content)

    async def _fetch_one(self, entry: IndexEntry, missing_is_final: bool) -> FetchedSubmission | TransientError:
        origin = self._origin(entry, "edgar-index")
        fetched = await self._submissions.fetch(origin, _paths(entry), accept_truncated=False)
        if isinstance(fetched, TruncatedSubmission):  # the same at each attempt: it was filed without an end mark
            fetched = await self._submissions.fetch(origin, _paths(entry), accept_truncated=True)
        if isinstance(fetched, NotThere) and missing_is_final:
            return self._submissions.dead_letter(origin, InvalidFiling(fetched.code, fetched.message))
        return fetched

    def _origin(self, entry: IndexEntry, source: FilingSource) -> Origin:
        url = self._client.url_of(f"/Archives/{entry.path}")
        return Origin(entry.accession_number, entry.form_type, source, url, filed_on=entry.filed_on)


def _paths(entry: IndexEntry) -> Iterator[str]:
    """Yield the paths at which the submission may be: the one in the index, then one per party."""
    paths = {f"/Archives/{entry.path}": None}
    for party in entry.parties:
        paths[f"/Archives/edgar/data/{int(party.cik)}/{entry.accession_number}.txt"] = None
    yield from paths


def _decompressed(content: bytes) -> bytes:
    decompressor = zlib.decompressobj(wbits=_GZIP)
    try:
        whole = decompressor.decompress(content, _MOST_INDEX)
    except zlib.error as error:
        raise TransientError(ErrorCode.UNREADABLE_INDEX, f"the index cannot be decompressed: {error}") from None
    if not decompressor.eof:
        raise TransientError(ErrorCode.UNREADABLE_INDEX, f"the index is truncated, or exceeds {_MOST_INDEX} bytes")
    return whole
