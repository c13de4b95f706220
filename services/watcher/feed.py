"""The directory feed: publishes each new or changed file once, with a cursor that says what has been published."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from watchfiles import awatch

from contracts.codec import encode
from contracts.envelope import new_envelope
from contracts.errors import OversizedRecord, PermanentError
from contracts.filing_published import FilingPublished
from contracts.topics import FILINGS, WATCHER_CURSOR, WATCHER_DEAD_LETTERS
from services.runtime.dead_letters import reason_headers
from services.runtime.port import Output, Record
from services.watcher.directory import (
    Entry,
    files_in,
    filing_from_file,
    period_of_file,
    pointer_to,
    read_whole,
)
from services.watcher.glance import issuer_routing

_log = structlog.get_logger(__name__)

CURSOR_KEY: Final = "directory"
_MOST_FILES: Final = 500
_MOST_BYTES: Final = 4 * 1024 * 1024


class DirectoryFeed:
    """Publishes what directories hold; with `follow`, also what comes to them.

    A file is new if its size or time of change is not the cursor's, and published if no filing of the same identity
    and content has been: copies and touched files are noted in the cursor, and published no second time.
    """

    def __init__(
        self,
        directories: Sequence[Path],
        *,
        now: Callable[[], datetime],
        follow: bool,
        poll_interval: float,
        ignored: Sequence[Path] = (),
    ) -> None:
        self._directories = directories
        self._ignored = ignored
        self._now = now
        self._follow = follow
        self._poll_interval = poll_interval
        self._known: dict[str, Entry] = {}
        self._published: set[tuple[str, str]] = set()
        self._pending: deque[tuple[Path, Entry]] = deque()
        self._unreadable: dict[str, Entry] = {}
        self._changes: AsyncIterator[object] | None = None
        self._scanned = False

    def restore(self, record: Record) -> None:
        """Take in one cursor entry."""
        if record.value is not None:
            self._note(Entry(**json.loads(record.value)))

    async def next_batch(self) -> Sequence[Output] | None:
        """The next new filings with the cursor entries that account for them; None when a single pass is over."""
        while True:
            if outputs := await asyncio.to_thread(self._take_pending):
                published = sum(output.topic is FILINGS for output in outputs)
                _log.info("filings_published", filings=published, waiting=len(self._pending))
                return outputs
            if self._scanned and not self._follow:
                return None
            if self._scanned:
                await self._change()
            await asyncio.to_thread(self._scan)
            self._scanned = True

    def committed(self) -> None:
        """Nothing to do: a feed whose batch is not committed is dropped."""

    def _scan(self) -> None:
        """Find what is new, oldest first: positions build up in the order of the filings, not of their names."""
        new = [
            (path, entry)
            for path, entry in files_in(self._directories, ignored=self._ignored)
            if not entry.same_file_as(self._known.get(entry.uri))
        ]
        self._pending.extend(sorted(new, key=lambda found: (period_of_file(found[0]), found[1].uri)))

    async def _change(self) -> None:
        """Wait until the file system tells of a change, or until it is time to look without being told."""
        if self._changes is None:
            self._changes = awatch(
                *self._directories, rust_timeout=int(self._poll_interval * 1_000), yield_on_timeout=True
            )
        await anext(self._changes)

    def _take_pending(self) -> list[Output]:
        """What to write for the next files, until there are enough for a batch."""
        outputs: list[Output] = []
        size = 0
        while self._pending and len(outputs) < 2 * _MOST_FILES and size < _MOST_BYTES:
            path, entry = self._pending.popleft()
            outputs += self._take(path, entry)
            size += entry.size
        return outputs

    def _take(self, path: Path, entry: Entry) -> list[Output]:
        """What to write for a file: the filing or a dead letter, and the cursor entry; nothing if it must wait."""
        try:
            content = read_whole(path, entry, most=FILINGS.max_value_bytes)
        except OSError as error:
            self._complain(entry, error)
            return []
        if content is None:
            _log.warning("file_still_written", uri=entry.uri)  # the next pass sees it again
            return []
        observed_at = self._now()
        try:
            filing = filing_from_file(path, content, observed_at=observed_at, most=FILINGS.max_value_bytes)
            noted = Entry(entry.uri, entry.size, entry.mtime_ns, filing.content_sha256, filing.filing_id)
            new = (filing.filing_id, filing.content_sha256) not in self._published
            outputs = [_filing_output(filing)] if new else []
        except PermanentError as error:
            noted, new = entry, True
            outputs = [_dead_letter(entry, content, error, observed_at)]
        self._note(noted)
        tell = _log.debug if noted.filing_id else _log.info
        tell("filing", path=str(path), filing_id=noted.filing_id or None, new=new, dead=not noted.filing_id)
        return [*outputs, _cursor_output(noted)]

    def _note(self, entry: Entry) -> None:
        self._known[entry.uri] = entry
        if entry.filing_id:
            self._published.add((entry.filing_id, entry.content_sha256))

    def _complain(self, entry: Entry, error: OSError) -> None:
        """Say once of each state of a file that it cannot be read; it is tried again at every pass."""
        if not entry.same_file_as(self._unreadable.get(entry.uri)):
            self._unreadable[entry.uri] = entry
            _log.warning("unreadable_file", uri=entry.uri, why=str(error))


def _filing_output(filing: FilingPublished) -> Output:
    value = encode(filing)
    if len(value) > FILINGS.max_value_bytes:
        raise OversizedRecord(
            "oversized_filing", f"as an event it has {len(value)} bytes; a filing may have {FILINGS.max_value_bytes}"
        )
    envelope = new_envelope(
        event_name="filing_published",
        source="watcher/directory",
        subject=filing.filing_id,
        identity=f"{filing.filing_id}/{filing.content_sha256}",
        time=filing.observed_at,
    )
    return Output(FILINGS, filing.filing_id.encode(), value, envelope.headers(), routing=issuer_routing(filing.content))


def _dead_letter(entry: Entry, content: bytes, error: PermanentError, observed_at: datetime) -> Output:
    """The file's own bytes, or, where those are too many, a pointer to it; and in the headers why."""
    oversized = isinstance(error, OversizedRecord)
    value = json.dumps(pointer_to(entry, observed_at)).encode() if oversized else content
    pointer = (("insidertape_source_url", entry.uri.encode()), ("insidertape_size", str(entry.size).encode()))
    return Output(
        WATCHER_DEAD_LETTERS, entry.uri.encode(), value, pointer + reason_headers(error, stage="watcher/directory")
    )


def _cursor_output(entry: Entry) -> Output:
    return Output(
        WATCHER_CURSOR,
        f"{CURSOR_KEY}|{entry.uri}".encode(),
        json.dumps(entry.as_json()).encode(),
        routing=CURSOR_KEY.encode(),
    )
