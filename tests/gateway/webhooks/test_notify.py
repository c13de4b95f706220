"""People's channels: one message per filing, retried like webhooks, and no address anywhere but in the setting."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from contracts.errors import Misconfigured
from services.gateway.durable_tables import METADATA
from services.gateway.notify import Notifier, NotifyChannel, NotifySettings, channels_of, store_channels
from services.gateway.read_model.read_model import ReadModel
from services.gateway.webhooks.deliverer import Deliverer
from services.gateway.webhooks.outbox import NOTIFY
from services.gateway.webhooks.retry_schedule import DELAYS
from tests.gateway.webhooks.bench import WebhookBench, example_alert
from tests.gateway.webhooks.receivers import Receiver, accepts, answers, receiving

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # Apprise imports it

ORIGIN = "https://tape.example.com"
SALE = "sale-by-family-trust-decreases"


def configured(*channels: dict[str, str]) -> tuple[NotifyChannel, ...]:
    """Return the channels of a setting."""
    return channels_of(NotifySettings(notify=json.dumps(channels)))


def address_of(receiver: Receiver) -> str:
    """Return a receiver's address, as Apprise's JSON channel takes it, with a secret in it."""
    return receiver.url.replace("http://", "json://user:s3cret@").replace("/hook", "/")


async def notifying(bench: WebhookBench, read_model: ReadModel, *channels: dict[str, str]) -> Deliverer:
    """Return a deliverer for these channels, as a start of the gateway makes it."""
    known = configured(*channels)
    await store_channels(bench.database, known, bench.clock.now())
    return Deliverer(bench.queue, {NOTIFY: Notifier(read_model, known, ORIGIN)}, bench.clock, jitter=lambda: 0.0)


async def deliver(deliverer: Deliverer) -> None:
    """Attempt what is due."""
    while await deliverer.start_due():
        await deliverer.idle()


async def test_filing_is_one_message_with_its_sentence_and_a_link(bench: WebhookBench, read_model: ReadModel) -> None:
    """A filing often gives several alerts; nobody needs several messages about one sale."""
    async with receiving() as receiver:
        deliverer = await notifying(bench, read_model, {"address": address_of(receiver), "filter": "side=sell"})
        await bench.project(example_alert(1, name=SALE), example_alert(2, name=SALE), example_alert(3))
        await bench.project(example_alert(4, name=SALE))
        await deliver(deliverer)
    messages = [json.loads(each.body)["message"].splitlines() for each in receiver.received]
    assert all(" sold " in lines[0] for lines in messages)
    assert sorted(lines[-1] for lines in messages) == [f"{ORIGIN}/alerts/alert-1", f"{ORIGIN}/alerts/alert-3"]


async def test_message_that_is_not_accepted_is_sent_again(bench: WebhookBench, read_model: ReadModel) -> None:
    """A chat service fails for minutes, and the message still arrives."""
    async with receiving(answers(500), accepts) as receiver:
        deliverer = await notifying(bench, read_model, {"address": address_of(receiver)})
        await bench.project(example_alert(1, name=SALE))
        await deliver(deliverer)
        bench.clock.advance(DELAYS[0])
        await deliver(deliverer)
    assert len(receiver.received) == 2
    assert (await bench.queue.counts())["active"].pending == 0


async def test_channel_is_the_operators_alone(bench: WebhookBench, read_model: ReadModel) -> None:
    """The API neither shows nor changes it, and the database does not contain its address."""
    async with receiving() as receiver:
        await notifying(bench, read_model, {"address": address_of(receiver)})
    assert await bench.subscriptions.all() == []
    stored: list[Any] = []
    async with bench.database.reading() as connection:
        for table in METADATA.sorted_tables:
            stored += (await connection.execute(select(table))).all()
    assert "s3cret" not in repr(stored)


async def test_channel_that_is_no_longer_configured_gets_nothing(bench: WebhookBench, read_model: ReadModel) -> None:
    """Neither new messages nor those that were pending."""
    async with receiving() as kept, receiving() as dropped:
        await notifying(bench, read_model, {"address": address_of(kept)}, {"address": address_of(dropped)})
        await bench.project(example_alert(1, name=SALE))
        deliverer = await notifying(bench, read_model, {"address": address_of(kept)})
        await deliver(deliverer)
    assert (len(kept.received), dropped.received) == (1, [])


@pytest.mark.parametrize(
    "setting",
    [
        "s3cret://not-json",
        '{"address": "json://s3cret"}',
        '[{"address": "json://s3cret", "filter": "colour=red"}]',
        '[{"address": "json://s3cret", "side": "sell"}]',
        '[{"filter": "s3cret=1"}]',
    ],
)
def test_wrong_setting_is_reported_without_an_address(setting: str) -> None:
    """The message is in the log."""
    with pytest.raises(Misconfigured) as refused:
        channels_of(NotifySettings(notify=setting))
    assert refused.value.message.startswith("INSIDERTAPE_NOTIFY: ")
    assert "json://" not in refused.value.message


async def test_address_that_apprise_does_not_know_is_reported(read_model: ReadModel) -> None:
    """At the start, not at the first alert."""
    with pytest.raises(Misconfigured, match="Apprise does not know it"):
        Notifier(read_model, configured({"address": "nonsense://s3cret"}), ORIGIN)
