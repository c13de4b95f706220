"""Deliveries: planned with the alerts, sent as signed CloudEvents, retried on a schedule, and accounted for."""

import asyncio
import json
from datetime import timedelta

import pytest
from aiohttp import web
from sqlalchemy import insert, text
from standardwebhooks import Webhook, WebhookVerificationError
from structlog.testing import capture_logs

from services.gateway.durable_tables import events
from services.gateway.read_model.database import Database
from services.gateway.webhooks.delivery_queue import AT_ONCE, CLAIM, RETENTION, Claimed, DeliveryQueue
from services.gateway.webhooks.retry_schedule import DELAYS, LONGEST_FAILURE
from tests.gateway.postgres import PostgresServer
from tests.gateway.webhooks.bench import WebhookBench, example_alert, webhook_bench
from tests.gateway.webhooks.receivers import (
    EndlessAnswer,
    accepts,
    answers,
    breaks_off,
    never_answers,
    receiving,
)

SALE = "sale-by-family-trust-decreases"
SECOND = timedelta(seconds=1)
MOST_IN_BUFFERS = 32 * 1024 * 1024
"""The most that a receiver can send on loopback while 64 kB are read."""


async def claims_of(queue: DeliveryQueue, bench: WebhookBench) -> list[Claimed]:
    """Claim what is due, as a deliverer without attempts in flight."""
    return [each async for each in queue.claims(bench.clock.now(), {})]


async def test_delivery_is_a_signed_cloud_event_with_the_whole_alert(bench: WebhookBench) -> None:
    """Receivers use the libraries of both specifications, and need no second request for the alert."""
    async with receiving() as receiver:
        subscription = await bench.subscribe(receiver.url)
        alert = example_alert(1)
        await bench.project(alert)
        await bench.deliver()
    (received,) = receiver.received
    verified = Webhook(subscription.secret).verify(received.body, received.headers)
    assert verified == json.loads(received.body)
    assert alert.event in received.body
    assert received.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert {name: verified[name] for name in ("specversion", "type", "source", "subject")} == {
        "specversion": "1.0",
        "type": "insidertape.holding_changed.v1",
        "source": "/insidertape/holdings",
        "subject": verified["data"]["issuer"]["key"],
    }


async def test_only_alerts_that_match_the_filter_are_planned(bench: WebhookBench) -> None:
    """Each subscription has its own filter."""
    async with receiving() as sales, receiving() as purchases:
        await bench.subscribe(sales.url, side="sell")
        await bench.subscribe(purchases.url, side="buy")
        await bench.project(example_alert(1, name=SALE))
        await bench.deliver()
    assert [each.data["alert_id"] for each in sales.received] == ["alert-1"]
    assert purchases.received == []


async def test_alert_projected_again_is_delivered_once(bench: WebhookBench) -> None:
    """A restored database projects again what has been delivered since its backup."""
    async with receiving() as receiver:
        await bench.subscribe(receiver.url)
        await bench.project(example_alert(1))
        await bench.deliver()
        await bench.project(example_alert(1), example_alert(2))
        await bench.deliver()
    assert [each.data["alert_id"] for each in receiver.received] == ["alert-1", "alert-2"]


async def test_projection_that_is_rolled_back_plans_nothing(bench: WebhookBench) -> None:
    """The alert will be projected again, perhaps by another process."""
    async with receiving() as receiver:
        await bench.subscribe(receiver.url)
        async with bench.database.writing() as connection:
            await bench.outbox.plan(connection, [example_alert(1)])
            await connection.rollback()
        assert await bench.deliver() == 0


