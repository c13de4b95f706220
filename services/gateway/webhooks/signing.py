"""Signs webhooks as Standard Webhooks 1.0 defines it."""

import secrets
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from standardwebhooks import Webhook

_PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32


def new_secret() -> str:
    """Return a new random secret, as receivers' libraries take it."""
    return _PREFIX + b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signed_headers(webhook_id: str, moment: datetime, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """Return the three headers of a webhook: id, time and one signature per secret.

    While a secret is being rotated there are two, and a receiver accepts either.
    """
    text = body.decode()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(key).sign(webhook_id, moment, text) for key in keys),
    }
