"""Opens the embedded log's file: for writing, with tables created if it is new; or for reading, without any write.

If no process has the log open, a reader takes no locks (`unlocked`), since SQLite would have to create a file for them.
It reads again if the files have changed in the meantime. So reading needs no write access: it works in another user's
directory, on a read-only mount and on a full disk.
"""

import os
import sqlite3
import struct
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured, StorageFailed, TransientError
from services.runtime.embedded.storage_errors import LogConnection, connect, error_of_system, foreign, read_only

T = TypeVar("T")

SCHEMA_VERSION: Final = 1
_RETRY_SECONDS: Final = 0.01
_PAGE_BYTES: Final = 16 * 1024
"""A filing's text fills two pages of this size, but a chain of six pages of the default size."""

_SCHEMA: Final = """
CREATE TABLE records (
    id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
    timestamp_ms INTEGER NOT NULL, key BLOB NOT NULL, value BLOB, headers TEXT NOT NULL
);
CREATE UNIQUE INDEX records_by_offset ON records (topic, partition, offset);
CREATE INDEX records_by_key ON records (topic, key);
CREATE INDEX records_by_topic ON records (topic);
CREATE TABLE ends (topic TEXT, partition INTEGER, next INTEGER NOT NULL, PRIMARY KEY (topic, partition)) WITHOUT ROWID;
CREATE TABLE offsets (
    name TEXT, topic TEXT, partition INTEGER, next INTEGER NOT NULL, PRIMARY KEY (name, topic, partition)
) WITHOUT ROWID;
CREATE TABLE members (
    name TEXT, member TEXT, expires_ms INTEGER NOT NULL, PRIMARY KEY (name, member)
) WITHOUT ROWID;
CREATE TABLE settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
_TABLES: Final = (
    ("records", "id, topic, partition, offset, timestamp_ms, key, value, headers"),
    ("ends", "topic, partition, next"),
    ("offsets", "name, topic, partition, next"),
    ("members", "name, member, expires_ms"),
    ("settings", "name, value"),
)
_WAL_HEADER: Final = struct.Struct(">III4x8s8x")
"""Magic number, version, page size, and the salts that each valid frame repeats."""
_WAL_FRAME: Final = struct.Struct(">4xI8s8x")
"""Size of the database after the commit that the frame ends, 0 within a transaction; and the salts."""
_WAL_MAGIC: Final = 0x377F0682
"""The last bit indicates the byte order of the checksums."""
_WAL_VERSION: Final = 3_007_000

Stamp = tuple[int, int, int] | None
"""Inode, size and modification time of a file; None if it is missing."""


@dataclass(frozen=True, slots=True)
class FileState:
    """State of the log's file and of the files next to it: equal until a process writes."""

    main: Stamp
    wal: Stamp
    has_shared_memory: bool

    @property
    def inode(self) -> int | None:
        """The inode of the log's file; None if it is missing."""
        return self.main[0] if self.main else None

    @classmethod
    def of(cls, path: Path) -> "FileState":
        """Return the state of the files now."""
        return cls(_stamp(path), _stamp(_sibling(path, "-wal")), _stamp(_sibling(path, "-shm")) is not None)


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection. If it takes no locks, `unlocked` is the state of the files before it was opened."""

    db: LogConnection
    unlocked: FileState | None = None


def until_free(attempt: Callable[[], T], patience: float) -> T:
    """Return the result of `attempt`, retried for `patience` seconds while another process holds the file.

    SQLite does not wait by itself if processes that start together all change the journal mode of a new file.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return attempt()
        except TransientError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_RETRY_SECONDS)


def open_to_write(path: Path, partitions: int, *, patience: float) -> Opened:
    """Open the log's file, and create its directory and its tables if they are missing.

    A crash at any moment leaves an empty file, or one whose first transaction SQLite rolls back: both count as new.

    Raises:
        StorageFailed: the file or its disk cannot be used.
        Misconfigured: the path cannot be a directory, or another version of insidertape wrote the file.
        TransientError: another process holds the file.
    """
    _require_writable(path)
    with ExitStack() as opened:
        db = opened.enter_context(closing(connect(path, _uri(path, mode="rwc"), patience=patience)))
        _has_tables(db)  # before anything is written: the file may be another program's
        db.execute(f"PRAGMA page_size={_PAGE_BYTES}")  # takes effect only for a new file
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("BEGIN IMMEDIATE")
        if not _has_tables(db):  # again: another process may have created them first
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
            db.execute("INSERT INTO settings VALUES ('partitions', ?)", (partitions,))
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        db.execute("CREATE INDEX IF NOT EXISTS records_by_topic ON records (topic)")  # older files have none
        db.execute("DELETE FROM members WHERE FALSE")  # fails at once if the file is read-only
        db.execute("COMMIT")
        opened.pop_all()  # success: keep the connection open
    return Opened(db)


