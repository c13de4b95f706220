"""`/v1/subscriptions`: webhooks, named as in the CloudEvents Subscriptions API."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response

from contracts.codes import explained
from contracts.errors import PermanentError
from services.gateway.http.problems import Problem
from services.gateway.http.state import gateway_of
from services.gateway.webhooks.addresses import AddressRefused
from services.gateway.webhooks.delivery_log import MOST_PER_PAGE
from services.gateway.webhooks.history import ReplayTooLarge, alerts_between, subscribe
from services.gateway.webhooks.subscription import (
    CreatedSubscription,
    Delivery,
    DeliveryPage,
    DeliveryState,
    Replayed,
    ReplayRequest,
    Secret,
    SentTest,
    Subscription,
    SubscriptionChange,
    SubscriptionList,
    SubscriptionRequest,
    TooManySubscriptions,
    UnknownSubscription,
)
from services.gateway.webhooks.subscriptions import Subscriptions

router: Final = APIRouter(prefix="/v1/subscriptions", tags=["subscriptions"])

_ID: Final = Path(pattern="^[a-z0-9_]{1,60}$")
SubscriptionId = Annotated[str, _ID]
DeliveryId = Annotated[str, _ID]
Before = Annotated[int | None, Query(ge=0, lt=2**63, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=MOST_PER_PAGE, description="deliveries per page")]

_STATUSES: Final[dict[type[PermanentError], HTTPStatus]] = {
    UnknownSubscription: HTTPStatus.NOT_FOUND,
    TooManySubscriptions: HTTPStatus.CONFLICT,
    AddressRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    ReplayTooLarge: HTTPStatus.UNPROCESSABLE_ENTITY,
}
_RESPONSES: Final[dict[int | str, dict[str, str]]] = {
    status: {"description": "problem details"} for status in (400, 401, 403, 404, 409, 422, 429, 503)
}


@contextmanager
def _problems() -> Iterator[None]:
    """Turn the refusals of subscriptions into problems."""
    try:
        yield
    except tuple(_STATUSES) as error:
        known = explained(error.code)
        assert known is not None  # noqa: S101 - every code is in the table
        raise Problem(_STATUSES[type(error)], known, error.message) from None


def _subscriptions(request: Request) -> Subscriptions:
    found: Subscriptions = gateway_of(request).subscriptions
    return found


@router.post("", status_code=HTTPStatus.CREATED, responses=_RESPONSES)
async def create(request: Request, response: Response, wanted: SubscriptionRequest) -> CreatedSubscription:
    """Create a subscription. The secret is shown only in this response."""
    with _problems():
        created, _ = await subscribe(gateway_of(request).read_model, _subscriptions(request), wanted)
    response.headers["Location"] = f"{router.prefix}/{created.id}"
    return created


@router.get("", responses=_RESPONSES)
async def list_all(request: Request) -> SubscriptionList:
    """List all subscriptions, oldest first."""
    return SubscriptionList(items=tuple(await _subscriptions(request).all()))


@router.get("/{subscription_id}", responses=_RESPONSES)
async def get(request: Request, subscription_id: SubscriptionId) -> Subscription:
    """Return a subscription."""
    with _problems():
        return await _subscriptions(request).get(subscription_id)


@router.patch("/{subscription_id}", responses=_RESPONSES)
async def change(request: Request, subscription_id: SubscriptionId, changes: SubscriptionChange) -> Subscription:
    """Change a subscription. Deliveries that are pending go to a changed sink too."""
    with _problems():
        return await _subscriptions(request).change(subscription_id, changes)


@router.delete("/{subscription_id}", status_code=HTTPStatus.NO_CONTENT, responses=_RESPONSES)
async def remove(request: Request, subscription_id: SubscriptionId) -> None:
    """Delete a subscription with its deliveries."""
    with _problems():
        await _subscriptions(request).remove(subscription_id)


@router.post("/{subscription_id}/pause", responses=_RESPONSES)
async def pause(request: Request, subscription_id: SubscriptionId) -> Subscription:
    """Stop sending. Alerts wait until the subscription is resumed."""
    with _problems():
        return await _subscriptions(request).pause(subscription_id)


@router.post("/{subscription_id}/resume", responses=_RESPONSES)
async def resume(request: Request, subscription_id: SubscriptionId) -> Subscription:
    """Send again, first what is pending; also after the subscription was disabled."""
    with _problems():
        return await _subscriptions(request).resume(subscription_id)


@router.post("/{subscription_id}/rotate", responses=_RESPONSES)
async def rotate(request: Request, subscription_id: SubscriptionId) -> Secret:
    """Make a new secret. For a day, the previous one signs too."""
    with _problems():
        return Secret(secret=await _subscriptions(request).rotate(subscription_id))


@router.post("/{subscription_id}/test", responses=_RESPONSES)
async def test(request: Request, subscription_id: SubscriptionId) -> SentTest:
    """Send a signed test, which is not an alert, and return what the receiver answered."""
    with _problems():
        answer = await _subscriptions(request).test(subscription_id)
    return SentTest(
        delivered=answer.succeeded,
        status=answer.status,
        error=answer.error,
        answer=answer.text or None,
        duration_ms=answer.duration_ms,
    )


@router.get("/{subscription_id}/deliveries", responses=_RESPONSES)
async def deliveries(
    request: Request,
    subscription_id: SubscriptionId,
    state: DeliveryState | None = None,
    before: Before = None,
    limit: Limit = 50,
) -> DeliveryPage:
    """List the deliveries of a subscription with their attempts, newest first."""
    subscriptions = _subscriptions(request)
    with _problems():
        await subscriptions.get(subscription_id)
    return await subscriptions.log.page(subscription_id, state=state, before=before, limit=limit)


@router.post(
    "/{subscription_id}/deliveries/{delivery_id}/redeliver", status_code=HTTPStatus.ACCEPTED, responses=_RESPONSES
)
async def redeliver(request: Request, subscription_id: SubscriptionId, delivery_id: DeliveryId) -> Delivery:
    """Send an alert again, whatever became of it before."""
    with _problems():
        return await _subscriptions(request).log.redeliver(subscription_id, delivery_id)


@router.post("/{subscription_id}/replay", status_code=HTTPStatus.ACCEPTED, responses=_RESPONSES)
async def replay(request: Request, subscription_id: SubscriptionId, days: ReplayRequest) -> Replayed:
    """Send the alerts of some days again, or for the first time. Receivers recognize them by their webhook-id."""
    subscriptions = _subscriptions(request)
    with _problems():
        wanted = (await subscriptions.get(subscription_id)).filter
        alerts = await alerts_between(gateway_of(request).read_model, wanted, days.since, days.until)
        return Replayed(planned=await subscriptions.replay(subscription_id, alerts))
