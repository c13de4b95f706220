"""The deliveries in the database: planned, claimed by a deliverer, and settled by the answer.

A claim ends by itself after a minute, so that the deliveries of a deliverer that died are taken up by another.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.durable_tables import UtcTime, attempts, deliveries, events, secrets, subscriptions
from services.gateway.insert_new import insert_new
from services.gateway.read_model.columns import key_text
from services.gateway.read_model.database import Database
from services.gateway.read_model.stored import StoredAlert
from services.gateway.webhooks.retry_schedule import LONGEST_FAILURE, next_attempt
from services.gateway.webhooks.sender import Answer
from services.gateway.webhooks.subscription import STATES, SubscriptionState

AT_ONCE: Final = 4
"""Deliveries to one subscription at a time."""
CLAIM: Final = timedelta(minutes=1)
"""Longer than an attempt and its two transactions."""
RETENTION: Final = timedelta(days=30)
"""Deliveries that are settled, and attempts, are kept for so long."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process is to attempt before `until`."""

    id: str
    subscription_id: str
    protocol: str
    sink: str
    event: bytes
    failures: int
    planned_at: datetime
    until: datetime
    secrets: tuple[str, ...]


Outcome = Literal["delivered", "retried", "failed", "dropped"]


@dataclass(frozen=True, slots=True)
class Settled:
    """The outcome of an attempt, and why it disabled the subscription; None if it did not.

    `failed` means given up, and `dropped` that the subscription is gone.
    """

    outcome: Outcome
    disabled: str | None = None


class Counts(NamedTuple):
    """Subscriptions in one state, and their pending deliveries."""

    subscriptions: int
    pending: int


def delivery_id(subscription_id: str, key: str) -> str:
    """Return the `webhook-id` of an alert for a subscription: the same over retries, redelivery and replay."""
    return "msg_" + hashlib.sha256(f"{subscription_id}\n{key}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


async def plan(
    connection: AsyncConnection, subscription_id: str, planned: Mapping[str, StoredAlert], now: datetime
) -> None:
    """Plan deliveries of alerts, by the id of the delivery, within the connection's transaction; known ones stay."""
    if not planned:
        return
    copies = [{"alert_id": key_text(each.alert_id), "event": each.event} for each in planned.values()]
    await insert_new(connection, events, copies, "alert_id")
    rows = [
        {
            "id": identity,
            "subscription_id": subscription_id,
            "alert_id": key_text(alert.alert_id),
            "state": "pending",
            "tries": 0,
            "due_at": now,
            "planned_at": now,
        }
        for identity, alert in planned.items()
    ]
    await insert_new(connection, deliveries, rows, "id")


async def send_again(connection: AsyncConnection, ids: Sequence[str], now: datetime) -> int:
    """Make deliveries due now, with all their attempts left, and return how many there are."""
    changed = await connection.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(ids))
        .values(state="pending", tries=0, due_at=now, claimed_until=None, settled_at=None)
    )
    return changed.rowcount


