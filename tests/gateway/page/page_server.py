"""A gateway with its pages in a separate thread, so that tests can drive a browser without a loop."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final, Self

from services.gateway.webhooks.wiring import open_webhooks

from services.gateway.read_model.projector import Projector
from services.gateway.read_model.read_model import open_read_model
from services.runtime.engine import Engine
from services.runtime.instruments import NoMeter
from services.runtime.port import Output
from tests.gateway.read_model.builders import caught_up, opened_log, projecting, until
from tests.gateway.serving import serving

_SECONDS: Final = 120


class PageServer:
    """Serves the pages over the log of a directory, and projects what is published. Deliveries are not sent."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._engine: Engine
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_SECONDS)

    def publish(self, *outputs: Output) -> None:
        """Publish records, as the pipeline would."""
        self._run(self._engine.publish(outputs))

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(_SECONDS)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        read_model = await open_read_model(f"sqlite+aiosqlite:///{self._directory / 'gateway.sqlite3'}")
        async with (
            opened_log(self._directory) as engine,
            open_webhooks(read_model.database, loopback=True, meter=NoMeter()) as webhooks,
            projecting(Projector(read_model, engine)) as task,
        ):
            self._engine = engine
            await until(lambda: caught_up(read_model, engine), task)
            async with serving(read_model, subscriptions=webhooks.subscriptions) as served:
                self.url = served.url
                self._ready.set()
                await self._stop.wait()
        await read_model.close()


def run_pipeline(source: Path, directory: Path) -> None:
    """Run the whole pipeline over a directory of filings, as a user would."""
    command = [sys.executable, "-m", "services.cli", "run", "--once", "--quiet", "--source", str(source)]
    subprocess.run([*command, "--data", str(directory)], check=True, capture_output=True, timeout=_SECONDS * 4)
