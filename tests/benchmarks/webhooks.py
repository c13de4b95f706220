"""Time from a planned alert to its receiver on loopback, on SQLite: `python -m tests.benchmarks.webhooks`.

The issue's limit is 250 ms at the 99th percentile.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

from services.gateway.read_model.database import Database
from services.gateway.upgrade_tables import upgrade_tables
from services.gateway.webhooks.addresses import AddressGuard
from services.gateway.webhooks.deliverer import Deliverer
from services.gateway.webhooks.delivery_queue import DeliveryQueue
from services.gateway.webhooks.outbox import Outbox
from services.gateway.webhooks.sender import WebhookSender
from services.gateway.webhooks.subscription import SubscriptionRequest
from services.gateway.webhooks.subscriptions import Subscriptions
from services.gateway.webhooks.webhook_channel import WebhookChannel
from services.runtime.clock import SystemClock
from services.runtime.logging import configure_logging
from services.runtime.settings import LogSettings
from tests.gateway.webhooks.bench import example_alert
from tests.gateway.webhooks.receivers import receiving

ALERTS: Final = 500
PER_SECOND: Final = 50


async def measure(file: Path) -> list[float]:
    """Return the seconds from the commit of each alert to its request."""
    database = Database(f"sqlite+aiosqlite:///{file}")
    clock, guard, stop = SystemClock(), AddressGuard(loopback=True), asyncio.Event()
    await upgrade_tables(database)
    outbox = Outbox(clock)
    async with receiving() as receiver, WebhookSender(guard) as sender:
        deliverer = Deliverer(DeliveryQueue(database), {"HTTP": WebhookChannel(sender)}, clock)
        await Subscriptions(database, guard, sender, clock).create(SubscriptionRequest(name="bench", sink=receiver.url))
        running = asyncio.create_task(deliverer.run(stop))
        committed: dict[str, float] = {}
        for number in range(ALERTS):
            alert = example_alert(number)
            async with database.writing() as connection:
                await outbox.plan(connection, [alert])
            committed[alert.alert_id] = time.monotonic()
            deliverer.wake()
            await asyncio.sleep(1 / PER_SECOND)
        await receiver.has(ALERTS)
        stop.set()
        await running
    await database.close()
    return [each.received_at - committed[each.data["alert_id"]] for each in receiver.received]


def main() -> None:
    """Measure and print."""
    configure_logging(LogSettings(level="warning"))
    with tempfile.TemporaryDirectory() as directory:
        seconds = asyncio.run(measure(Path(directory) / "gateway.sqlite3"))
    cuts = statistics.quantiles(seconds, n=100)
    print(f"{ALERTS:,} alerts, {PER_SECOND} per second: p50 {cuts[49] * 1e3:.0f} ms, p99 {cuts[98] * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
