"""Inserts rows unless they are there already, on either database."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


async def insert_new(connection: AsyncConnection, table: Table, rows: Sequence[dict[str, Any]], key: str) -> None:
    """Insert the rows whose value of the unique column `key` is not in the table yet; leave the others as they are."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    await connection.execute(dialect.insert(table).on_conflict_do_nothing(index_elements=[key]), rows)
