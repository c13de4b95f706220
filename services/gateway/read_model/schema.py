"""Creates the read model's tables, and replaces them if their layout has changed."""

import secrets
from typing import Final

from sqlalchemy import Connection, delete, insert, inspect, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.durable_tables import announced_alerts
from services.gateway.read_model.database import Database
from services.gateway.read_model.name_index import create_name_index, drop_name_index, empty_name_index
from services.gateway.read_model.tables import ALERTS, METADATA, PROJECTION, READ_MODEL_TABLES, SCHEMA_VERSION

_SCHEMA_LOCK: Final = 0x1A5D_7A9E_0001
"""Key of the advisory lock under which one gateway at a time creates tables."""


async def prepare(database: Database) -> None:
    """Create the tables if they do not exist; replace them if another version made them.

    Raises:
        TransientError: the database does not answer.
        FatalError: it cannot be used.
    """
    async with database.writing() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})
        await connection.run_sync(_prepare)


async def forget(connection: AsyncConnection) -> str:
    """Empty every table, and return the new generation. Subscriptions, tokens and deliveries are not touched."""
    await connection.run_sync(_keep_announced)
    for table in READ_MODEL_TABLES:
        if table is not PROJECTION:
            await connection.execute(delete(table))
    await connection.run_sync(empty_name_index)
    generation = _new_generation()
    await connection.execute(update(PROJECTION).values(generation=generation, batches=0, newest_seq=0, newest_report=0))
    return generation


def _prepare(connection: Connection) -> None:
    if _version(connection) == SCHEMA_VERSION:
        return
    _keep_announced(connection)
    drop_name_index(connection)
    METADATA.drop_all(connection)
    METADATA.create_all(connection)
    create_name_index(connection)
    connection.execute(
        insert(PROJECTION).values(
            id=1,
            schema_version=SCHEMA_VERSION,
            generation=_new_generation(),
            batches=0,
            newest_seq=0,
            newest_report=0,
        )
    )


def _keep_announced(connection: Connection) -> None:
    """Keep the ids of the alerts, so that subscribers do not receive them again when the topics are read again."""
    tables = inspect(connection)
    if tables.has_table(ALERTS.name) and tables.has_table(announced_alerts.name):
        kept = select(announced_alerts.c.alert_id)
        known = select(ALERTS.c.alert_id).where(ALERTS.c.alert_id.not_in(kept))
        connection.execute(insert(announced_alerts).from_select([announced_alerts.c.alert_id], known))


def _version(connection: Connection) -> int | None:
    """Return the version of the tables' layout; None if there are none."""
    if not inspect(connection).has_table(PROJECTION.name):
        return None
    return connection.execute(select(PROJECTION.c.schema_version)).scalar()


def _new_generation() -> str:
    return secrets.token_hex(4)
