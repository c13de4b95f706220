"""What EDGAR and the network do to those who ask: faults for the stand-in, and when they strike."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from aiohttp import web

from tests.edgar import pages
from tests.edgar.fake_edgar import Answer, Fault

Trouble = Callable[[web.Request, Answer], Awaitable[web.StreamResponse]]
"""Answers one request badly; may ask for the right answer first."""


def during(begins: datetime, ends: datetime, trouble: Trouble) -> Fault:
    """Everything asked from one moment to another."""

    async def fault(request: web.Request, now: datetime, answer: Answer) -> web.StreamResponse:
        return await (trouble(request, answer) if begins <= now < ends else answer())

    return fault


def first(times: int, trouble: Trouble, *, of: str = "") -> Fault:
    """The first requests, so many, whose path contains `of`."""
    left = times

    async def fault(request: web.Request, _now: datetime, answer: Answer) -> web.StreamResponse:
        nonlocal left
        if of not in request.path_qs or left == 0:
            return await answer()
        left -= 1
        return await trouble(request, answer)

    return fault


def now_and_then(share: float, troubles: Sequence[Trouble], *, seed: int) -> Fault:
    """That share of all requests, each in one of these ways."""
    chance = random.Random(seed)  # noqa: S311 - the same every time

    async def fault(request: web.Request, _now: datetime, answer: Answer) -> web.StreamResponse:
        return await (chance.choice(troubles)(request, answer) if chance.random() < share else answer())

    return fault


def refused(status: int, body: bytes = pages.UNAVAILABLE, *, retry_after: str | None = None) -> Trouble:
    """A status, with a page for people."""
    headers = {"Retry-After": retry_after} if retry_after is not None else {}

    async def trouble(_request: web.Request, _answer: Answer) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers=headers, content_type="text/html")

    return trouble


def redirected(location: str) -> Trouble:
    """A redirect to elsewhere."""

    async def trouble(_request: web.Request, _answer: Answer) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": location})

    return trouble


def replaced(body: bytes) -> Trouble:
    """Something else in place of what was asked for, and nothing that says so."""

    async def trouble(_request: web.Request, _answer: Answer) -> web.StreamResponse:
        return web.Response(body=body, content_type="text/html")

    return trouble


async def cut_short(_request: web.Request, answer: Answer) -> web.StreamResponse:
    """Half of the compressed content, as if that were all of it."""
    right = await answer()
    if isinstance(right, web.Response) and isinstance(right.body, bytes):
        right.body = right.body[: len(right.body) // 2]
    return right


async def _half_sent(request: web.Request, answer: Answer) -> web.StreamResponse:
    right = await answer()
    body = right.body if isinstance(right, web.Response) and isinstance(right.body, bytes) else b""
    response = web.StreamResponse(headers={**right.headers, "Content-Length": str(len(body))})
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    return response


async def broken_off(request: web.Request, answer: Answer) -> web.StreamResponse:
    """Half of the content, then the connection is gone."""
    response = await _half_sent(request, answer)
    await gone(request, answer)
    return response


async def stalled(request: web.Request, answer: Answer) -> web.StreamResponse:
    """Half of the content, then nothing more for as long as the client waits."""
    await _half_sent(request, answer)
    return await hanging(request, answer)


async def gone(request: web.Request, _answer: Answer) -> web.StreamResponse:
    """The connection is closed without a word."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def hanging(_request: web.Request, _answer: Answer) -> web.StreamResponse:
    """Nothing, for as long as the client waits."""
    await asyncio.Event().wait()
    raise web.HTTPGatewayTimeout
