"""The gateway's database: SQLite or PostgreSQL behind SQLAlchemy's asyncio, opened with what each of them needs."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured
from services.gateway.read_model.database_errors import postgresql_error, sqlite_error
from services.gateway.write_lock import take_write_lock

_DRIVERS: Final = frozenset({"sqlite+aiosqlite", "postgresql+asyncpg"})
_SQLITE_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",  # readers and the projector do not wait for each other
    "PRAGMA synchronous = NORMAL",  # after a power failure the last batches are missing, offsets included
    "PRAGMA busy_timeout = 10000",
    "PRAGMA cache_size = -32768",
    "PRAGMA temp_store = MEMORY",
)
_KEEPALIVE: Final = {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3"}
"""The server notices in about ten seconds that a gateway's machine is gone, and releases its lock."""
_SNAPSHOT: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_CONNECT_SECONDS: Final = 10
_COMMAND_SECONDS: Final = 60


class Database:
    """One process's connections to the database. Its methods raise the project's errors."""

    def __init__(self, url: str) -> None:
        """Open the database lazily: the first statement connects.

        Raises:
            Misconfigured: the URL is not one of SQLite or PostgreSQL with their asyncio drivers.
        """
        self._url = _checked(url)
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self._url) if self.is_sqlite else _postgresql_engine(self._url)
        self._reader = self.engine if self.is_sqlite else self.engine.execution_options(**_SNAPSHOT)

    @property
    def path(self) -> Path | None:
        """The file of a SQLite database; None for PostgreSQL."""
        return Path(self._url.database or "") if self.is_sqlite else None

    def __str__(self) -> str:
        """Return the URL without its password."""
        return self._url.render_as_string(hide_password=True)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads; all its queries see the same moment.

        Raises:
            TransientError: the database does not answer for the moment.
            FatalError: it cannot be used.
        """
        with self.errors():
            async with self._reader.begin() as connection:
                if self.is_sqlite:
                    await connection.exec_driver_sql("BEGIN")  # the driver begins none for a query
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that writes: all of it is committed, or nothing. See `reading` for errors."""
        with self.errors():
            async with self.engine.begin() as connection:
                await take_write_lock(connection)
                yield connection

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection for several transactions; its locks end with it. See `reading` for errors."""
        with self.errors():
            async with self.engine.connect() as connection:
                try:
                    yield connection
                finally:
                    await connection.invalidate()  # the pool would keep it open

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise errors of the driver as the project's; a defect is raised as it is."""
        try:
            yield
        except Exception as error:
            mapped = self._mapped(error)
            if mapped is None:
                raise
            raise mapped from error

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()

    def _mapped(self, error: Exception) -> Exception | None:
        if self.path is not None:
            return sqlite_error(error, self.path)
        return postgresql_error(error, str(self))


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
        known = parsed.drivername in _DRIVERS
    except (ArgumentError, ValueError):
        known = False
    if not known or not parsed.database:
        raise Misconfigured(
            ErrorCode.WRONG_SETTING,
            "INSIDERTAPE_DATABASE_URL: expected postgresql+asyncpg://USER:PASSWORD@HOST:PORT/NAME or "
            "sqlite+aiosqlite:///PATH",
        )
    return parsed


def _postgresql_engine(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_pre_ping=True,
        pool_size=10,
        hide_parameters=True,  # an event's text does not belong in a log
        connect_args={
            "timeout": _CONNECT_SECONDS,
            "command_timeout": _COMMAND_SECONDS,
            "server_settings": {"application_name": "insidertape gateway", **_KEEPALIVE},
        },
    )


def _sqlite_engine(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        for pragma in _SQLITE_PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    return engine
