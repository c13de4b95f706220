"""The example clients of the stream, as a reader would start them."""

import asyncio
import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.gateway.http.alerts_in_memory import AlertsInMemory
from tests.gateway.serving import PATIENCE, Served, serving

CLIENTS = Path(__file__).parents[3] / "contracts" / "examples" / "clients"


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
