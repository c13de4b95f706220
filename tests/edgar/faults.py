"""Faults of EDGAR and the network, and the times at which they occur."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from aiohttp import web

from tests.edgar import pages
from tests.edgar.fake_edgar import Fault, Respond

BadResponse = Callable[[web.Request, Respond], Awaitable[web.StreamResponse]]
"""Responds badly to one request; may obtain the correct response first."""


def during(begins: datetime, ends: datetime, bad_response: BadResponse) -> Fault:
    """Apply to every request between two times."""

    async def fault(request: web.Request, now: datetime, respond: Respond) -> web.StreamResponse:
        return await (bad_response(request, respond) if begins <= now < ends else respond())

    return fault


def first(times: int, bad_response: BadResponse, *, of: str = "") -> Fault:
    """Apply to the first `times` requests whose path contains `of`."""
    left = times

    async def fault(request: web.Request, _now: datetime, respond: Respond) -> web.StreamResponse:
        nonlocal left
        if of not in request.path_qs or left == 0:
            return await respond()
        left -= 1
        return await bad_response(request, respond)

    return fault


def now_and_then(share: float, bad_responses: Sequence[BadResponse], *, seed: int) -> Fault:
    """Apply one of these at random to the given share of all requests."""
    chance = random.Random(seed)  # noqa: S311 - the same every time

    async def fault(request: web.Request, _now: datetime, respond: Respond) -> web.StreamResponse:
        return await (chance.choice(bad_responses)(request, respond) if chance.random() < share else respond())

    return fault


def refused(status: int, body: bytes = pages.UNAVAILABLE, *, retry_after: str | None = None) -> BadResponse:
    """Respond with a status and an HTML page."""
    headers = {"Retry-After": retry_after} if retry_after is not None else {}

    async def bad_response(_request: web.Request, _respond: Respond) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers=headers, content_type="text/html")

    return bad_response


def redirected(location: str) -> BadResponse:
    """Redirect to another location."""

    async def bad_response(_request: web.Request, _respond: Respond) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": location})

    return bad_response


def replaced(body: bytes) -> BadResponse:
    """Respond with different content and status 200."""

    async def bad_response(_request: web.Request, _respond: Respond) -> web.StreamResponse:
        return web.Response(body=body, content_type="text/html")

    return bad_response


async def cut_short(_request: web.Request, respond: Respond) -> web.StreamResponse:
    """Respond with half of the compressed content, as if it were complete."""
    right = await respond()
    if isinstance(right, web.Response) and isinstance(right.body, bytes):
        right.body = right.body[: len(right.body) // 2]
    return right


async def _half_sent(request: web.Request, respond: Respond) -> web.StreamResponse:
    right = await respond()
    body = right.body if isinstance(right, web.Response) and isinstance(right.body, bytes) else b""
    response = web.StreamResponse(headers={**right.headers, "Content-Length": str(len(body))})
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    return response


async def broken_off(request: web.Request, respond: Respond) -> web.StreamResponse:
    """Send half of the content, then drop the connection."""
    response = await _half_sent(request, respond)
    await gone(request, respond)
    return response


async def stalled(request: web.Request, respond: Respond) -> web.StreamResponse:
    """Send half of the content, then nothing more."""
    await _half_sent(request, respond)
    return await hanging(request, respond)


async def gone(request: web.Request, _respond: Respond) -> web.StreamResponse:
    """Close the connection without a response."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def hanging(_request: web.Request, _respond: Respond) -> web.StreamResponse:
    """Wait without responding."""
    await asyncio.Event().wait()
    raise web.HTTPGatewayTimeout
