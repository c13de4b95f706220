"""Everything that webhooks consist of, on a database and a clock of the test's own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from contracts.alert_filter import AlertFilter
from contracts.codec import decode, encode
from contracts.structs import HoldingChanged
from services.gateway.read_model.database import Database
from services.gateway.read_model.stored import StoredAlert
from services.gateway.webhooks.addresses import AddressGuard
from services.gateway.webhooks.deliverer import Deliverer
from services.gateway.webhooks.delivery_queue import DeliveryQueue
from services.gateway.webhooks.outbox import Outbox
from services.gateway.webhooks.sender import WebhookSender
from services.gateway.webhooks.subscription import CreatedSubscription, Delivery, SubscriptionRequest
from services.gateway.webhooks.subscriptions import Subscriptions
from services.gateway.webhooks.webhook_channel import WebhookChannel

EXAMPLES: Final = Path(__file__).parents[3] / "contracts/examples/holding_changed"


def example_alert(
    number: int = 0, *, name: str = "exercise-and-sale-leave-the-holding-unchanged", **values: Any
) -> StoredAlert:
    """Return one of the contract's examples with a unique id, and its bytes as they could be on the topic."""
    example = decode((EXAMPLES / f"{name}.json").read_bytes(), HoldingChanged)
    alert = replace(example, alert_id=f"alert-{number}", **values)
    return StoredAlert(number, alert.alert_id, encode(alert))


class ManualClock:
    """A clock that the test moves. Sleepers wake when their time has come."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """See `Clock.now`."""
        return self.moment

    def advance(self, by: timedelta) -> None:
        """Move the clock."""
        self.moment += by
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        until = self.moment + timedelta(seconds=seconds)
        while self.moment < until:
            await self._moved.wait()


class WebhookBench:
    """Subscriptions, outbox, deliverer and log over one database."""

    def __init__(self, database: Database, clock: ManualClock, sender: WebhookSender, guard: AddressGuard) -> None:
        self.database = database
        self.clock = clock
        self.queue = DeliveryQueue(database)
        self.outbox = Outbox(clock)
        self.subscriptions = Subscriptions(database, guard, sender, clock)
        self.log = self.subscriptions.log
        self.channels = {"HTTP": WebhookChannel(sender)}
        self.deliverer = Deliverer(self.queue, self.channels, clock, jitter=lambda: 0.0)

    async def subscribe(self, sink: str, *, ordered: bool = False, **conditions: Any) -> CreatedSubscription:
        """Create a subscription with the conditions of a filter."""
        wanted = AlertFilter(**conditions)
        return await self.subscriptions.create(
            SubscriptionRequest(name="test", sink=sink, filter=wanted, ordered=ordered)
        )

    async def project(self, *alerts: StoredAlert) -> None:
        """Store alerts as the projector does: the outbox plans in its transaction."""
        async with self.database.writing() as connection:
            await self.outbox.plan(connection, alerts)

    async def deliver(self) -> int:
        """Attempt what is due now, until nothing is, and return the number of attempts."""
        count = 0
        while started := await self.deliverer.start_due():
            count += started
            await self.deliverer.idle()
        return count

    async def deliveries(self, subscription: CreatedSubscription) -> list[Delivery]:
        """Return the deliveries of a subscription, oldest first."""
        return list((await self.log.page(subscription.id, limit=200)).items)[::-1]


@asynccontextmanager
async def webhook_bench(database: Database, *, loopback: bool = True, **options: Any) -> AsyncIterator[WebhookBench]:
    """Provide a bench whose clock begins now, since receivers check the time of a signature.

    `options` are those of `WebhookSender`.
    """
    guard = AddressGuard(loopback=loopback)
    clock = ManualClock(datetime.now(UTC).replace(microsecond=0))
    async with WebhookSender(guard, **options) as sender:
        yield WebhookBench(database, clock, sender, guard)