async def test_rejected_delivery_is_tried_on_the_schedule_and_then_given_up(bench: WebhookBench) -> None:
    """Ten attempts over three days, all with one id, so that the receiver can recognize repetitions."""
    async with receiving(answers(500, "try later")) as receiver:
        subscription = await bench.subscribe(receiver.url)
        await bench.project(example_alert(1))
        await bench.deliver()
        for delay in DELAYS:
            bench.clock.advance(delay - SECOND)
            assert await bench.deliver() == 0
            bench.clock.advance(SECOND)
            assert await bench.deliver() == 1
        bench.clock.advance(max(DELAYS) * 2)
        assert await bench.deliver() == 0
    (delivery,) = await bench.deliveries(subscription)
    assert set(receiver.ids) == {delivery.id}
    assert (delivery.state, len(delivery.attempts)) == ("failed", 10)
    assert {(attempt.status, attempt.answer) for attempt in delivery.attempts} == {(500, "try later")}


async def test_receiver_that_recovers_gets_the_delivery(bench: WebhookBench) -> None:
    """A restart of the receiver loses nothing."""
    async with receiving(breaks_off, answers(503), accepts) as receiver:
        subscription = await bench.subscribe(receiver.url)
        await bench.project(example_alert(1))
        for delay in DELAYS[:3]:
            await bench.deliver()
            bench.clock.advance(delay)
    (delivery,) = await bench.deliveries(subscription)
    assert delivery.state == "delivered"
    assert [attempt.status for attempt in delivery.attempts] == [200, 503, None]
    assert (await bench.subscriptions.get(subscription.id)).failing_since is None


async def test_receiver_that_is_gone_is_disabled_at_once(bench: WebhookBench) -> None:
    """410 means that nobody will read it again. The operator learns of it, and may resume it."""
    async with receiving(answers(410), accepts) as receiver:
        subscription = await bench.subscribe(receiver.url)
        await bench.project(example_alert(1))
        with capture_logs() as logs:
            await bench.deliver()
        await bench.project(example_alert(2))
        bench.clock.advance(timedelta(days=1))
        assert await bench.deliver() == 0
        shown = await bench.subscriptions.get(subscription.id)
        assert (shown.state, shown.reason) == ("disabled", "the receiver answered 410 Gone")
        assert [log["event"] for log in logs if log["log_level"] == "error"] == ["subscription_disabled"]
        await bench.subscriptions.resume(subscription.id)
        await bench.deliver()
    assert [each.data["alert_id"] for each in receiver.received] == ["alert-1", "alert-1"]


async def test_receiver_that_asks_for_a_pause_gets_it(bench: WebhookBench) -> None:
    """`Retry-After` holds for the receiver, not only for the delivery that it answered."""
    async with receiving(answers(429, Retry_After="120"), accepts) as receiver:
        await bench.subscribe(receiver.url)
        await bench.project(example_alert(1))
        await bench.deliver()
        await bench.project(example_alert(2))
        bench.clock.advance(timedelta(seconds=119))
        assert await bench.deliver() == 0
        bench.clock.advance(SECOND)
        assert await bench.deliver() == 2
    assert len(receiver.received) == 3


async def test_subscription_without_success_for_five_days_is_disabled(bench: WebhookBench) -> None:
    """Its receiver is forgotten. Until then each new alert is tried."""
    async with receiving(answers(500)) as receiver:
        subscription = await bench.subscribe(receiver.url)
        for day in range(LONGEST_FAILURE.days):
            await bench.project(example_alert(day))
            await bench.deliver()
            assert (await bench.subscriptions.get(subscription.id)).state == "active"
            bench.clock.advance(timedelta(days=1))
        await bench.deliver()
    shown = await bench.subscriptions.get(subscription.id)
    assert (shown.state, shown.reason) == ("disabled", "no delivery has succeeded for 5 days")


async def test_receiver_that_does_not_answer_times_out(database: Database) -> None:
    """A connection that stays open forever would hold its delivery forever."""
    async with webhook_bench(database, timeout=0.2) as bench, receiving(never_answers) as receiver:
        subscription = await bench.subscribe(receiver.url)
        await bench.project(example_alert(1))
        await bench.deliver()
        (delivery,) = await bench.deliveries(subscription)
    assert [attempt.error for attempt in delivery.attempts] == ["no answer within 0.2 s"]
    assert delivery.state == "pending"


