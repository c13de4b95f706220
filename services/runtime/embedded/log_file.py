"""The embedded log's file as one process has it open, with checks of what is read."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from contracts.codes import ErrorCode
from contracts.errors import StorageFailed, TransientError
from services.runtime.embedded.opening import FileState, Opened, open_to_read, open_to_write, until_free
from services.runtime.embedded.storage_errors import LogConnection, corrupt, moved

P = ParamSpec("P")
T = TypeVar("T")

_MOST_ATTEMPTS: Final = 20
"""How often a reader without locks starts over because another process writes."""
_MOST_VERSIONS: Final = 2**32
"""More than the number of changes that one connection can count."""


class LogFile:
    """The file, open for writing or reading. A reader without locks reopens it when it has changed.

    A statement waits at most `patience` seconds for another process that holds the file.
    """

    def __init__(self, path: Path, partitions: int, *, read_only: bool, patience: float) -> None:
        self.path = path
        self._patience = patience
        self._openings = 0
        if read_only:
            self._open_to_read()
        else:
            self._use(until_free(lambda: open_to_write(path, partitions, patience=patience), patience))

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""
        self.db.close()

    def block_at_most(self, seconds: float) -> None:
        """Limit how long a statement waits for a lock; the caller retries, and can be stopped in between."""
        self._patience = seconds
        self.db.execute(f"PRAGMA busy_timeout={int(seconds * 1_000)}")

    def reopen_if_changed(self) -> bool:
        """Reopen the file if it is read without locks and has changed; return whether it has."""
        if self._unlocked is None or FileState.of(self.path) == self._unlocked:
            return False
        self.db.close()
        self._open_to_read()
        return True

    def version(self) -> int:
        """Return a number that changes when another connection commits."""
        self.reopen_if_changed()
        (version,) = self.db.execute("PRAGMA data_version").fetchone()
        return self._openings * _MOST_VERSIONS + int(version)

    def require_in_place(self) -> None:
        """Check that the file is still in place: what is written to a deleted file is lost when the process ends.

        Raises:
            StorageFailed: the file is not in place.
        """
        if FileState.of(self.path).inode != self._inode:
            raise moved(self.path)

    def number(self, found: Any) -> int:
        """Return the value of a column that must be a number.

        Raises:
            StorageFailed: it is not a number.
        """
        if not isinstance(found, int):
            raise corrupt(self.path, f"{found!r} is in place of a number")
        return found

    def grown(self, found: Any, least: int) -> int:
        """Return an offset or position, which must be at least `least`: reading a damaged index could loop.

        Raises:
            StorageFailed: it is smaller, or not a number.
        """
        if self.number(found) < least:
            raise corrupt(self.path, f"{found} comes after {least - 1}")
        return int(found)

    def _open_to_read(self) -> None:
        self._use(until_free(lambda: open_to_read(self.path, patience=self._patience), self._patience))

    def _use(self, opened: Opened) -> None:
        self.db: LogConnection = opened.db
        self._unlocked = opened.unlocked
        self._inode = FileState.of(self.path).inode
        self._openings += 1


class HasFile(Protocol):
    """A log over a file."""

    file: LogFile


L = TypeVar("L", bound=HasFile)


def steady(read: Callable[Concatenate[L, P], T]) -> Callable[Concatenate[L, P], T]:
    """Make a method read again if it read without locks and another process wrote in the meantime."""

    @wraps(read)
    def steadied(log: L, /, *args: P.args, **options: P.kwargs) -> T:
        for _ in range(_MOST_ATTEMPTS):
            try:
                found = read(log, *args, **options)
            except StorageFailed:
                if not log.file.reopen_if_changed():
                    raise
            else:
                if not log.file.reopen_if_changed():
                    return found
        raise TransientError(ErrorCode.LOG_BUSY, f"{log.file.path} changes faster than it can be read")

    return steadied
