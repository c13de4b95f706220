"""A gateway with its pages in a separate thread, so that tests can drive a browser without a loop."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Coroutine
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final, Self

from services.gateway.gateway_service import run_gateway
from services.gateway.http.server import listening_socket
from services.gateway.read_model.read_model import open_read_model
from services.gateway.settings import GatewaySettings
from services.runtime.engine import Engine
from services.runtime.instruments import Instruments
from services.runtime.port import Output
from tests.gateway.read_model.builders import caught_up, opened_log, until

_SECONDS: Final = 120


class PageServer:
    """Runs a gateway over the log of a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run_loop, daemon=True)
        self._engine: Engine
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(_SECONDS)
        assert self._thread.is_alive()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_SECONDS)

    def publish(self, *outputs: Output) -> None:
        """Publish records, as the pipeline would."""
        self._run(self._engine.publish(outputs))

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(_SECONDS)

    def _run_loop(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        url = f"sqlite+aiosqlite:///{self._directory / 'gateway.sqlite3'}"
        async with opened_log(self._directory) as engine:
            self._engine = engine
            with listening_socket("127.0.0.1", 0) as listening:
                self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
                gateway = run_gateway(
                    lambda _: nullcontext(engine),
                    url,
                    GatewaySettings(),
                    listening,
                    self._stop,
                    instruments=Instruments(),
                    origin=self.url,
                )
                running = asyncio.create_task(gateway)
                read_model = await open_read_model(url)
                await until(lambda: caught_up(read_model, engine), running)
                await read_model.close()
                self._ready.set()
                await running


def run_pipeline(source: Path, directory: Path) -> None:
    """Run the whole pipeline over a directory of filings, as a user would."""
    command = [sys.executable, "-m", "services.cli", "run", "--once", "--quiet", "--source", str(source)]
    subprocess.run([*command, "--data", str(directory)], check=True, capture_output=True, timeout=_SECONDS * 4)
