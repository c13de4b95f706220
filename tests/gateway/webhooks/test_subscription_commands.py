"""`insidertape subscriptions` against a gateway."""

import asyncio

import pytest

from services.gateway.read_model.read_model import ReadModel
from tests.gateway.serving import Served, TokensInMemory, serving
from tests.gateway.webhooks.bench import WebhookBench, example_alert
from tests.gateway.webhooks.receivers import receiving
from tests.unit.cli.command import insidertape


async def run(served: Served, *words: str) -> tuple[int, str]:
    """Run a command on subscriptions; return its status, and what it prints on both streams."""
    done = await asyncio.to_thread(insidertape, "subscriptions", *words, INSIDERTAPE_GATEWAY_URL=served.url)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("database_server", ["sqlite"], indirect=True)
async def test_subscription_is_managed_from_the_terminal(bench: WebhookBench, served: Served) -> None:
    """From its creation to its removal, without a word of HTTP."""
    async with receiving() as receiver:
        status, printed = await run(served, "add", receiver.url, "--name", "Sales", "--filter", "side=sell")
        assert status == 0
        identity = printed.split()[1]
        assert "whsec_" in printed
        _, listed = await run(served, "list")
        assert all(word in listed for word in (identity, "Sales", "active", "sales", receiver.url))
        assert (await run(served, "test", identity))[1].startswith("accepted: HTTP 200")
        assert await run(served, "pause", identity) == (0, f"{identity} paused.\n")
        await bench.project(example_alert(1, name="sale-by-family-trust-decreases"))
        assert "not attempted yet" in (await run(served, "deliveries", identity))[1]
        assert await run(served, "resume", identity) == (0, f"{identity} resumed.\n")
        await bench.deliver()
        assert '"state": "delivered"' in (await run(served, "deliveries", identity, "--format", "jsonl"))[1]
        assert await run(served, "remove", identity) == (0, f"{identity} removed.\n")
        assert (await run(served, "list"))[1] == "There are no subscriptions.\n"


@pytest.mark.parametrize("database_server", ["sqlite"], indirect=True)
async def test_refusal_of_the_gateway_ends_the_command_with_its_code(served: Served) -> None:
    """The codes are explained by `insidertape explain`."""
    status, printed = await run(served, "add", "https://10.0.0.1/hook")
    assert (status, printed.partition(": ")[2].partition(":")[0]) == (78, "address_refused")
    assert (await run(served, "add", "https://receiver.example/", "--filter", "colour=red"))[0] != 0
    status, printed = await run(served, "pause", "sub_0")
    assert (status, "no_such_subscription" in printed) == (78, True)


@pytest.mark.parametrize("database_server", ["sqlite"], indirect=True)
async def test_missing_gateway_or_token_is_reported(bench: WebhookBench, read_model: ReadModel) -> None:
    """Two different mistakes, with two statuses."""
    public = "https://tape.example.com"
    async with serving(
        read_model, subscriptions=bench.subscriptions, tokens=TokensInMemory(), http_public_url=public
    ) as served:
        status, printed = await run(served, "list")
        assert (status, "token_required" in printed) == (77, True)
    status, printed = await run(served, "list")
    assert (status, "gateway_unreachable" in printed) == (69, True)