class DeliveryQueue:
    """Claims due deliveries for this process and settles them. Any number of processes may share a PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claims(
        self, now: datetime, in_flight: Mapping[str, int], protocols: Sequence[str] = ("HTTP",)
    ) -> AsyncIterator[Claimed]:
        """Claim the due deliveries, oldest first, and yield them, one subscription after another.

        There are up to `AT_ONCE` in flight per subscription; one if it is ordered.
        """
        async with self._database.reading() as connection:
            due = (await connection.execute(_subscriptions_with_due(now, protocols))).all()
        for subscription in due:
            free = (1 if subscription.ordered else AT_ONCE) - in_flight.get(subscription.id, 0)
            if free > 0:
                for claimed in await self._claim_of(subscription, now, free):
                    yield claimed

    async def settle(self, claimed: Claimed, answer: Answer, *, now: datetime, jitter: float) -> Settled:
        """Record the attempt and what follows from it, in one transaction."""
        failures = claimed.failures + 1
        again = next_attempt(failures, now=now, retry_after=answer.retry_after, jitter=jitter)
        if answer.succeeded:
            outcome: Outcome = "delivered"
            values: dict[str, Any] = {"state": "delivered", "settled_at": now}
        elif again is None:
            outcome, values = "failed", {"state": "failed", "tries": failures, "settled_at": now}
        else:
            outcome, values = "retried", {"tries": failures, "due_at": again}
        this = deliveries.c.id == claimed.id
        async with self._database.writing() as connection:
            if (await connection.execute(select(deliveries.c.id).where(this).with_for_update())).first() is None:
                return Settled("dropped")  # the subscription was removed in the meantime
            await connection.execute(insert(attempts).values(_attempt(claimed, answer, now)))
            await connection.execute(
                update(deliveries)
                .where(this, deliveries.c.claimed_until == claimed.until)  # not if somebody asked for it again since
                .values(claimed_until=None, **values)
            )
            if answer.succeeded:
                await _note_success(connection, claimed.subscription_id)
                return Settled(outcome)
            return Settled(outcome, await _note_failure(connection, claimed.subscription_id, answer, now))

    async def forget_old(self, now: datetime) -> None:
        """Delete settled deliveries and attempts that are older than the retention."""
        old = now - RETENTION
        settled = and_(deliveries.c.state != "pending", deliveries.c.settled_at < old)
        async with self._database.writing() as connection:
            if not self._database.is_sqlite:
                # Waits for plans in progress, whose deliveries may need an event that no other delivery needs.
                await connection.execute(text("LOCK TABLE delivery_events IN SHARE ROW EXCLUSIVE MODE"))
            ids = select(deliveries.c.id).where(settled)
            await connection.execute(
                delete(attempts).where(or_(attempts.c.started_at < old, attempts.c.delivery_id.in_(ids)))
            )
            await connection.execute(delete(deliveries).where(settled))
            await connection.execute(delete(events).where(~exists().where(deliveries.c.alert_id == events.c.alert_id)))

    async def counts(self) -> dict[SubscriptionState, Counts]:
        """Return the number of subscriptions and of their pending deliveries, by state of the subscription."""
        pending = and_(deliveries.c.subscription_id == subscriptions.c.id, deliveries.c.state == "pending")
        counting = (
            select(
                subscriptions.c.state,
                func.count(subscriptions.c.id.distinct()).label("subscriptions"),
                func.count(deliveries.c.number).label("pending"),
            )
            .select_from(subscriptions.outerjoin(deliveries, pending))
            .group_by(subscriptions.c.state)
        )
        async with self._database.reading() as connection:
            rows = {row.state: Counts(row.subscriptions, row.pending) for row in await connection.execute(counting)}
        return {state: rows.get(state, Counts(0, 0)) for state in STATES}

    async def _claim_of(self, subscription: Row[Any], now: datetime, free: int) -> list[Claimed]:
        until = now + CLAIM
        async with self._database.writing() as connection:
            rows = (await connection.execute(_due_of(subscription, now, free))).all()
            if not rows:
                return []
            await connection.execute(
                update(deliveries).where(deliveries.c.id.in_([row.id for row in rows])).values(claimed_until=until)
            )
            keys = await signing_secrets(connection, subscription.id, now)
        return [
            Claimed(
                row.id,
                subscription.id,
                subscription.protocol,
                subscription.sink,
                row.event,
                row.tries,
                row.planned_at,
                until,
                keys,
            )
            for row in rows
        ]


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(
        deliveries.c.state == "pending",
        deliveries.c.due_at <= now,
        or_(deliveries.c.claimed_until.is_(None), deliveries.c.claimed_until <= now),
    )


def _subscriptions_with_due(now: datetime, protocols: Sequence[str]) -> Select[Any]:
    return select(subscriptions.c.id, subscriptions.c.protocol, subscriptions.c.sink, subscriptions.c.ordered).where(
        subscriptions.c.state == "active",
        subscriptions.c.protocol.in_(protocols),
        or_(subscriptions.c.quiet_until.is_(None), subscriptions.c.quiet_until <= now),
        exists().where(deliveries.c.subscription_id == subscriptions.c.id, _is_due(now)),
    )


def _due_of(subscription: Row[Any], now: datetime, most: int) -> Select[Any]:
    """Return the query for due deliveries of a subscription, locked on PostgreSQL: other processes skip them.

    If the subscription is ordered, only the first pending delivery is due; those behind it wait until it is settled.
    """
    query = (
        select(deliveries.c.id, deliveries.c.tries, deliveries.c.planned_at, events.c.event)
        .join(events, events.c.alert_id == deliveries.c.alert_id)
        .where(deliveries.c.subscription_id == subscription.id, _is_due(now))
        .order_by(deliveries.c.number)
        .limit(most)
        .with_for_update(of=deliveries, skip_locked=True)
    )
    if not subscription.ordered:
        return query
    first = deliveries.alias()
    return query.where(
        deliveries.c.number
        == select(func.min(first.c.number))
        .where(first.c.subscription_id == subscription.id, first.c.state == "pending")
        .scalar_subquery()
    )


async def signing_secrets(connection: AsyncConnection, subscription_id: str, now: datetime) -> tuple[str, ...]:
    """Return the secrets that sign now, the current one first."""
    found = await connection.execute(
        select(secrets.c.secret)
        .where(
            secrets.c.subscription_id == subscription_id,
            or_(secrets.c.expires_at.is_(None), secrets.c.expires_at > now),
        )
        .order_by(secrets.c.id.desc())
    )
    return tuple(found.scalars())


async def _note_success(connection: AsyncConnection, subscription_id: str) -> None:
    await connection.execute(
        update(subscriptions)
        .where(
            subscriptions.c.id == subscription_id,
            or_(subscriptions.c.failing_since.is_not(None), subscriptions.c.quiet_until.is_not(None)),
        )
        .values(failing_since=None, quiet_until=None)
    )


async def _note_failure(connection: AsyncConnection, subscription_id: str, answer: Answer, now: datetime) -> str | None:
    """Note a failure of the subscription; disable it and return the reason if the failure is its last."""
    its_row = subscriptions.c.id == subscription_id
    first = func.coalesce(subscriptions.c.failing_since, literal(now, UtcTime), type_=UtcTime)
    values: dict[str, Any] = {"failing_since": first}
    if answer.retry_after:
        values["quiet_until"] = now + answer.retry_after
    noted = await connection.execute(
        update(subscriptions).where(its_row).values(values).returning(subscriptions.c.failing_since)
    )
    since = noted.scalar_one()
    if answer.gone:
        reason = "the receiver answered 410 Gone"
    elif now - since >= LONGEST_FAILURE:
        reason = f"no delivery has succeeded for {LONGEST_FAILURE.days} days"
    else:
        return None
    disabled = await connection.execute(
        update(subscriptions).where(its_row, subscriptions.c.state == "active").values(state="disabled", reason=reason)
    )
    return reason if disabled.rowcount else None


def _attempt(claimed: Claimed, answer: Answer, now: datetime) -> dict[str, Any]:
    return {
        "delivery_id": claimed.id,
        "started_at": now - answer.duration,
        "duration_ms": answer.duration_ms,
        "status": answer.status,
        "error": answer.error,
        "answer": answer.text or None,
    }
