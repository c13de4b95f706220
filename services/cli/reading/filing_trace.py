"""`insidertape trace`: the path of a filing, reconstructed from the topics; each is read once from its beginning."""

import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured, PermanentError
from contracts.topics import ALERTS, DEAD_LETTERS, FILINGS, POSITIONS, TRANSACTIONS, WATCHER_CURSOR
from services.cli.options.choices import Format
from services.cli.reading.skipped_records import Skipped
from services.cli.reading.trace_steps import Subject, Trace
from services.cli.render.screen import Screen
from services.cli.render.trace_timeline import print_timeline
from services.runtime.engine import Engine
from services.runtime.port import Record
from services.section16.identity import ACCESSION_NUMBER
from services.section16.safe_text import escaped
from services.watcher.directory import Entry, filing_from_file
from services.watcher.directory_source import CURSOR_KEY as DIRECTORY
from services.watcher.publication import MOST_READ

_FILING_ID: Final = re.compile(r"sha256:[0-9a-f]{32}")
_WITHOUT_DASHES: Final = re.compile(r"([0-9]{10})([0-9]{2})([0-9]{6})")
_TOPICS: Final = (FILINGS, *DEAD_LETTERS, TRANSACTIONS, POSITIONS, ALERTS)


async def trace_filing(engine: Engine, asked: str, form: Format) -> bool:
    """Print the path of the requested filing; return whether any topic contains it.

    Raises:
        Misconfigured: the given path is a directory.
    """
    skipped = Skipped()
    cursor = {record.key or b"": record async for record in engine.read((WATCHER_CURSOR,), follow=False)}
    trace = Trace(subject_of(asked, _entries(cursor)), skipped.add)
    for record in cursor.values():
        trace.take(record)
    async for record in engine.read(_TOPICS, follow=False):
        trace.take(record)
    skipped.end()
    steps = trace.steps()
    if form is Format.JSONL:
        sys.stdout.writelines(escaped(json.dumps(step.as_json(), ensure_ascii=False)) + "\n" for step in steps)
    elif steps:
        print_timeline(Screen(), trace.title, steps, trace.outcome)
    if not steps:
        sys.stderr.write(f"{trace.subject}: no topic contains this filing.\n")
    return bool(steps)


def subject_of(asked: str, entries: dict[str, Entry]) -> Subject:
    """Return what to look for: an accession number with or without dashes, a filing_id, or a file.

    The filing in a file is taken from the watcher's cursor, else determined from the file's text.

    Raises:
        Misconfigured: it is a directory.
    """
    if ACCESSION_NUMBER.fullmatch(asked) or _FILING_ID.fullmatch(asked):
        return Subject(asked)
    if undashed := _WITHOUT_DASHES.fullmatch(asked):
        return Subject("-".join(undashed.groups()))
    path = Path(asked).expanduser().resolve()
    if path.is_dir():
        raise Misconfigured(
            ErrorCode.NOT_A_FILE, f"{path} is a directory; give an accession number, or the path of one file"
        )
    uri = path.as_uri()
    entry = entries.get(uri)
    filing_id = entry.filing_id if entry is not None else _filing_id_in(path)
    return Subject(filing_id or None, uri)


def _filing_id_in(path: Path) -> str | None:
    """Return the filing_id of a file's content; None if it is not a filing or cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_READ + 1)
        return filing_from_file(path, content, observed_at=datetime.now(UTC), most=MOST_READ).filing_id
    except (OSError, PermanentError):
        return None


def _entries(cursor: dict[bytes, Record]) -> dict[str, Entry]:
    """Return the files in the watcher's cursor, by URI."""
    found: dict[str, Entry] = {}
    for key, record in cursor.items():
        if key.startswith(f"{DIRECTORY}|".encode()) and record.value is not None and not record.unreadable:
            try:
                entry = Entry.from_json(record.value)
            except (ValueError, TypeError, KeyError, AttributeError):
                continue  # foreign record: the watcher reports it when it restores its cursor
            found[entry.uri] = entry
    return found
