"""The tables that cannot be rebuilt, and their migrations."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, insert, inspect, select
from sqlalchemy.exc import DBAPIError

from services.gateway.durable_tables import METADATA, tokens
from services.gateway.read_model.database import Database
from services.gateway.upgrade_tables import upgrade_tables

NOON = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Yield an empty database of either kind."""
    database = Database(database_url)
    yield database
    await database.close()


def ours(name: str | None, kind: str, _: object) -> bool:
    """Return whether a reflected object is one of ours, and not the version table."""
    return kind != "table" or name in METADATA.tables


def differences(connection: Connection) -> list[object]:
    """Return what the migrations and the tables in code disagree about."""
    context = MigrationContext.configure(connection, opts={"include_name": ours})
    return list(compare_metadata(context, METADATA))


async def test_migrations_end_in_the_tables_that_the_code_uses(database: Database) -> None:
    """A column without a migration would fail in an older database alone."""
    await upgrade_tables(database)
    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_second_start_changes_nothing(database: Database) -> None:
    """Every start migrates."""
    await upgrade_tables(database)
    async with database.writing() as connection:
        await connection.execute(insert(tokens).values(a_token("first")))
    await upgrade_tables(database)
    async with database.reading() as connection:
        assert (await connection.execute(select(tokens.c.id))).scalars().all() == ["first"]


async def test_failed_migration_leaves_nothing_behind(database: Database) -> None:
    """SQLite's driver begins no transaction before DDL; half of the tables would make every later start fail."""
    async with database.writing() as connection:
        await connection.exec_driver_sql("CREATE TABLE deliveries (id TEXT)")
    with pytest.raises(DBAPIError, match="already exists"):
        await upgrade_tables(database)
    async with database.reading() as connection:
        assert await connection.run_sync(lambda each: inspect(each).get_table_names()) == ["deliveries"]


async def test_times_keep_their_moment_in_every_zone(database: Database) -> None:
    """SQLite stores no time zone."""
    await upgrade_tables(database)
    eastern = NOON.astimezone(timezone(timedelta(hours=-5)))
    async with database.writing() as connection:
        await connection.execute(insert(tokens).values(a_token("first") | {"created_at": eastern}))
        stored = (await connection.execute(select(tokens.c.created_at, tokens.c.revoked_at))).one()
    assert stored == (NOON, None)
    assert stored.created_at.tzinfo is UTC


def a_token(identity: str) -> dict[str, object]:
    """Return a row of the tokens."""
    hashes = {"sha256": identity, "session_sha256": identity}
    return {"id": identity, "name": "reader", "scopes": "read", "created_at": NOON} | hashes
