"""A process that delivers what is due and ends; or is killed at a step: `python deliverer_process.py URL STEP`.

STEP is `MOMENT:METHOD:COUNT`: `before:execute:3` kills it before its third statement.
"""

import asyncio
import signal
import sys

from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.read_model.database import Database
from services.gateway.webhooks.addresses import AddressGuard
from services.gateway.webhooks.deliverer import Deliverer
from services.gateway.webhooks.delivery_queue import DeliveryQueue
from services.gateway.webhooks.sender import WebhookSender
from services.gateway.webhooks.webhook_channel import WebhookChannel
from services.runtime.clock import SystemClock
from tests.chaos.failpoints import arm

STEPS: dict[str, type] = {
    "_claim_of": DeliveryQueue,
    "settle": DeliveryQueue,
    "post": WebhookSender,
    "execute": AsyncConnection,
}


async def deliver(url: str) -> None:
    """Deliver until nothing is due."""
    database = Database(url)
    async with WebhookSender(AddressGuard(loopback=True)) as sender:
        deliverer = Deliverer(DeliveryQueue(database), {"HTTP": WebhookChannel(sender)}, SystemClock())
        while await deliverer.start_due():
            await deliverer.idle()
    await database.close()


if __name__ == "__main__":
    moment, method, count = sys.argv[2].split(":")
    arm(STEPS[method], method, signal.SIGKILL, moment, int(count))
    asyncio.run(deliver(sys.argv[1]))
