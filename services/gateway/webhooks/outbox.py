"""Plans the deliveries of new alerts, in the transaction that stores the alerts: both are committed, or neither."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.alert_filter import AlertFilter
from contracts.codec import decode
from contracts.holding_changed import HoldingChanged
from services.gateway.durable_tables import subscriptions
from services.gateway.webhooks.delivery_queue import NewAlert, delivery_id, plan
from services.runtime.clock import Clock

NOTIFY: Final = "NOTIFY"
"""The protocol of people's channels, which get one message per filing. Webhooks get each alert."""


class Outbox:
    """The projector's hook: its `plan` is called in each transaction that stores alerts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def plan(self, connection: AsyncConnection, alerts: Sequence[NewAlert]) -> None:
        """Plan a delivery of each alert for each subscription whose filter it matches.

        Paused subscriptions get theirs when they are resumed. Disabled ones get none.
        """
        columns = (subscriptions.c.id, subscriptions.c.protocol, subscriptions.c.filter)
        rows = (await connection.execute(select(*columns).where(subscriptions.c.state != "disabled"))).all()
        if not rows:
            return
        now = self._clock.now()
        decoded = [(alert, decode(alert.event, HoldingChanged)) for alert in alerts]
        for row in rows:
            wanted = AlertFilter.model_validate_json(row.filter)
            planned: dict[str, NewAlert] = {}
            for alert, content in decoded:
                if wanted.matches(content):
                    key = content.filing.filing_id if row.protocol == NOTIFY else alert.alert_id
                    planned.setdefault(delivery_id(row.id, key), alert)
            await plan(connection, row.id, planned, now)
