"""Brings the tables that cannot be rebuilt to the current version, in one transaction."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from services.gateway.read_model.database import Database

_FOLDER: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 0x1D5E12
"""Key of PostgreSQL's advisory lock: of gateways that start at the same time, one migrates and the others wait."""


async def upgrade_tables(database: Database) -> None:
    """Create the tables, or bring them to the current version. A failed step leaves nothing behind.

    Raises:
        TransientError: the database does not answer.
        FatalError: it cannot be used.
    """
    async with database.writing() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")
