"""Turns a claimed delivery into a signed webhook, and sends it."""

from datetime import datetime

from services.gateway.webhooks.cloud_event import CONTENT_TYPE, alert_body
from services.gateway.webhooks.delivery_queue import Claimed
from services.gateway.webhooks.sender import Answer, WebhookSender
from services.gateway.webhooks.signing import signed_headers


class WebhookChannel:
    """Sends deliveries whose protocol is HTTP."""

    def __init__(self, sender: WebhookSender) -> None:
        self._sender = sender

    async def send(self, claimed: Claimed, now: datetime) -> Answer:
        """Send the alert and return the answer."""
        body = alert_body(claimed.event)
        headers = signed_headers(claimed.id, now, body, claimed.secrets) | {"Content-Type": CONTENT_TYPE}
        return await self._sender.post(claimed.sink, headers, body, now=now)
