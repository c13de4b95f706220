"""Both databases under one name: a test that asks for `database_url` runs on SQLite and on a real PostgreSQL."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.broker import absence_fails
from tests.conftest import SAID
from tests.gateway.postgres import NoPostgresError, PostgresServer


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> Iterator[PostgresServer]:
    """Yield a PostgreSQL that all tests of this process share; `start` it."""
    try:
        server = PostgresServer()
    except NoPostgresError as error:
        words = f"No PostgreSQL is available for the tests that need one.\n  {error}"
        pytestconfig.stash[SAID].append(words)
        if absence_fails(os.environ):
            pytest.fail(words, pytrace=False)
        pytest.skip("no PostgreSQL")
    yield server
    server.close()


@pytest.fixture
async def postgres(postgres_server: PostgresServer) -> PostgresServer:
    """Return the running PostgreSQL that all tests share; create a separate database for each test."""
    await postgres_server.start()
    return postgres_server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_server(request: pytest.FixtureRequest) -> PostgresServer | None:
    """Return the server of the database, or None for SQLite."""
    server: PostgresServer | None = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
    return server


@pytest.fixture
async def database_url(database_server: PostgresServer | None, tmp_path: Path) -> AsyncIterator[str]:
    """Yield the address of an empty database of either kind."""
    if database_server is None:
        yield f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}"
        return
    await database_server.start()
    name = await database_server.create_database()
    yield database_server.url(name)
    await database_server.start()
    await database_server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
