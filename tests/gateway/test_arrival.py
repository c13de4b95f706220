"""A filing that is dropped into a watched directory arrives everywhere, as a new user tries it."""

import asyncio
import json
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from tests.gateway.serving import PATIENCE
from tests.gateway.webhooks.receivers import receiving
from tests.unit.cli.command import SAMPLES, Running, running

_FILING: Final = SAMPLES / "2024-05-20-quillmark-vance-form4-purchase-weighted-average-price.xml"


def served(started: ExitStack, source: Path, data: Path, *, beside: bool) -> str:
    """Run pipeline and gateway in one process or, `beside`, in two; return the gateway's address once it is known."""

    def start(*words: str | Path) -> Running:
        return started.enter_context(running(*words))

    run = ("run", "--source", source, "--data", data)
    if beside:
        start(*run)
        printed = start("gateway", "--data", data, "--port", "0").err
    else:
        printed = start(*run, "--web", "--port", "0").out
    return printed.until("See it: ").split()[2]


@pytest.mark.parametrize("beside", [False, True], ids=["one process", "two processes"])
async def test_dropped_filing_reaches_stream_receiver_page_and_feed(tmp_path: Path, *, beside: bool) -> None:
    """All five ways out begin with one file."""
    source = tmp_path / "filings"
    source.mkdir()
    with ExitStack() as started:
        url = await asyncio.to_thread(served, started, source, tmp_path / "data", beside=beside)
        async with receiving() as receiver, aiohttp.ClientSession(url) as client, asyncio.timeout(3 * PATIENCE):
            while (await client.get("/readyz")).status != 200:  # noqa: ASYNC110 - another process, which sets no event
                await asyncio.sleep(0.05)
            subscription = {"name": "all", "sink": receiver.url}
            assert (await client.post("/v1/subscriptions", json=subscription)).status == 201
            async with client.get("/v1/stream") as stream:
                shutil.copy(_FILING, source)
                event = await anext(line async for line in stream.content if line.startswith(b"data: "))
            alert = json.loads(event.removeprefix(b"data: "))
            await receiver.has(1)
            assert receiver.received[0].data["filing"] == alert["filing"]
            for address in ("/", "/alerts.atom"):
                assert alert["owner"]["name"] in await (await client.get(address)).text()
