"""What became of each delivery of a subscription, attempt by attempt; and one of them sent again."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.codes import ErrorCode
from services.gateway.durable_tables import attempts, deliveries
from services.gateway.read_model.database import Database
from services.gateway.webhooks.delivery_queue import send_again
from services.gateway.webhooks.subscription import Attempt, Delivery, DeliveryPage, DeliveryState, UnknownSubscription
from services.runtime.clock import Clock

MOST_PER_PAGE: Final = 200
_MOST_ATTEMPTS: Final = 100
"""Attempts shown per delivery; one that was never redelivered has at most ten."""


class DeliveryLog:
    """The deliveries of the last 30 days, and all that are pending."""

    def __init__(self, database: Database, clock: Clock, *, on_due: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._on_due = on_due

    async def page(
        self, subscription_id: str, *, state: DeliveryState | None = None, before: int | None = None, limit: int = 50
    ) -> DeliveryPage:
        """Return deliveries of a subscription, newest first; `before` is the `next` of the page before."""
        query = select(deliveries).where(deliveries.c.subscription_id == subscription_id)
        if state is not None:
            query = query.where(deliveries.c.state == state)
        if before is not None:
            query = query.where(deliveries.c.number < before)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query.order_by(deliveries.c.number.desc()).limit(limit + 1))).all()
            shown = rows[:limit]
            tried = await _attempts_of(connection, [row.id for row in shown])
        items = tuple(_delivery(row, tried[row.id]) for row in shown)
        return DeliveryPage(items=items, next=shown[-1].number if len(rows) > limit else None)

    async def redeliver(self, subscription_id: str, delivery_id: str) -> Delivery:
        """Make a delivery due now, whatever its state, and return it. It keeps its `webhook-id`.

        Raises:
            UnknownSubscription: the subscription has no such delivery.
        """
        query = select(deliveries).where(
            deliveries.c.id == delivery_id, deliveries.c.subscription_id == subscription_id
        )
        async with self._database.writing() as connection:
            if (await connection.execute(query)).one_or_none() is None:
                raise UnknownSubscription(ErrorCode.NO_SUCH_DELIVERY, f"there is no delivery {delivery_id[:60]!r}")
            await send_again(connection, [delivery_id], self._clock.now())
            row = (await connection.execute(query)).one()
            tried = (await _attempts_of(connection, [delivery_id]))[delivery_id]
        self._on_due()
        return _delivery(row, tried)


async def _attempts_of(connection: AsyncConnection, ids: list[str]) -> dict[str, list[Attempt]]:
    found: defaultdict[str, list[Attempt]] = defaultdict(list)
    query = select(attempts).where(attempts.c.delivery_id.in_(ids)).order_by(attempts.c.id.desc())
    for row in await connection.execute(query):
        if len(found[row.delivery_id]) < _MOST_ATTEMPTS:
            found[row.delivery_id].append(
                Attempt(
                    started_at=row.started_at,
                    duration_ms=row.duration_ms,
                    status=row.status,
                    error=row.error,
                    answer=row.answer,
                )
            )
    return found


def _delivery(row: Row[Any], tried: list[Attempt]) -> Delivery:
    return Delivery(
        id=row.id,
        alert_id=row.alert_id,
        state=row.state,
        tries=row.tries,
        due_at=row.due_at,
        planned_at=row.planned_at,
        settled_at=row.settled_at,
        attempts=tuple(tried),
    )
