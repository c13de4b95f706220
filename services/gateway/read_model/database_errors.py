"""Maps errors of SQLite and PostgreSQL to the project's errors."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from contracts.codes import ErrorCode
from contracts.errors import InsidertapeError, Misconfigured, StorageFailed, TransientError
from services.runtime.embedded.storage_errors import error_of_sqlite

_AGAIN: Final = ("08", "40", "55P03", "57", "25P03", "53300")
"""SQLSTATEs, or classes of them, that may pass: connection, conflict, lock, time-out, shutdown, too many clients."""
_REFUSED: Final = ("28", "3D", "3F", "42501", "0A000", "25006")
_DISK_FULL: Final = ("53100",)
_DAMAGED: Final = ("XX001", "XX002", "58")


def sqlite_error(error: Exception, path: Path) -> InsidertapeError | None:
    """Return the project's error for an error of SQLite; None if it is a defect."""
    if isinstance(error, PoolTimeout):
        return _unavailable(str(path), error)
    cause = error.orig if isinstance(error, DBAPIError) else error
    return error_of_sqlite(cause, path) if isinstance(cause, sqlite3.Error) else None


def postgresql_error(error: Exception, database: str) -> InsidertapeError | None:
    """Return the project's error for an error of PostgreSQL or its connection; None if it is a defect."""
    if isinstance(error, OSError | PoolTimeout) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return _unavailable(database, error)
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None)
    for states, error_of in _MEANINGS:
        if state is not None and state.startswith(states):
            return error_of(database, error)
    return None


def _unavailable(database: str, error: Exception) -> TransientError:
    return TransientError(ErrorCode.DATABASE_UNAVAILABLE, f"{database} does not answer: {_reason(error)}")


def _full(database: str, _: Exception) -> StorageFailed:
    return StorageFailed(
        ErrorCode.DISK_FULL, f"the disk of {database} is full; free some space: nothing committed is lost"
    )


def _refused(database: str, error: Exception) -> Misconfigured:
    return Misconfigured(ErrorCode.DATABASE_REFUSED, f"{database} refuses the gateway: {_reason(error)}")


def _damaged(database: str, error: Exception) -> StorageFailed:
    return StorageFailed(ErrorCode.CORRUPT_DATA, f"{database} is damaged: {_reason(error)}")


def _reason(error: BaseException | None) -> str:
    """Return the driver's first line, without the statement and its parameters."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    text = str(cause).partition("\n")[0]
    return text.rpartition(">: ")[2] or type(cause).__name__


_MEANINGS: Final[tuple[tuple[tuple[str, ...], Callable[[str, Exception], InsidertapeError]], ...]] = (
    (_DISK_FULL, _full),
    (_AGAIN, _unavailable),
    (_REFUSED, _refused),
    (_DAMAGED, _damaged),
)
