"""People's channels (chat, e-mail, push): the operator's own addresses, to which the Apprise library sends.

A channel is a subscription that the API does not show. Its messages are planned, sent, retried and logged like
webhooks, one per filing. The database never contains its address, which usually contains a token.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import select, update

from contracts.alert_filter import AlertFilter
from contracts.codec import decode
from contracts.codes import ErrorCode
from contracts.errors import InvalidFilter, Misconfigured
from contracts.structs import HoldingChanged
from services.gateway.durable_tables import subscriptions
from services.gateway.insert_new import insert_new
from services.gateway.read_model.database import Database
from services.gateway.read_model.read_model import ReadModel
from services.gateway.sentences import sentence
from services.gateway.webhooks.deliverer import Channel
from services.gateway.webhooks.delivery_queue import Claimed
from services.gateway.webhooks.outbox import NOTIFY
from services.gateway.webhooks.sender import Answer
from services.gateway.webhooks.subscriptions import delete_subscription
from services.runtime.settings import load
from services.section16.safe_text import printable

_TIMEOUT_SECONDS: Final = 30
_MOST_FOOTNOTES: Final = 3
_LONGEST_FOOTNOTE: Final = 300


class NotifySettings(BaseSettings):
    """The operator's own channels."""

    model_config = SettingsConfigDict(env_prefix="INSIDERTAPE_", frozen=True, extra="ignore")

    notify: SecretStr | None = Field(
        default=None,
        description="people's channels, a JSON list of `address`, as Apprise takes it, and `filter`, as in a page's "
        'address: `[{"address": "ntfys://ntfy.sh/my-topic", "filter": "side=sell&min_value=1000000"}]`',
    )


def _filter_of(query: str) -> AlertFilter:
    try:
        return AlertFilter.from_query(parse_qsl(query, keep_blank_values=True))
    except InvalidFilter as error:
        raise ValueError(error.message) from None


class NotifyChannel(BaseModel):
    """One channel: its address, and which filings it gets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: SecretStr
    filter: Annotated[str, AfterValidator(lambda query: _filter_of(query) and query)] = ""

    @property
    def id(self) -> str:
        """The id of its subscription, which does not reveal the address."""
        return "chn_" + hashlib.sha256(self.address.get_secret_value().encode()).hexdigest()[:24]


def channels_of(settings: NotifySettings) -> tuple[NotifyChannel, ...]:
    """Return the configured channels.

    Raises:
        Misconfigured: the setting is wrong. The message contains no address.
    """
    if settings.notify is None:
        return ()
    try:
        return TypeAdapter(tuple[NotifyChannel, ...]).validate_json(settings.notify.get_secret_value())
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        at = "".join(f"{part}: " for part in fault["loc"])
        raise Misconfigured(ErrorCode.WRONG_SETTING, f"INSIDERTAPE_NOTIFY: {at}{fault['msg']}") from None


async def notify_channels(read_model: ReadModel, origin: str, now: datetime) -> dict[str, Channel]:
    """Return the deliverer's channel for the messages, from the environment; empty without any address.

    Gateways that share a database have the same setting.

    Raises:
        Misconfigured: the setting is wrong.
        TransientError: the database does not answer.
    """
    channels = channels_of(load(NotifySettings))
    notifier = Notifier(read_model, channels, origin) if channels else None
    await store_channels(read_model.database, channels, now)
    return {} if notifier is None else {NOTIFY: notifier}


async def store_channels(database: Database, channels: Sequence[NotifyChannel], now: datetime) -> None:
    """Make the channels the only ones that get messages, from now on. A channel that was disabled starts again."""
    ids = [channel.id for channel in channels]
    async with database.writing() as connection:
        others = select(subscriptions.c.id).where(subscriptions.c.protocol == NOTIFY, subscriptions.c.id.not_in(ids))
        for identity in (await connection.execute(others)).scalars().all():
            await delete_subscription(connection, identity)
        for channel in channels:
            wanted = {"filter": _filter_of(channel.filter).model_dump_json(exclude_defaults=True), "state": "active"}
            row = {"id": channel.id, "name": channel.id, "protocol": NOTIFY, "sink": "", "ordered": False}
            await insert_new(connection, subscriptions, [{**row, **wanted, "created_at": now}], "id")
            await connection.execute(
                update(subscriptions)
                .where(subscriptions.c.id == channel.id)
                .values(**wanted, reason=None, failing_since=None)
            )


class Notifier:
    """Sends deliveries whose protocol is NOTIFY. `origin` is where the gateway's pages are."""

    def __init__(self, read_model: ReadModel, channels: Sequence[NotifyChannel], origin: str) -> None:
        """Prepare the channels.

        Raises:
            Misconfigured: Apprise is not installed, or does not know an address.
        """
        self._read_model = read_model
        self._origin = origin
        self._senders: Mapping[str, Any] = {
            channel.id: _apprise_of(number, channel) for number, channel in enumerate(channels)
        }

    async def send(self, claimed: Claimed, now: datetime) -> Answer:  # noqa: ARG002 - the channel's interface
        """Send the filing's message, and return whether the channel accepted it."""
        started = asyncio.get_running_loop().time()
        text = await self._text(decode(claimed.event, HoldingChanged))
        error: str | None = None
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                if not await self._senders[claimed.subscription_id].async_notify(body=text, body_format="text"):
                    error = "the channel did not accept the message"
        except TimeoutError:
            error = f"no answer within {_TIMEOUT_SECONDS} s"
        duration = timedelta(seconds=asyncio.get_running_loop().time() - started)
        return Answer(duration, error=error) if error else Answer(duration, status=200)

    async def _text(self, alert: HoldingChanged) -> str:
        filing = await self._read_model.filing(alert.filing.filing_id)
        alerts = [decode(event, HoldingChanged) for event in filing.alerts] if filing else [alert]
        return message_of(alert, alerts, self._origin)


def message_of(alert: HoldingChanged, alerts: Sequence[HoldingChanged], origin: str) -> str:
    """Return the message for a filing: its sentence, its evidence, and a link to the page. Pure."""
    footnotes = (
        f"{name}: {printable(text)[:_LONGEST_FOOTNOTE]}"
        for name, text in islice(alert.footnotes.items(), _MOST_FOOTNOTES)
    )
    return "\n".join([sentence(alerts), *footnotes, f"{origin}/alerts/{alert.alert_id}"])


def _apprise_of(number: int, channel: NotifyChannel) -> Any:
    try:
        # Imported here, since most gateways have no channels.
        import apprise  # noqa: PLC0415
    except ImportError:
        raise Misconfigured(
            ErrorCode.NOTIFY_EXTRA_MISSING, "INSIDERTAPE_NOTIFY is set, but Apprise is not installed"
        ) from None
    sender = apprise.Apprise()
    if not sender.add(channel.address.get_secret_value()):
        raise Misconfigured(ErrorCode.WRONG_SETTING, f"INSIDERTAPE_NOTIFY: {number}: address: Apprise does not know it")
    return sender
