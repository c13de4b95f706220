"""The example clients of the stream, as a reader would start them."""

import asyncio
import contextlib
import json
import re
import shutil
import sys
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.gateway.http.alerts_in_memory import AlertsInMemory
from tests.gateway.read_model.builders import trade
from tests.gateway.serving import PATIENCE, Served, serving

REPOSITORY = Path(__file__).parents[3]
CLIENTS = REPOSITORY / "contracts" / "examples" / "clients"


SALE = trade()
PURCHASE = trade("P", "A")


async def connected(served: Served, count: int) -> None:
    """Wait until so many clients are connected."""
    async with asyncio.timeout(PATIENCE):
        while served.gateway.stream.clients != count:  # noqa: ASYNC110 - a client is another process
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("client", ["stream_client.py", "stream_client.sh"])
async def test_client_resumes_with_nothing_lost_or_twice(client: str, tmp_path: Path) -> None:
    """The gateway ends the stream, commits more, and the client comes back for it."""
    if client.endswith(".sh") and shutil.which("curl") is None:
        pytest.skip("there is no curl")
    program = sys.executable if client.endswith(".py") else "/bin/sh"
    source = AlertsInMemory()
    async with serving(source, stream_ring=5) as served:
        process = await asyncio.create_subprocess_exec(
            program,
            str(CLIENTS / client),
            f"{served.url}/v1/stream",
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            limit=2**20,
        )
        assert process.stdout is not None
        received = []
        try:
            for start in (0, 10):
                await connected(served, 1)
                source.commit(10)
                async with asyncio.timeout(PATIENCE):
                    received += [json.loads(await process.stdout.readline())["alert_id"] for _ in range(10)]
                assert received == [f"alert-{number}" for number in range(1, start + 11)]
                for stream in tuple(served.gateway.stream._clients):
                    stream.end()
                await connected(served, 0)
        finally:
            process.kill()
            await process.wait()


@pytest.fixture
def sales() -> Callable[[str], AsyncGenerator[dict[str, Any], None]]:
    """Return the client that the README shows."""
    subscribing = (REPOSITORY / "README.md").read_text("utf-8").partition("\n## Subscribing\n")[2].partition("\n## ")[0]
    (code,) = re.findall(r"^```python\n(.+?)^```$", subscribing, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {"aiohttp": aiohttp, "asyncio": asyncio, "contextlib": contextlib, "json": json}
    exec(code, names)  # noqa: S102 - a reader would paste it
    shown: Callable[[str], AsyncGenerator[dict[str, Any], None]] = names["sales"]
    return shown


async def test_client_of_the_readme_yields_each_sale(
    sales: Callable[[str], AsyncGenerator[dict[str, Any], None]],
) -> None:
    """It yields nothing else, and resumes with nothing lost or twice after the gateway ended the stream."""
    source = AlertsInMemory()
    received: list[str] = []
    async with serving(source) as served, contextlib.aclosing(sales(f"{served.url}/v1/stream?side=sell")) as yielded:
        for start in (1, 7):
            waiting = asyncio.create_task(anext(yielded))
            await connected(served, 1)
            source.commit(3, trades=[SALE])
            source.commit(1, trades=[PURCHASE])
            source.commit(2, trades=[SALE])
            async with asyncio.timeout(PATIENCE):
                received.append((await waiting)["alert_id"])
                received += [(await anext(yielded))["alert_id"] for _ in range(4)]
            assert received[-5:] == [
                f"alert-{number}" for number in (start, start + 1, start + 2, start + 4, start + 5)
            ]
            for stream in tuple(served.gateway.stream._clients):
                stream.end()
            await connected(served, 0)
    assert len(received) == 10
