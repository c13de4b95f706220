"""Maps errors of SQLite and of the file system about the embedded log's file to the project's errors.

Every statement of the log goes through a `LogConnection`. A lock held by another process is a TransientError with code
`log_busy`. Any other error of the file or its disk is a StorageFailed, which ends the process without a commit.
"""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, NoReturn, Self

from contracts.codes import ErrorCode
from contracts.errors import InsidertapeError, Misconfigured, StorageFailed, TransientError

_PRIMARY: Final = 0xFF
"""The bits of an extended result code that hold the primary code."""
_NEARLY_FULL_BYTES: Final = 64 * 1024
"""A disk with less free space counts as full: SQLite's files grow by up to 32 kB at a time."""
_NOT_A_DIRECTORY: Final = frozenset({errno.ENOTDIR, errno.EEXIST, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL})
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_FORBIDDEN: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class LogConnection(sqlite3.Connection):
    """A connection to the log's file that raises the project's errors. `path` is the file."""

    path: Path

    def cursor(self, factory: Any = None) -> Any:
        """Return a cursor; see `sqlite3.Connection.cursor`."""
        return super().cursor(factory or _LogCursor)

    def execute(self, sql: str, parameters: Any = (), /) -> "_LogCursor":
        """Run a statement; see `sqlite3.Connection.execute`, which would not use the cursor of `cursor`."""
        cursor: _LogCursor = self.cursor()
        return cursor.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> "_LogCursor":
        """Run a statement for each of the parameters; see `execute`."""
        cursor: _LogCursor = self.cursor()
        return cursor.executemany(sql, parameters)


class _LogCursor(sqlite3.Cursor):
    """Runs a statement and reads its rows; SQLite may fail at either."""

    connection: LogConnection

    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        try:
            return super().execute(sql, parameters)
        except sqlite3.Error as error:
            self._raise(error)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Self:
        try:
            return super().executemany(sql, parameters)
        except sqlite3.Error as error:
            self._raise(error)

    def fetchone(self) -> Any:
        try:
            return super().fetchone()
        except sqlite3.Error as error:
            self._raise(error)

    def fetchall(self) -> list[Any]:
        try:
            return super().fetchall()
        except sqlite3.Error as error:
            self._raise(error)

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except sqlite3.Error as error:
            self._raise(error)

    def _raise(self, error: sqlite3.Error) -> NoReturn:
        mapped = error_of_sqlite(error, self.connection.path)
        if mapped is None:
            raise error
        raise mapped from error


def connect(path: Path, uri: str, *, patience: float) -> LogConnection:
    """Open the file that a URI names; a statement waits at most `patience` seconds for another process's lock.

    Raises:
        StorageFailed: the file cannot be opened.
    """
    if os.path.isdir(path):  # noqa: PTH112 - also False if it cannot be accessed
        raise foreign(path, "it is a directory")
    try:
        db = sqlite3.connect(uri, uri=True, timeout=patience, isolation_level=None, factory=LogConnection)
    except sqlite3.Error as error:
        raise error_of_sqlite(error, path) or error from error
    db.path = path
    return db


