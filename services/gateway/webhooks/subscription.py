"""Subscriptions and deliveries as the API shows them."""

from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_serializer

from contracts.alert_filter import AlertFilter
from contracts.base import UtcDatetime
from contracts.errors import PermanentError
from contracts.filter_values import FilterDay

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
]
SubscriptionState = Literal["active", "paused", "disabled"]
STATES: Final[tuple[SubscriptionState, ...]] = get_args(SubscriptionState)
DeliveryState = Literal["pending", "delivered", "failed"]
_URL: Final[dict[str, Any]] = {"format": "uri", "pattern": r"^https?://[^\s/?#@]+([/?][^\s#]*)?$"}
"""In the document alone: `AddressGuard` explains what is wrong."""


class _Shape(BaseModel):
    """Base of the models: immutable, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SubscriptionRequest(_Shape):
    """A subscription to be created."""

    name: Name = Field(description="for people; any text on one line")
    sink: str = Field(
        min_length=1,
        max_length=2_000,
        description="URL that the alerts are sent to: https and a public host, or loopback if the gateway is there too",
        json_schema_extra=_URL,
    )
    protocol: Literal["HTTP"] = Field(default="HTTP", description="always HTTP")
    filter: AlertFilter = Field(default_factory=AlertFilter, description="which alerts are sent; all if empty")
    ordered: bool = Field(
        default=False,
        strict=True,
        description="true sends each alert only after the one before it has been delivered or given up",
    )
    start: FilterDay | None = Field(
        default=None, description="also send the alerts filed from this day on; only new ones if absent"
    )


class SubscriptionChange(_Shape):
    """Changes to a subscription; fields that are left out stay as they are."""

    name: Name | None = Field(default=None, description="see creation")
    sink: str | None = Field(
        default=None, min_length=1, max_length=2_000, description="see creation", json_schema_extra=_URL
    )
    filter: AlertFilter | None = Field(default=None, description="see creation; for alerts from now on")
    ordered: bool | None = Field(default=None, strict=True, description="see creation")


class Subscription(_Shape):
    """A subscription."""

    id: str = Field(description="identifier, for the other requests")
    name: str = Field(description="for people")
    sink: str = Field(description="URL that the alerts are sent to")
    protocol: Literal["HTTP"] = Field(default="HTTP", description="always HTTP")
    filter: AlertFilter = Field(description="which alerts are sent: the conditions that were given")
    ordered: bool = Field(description="whether each alert waits for the one before it")
    state: SubscriptionState = Field(
        description="active; paused: alerts wait until it is resumed; disabled: alerts are no longer planned"
    )
    reason: str | None = Field(description="why it is disabled")
    created_at: UtcDatetime = Field(description="when it was created")
    failing_since: UtcDatetime | None = Field(description="first failed attempt since the last success")
    quiet_until: UtcDatetime | None = Field(description="the receiver asked for no request before then")
    pending: int = Field(description="deliveries that are not settled yet")

    @field_serializer("filter")
    def _given_conditions(self, wanted: AlertFilter) -> dict[str, Any]:
        return wanted.model_dump(mode="json", exclude_defaults=True)


class CreatedSubscription(Subscription):
    """A new subscription with its secret, which is shown only now."""

    secret: str = Field(description="verifies the signatures (Standard Webhooks); shown once")


class Secret(_Shape):
    """A new secret. The one before it signs too, for a day."""

    secret: str = Field(description="verifies the signatures; shown once")


class Attempt(_Shape):
    """One attempt to deliver."""

    started_at: UtcDatetime = Field(description="when it began")
    duration_ms: int = Field(description="how long it took, in milliseconds")
    status: int | None = Field(description="HTTP status; null if there was no answer")
    error: str | None = Field(description="why there was no answer")
    answer: str | None = Field(description="the first 1,000 bytes of the answer")


class Delivery(_Shape):
    """One alert for one subscription, with the attempts of the last 30 days, newest first."""

    id: str = Field(description="the webhook-id, the same for every attempt")
    alert_id: str = Field(description="the alert that is delivered")
    state: DeliveryState = Field(description="pending, delivered, or failed: given up")
    tries: int = Field(description="failed attempts since it was planned or redelivered")
    due_at: UtcDatetime = Field(description="when the next attempt is due, if it is pending")
    planned_at: UtcDatetime = Field(description="when it was planned")
    settled_at: UtcDatetime | None = Field(description="when it was delivered or given up")
    attempts: tuple[Attempt, ...] = Field(description="attempts, newest first")


class DeliveryPage(_Shape):
    """Some deliveries of a subscription, newest first."""

    items: tuple[Delivery, ...] = Field(description="the deliveries")
    next: int | None = Field(description="`before` of the next page; null at the end")


class SentTest(_Shape):
    """The answer of a receiver to a test."""

    delivered: bool = Field(description="whether it accepted the test: any status from 200 to 299")
    status: int | None = Field(description="HTTP status; null if there was no answer")
    error: str | None = Field(description="why there was no answer")
    answer: str | None = Field(description="the first 1,000 bytes of the answer")
    duration_ms: int = Field(description="how long it took, in milliseconds")


class ReplayRequest(_Shape):
    """A range of days whose alerts are to be sent again."""

    since: FilterDay | None = Field(default=None, description="first day; from the beginning if absent")
    until: FilterDay | None = Field(default=None, description="last day; to the end if absent")


class Replayed(_Shape):
    """How many alerts a replay sends."""

    planned: int = Field(description="alerts that are due now; each keeps its webhook-id")


class SubscriptionList(_Shape):
    """All subscriptions, oldest first."""

    items: tuple[Subscription, ...] = Field(description="the subscriptions")
    next: None = Field(default=None, description="always null: there are no further pages")


class UnknownSubscription(PermanentError):
    """A subscription or a delivery does not exist."""


class TooManySubscriptions(PermanentError):
    """There are as many subscriptions as a gateway serves."""
