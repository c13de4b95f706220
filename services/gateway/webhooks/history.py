"""Past alerts for subscriptions: those of a range of days, and those that a new subscription starts with."""

from datetime import date
from typing import Final

from contracts.alert_filter import AlertFilter
from contracts.codes import ErrorCode
from contracts.errors import PermanentError
from services.gateway.read_model.read_model import ReadModel
from services.gateway.read_model.stored import StoredAlert
from services.gateway.webhooks.subscription import CreatedSubscription, SubscriptionRequest
from services.gateway.webhooks.subscriptions import Subscriptions

MOST_REPLAYED: Final = 10_000
_PAGE: Final = 500


class ReplayTooLarge(PermanentError):
    """A range has more alerts than one replay sends."""


async def alerts_between(
    read_model: ReadModel, wanted: AlertFilter, since: date | None, until: date | None
) -> list[StoredAlert]:
    """Return the alerts that match and were filed within the days, oldest first.

    Raises:
        ReplayTooLarge: there are more than 10,000.
    """
    first = max((day for day in (since, wanted.since) if day is not None), default=None)
    last = min((day for day in (until, wanted.until) if day is not None), default=None)
    narrowed = wanted.model_copy(update={"since": first, "until": last})
    found: list[StoredAlert] = []
    before: int | None = None
    while True:
        page = await read_model.alerts(narrowed, before, _PAGE)
        found += page.items
        if len(found) > MOST_REPLAYED:
            raise ReplayTooLarge(ErrorCode.REPLAY_TOO_LARGE, f"the range has more than {MOST_REPLAYED} alerts")
        if page.next is None:
            return found[::-1]
        before = page.next


async def subscribe(
    read_model: ReadModel, subscriptions: Subscriptions, request: SubscriptionRequest
) -> tuple[CreatedSubscription, int]:
    """Create a subscription, and send it the alerts from its `start` on; return it and the number of these.

    Raises:
        AddressRefused: the sink is not an address that webhooks may use.
        TooManySubscriptions: the limit is reached.
        ReplayTooLarge: there are more than 10,000 alerts from `start` on. Nothing is created.
    """
    past = [] if request.start is None else await alerts_between(read_model, request.filter, request.start, None)
    created = await subscriptions.create(request)
    return created, await subscriptions.replay(created.id, past)
