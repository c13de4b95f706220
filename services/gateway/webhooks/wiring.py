"""Puts the parts of webhooks together over the gateway's database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.gateway.read_model.database import Database
from services.gateway.upgrade_tables import upgrade_tables
from services.gateway.webhooks.addresses import AddressGuard
from services.gateway.webhooks.deliverer import Channel, Deliverer
from services.gateway.webhooks.delivery_queue import DeliveryQueue
from services.gateway.webhooks.outbox import Outbox
from services.gateway.webhooks.sender import WebhookSender
from services.gateway.webhooks.subscriptions import Subscriptions
from services.gateway.webhooks.webhook_channel import WebhookChannel
from services.runtime.clock import SystemClock
from services.runtime.instruments import Meter


@dataclass(frozen=True, slots=True)
class Webhooks:
    """What a gateway needs of webhooks.

    `outbox.plan` is the projector's hook in its transaction, and `deliverer.wake` the one after its commit.
    """

    subscriptions: Subscriptions
    outbox: Outbox
    deliverer: Deliverer


@asynccontextmanager
async def open_webhooks(
    database: Database, *, loopback: bool, meter: Meter, channels: dict[str, Channel] | None = None
) -> AsyncIterator[Webhooks]:
    """Provide the webhooks of a gateway, whose tables are brought to the current version.

    `loopback` says that the gateway listens on loopback alone: it may then send to loopback, by http too. `channels`
    send deliveries of other protocols.

    Raises:
        TransientError: the database does not answer.
        FatalError: it cannot be used.
    """
    await upgrade_tables(database)
    clock = SystemClock()
    guard = AddressGuard(loopback=loopback)
    async with WebhookSender(guard) as sender:
        sending = {"HTTP": WebhookChannel(sender), **(channels or {})}
        deliverer = Deliverer(DeliveryQueue(database), sending, clock, meter=meter)
        subscriptions = Subscriptions(database, guard, sender, clock, on_due=deliverer.wake)
        yield Webhooks(subscriptions, Outbox(clock), deliverer)
