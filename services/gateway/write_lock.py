"""Begins transactions that write."""

from sqlalchemy.ext.asyncio import AsyncConnection


async def take_write_lock(connection: AsyncConnection) -> None:
    """Make the connection's transaction a writing one from its beginning.

    SQLite has one writer. A transaction that reads first and then writes fails at once if another has written in
    between; one that begins as a writer waits for its turn. Python's driver would not even begin one before DDL.
    """
    if connection.dialect.name != "sqlite":
        return
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is not None and not driver.in_transaction:
        await connection.exec_driver_sql("BEGIN IMMEDIATE")
