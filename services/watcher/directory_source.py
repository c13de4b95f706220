"""The directory feed: publishes each new or changed file once, with a cursor that says what has been published."""

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
    breaks_off,
    files_in,
    filing_from_file,
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
_BREAKS_OFF_SECONDS: Final = 60.0
_MOST_FILES: Final = 500
_MOST_BYTES: Final = 4 * 1024 * 1024


class DirectorySource:
    """Publishes what directories hold; with `follow`, also what comes to them.

    A file is new if its size or time of change is not the cursor's, and published if no filing of the same identity
    and content has been: copies, moved and touched files are noted in the cursor, and published no second time. A
    feed that follows lets a file be until it has been quiet for `settle` seconds, and for longer if it breaks off.

    `on_found` is called, from a thread, with the number of files to publish: as soon as they are listed, and again
    whenever some turn out to hold nothing new.
    """

    def __init__(  # noqa: PLR0913 - what a feed of directories can be told
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
        self._in_hand: list[Mapping[str, object] | None] = []
        self._unreadable: dict[str, Entry] = {}
        self._unlistable: set[str] = set()
        self._quiet = SettledFiles(settle)
        self._watch = DirectoryWatch(directories, poll_interval=poll_interval, force_polling=force_polling)
        self._scanned = False
        self._found = 0
        self._on_found = on_found

    def restore(self, record: Record) -> None:
        """Take in one cursor entry."""
        if record.value is not None:
            self._note(Entry.from_json(record.value))

    async def next_batch(self) -> Sequence[Output] | None:
        """The next new filings with the cursor entries that account for them; None when a single pass is over."""
        while True:
            if outputs := await in_thread(self._take_pending):
                return outputs
            if self._scanned and not self._follow:
                return None
            if self._scanned:
                await self._watch.change(self._look, within=self._quiet.look_again_in)
            await self._look()
            self._scanned = True

    def committed(self, placed: Sequence[WriteResult]) -> None:
        """Log what is in the log now; a feed whose batch is not committed is dropped, and logs none of it."""
        log_committed(self._in_hand, placed, waiting=len(self._pending))

    async def _look(self) -> bool:
        """Look through the directories; whether anything is new, or may be when it has settled."""
        self._instruments.looked()
        await in_thread(self._scan)
        self._instruments.succeeded(CURSOR_KEY)
        return bool(self._pending) or self._quiet.look_again_in < math.inf

    def _scan(self) -> None:
        """Find what is new, oldest first: positions build up in the order of the filings, not of their files."""
        errors: dict[str, OSError] = {}
        new = [
            (path, entry)
            for path, entry in files_in(self._directories, ignored=self._ignored, on_error=errors.__setitem__)
            if not entry.same_file_as(self._known.get(entry.uri))
        ]
        self._tell_unlistable(errors)
        self._quiet.begin_look({entry.uri for _, entry in new})
        ready = [found for found in new if not self._follow or self._quiet.is_quiet(found[1], self._now())]
        self._tell_found(len(ready))
        today = eastern_day(self._now())
        self._pending = deque(
            sorted(ready, key=lambda found: (order_of_file(found[0], today=today), found[1].uri)),
        )

    def _read(self, path: Path, entry: Entry) -> bytes | None:
        """The file's bytes; None while it is still being written, as it was read or by what it lacks at its end."""
        content = read_whole(path, entry, most=MOST_READ)
        if content is None:
            _log.warning("file_still_written", uri=entry.uri)
            patience = math.inf
        elif self._follow and breaks_off(content):
            patience = _BREAKS_OFF_SECONDS
        else:
            return content
        return content if self._quiet.is_quiet(entry, self._now(), for_seconds=patience) else None

    def _take_pending(self) -> list[Output]:
        """What to write for the next files, until there are enough for a batch."""
        outputs: list[Output] = []
        self._in_hand = []
        size = unpublished = 0
        while self._pending and len(outputs) < 2 * _MOST_FILES and size < _MOST_BYTES:
            path, entry = self._pending.popleft()
            taken = self._take(path, entry)
            outputs += [output for output, _ in taken]
            self._in_hand += [facts for _, facts in taken]
            size += entry.size
            unpublished += all(output.topic is WATCHER_CURSOR for output, _ in taken)
        if unpublished:
            self._tell_found(self._found - unpublished)
        return outputs

    def _tell_unlistable(self, errors: Mapping[str, OSError]) -> None:
        """Report once that a directory is away or cannot be read, and when it can be; it is tried at every pass."""
        for directory, error in errors.items():
            if directory not in self._unlistable:
                _log.warning("directory_unreadable", directory=directory, error=str(error))
        for directory in self._unlistable - errors.keys():
            _log.warning("directory_read_again", directory=directory)
        self._unlistable = set(errors)

    def _tell_found(self, files: int) -> None:
        self._found = files
        self._on_found(files)

    def _take(self, path: Path, entry: Entry) -> list[tuple[Output, Mapping[str, object] | None]]:
        """What to write for a file: the filing or a dead letter, and the cursor entry; nothing if it must wait.

        A filing or dead letter comes with the facts that its line in the log has.
        """
        try:
            content = self._read(path, entry)
        except OSError as error:
            self._complain(entry, error)
            return []
        if content is None:
            return []  # the next pass sees it again
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

    def _complain(self, entry: Entry, error: OSError) -> None:
        """Say once of each state of a file that it cannot be read; it is tried again at every pass."""
        if not entry.same_file_as(self._unreadable.get(entry.uri)):
            self._unreadable[entry.uri] = entry
            _log.warning("unreadable_file", uri=entry.uri, error=str(error))


def _dead_letter(entry: Entry, content: bytes, error: PermanentError, observed_at: datetime) -> Output:
    """The file's own bytes, or, where those are too many, a pointer to it; and in the headers why."""
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
