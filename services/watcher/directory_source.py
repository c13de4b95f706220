"""Directories as a source: publishes each new or changed file once, with a cursor of what has been published."""

import json
import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from contracts.errors import OversizedRecord, PermanentError
from contracts.topics import WATCHER_CURSOR, WATCHER_DEAD_LETTERS
from services.runtime.dead_letters import reason_headers
from services.runtime.instruments import Instruments, ServiceInstruments
from services.runtime.port import Output, Record, WriteResult
from services.runtime.threads import in_thread
from services.section16.edgar_calendar import eastern_day
from services.watcher.directory import (
    Entry,
    Published,
    files_in,
    filing_from_file,
    is_complete,
    is_truncated,
    pointer_to,
    read_whole,
)
from services.watcher.directory_watch import DirectoryWatch
from services.watcher.order import order_of_file
from services.watcher.publication import MOST_READ, filing_output, log_committed
from services.watcher.settled_files import SettledFiles

_log = structlog.get_logger(__name__)

CURSOR_KEY: Final = "directory"
SETTLE_SECONDS: Final = 1.0
_TRUNCATED_SECONDS: Final = 60.0
_MOST_FILES: Final = 500
_MOST_BYTES: Final = 4 * 1024 * 1024


class DirectorySource:
    """Publishes the files of directories; with `follow`, also files that are added later.

    A file is new if its size or time of change differs from the cursor's. It is published unless a filing with the same
    identity and content has been: copies, moved and touched files are only noted in the cursor. With `follow`, a new
    file is read at once if it has the end tag of its start tag. Other files are read once they have not changed for
    `settle` seconds, or later if they are truncated.

    `on_found` is called, from a thread, with the number of files to publish: as soon as they are listed, and again
    whenever some turn out to contain nothing new.
    """

    def __init__(  # noqa: PLR0913 - the options of a directory source
        self,
        directories: Sequence[Path],
        *,
        now: Callable[[], datetime],
        follow: bool,
        poll_interval: float,
        force_polling: bool = False,
        settle: float = SETTLE_SECONDS,
        ignored: Sequence[Path] = (),
        on_found: Callable[[int], None] = lambda _: None,
        instruments: ServiceInstruments | None = None,
    ) -> None:
        self._instruments = instruments or Instruments().service("watcher")
        self._directories = directories
        self._ignored = ignored
        self._now = now
        self._follow = follow
        self._known: dict[str, Entry] = {}
        self._published: set[Published] = set()
        self._pending: deque[tuple[Path, Entry]] = deque()
        self._uncommitted: list[Mapping[str, object] | None] = []
        self._unreadable: dict[str, Entry] = {}
        self._unlistable: set[str] = set()
        self._settled = SettledFiles(settle)
        self._watch = DirectoryWatch(directories, poll_interval=poll_interval, force_polling=force_polling)
        self._scanned = False
        self._found = 0
        self._on_found = on_found

    def restore(self, record: Record) -> None:
        """Apply one cursor record."""
        if record.value is not None:
            self._note(Entry.from_json(record.value))

    async def next_batch(self) -> Sequence[Output] | None:
        """Return the next filings with the cursor records that account for them; None when a single pass is over."""
        while True:
            if outputs := await in_thread(self._take_pending):
                return outputs
            if self._scanned and not self._follow:
                return None
            if self._scanned:
                await self._watch.change(self._scan, within=self._settled.scan_again_in)
            await self._scan()
            self._scanned = True

    def committed(self, placed: Sequence[WriteResult]) -> None:
        """Log the committed batch."""
        log_committed(self._uncommitted, placed, waiting=len(self._pending))

    async def _scan(self) -> bool:
        """Scan the directories; return whether any file is new, or has yet to settle."""
        self._instruments.looked()
        await in_thread(self._list_new)
        self._instruments.succeeded(CURSOR_KEY)
        return bool(self._pending) or self._settled.scan_again_in < math.inf

    def _list_new(self) -> None:
        """List the new files in the order of their filings, in which positions build up."""
        errors: dict[str, OSError] = {}
        new = [
            (path, entry)
            for path, entry in files_in(self._directories, ignored=self._ignored, on_error=errors.__setitem__)
            if not entry.same_file_as(self._known.get(entry.uri))
        ]
        self._report_unlistable(errors)
        self._settled.begin_scan({entry.uri for _, entry in new})
        ready = [found for found in new if not self._follow or self._is_ready(*found)]
        self._report_found(len(ready))
        today = eastern_day(self._now())
        self._pending = deque(
            sorted(ready, key=lambda found: (order_of_file(found[0], today=today), found[1].uri)),
        )

    def _is_ready(self, path: Path, entry: Entry) -> bool:
        """Return whether a file is no longer being written. One that replaces another may still have its old end."""
        is_new = entry.uri not in self._known
        return self._settled.has_settled(entry, self._now(), is_complete=lambda: is_new and is_complete(path))

    def _read(self, path: Path, entry: Entry) -> bytes | None:
        """Return the file's bytes; None if it is still being written: it changed while it was read, or is truncated."""
        content = read_whole(path, entry, most=MOST_READ)
        if content is None:
            _log.warning("file_still_written", uri=entry.uri)
            settle_seconds = math.inf
        elif self._follow and is_truncated(content):
            settle_seconds = _TRUNCATED_SECONDS
        else:
            return content
        return content if self._settled.has_settled(entry, self._now(), for_seconds=settle_seconds) else None

    def _take_pending(self) -> list[Output]:
        """Return the records for the next files, up to the size of a batch."""
        outputs: list[Output] = []
        self._uncommitted = []
        size = unpublished = 0
        while self._pending and len(outputs) < 2 * _MOST_FILES and size < _MOST_BYTES:
            path, entry = self._pending.popleft()
            taken = self._take(path, entry)
            outputs += [output for output, _ in taken]
            self._uncommitted += [facts for _, facts in taken]
            size += entry.size
            unpublished += all(output.topic is WATCHER_CURSOR for output, _ in taken)
        if unpublished:
            self._report_found(self._found - unpublished)
        return outputs

    def _report_unlistable(self, errors: Mapping[str, OSError]) -> None:
        """Report once that a directory is missing or unreadable, and once that it is readable again."""
        for directory, error in errors.items():
            if directory not in self._unlistable:
                _log.warning("directory_unreadable", directory=directory, error=str(error))
        for directory in self._unlistable - errors.keys():
            _log.warning("directory_read_again", directory=directory)
        self._unlistable = set(errors)

    def _report_found(self, files: int) -> None:
        self._found = files
        self._on_found(files)

    def _take(self, path: Path, entry: Entry) -> list[tuple[Output, Mapping[str, object] | None]]:
        """Return the records for a file: a filing or dead letter, and the cursor entry; none if it must wait.

        A filing or dead letter comes with the fields of its log line.
        """
        try:
            content = self._read(path, entry)
        except OSError as error:
            self._report_unreadable(entry, error)
            return []
        if content is None:
            return []  # the next scan lists it again
        observed_at = self._now()
        taken: list[tuple[Output, Mapping[str, object] | None]] = []
        try:
            filing = filing_from_file(path, content, observed_at=observed_at, most=MOST_READ)
            noted = replace(entry, content_sha256=filing.content_sha256, filing_id=filing.filing_id)
            facts: dict[str, object] = {"path": str(path), "filing_id": filing.filing_id}
            if (filing.filing_id, filing.content_sha256) in self._published:
                _log.debug("filing_known", **facts)
            else:
                taken.append((filing_output(filing, source="watcher/directory"), facts))
        except PermanentError as error:
            noted = entry
            facts = {"path": str(path), "filing_id": None, "code": error.code, "error": error.message}
            taken.append((_dead_letter(entry, content, error, observed_at), facts))
        noted = noted.following(self._known.get(noted.uri))
        self._note(noted)
        return [*taken, (_cursor_output(noted), None)]

    def _note(self, entry: Entry) -> None:
        self._known[entry.uri] = entry
        self._published.update(entry.published)

    def _report_unreadable(self, entry: Entry, error: OSError) -> None:
        """Report an unreadable file once per state of it; it is tried again at every scan."""
        if not entry.same_file_as(self._unreadable.get(entry.uri)):
            self._unreadable[entry.uri] = entry
            _log.warning("file_unreadable", uri=entry.uri, error=str(error))


def _dead_letter(entry: Entry, content: bytes, error: PermanentError, observed_at: datetime) -> Output:
    """Return the dead letter of a file: its bytes, or a pointer to it if they are too many."""
    oversized = isinstance(error, OversizedRecord) or len(content) > WATCHER_DEAD_LETTERS.max_value_bytes
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
