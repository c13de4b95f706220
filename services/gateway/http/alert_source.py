"""The part of the read model that the live stream reads."""

from collections.abc import Sequence
from typing import Final, Protocol

from services.gateway.read_model.stored import Cursor, StoredAlert

PAGE: Final = 500
"""Alerts that are read from the read model at once."""


class AlertSource(Protocol):
    """The alerts in the order of `seq`."""

    async def newest(self) -> Cursor:
        """Return generation and seq of the newest alert."""
        ...

    async def since(self, seq: int, limit: int) -> Sequence[StoredAlert]:
        """Return the first alerts after `seq`."""
        ...
