"""`insidertape gateway` and `run --web`: the gateway over a storage."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import typer

from services.cli.wiring.storage import Storage, open_engine_to_read
from services.gateway.gateway_service import database_url, run_gateway
from services.gateway.http.server import listening_socket
from services.gateway.settings import GatewaySettings
from services.runtime.engine import Engine, Stopped
from services.runtime.instruments import Instruments
from services.runtime.settings import load

_ANY_ADDRESS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - what is looked for, not where to listen


class GatewayRun:
    """A gateway whose address is taken already, so that an address in use ends the command before anything starts."""

    def __init__(
        self, storage: Storage, *, host: str | None = None, port: int | None = None, database: str | None = None
    ) -> None:
        """Take the address; options that are None come from the environment.

        Raises:
            Misconfigured: a setting is wrong, or the address cannot be used.
        """
        given = {"http_host": host, "http_port": port, "database_url": database}
        self._settings = load(GatewaySettings, **{name: value for name, value in given.items() if value is not None})
        self._database = database_url(self._settings, storage.directory)
        self._storage = storage
        self._listening = listening_socket(self._settings.http_host, self._settings.http_port)

    @property
    def url(self) -> str:
        """The address of the page."""
        if self._settings.http_public_url is not None:
            return self._settings.http_public_url
        host, port = self._listening.getsockname()[:2]
        shown = "127.0.0.1" if host in _ANY_ADDRESS else host
        return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"

    async def run(
        self,
        stop: asyncio.Event,
        *,
        instruments: Instruments,
        engine: Engine | None = None,
        rebuild: bool = False,
    ) -> None:
        """Serve until `stop` is set, from an engine that is open already or, without one, from the storage.

        Raises:
            FatalError: the gateway cannot continue.
        """

        @asynccontextmanager
        async def opened(halt: asyncio.Event) -> AsyncIterator[Engine]:
            if engine is not None:
                yield engine
                return
            try:
                async with open_engine_to_read(self._storage, halt, follow=True) as reading:
                    yield reading
            except typer.Exit:  # it was stopped while it waited for data
                raise Stopped from None

        with self._listening:
            await run_gateway(
                opened,
                self._database,
                self._settings,
                self._listening,
                stop,
                instruments=instruments,
                origin=self.url,
                rebuild=rebuild,
            )
