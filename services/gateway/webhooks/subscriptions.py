"""The subscriptions of the API: created, changed, paused and removed, with their secrets."""

import secrets as randomness
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Row, Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.alert_filter import AlertFilter
from contracts.codes import ErrorCode
from services.gateway.durable_tables import attempts, deliveries, secrets, subscriptions
from services.gateway.read_model.database import Database
from services.gateway.read_model.stored import StoredAlert
from services.gateway.webhooks import cloud_event
from services.gateway.webhooks.addresses import AddressGuard
from services.gateway.webhooks.delivery_log import DeliveryLog
from services.gateway.webhooks.delivery_queue import delivery_id, plan, send_again, signing_secrets
from services.gateway.webhooks.sender import Answer, WebhookSender
from services.gateway.webhooks.signing import new_secret, signed_headers
from services.gateway.webhooks.subscription import (
    CreatedSubscription,
    Subscription,
    SubscriptionChange,
    SubscriptionRequest,
    SubscriptionState,
    TooManySubscriptions,
    UnknownSubscription,
)
from services.runtime.clock import Clock

MOST_SUBSCRIPTIONS: Final = 500
OVERLAP: Final = timedelta(days=1)
"""How long the previous secret still signs after a rotation."""
_ID_BYTES: Final = 12
_AT_ONCE: Final = 500
"""Deliveries of a replay per statement."""