async def test_answer_without_an_end_is_read_to_a_limit(bench: WebhookBench) -> None:
    """The status counts; the body is the receiver's attempt to fill our memory."""
    endless = EndlessAnswer()
    async with receiving(endless) as receiver:
        subscription = await bench.subscribe(receiver.url)
        await bench.project(example_alert(1))
        await bench.deliver()
        (delivery,) = await bench.deliveries(subscription)
    assert delivery.state == "delivered"
    assert len(delivery.attempts[0].answer or "") == 1_000
    assert endless.sent < MOST_IN_BUFFERS


async def test_answer_with_null_characters_is_stored(bench: WebhookBench) -> None:
    """PostgreSQL stores none in a text, and an attempt that cannot be stored would be repeated forever."""
    async with receiving(answers(500, "a\0b")) as receiver:
        subscription = await bench.subscribe(receiver.url)
        await bench.project(example_alert(1))
        await bench.deliver()
        (delivery,) = await bench.deliveries(subscription)
    assert delivery.attempts[0].answer == "a\ufffdb"


async def test_slow_receiver_delays_no_other(bench: WebhookBench) -> None:
    """Its deliveries in flight are few, and each subscription has its own."""
    stop = asyncio.Event()
    async with receiving(never_answers) as slow, receiving() as fast:
        await bench.subscribe(slow.url)
        await bench.subscribe(fast.url)
        running = asyncio.create_task(bench.deliverer.run(stop))
        await bench.project(*map(example_alert, range(20)))
        bench.deliverer.wake()
        await fast.has(20)
        await slow.has(AT_ONCE)
        assert len(slow.received) == AT_ONCE
        stop.set()
    await running


async def test_ordered_subscription_gets_an_alert_after_the_one_before(bench: WebhookBench) -> None:
    """A receiver that keeps state applies the alerts in their order, even while one of them is retried."""
    async with receiving(accepts, answers(500), accepts) as receiver:
        await bench.subscribe(receiver.url, ordered=True)
        await bench.project(*map(example_alert, range(4)))
        await bench.deliver()
        assert [each.data["alert_id"] for each in receiver.received] == ["alert-0", "alert-1"]
        bench.clock.advance(DELAYS[0])
        await bench.deliver()
    order = [each.data["alert_id"] for each in receiver.received]
    assert order == ["alert-0", "alert-1", "alert-1", "alert-2", "alert-3"]


async def test_delivery_of_a_dead_deliverer_is_taken_up_with_the_same_id(bench: WebhookBench) -> None:
    """Nobody releases the claim of a process that was killed."""
    async with receiving() as receiver:
        subscription = await bench.subscribe(receiver.url)
        await bench.project(example_alert(1))
        (claimed,) = await claims_of(bench.queue, bench)
        assert await bench.deliver() == 0
        bench.clock.advance(CLAIM)
        assert await bench.deliver() == 1
        assert receiver.ids == [claimed.id]
    assert [each.state for each in await bench.deliveries(subscription)] == ["delivered"]


async def test_deliverers_share_the_deliveries(bench: WebhookBench) -> None:
    """Several gateways on one database must not each send everything."""
    async with receiving() as receiver:
        await bench.subscribe(receiver.url)
        await bench.project(*map(example_alert, range(30)))
        queues = [DeliveryQueue(bench.database) for _ in range(4)]
        claimed: list[str] = []
        while any(batches := await asyncio.gather(*(claims_of(queue, bench) for queue in queues))):
            claimed += [each.id for batch in batches for each in batch]
    assert len(claimed) == len(set(claimed)) == 30


async def test_removed_subscription_ends_its_deliveries_in_flight(bench: WebhookBench) -> None:
    """The answer arrives for a delivery that no longer exists."""
    async with receiving() as receiver:
        subscription = await bench.subscribe(receiver.url)
        await bench.project(example_alert(1), example_alert(2))
        await bench.deliverer.start_due()
        await bench.subscriptions.remove(subscription.id)
        await bench.deliverer.idle()
        assert await bench.deliver() == 0


