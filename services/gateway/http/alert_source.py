"""The part of the read model that the live stream reads."""

from collections.abc import Sequence
from typing import Final, Protocol

from contracts.envelope import Delivery

PAGE: Final = 500
"""Alerts that are read from the read model at once."""


class StoredAlert(Protocol):
    """An alert: its ordinal in the read model, the event's bytes as they are on the topic, and how it arrived."""

    @property
    def seq(self) -> int: ...  # noqa: D102 - the class describes it
    @property
    def event(self) -> bytes: ...  # noqa: D102
    @property
    def delivery(self) -> Delivery: ...  # noqa: D102


class Cursor(Protocol):
    """The newest alert of the read model; `seq` is 0 if there is none. A rebuild makes a new generation."""

    @property
    def generation(self) -> str: ...  # noqa: D102 - the class describes it
    @property
    def seq(self) -> int: ...  # noqa: D102


class AlertSource(Protocol):
    """The alerts in the order of `seq`."""

    async def newest(self) -> Cursor:
        """Return generation and seq of the newest alert."""
        ...

    async def since(self, seq: int, limit: int) -> Sequence[StoredAlert]:
        """Return the first alerts after `seq`."""
        ...