class Subscriptions:
    """Subscriptions in the database. The operator's own channels are not among them.

    `log` has their deliveries. `on_due` is called when deliveries have become due.
    """

    def __init__(
        self,
        database: Database,
        guard: AddressGuard,
        sender: WebhookSender,
        clock: Clock,
        *,
        on_due: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._guard = guard
        self._sender = sender
        self._clock = clock
        self._on_due = on_due
        self.log = DeliveryLog(database, clock, on_due=on_due)

    async def create(self, request: SubscriptionRequest) -> CreatedSubscription:
        """Create a subscription; it gets the alerts from now on.

        Raises:
            AddressRefused: the sink is not an address that webhooks may use.
            TooManySubscriptions: the limit is reached.
        """
        sink = str(self._guard.checked_sink(request.sink))
        identity = "sub_" + randomness.token_hex(_ID_BYTES)
        secret = new_secret()
        async with self._database.writing() as connection:
            count = (await connection.execute(select(func.count()).select_from(subscriptions))).scalar_one()
            if count >= MOST_SUBSCRIPTIONS:
                raise TooManySubscriptions(
                    ErrorCode.TOO_MANY_SUBSCRIPTIONS, f"there are {count} subscriptions; remove one first"
                )
            await connection.execute(
                insert(subscriptions).values(
                    id=identity,
                    name=request.name,
                    protocol=request.protocol,
                    sink=sink,
                    filter=request.filter.model_dump_json(exclude_defaults=True),
                    ordered=request.ordered,
                    state="active",
                    created_at=self._clock.now(),
                )
            )
            await connection.execute(insert(secrets).values(subscription_id=identity, secret=secret))
            created = await _read(connection, identity)
        return CreatedSubscription(secret=secret, **_fields(created))

    async def all(self) -> list[Subscription]:
        """Return all subscriptions, oldest first."""
        async with self._database.reading() as connection:
            rows = await connection.execute(_query().order_by(subscriptions.c.created_at, subscriptions.c.id))
            return [Subscription(**_fields(row)) for row in rows]

    async def get(self, identity: str) -> Subscription:
        """Return one subscription.

        Raises:
            UnknownSubscription: it does not exist.
        """
        async with self._database.reading() as connection:
            return Subscription(**_fields(await _read(connection, identity)))

    async def change(self, identity: str, change: SubscriptionChange) -> Subscription:
        """Change a subscription and return it. Deliveries that are pending go to a changed sink too.

        Raises:
            UnknownSubscription: it does not exist.
            AddressRefused: the sink is not an address that webhooks may use.
        """
        values = change.model_dump(exclude_none=True, exclude={"filter"})
        if change.sink is not None:
            values["sink"] = str(self._guard.checked_sink(change.sink))
        if change.filter is not None:
            values["filter"] = change.filter.model_dump_json(exclude_defaults=True)
        return await self._update(identity, values)

    async def pause(self, identity: str) -> Subscription:
        """Stop sending; alerts wait until the subscription is resumed.

        Raises:
            UnknownSubscription: it does not exist.
        """
        return await self._set_state(identity, "paused")

    async def resume(self, identity: str) -> Subscription:
        """Send again, first what is pending. A subscription that was disabled has five days again.

        Raises:
            UnknownSubscription: it does not exist.
        """
        resumed = await self._set_state(identity, "active")
        self._on_due()
        return resumed

    async def rotate(self, identity: str) -> str:
        """Return a new secret. The previous one signs too, for a day.

        Raises:
            UnknownSubscription: it does not exist.
        """
        secret = new_secret()
        its_secrets = secrets.c.subscription_id == identity
        async with self._database.writing() as connection:
            await _read(connection, identity)
            await connection.execute(delete(secrets).where(its_secrets, secrets.c.expires_at.is_not(None)))
            await connection.execute(update(secrets).where(its_secrets).values(expires_at=self._clock.now() + OVERLAP))
            await connection.execute(insert(secrets).values(subscription_id=identity, secret=secret))
        return secret

    async def remove(self, identity: str) -> None:
        """Delete a subscription with its secrets, deliveries and attempts.

        Raises:
            UnknownSubscription: it does not exist.
        """
        async with self._database.writing() as connection:
            await _read(connection, identity)
            await delete_subscription(connection, identity)

    async def test(self, identity: str) -> Answer:
        """Send a signed test, which is not an alert, and return the answer. It is not recorded or retried.

        Raises:
            UnknownSubscription: it does not exist.
        """
        now = self._clock.now()
        async with self._database.reading() as connection:
            row = await _read(connection, identity)
            keys = await signing_secrets(connection, identity, now)
        webhook_id = "msg_" + randomness.token_hex(_ID_BYTES)
        body = cloud_event.test_body(webhook_id, identity, now)
        headers = signed_headers(webhook_id, now, body, keys) | {"Content-Type": cloud_event.CONTENT_TYPE}
        return await self._sender.post(row.sink, headers, body, now=now)

    async def replay(self, identity: str, alerts: Sequence[StoredAlert]) -> int:
        """Send alerts again, or for the first time, oldest first, and return how many there are.

        Each keeps its `webhook-id`.

        Raises:
            UnknownSubscription: it does not exist.
        """
        planned = {delivery_id(identity, alert.alert_id): alert for alert in alerts}
        ids = list(planned)
        now = self._clock.now()
        async with self._database.writing() as connection:
            await _read(connection, identity)
            for start in range(0, len(ids), _AT_ONCE):
                some = ids[start : start + _AT_ONCE]
                await plan(connection, identity, {each: planned[each] for each in some}, now)
                await send_again(connection, some, now)
        self._on_due()
        return len(ids)

    async def _set_state(self, identity: str, state: SubscriptionState) -> Subscription:
        cleared = {"reason": None, "failing_since": None, "quiet_until": None} if state == "active" else {}
        return await self._update(identity, {"state": state, **cleared})

    async def _update(self, identity: str, values: dict[str, Any]) -> Subscription:
        async with self._database.writing() as connection:
            await _read(connection, identity)
            if values:
                await connection.execute(update(subscriptions).where(subscriptions.c.id == identity).values(values))
            return Subscription(**_fields(await _read(connection, identity)))


async def delete_subscription(connection: AsyncConnection, identity: str) -> None:
    """Delete a subscription with its secrets, deliveries and attempts, if it exists."""
    own = select(deliveries.c.id).where(deliveries.c.subscription_id == identity)
    await connection.execute(delete(attempts).where(attempts.c.delivery_id.in_(own)))
    await connection.execute(delete(deliveries).where(deliveries.c.subscription_id == identity))
    await connection.execute(delete(secrets).where(secrets.c.subscription_id == identity))
    await connection.execute(delete(subscriptions).where(subscriptions.c.id == identity))


def _query() -> Select[Any]:
    """Return the query for the API's subscriptions, with the number of their pending deliveries."""
    pending = (
        select(func.count())
        .where(deliveries.c.subscription_id == subscriptions.c.id, deliveries.c.state == "pending")
        .scalar_subquery()
    )
    return select(subscriptions, pending.label("pending")).where(subscriptions.c.protocol == "HTTP")


async def _read(connection: AsyncConnection, identity: str) -> Row[Any]:
    row: Row[Any] | None = (await connection.execute(_query().where(subscriptions.c.id == identity))).one_or_none()
    if row is None:
        raise UnknownSubscription(ErrorCode.NO_SUCH_SUBSCRIPTION, f"there is no subscription {identity[:60]!r}")
    return row


def _fields(row: Row[Any]) -> dict[str, Any]:
    return {**row._mapping, "filter": AlertFilter.model_validate_json(row.filter)}  # noqa: SLF001 - SQLAlchemy's API