async def test_settled_deliveries_are_kept_for_thirty_days(bench: WebhookBench) -> None:
    """Pending ones are kept until they are settled, whatever their age."""
    async with receiving(accepts) as receiver:
        subscription = await bench.subscribe(receiver.url)
        await bench.project(example_alert(1))
        await bench.deliver()
        await bench.subscriptions.pause(subscription.id)
        await bench.project(example_alert(2))
        bench.clock.advance(RETENTION)
        await bench.queue.forget_old(bench.clock.now())
        assert len(await bench.deliveries(subscription)) == 2
        bench.clock.advance(SECOND)
        await bench.queue.forget_old(bench.clock.now())
        assert [each.alert_id for each in await bench.deliveries(subscription)] == ["alert-2"]
        await bench.subscriptions.resume(subscription.id)
        await bench.deliver()
    assert [each.data["alert_id"] for each in receiver.received] == ["alert-1", "alert-2"]


async def test_cleaning_keeps_the_event_of_a_plan_in_progress(bench: WebhookBench) -> None:
    """The cleaner cannot see a delivery that is not committed yet; without its event it could never be sent."""

    async def waits_for_the_plan() -> bool:
        if bench.database.is_sqlite:
            return True  # it has one writer at a time
        async with bench.database.reading() as watching:
            return bool(await watching.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))

    async with receiving() as receiver:
        await bench.subscribe(receiver.url)
        alert = example_alert(1)
        async with bench.database.writing() as connection:
            await connection.execute(insert(events).values(alert_id=alert.alert_id, event=alert.event))
        async with bench.database.writing() as connection:
            await bench.outbox.plan(connection, [alert])
            cleaning = asyncio.create_task(bench.queue.forget_old(bench.clock.now()))
            while not cleaning.done() and not await waits_for_the_plan():
                pass
        await cleaning
        await bench.deliver()
    assert len(receiver.received) == 1


@pytest.mark.parametrize("database_server", ["postgresql"], indirect=True)
async def test_delivery_whose_database_dies_is_sent_again(bench: WebhookBench, postgres: PostgresServer) -> None:
    """Nobody knows that it was accepted. The receiver recognizes it by its id."""

    async def accepts_and_kills_the_database(request: web.Request) -> web.StreamResponse:
        postgres.kill()
        return await accepts(request)

    async with receiving(accepts_and_kills_the_database, accepts) as receiver:
        subscription = await bench.subscribe(receiver.url)
        await bench.project(example_alert(1))
        with capture_logs() as logs:
            await bench.deliverer.start_due()
            await bench.deliverer.idle()
        assert [log["event"] for log in logs] == ["delivery_interrupted"]
        await postgres.start()
        bench.clock.advance(CLAIM)
        await bench.deliver()
        (delivery,) = await bench.deliveries(subscription)
    assert delivery.state == "delivered"
    assert receiver.ids == [delivery.id] * 2


async def test_rotated_secret_signs_beside_the_previous_one_for_a_day(bench: WebhookBench) -> None:
    """The receiver changes its secret when it can."""
    async with receiving() as receiver:
        subscription = await bench.subscribe(receiver.url)
        secret = await bench.subscriptions.rotate(subscription.id)
        await bench.project(example_alert(1))
        await bench.deliver()
        (both,) = receiver.received
        Webhook(subscription.secret).verify(both.body, both.headers)
        Webhook(secret).verify(both.body, both.headers)
        bench.clock.advance(timedelta(days=1))
        await bench.subscriptions.test(subscription.id)
    assert len(receiver.received[1].headers["webhook-signature"].split()) == 1


async def test_changed_body_does_not_verify(bench: WebhookBench) -> None:
    """The signature covers every byte."""
    async with receiving() as receiver:
        subscription = await bench.subscribe(receiver.url)
        await bench.project(example_alert(1))
        await bench.deliver()
    (received,) = receiver.received
    with pytest.raises(WebhookVerificationError):
        Webhook(subscription.secret).verify(received.body.replace(b"alert-1", b"alert-2"), received.headers)
