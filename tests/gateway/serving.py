"""A gateway on a free port, in the loop of the test."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import aiohttp

from services.gateway.http.access import Access
from services.gateway.http.application import create_application
from services.gateway.http.server import listening_socket, serve
from services.gateway.http.state import Gateway
from services.gateway.http.stream import Stream
from services.gateway.http.tokens import Credential, Scope, StoredToken, new_token
from services.gateway.settings import GatewaySettings
from services.runtime.instruments import Instruments
from services.runtime.prometheus import PrometheusMeter

PATIENCE = 20.0
"""The longest time that a test waits for something that must happen."""


class TokensInMemory:
    """Tokens without a database."""

    def __init__(self) -> None:
        self.stored: dict[str, StoredToken] = {}

    def create(self, scope: Scope) -> Credential:
        """Return a new token."""
        credential, stored = new_token("test", scope, datetime.now(UTC))
        self.stored[stored.id] = stored
        return credential

    async def find(self, token_id: str) -> StoredToken | None:
        """See `Tokens.find`."""
        return self.stored.get(token_id)

    async def exist(self) -> bool:
        """See `Tokens.exist`."""
        return bool(self.stored)


@dataclass
class Served:
    """A gateway that is being served."""

    url: str
    client: aiohttp.ClientSession
    gateway: Gateway
    stop: asyncio.Event

    def stream(self, query: str = "", *, last_id: str | None = None, token: str | None = None) -> "EventStream":
        """Return a stream to be entered."""
        headers = {"Last-Event-ID": last_id} if last_id else {}
        return EventStream(self, query, headers | bearer(token))


@dataclass
class Event:
    """An event of a stream; a comment has only `comment`."""

    id: str | None = None
    event: str | None = None
    data: Any = None
    retry: int | None = None
    comment: str | None = None


class EventStream:
    """A client of the stream, which reads one event at a time."""

    def __init__(self, served: Served, query: str, headers: Mapping[str, str]) -> None:
        self._served = served
        self._request = served.client.get(f"{served.url}/v1/stream?{query}", headers=headers)

    async def __aenter__(self) -> Self:
        self.response = await self._request.__aenter__()
        assert self.response.status == 200, await self.response.text()
        self.greeting = await self.next()
        return self

    async def __aexit__(self, *error: object) -> None:
        self.response.close()

    async def next(self) -> Event:
        """Return the next event.

        Raises:
            EOFError: the stream has ended.
        """
        event = Event()
        async with asyncio.timeout(PATIENCE):
            while (line := (await self.response.content.readline()).decode()) != "\n":
                if not line:
                    raise EOFError
                name, _, value = line.rstrip("\n").partition(": ")
                match name:
                    case "data":
                        event.data = json.loads(value)
                    case "":
                        event.comment = value
                    case "retry":
                        event.retry = int(value)
                    case _:
                        setattr(event, name, value)
        return event

    async def alerts(self, count: int) -> list[str]:
        """Return the ids of the next alerts."""
        found: list[str] = []
        while len(found) < count:
            event = await self.next()
            if event.event is not None:
                found.append(event.data["alert_id"])
        return found

    async def ended(self) -> bool:
        """Wait for the end of the stream."""
        try:
            while True:
                await self.next()
        except EOFError:
            return True


def bearer(token: str | None) -> dict[str, str]:
    """Return the header of a token."""
    return {"Authorization": f"Bearer {token}"} if token else {}


@asynccontextmanager
async def serving(
    source: Any, *, tokens: TokensInMemory | None = None, subscriptions: Any = None, **settings: Any
) -> AsyncIterator[Served]:
    """Serve a gateway over a read model within the context; `settings` are the gateway's."""
    configured = GatewaySettings(**settings)
    access = Access(configured, tokens or TokensInMemory())
    instruments = Instruments(PrometheusMeter())
    stream = Stream(source, configured, access.is_valid, instruments)
    gateway = Gateway(source, stream, subscriptions, access, configured, instruments)
    stop = asyncio.Event()
    await stream.start()
    with listening_socket("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        running = [
            asyncio.create_task(
                serve(create_application(gateway), listening, stop, connections=configured.http_connections)
            ),
            asyncio.create_task(stream.run(stop)),
        ]
        try:
            async with aiohttp.ClientSession() as client:
                yield Served(f"http://127.0.0.1:{port}", client, gateway, stop)
        finally:
            stop.set()
            await asyncio.gather(*running)
