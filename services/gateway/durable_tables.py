"""The tables that cannot be rebuilt from the topics: tokens, subscriptions and their deliveries. Alembic migrates them.

Everything else in the database is the read model, which `insidertape gateway --rebuild` forgets.
"""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

METADATA: Final = MetaData()


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC, also in SQLite, which stores no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time as the database stores it."""
        if value is None:
            return None
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the stored time with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")
"""SQLite assigns numbers to a column of the type INTEGER alone."""

tokens: Final = Table(
    "tokens",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("sha256", String(64), nullable=False, unique=True),  # of the token, in lower-case hexadecimal
    Column("session_sha256", String(64), nullable=False),  # of the page's session that is made from it
    Column("scopes", Text, nullable=False),  # separated by spaces
    Column("created_at", UtcTime, nullable=False),
    Column("last_used_at", UtcTime),
    Column("revoked_at", UtcTime),
)

subscriptions: Final = Table(
    "subscriptions",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("protocol", String(10), nullable=False),  # HTTP, or NOTIFY for one of the operator's own channels
    Column("sink", Text, nullable=False),
    Column("filter", Text, nullable=False),  # JSON of an AlertFilter
    Column("ordered", Boolean, nullable=False),
    Column("state", String(10), nullable=False),  # active, paused or disabled
    Column("reason", Text),  # why it is disabled
    Column("created_at", UtcTime, nullable=False),
    Column("failing_since", UtcTime),  # first failed attempt since the last success
    Column("quiet_until", UtcTime),  # the receiver asked for no request before then
)

secrets: Final = Table(
    "secrets",
    METADATA,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("subscription_id", ForeignKey("subscriptions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("secret", Text, nullable=False),
    Column("expires_at", UtcTime),  # null for the current secret
)

events: Final = Table(
    "delivery_events",
    METADATA,
    Column("alert_id", Text, primary_key=True),
    Column("event", LargeBinary, nullable=False),  # the alert's bytes, as on the topic
)

announced_alerts: Final = Table(
    "announced_alerts",
    METADATA,
    Column("alert_id", Text, primary_key=True),
)
"""Alerts that the outbox has seen before the read model was forgotten. It is empty again once they have been read."""

deliveries: Final = Table(
    "deliveries",
    METADATA,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),  # the order within a subscription
    Column("id", String(40), nullable=False, unique=True),  # the webhook-id
    Column("subscription_id", ForeignKey("subscriptions.id", ondelete="CASCADE"), nullable=False),
    Column("alert_id", Text, nullable=False, index=True),
    Column("state", String(10), nullable=False),  # pending, delivered or failed
    Column("tries", Integer, nullable=False),  # failed attempts since it was planned or redelivered
    Column("due_at", UtcTime, nullable=False),
    Column("claimed_until", UtcTime),  # a deliverer is at work until then
    Column("planned_at", UtcTime, nullable=False),
    Column("settled_at", UtcTime),  # when it was delivered or given up
    Index("ix_deliveries_due", "subscription_id", "state", "due_at"),
    Index("ix_deliveries_order", "subscription_id", "state", "number"),
)

attempts: Final = Table(
    "delivery_attempts",
    METADATA,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("delivery_id", ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("started_at", UtcTime, nullable=False, index=True),
    Column("duration_ms", Integer, nullable=False),
    Column("status", Integer),  # null if there was no answer
    Column("error", Text),  # the reason if there was no answer
    Column("answer", Text),  # its first 1,000 bytes
)
