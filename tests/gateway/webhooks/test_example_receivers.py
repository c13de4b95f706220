"""The receivers of the examples accept what the gateway signs, once, and nothing else."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from services.gateway.webhooks.delivery_queue import delivery_id
from services.gateway.webhooks.subscription import SubscriptionChange
from tests.gateway.webhooks.bench import WebhookBench, example_alert

CLIENTS = Path(__file__).parents[3] / "contracts/examples/clients"
SALE = "sale-by-family-trust-decreases"


@asynccontextmanager
async def running(program: tuple[str, ...], secret: str) -> AsyncIterator[tuple[str, asyncio.StreamReader]]:
    """Run a receiver on a free port, and provide its address and its output."""
    environment = {**os.environ, "WEBHOOK_SECRET": secret}
    piped, dropped = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*program, "0", env=environment, stdout=piped, stderr=dropped)
    assert process.stdout is not None
    try:
        port = int((await process.stdout.readline()).split()[-1])
        yield f"http://127.0.0.1:{port}/", process.stdout
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize("script", ["webhook_receiver.py", "webhook_receiver.mjs"])
async def test_receiver_of_the_examples_verifies_and_counts_once(bench: WebhookBench, script: str) -> None:
    """Whoever copies it must not accept a forged alert, or process a repetition."""
    program = sys.executable if script.endswith(".py") else shutil.which("node")
    if program is None:
        pytest.skip("Node is not installed")
    subscription = await bench.subscribe("http://127.0.0.1:9/", ordered=True)
    async with running((program, str(CLIENTS / script)), subscription.secret) as (sink, output):
        await bench.subscriptions.change(subscription.id, SubscriptionChange(sink=sink))
        await bench.project(example_alert(1, name=SALE))
        await bench.deliver()
        await bench.log.redeliver(subscription.id, delivery_id(subscription.id, "alert-1"))
        await bench.project(example_alert(2, name=SALE))
        await bench.deliver()
        assert (await bench.subscriptions.test(subscription.id)).status == 204
        printed = [(await output.readline()).decode() for _ in range(2)]
        assert [line.split()[0] for line in printed] == ["alert-1", "alert-2"]
        assert {each.state for each in await bench.deliveries(subscription)} == {"delivered"}
        await bench.subscriptions.rotate(subscription.id)
        assert (await bench.subscriptions.test(subscription.id)).status == 204
        async with aiohttp.ClientSession() as client, client.post(sink, data=b'{"type": "x"}') as unsigned:
            assert unsigned.status == 401
        stranger = await bench.subscribe(sink)
        assert (await bench.subscriptions.test(stranger.id)).status == 401