def error_of_sqlite(error: sqlite3.Error, path: Path) -> InsidertapeError | None:
    """Return the error of the log that an error of SQLite indicates; None if it is a defect of the program."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # from Python's own layer, which reads text of a row
        return corrupt(path, str(error)) if isinstance(error, sqlite3.OperationalError) else None
    meaning = _MEANINGS.get(code) or _MEANINGS.get(code & _PRIMARY)
    return meaning(path, str(error)) if meaning else None


def error_of_system(error: OSError, path: Path) -> InsidertapeError:
    """Return the error of the log that an error of the file system indicates."""
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        return _full(path)
    if error.errno in _FORBIDDEN:
        return read_only(path, reason) if error.errno == errno.EROFS else _forbidden(path, reason)
    if error.errno in _NOT_A_DIRECTORY:
        return Misconfigured(ErrorCode.UNUSABLE_DATA, f"{path.parent} cannot be a directory for data: {reason}")
    return _failed(path, reason)


def corrupt(path: Path, reason: str) -> StorageFailed:
    """Return the error of a damaged file."""
    return StorageFailed(
        ErrorCode.CORRUPT_DATA,
        f"{path} is damaged ({reason}); "
        f"restore {path.parent} from a backup, or delete it and run over the sources again",
    )


def foreign(path: Path, reason: str) -> StorageFailed:
    """Return the error of a file that is not a log."""
    return StorageFailed(
        ErrorCode.FOREIGN_FILE,
        f"{path} is not insidertape's: {reason}; move it away, or choose another directory with --data",
    )


def moved(path: Path, _: str = "") -> StorageFailed:
    """Return the error of a file that was deleted or replaced while it was in use."""
    return StorageFailed(
        ErrorCode.MOVED_DATA,
        f"{path} was moved, deleted or replaced while it was in use; put it back, then start again",
    )


def _busy(path: Path, _: str) -> TransientError:
    return TransientError(ErrorCode.LOG_BUSY, f"{path} is locked by another process; if that hangs, end it")


def _full(path: Path, _: str = "") -> StorageFailed:
    return StorageFailed(
        ErrorCode.DISK_FULL, f"the disk of {path} is full; free some space and start again: nothing committed is lost"
    )


def read_only(path: Path, reason: str) -> StorageFailed:
    """Return the error of a file or directory that cannot be written."""
    return StorageFailed(
        ErrorCode.READ_ONLY_DATA,
        f"{path} cannot be written ({reason}); make it writable, or choose a directory with --data",
    )


def _forbidden(path: Path, reason: str) -> StorageFailed:
    return StorageFailed(
        ErrorCode.FORBIDDEN_DATA,
        f"{path} may not be used by this user ({reason}); change its permissions, or choose a directory with --data",
    )


def _failed(path: Path, reason: str) -> StorageFailed:
    if _is_full(path):
        return _full(path)
    return StorageFailed(
        ErrorCode.STORAGE_FAILED,
        f"{path} cannot be used ({reason}); check the disk and start again: nothing committed is lost",
    )


def _not_a_database(path: Path, _: str) -> StorageFailed:
    return foreign(path, "it is not a database, or its beginning is damaged")


def _not_opened(path: Path, reason: str) -> InsidertapeError:
    """Return why SQLite could not open the file or one next to it; SQLite itself reports no reason.

    The file must not be opened to find out: closing it would release this process's locks on it.
    """
    try:
        if path.exists() and not os.access(path, os.R_OK, effective_ids=True):
            return _forbidden(path, os.strerror(errno.EACCES))
    except OSError as error:
        return error_of_system(error, path)
    if not os.access(path.parent, os.W_OK, effective_ids=True):
        return read_only(path, "its directory is read-only")
    return _failed(path, reason)


def _is_full(path: Path) -> bool:
    try:
        system = os.statvfs(path.parent)
    except OSError:
        return False
    if system.f_flag & os.ST_RDONLY:  # a read-only image has no free space at all
        return False
    return system.f_bavail * system.f_frsize < _NEARLY_FULL_BYTES or (system.f_files > 0 and system.f_favail == 0)


_MEANINGS: Final[dict[int, Callable[[Path, str], InsidertapeError]]] = {
    sqlite3.SQLITE_BUSY: _busy,
    sqlite3.SQLITE_LOCKED: _busy,
    sqlite3.SQLITE_FULL: _full,
    sqlite3.SQLITE_NOTADB: _not_a_database,
    sqlite3.SQLITE_CORRUPT: corrupt,
    sqlite3.SQLITE_CONSTRAINT: corrupt,
    sqlite3.SQLITE_TOOBIG: corrupt,
    sqlite3.SQLITE_IOERR_SHORT_READ: corrupt,
    sqlite3.SQLITE_IOERR_CORRUPTFS: corrupt,
    sqlite3.SQLITE_READONLY: read_only,
    sqlite3.SQLITE_READONLY_DBMOVED: moved,
    sqlite3.SQLITE_PERM: read_only,
    sqlite3.SQLITE_CANTOPEN: _not_opened,
    sqlite3.SQLITE_IOERR: _failed,
    sqlite3.SQLITE_PROTOCOL: _failed,
    sqlite3.SQLITE_NOLFS: _failed,
}
"""Result codes of SQLite, extended ones before their primary one. All others are defects of the program."""
