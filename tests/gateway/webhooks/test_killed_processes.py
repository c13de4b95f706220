"""Deliverers and receivers that are killed: each alert arrives at least once, and every delivery is accounted for."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from services.gateway.webhooks.delivery_queue import CLAIM
from services.gateway.webhooks.retry_schedule import DELAYS
from services.gateway.webhooks.subscription import SubscriptionChange
from tests.gateway.webhooks.bench import WebhookBench, example_alert
from tests.gateway.webhooks.receivers import receiving

pytestmark = pytest.mark.campaign

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[2]
STATEMENTS = 16
"""Statements of a process that delivers three alerts, until after the settlement of the first."""
STEPS = [
    "before:_claim_of:1",
    "after:_claim_of:1",
    "before:post:2",
    "after:post:1",
    "before:settle:1",
    "after:settle:1",
    "after:settle:2",
    *(f"before:execute:{number}" for number in range(1, STATEMENTS)),
]


async def start(script: str, *arguments: str) -> asyncio.subprocess.Process:
    """Start a script of this folder."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        FOLDER / script,
        *arguments,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )


@pytest.mark.parametrize("step", STEPS)
async def test_deliverer_killed_at_any_step_loses_nothing(bench: WebhookBench, database_url: str, step: str) -> None:
    """Its successor sends what has no settlement, with the same id, so that the receiver can drop repetitions."""
    async with receiving() as receiver:
        subscription = await bench.subscribe(receiver.url)
        await bench.project(*map(example_alert, range(3)))
        killed = await start("deliverer_process.py", database_url, step)
        assert await killed.wait() == -signal.SIGKILL
        bench.clock.advance(2 * CLAIM)
        await bench.deliver()
    deliveries = await bench.deliveries(subscription)
    assert [each.state for each in deliveries] == ["delivered"] * 3
    assert set(receiver.ids) == {each.id for each in deliveries}
    assert len(receiver.ids) <= 6  # at most the three that were in flight come twice


async def test_receiver_killed_before_its_answer_gets_the_delivery_again(bench: WebhookBench) -> None:
    """The gateway cannot know whether the receiver had stored it."""
    mortal = await start("receiver_process.py")
    assert mortal.stdout is not None
    port = int(await mortal.stdout.readline())
    subscription = await bench.subscribe(f"http://127.0.0.1:{port}/hook")
    await bench.project(example_alert(1))
    await bench.deliver()
    assert await mortal.wait() == -signal.SIGKILL
    async with receiving() as successor:
        await bench.subscriptions.change(subscription.id, SubscriptionChange(sink=successor.url))
        bench.clock.advance(DELAYS[0])
        await bench.deliver()
    (delivery,) = await bench.deliveries(subscription)
    assert successor.ids == [delivery.id]
    assert [attempt.status for attempt in delivery.attempts] == [200, None]
