"""Webhook receivers on loopback that answer as a test requires, and record what they get."""

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

_CLOSING = web.AppKey("closing", asyncio.Event)

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Received:
    """One request, as it came."""

    headers: dict[str, str]
    body: bytes
    received_at: float = field(default_factory=time.monotonic)

    @property
    def webhook_id(self) -> str:
        """The id of the delivery."""
        return self.headers["webhook-id"]

    @property
    def data(self) -> dict[str, Any]:
        """The alert in the body."""
        content: dict[str, Any] = json.loads(self.body)["data"]
        return content


@dataclass
class Receiver:
    """A receiver that gives each of `replies` once, and then repeats the last one."""

    replies: list[Reply]
    url: str = ""
    received: list[Received] = field(default_factory=list)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Record a request and answer it."""
        body = await request.read()
        names = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(Received(names, body))
        async with self._changed:
            self._changed.notify_all()
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return await reply(request)

    async def has(self, count: int) -> None:
        """Wait until it has received so many requests."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.received) >= count)

    @property
    def ids(self) -> list[str]:
        """The ids of the deliveries received, in order."""
        return [each.webhook_id for each in self.received]


@asynccontextmanager
async def receiving(*replies: Reply, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Run a receiver with these replies; it accepts everything without any."""
    receiver = Receiver(list(replies) or [accepts])
    application = web.Application()
    application[_CLOSING] = closing = asyncio.Event()
    application.router.add_route("*", "/{path:.*}", receiver.handle)
    server = TestServer(application, scheme="https" if tls else "http", host="127.0.0.1")
    await server.start_server(ssl=tls)
    receiver.url = str(server.make_url("/hook"))
    try:
        yield receiver
    finally:
        closing.set()
        await server.close()


async def accepts(_: web.Request) -> web.StreamResponse:
    """Answer 200."""
    return web.Response(text="thanks")


def answers(status: int, text: str = "", **headers: str) -> Reply:
    """Return a reply with this status; underscores in the names of headers stand for hyphens."""

    async def reply(_: web.Request) -> web.StreamResponse:
        return web.Response(
            status=status, text=text, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    return reply


async def never_answers(request: web.Request) -> web.StreamResponse:
    """Keep the sender waiting until it gives up, or the test ends."""
    await request.app[_CLOSING].wait()
    return await breaks_off(request)


class EndlessAnswer:
    """Answers 200, and sends a body that has no end. `sent` counts its bytes."""

    def __init__(self) -> None:
        self.sent = 0

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Send until the connection is closed."""
        response = web.StreamResponse()
        await response.prepare(request)
        with suppress(ConnectionError):
            while True:
                await response.write(b"more " * 10_000)
                self.sent += 50_000
        return response


async def breaks_off(request: web.Request) -> web.StreamResponse:
    """Close the connection without an answer, as a receiver that is killed does."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()
