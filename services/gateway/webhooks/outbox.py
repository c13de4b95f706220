"""Plans the deliveries of new alerts, in the transaction that stores the alerts: both are committed, or neither."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.alert_filter import AlertFilter
from services.gateway.durable_tables import announced_alerts, subscriptions
from services.gateway.read_model.columns import key_text
from services.gateway.read_model.stored import StoredAlert
from services.gateway.webhooks.delivery_queue import delivery_id, plan
from services.runtime.clock import Clock

NOTIFY: Final = "NOTIFY"
"""The protocol of people's channels, which get one message per filing. Webhooks get each alert."""


class Outbox:
    """The projector's hook: its `plan` is called in each transaction that stores alerts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def plan(self, connection: AsyncConnection, alerts: Sequence[StoredAlert]) -> None:
        """Plan a delivery of each alert for each subscription whose filter it matches.

        Paused subscriptions get theirs when they are resumed. Disabled ones get none. Alerts that come again because
        the read model is built again are not planned again.
        """
        new = await _not_announced_before(connection, alerts)
        columns = (subscriptions.c.id, subscriptions.c.protocol, subscriptions.c.filter)
        rows = (await connection.execute(select(*columns).where(subscriptions.c.state != "disabled"))).all()
        now = self._clock.now()
        for row in rows:
            wanted = AlertFilter.model_validate_json(row.filter)
            planned: dict[str, StoredAlert] = {}
            for alert in new:
                if wanted.matches(alert.holding_changed, delivery=alert.delivery):
                    key = alert.holding_changed.filing.filing_id if row.protocol == NOTIFY else alert.alert_id
                    planned.setdefault(delivery_id(row.id, key), alert)
            await plan(connection, row.id, planned, now)


async def _not_announced_before(connection: AsyncConnection, alerts: Sequence[StoredAlert]) -> list[StoredAlert]:
    """Return the alerts that were not in the read model before it was forgotten, and strike out the others."""
    if not await connection.scalar(select(exists().select_from(announced_alerts))):
        return list(alerts)
    ids = [key_text(alert.alert_id) for alert in alerts]
    struck = delete(announced_alerts).where(announced_alerts.c.alert_id.in_(ids)).returning(announced_alerts.c.alert_id)
    known = set((await connection.execute(struck)).scalars())
    return [alert for alert, identity in zip(alerts, ids, strict=True) if identity not in known]
