"""The results of the read model: events as stored, with their ordinals, and pages of them."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from contracts.codec import decode
from contracts.envelope import Delivery
from contracts.structs import HoldingChanged

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far the read model is: `seq` of the newest alert, within a generation that ends if it is built again.

    `batches` counts the commits, so it grows with reports and positions too.
    """

    generation: str
    seq: int
    batches: int = field(default=0, compare=False)

    def __str__(self) -> str:
        """Return the cursor of a list, or the id of a stream's event."""
        return f"{self.generation}.{self.seq}"


@dataclass(frozen=True)
class StoredAlert:
    """An alert: its ordinal in the order of commits, and the event's bytes as they are on the topic."""

    seq: int
    alert_id: str
    event: bytes = field(repr=False)
    delivery: Delivery = "live"

    @cached_property
    def holding_changed(self) -> HoldingChanged:
        """The decoded event; decoded once."""
        return decode(self.event, HoldingChanged)


@dataclass(frozen=True, slots=True)
class FilingAlerts:
    """All alerts of a filing in the order of their commits, and its reports in the order of its owners.

    `seq` is that of the first alert. `alerts` are encoded HoldingChanged events, `transactions` encoded
    TransactionsReported events. These may still be missing when the alerts are there, since they are on another topic.
    """

    filing_id: str
    seq: int
    alerts: tuple[bytes, ...] = field(repr=False)
    transactions: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Items, the newest first. `next` continues after the last one (`before=next`); None if there are no more."""

    items: tuple[Item, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class Preview:
    """The filings that a filter would have matched: their number in the last days, and the newest of any day."""

    count: int
    newest: tuple[FilingAlerts, ...]
