"""The lock of the one projector: a file's for SQLite, an advisory one for PostgreSQL.

Either ends with the process that holds it, however it ends. The lock decides who works; that nothing is written twice
is assured by the comparison in each batch's own transaction.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.codes import ErrorCode
from contracts.errors import TakenOver

_PROJECTOR_LOCK: Final = 0x1A5D_7A9E_0002


@contextmanager
def file_lock(database: Path | None) -> Iterator[None]:
    """Hold the lock beside a SQLite database; without a path there is nothing to hold.

    Raises:
        TakenOver: another gateway holds it.
    """
    if database is None:
        yield
        return
    handle = os.open(database.with_name(f"{database.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TakenOver(
                ErrorCode.GATEWAY_RUNS,
                f"another gateway uses {database}; several can share a PostgreSQL database",
            ) from None
        yield
    finally:
        os.close(handle)


async def holds_advisory_lock(connection: AsyncConnection) -> bool:
    """Return whether the connection holds the lock now, after an attempt to take it. It ends with the connection.

    SQLite has none, and needs none: the file's lock decides.
    """
    if connection.dialect.name == "sqlite":
        return True
    async with connection.begin():
        taken = await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _PROJECTOR_LOCK})
    return bool(taken)