def _require_writable(path: Path) -> None:
    """Create the directory if it is missing, and check that it and the file are writable.

    SQLite reports a read-only file only at the first write, and may retry for ten seconds before that.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        exists = path.exists()
    except OSError as error:
        raise error_of_system(error, path) from error
    if not os.access(path.parent, os.W_OK, effective_ids=True):
        raise read_only(path, "its directory is read-only")
    if exists and not os.access(path, os.W_OK, effective_ids=True):
        raise read_only(path, "it is read-only")


def open_to_read(path: Path, *, patience: float) -> Opened:
    """Open the log's file without writing anything.

    Raises:
        Misconfigured: there is no data yet, or another version of insidertape wrote it.
        StorageFailed: the file cannot be read.
        TransientError: another process holds the file, or creates it.
    """
    state = FileState.of(path)
    if state.main is None:
        raise _no_data(path)
    if state.has_shared_memory and _has_sound_wal(path):
        try:
            return Opened(_checked(path, _uri(path, mode="ro"), patience=patience))
        except StorageFailed as error:
            if error.code in {ErrorCode.CORRUPT_DATA, ErrorCode.FOREIGN_FILE}:
                raise
    try:
        return Opened(_open_unlocked(path), state)
    except StorageFailed:
        if FileState.of(path) == state:
            raise
        raise TransientError(ErrorCode.LOG_BUSY, f"{path} is being written by another process") from None


def _open_unlocked(path: Path) -> LogConnection:
    """Open the file for reading without locks.

    SQLite reads a `-wal` file only in exclusive mode. Then it deletes one without a commit when the connection is
    closed, even if another process has just created it to write: its commits would be lost. Without a commit to read,
    the file is opened as immutable, which leaves the `-wal` file alone.
    """
    if not _has_commits(path):
        return _checked(path, _uri(path, mode="ro", immutable="1"), patience=0)
    return _checked(path, _uri(path, mode="ro", vfs="unix-none"), patience=0, exclusive=True)


def _checked(path: Path, uri: str, *, patience: float, exclusive: bool = False) -> LogConnection:
    """Open a file that has the log's tables.

    Raises:
        Misconfigured: it has no tables yet.
    """
    with ExitStack() as opened:
        db = opened.enter_context(closing(connect(path, uri, patience=patience)))
        if exclusive:
            db.execute("PRAGMA locking_mode=EXCLUSIVE")
        if not _has_tables(db):
            raise _no_data(path)
        opened.pop_all()
    return db


def _has_tables(db: LogConnection) -> bool:
    """Return whether the file has the log's tables; False if it has none at all.

    Raises:
        Misconfigured: another version of insidertape wrote it.
        StorageFailed: another program wrote the file.
    """
    version, tables = db.execute(  # in one statement: another process may be creating them
        "SELECT user_version, GROUP_CONCAT(name) FROM pragma_user_version LEFT JOIN sqlite_master ON type = 'table'"
    ).fetchone()
    names = set(tables.split(",")) if tables else set()
    if not version and not names:
        return False
    if not names.issuperset({"records", "settings"}):
        raise foreign(db.path, "it is another program's database")
    if version != SCHEMA_VERSION:
        raise Misconfigured(ErrorCode.OTHER_VERSION, f"{db.path} was written by another version of insidertape")
    try:
        for table, columns in _TABLES:
            db.execute(f"SELECT {columns} FROM {table} LIMIT 0")  # noqa: S608 - constants of this module
    except sqlite3.OperationalError as error:
        raise foreign(db.path, f"its tables are not those of a log ({error})") from error
    return True


def _has_commits(path: Path) -> bool:
    """Return whether the `-wal` file contains a commit: a last frame of a transaction with the salts of the header."""
    try:
        with _sibling(path, "-wal").open("rb") as file:
            header = file.read(_WAL_HEADER.size)
            if not _is_wal_header(header):
                return False
            *_, page_bytes, salts = _WAL_HEADER.unpack(header)
            while len(frame := file.read(_WAL_FRAME.size)) == _WAL_FRAME.size:
                committed_pages, frame_salts = _WAL_FRAME.unpack(frame)
                if frame_salts != salts:
                    return False
                if committed_pages:
                    return True
                file.seek(page_bytes, os.SEEK_CUR)
    except OSError:
        return False
    return False


def _has_sound_wal(path: Path) -> bool:
    """Return whether the `-wal` file has a valid header, or is empty or missing.

    With a damaged one, a reader without write access retries for ten seconds; a writer starts a new one.
    """
    try:
        with _sibling(path, "-wal").open("rb") as file:
            header = file.read(_WAL_HEADER.size)
    except OSError:
        return True
    return not header or _is_wal_header(header)


def _is_wal_header(header: bytes) -> bool:
    if len(header) < _WAL_HEADER.size:
        return False
    magic, version, *_ = _WAL_HEADER.unpack(header)
    return bool(magic & ~1 == _WAL_MAGIC and version == _WAL_VERSION)


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise error_of_system(error, path) from error
    return status.st_ino, status.st_size, status.st_mtime_ns


def _sibling(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _uri(path: Path, **options: str) -> str:
    return f"file:{quote(str(path))}?{'&'.join(f'{name}={value}' for name, value in options.items())}"


def _no_data(path: Path) -> Misconfigured:
    return Misconfigured(
        ErrorCode.NO_DATA, f"there is no insidertape data in {path.parent}; `insidertape run` creates it"
    )
