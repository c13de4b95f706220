"""Runs the migrations on the connection that `services.gateway.upgrade_tables` passes in."""

from alembic import context

from services.gateway.durable_tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table="durable_tables_version",
    transactional_ddl=True,
)
context.run_migrations()
