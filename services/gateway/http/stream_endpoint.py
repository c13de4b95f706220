"""`GET /v1/stream`: server-sent events, as a plain ASGI response."""

import random
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from starlette.types import Message, Receive, Scope, Send

from contracts.alert_filter import AlertFilter
from contracts.codes import ErrorCode
from services.gateway.http.cursors import parse_cursor
from services.gateway.http.problems import Problem
from services.gateway.http.stream import Stream
from services.gateway.http.stream_client import StreamClient

STREAM_PATH: Final = "/v1/stream"
AFTER: Final = "after"
"""Query parameter for clients that cannot send `Last-Event-ID` with their first request, such as a page's."""

_METHODS: Final = ("GET", "HEAD")
_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # so that nginx sends each event at once
)
_RETRY_AFTER_SECONDS: Final = (5, 30)


async def serve_stream(
    stream: Stream, token_id: str | None, headers: Mapping[str, str], scope: Scope, receive: Receive, send: Send
) -> None:
    """Serve one client until it leaves; answer HEAD with the headers alone.

    Raises:
        Problem: the method, the filter or the id is wrong, or there are too many clients.
    """
    if scope["method"] not in _METHODS:
        raise Problem(
            HTTPStatus.METHOD_NOT_ALLOWED,
            ErrorCode.WRONG_METHOD,
            f"{scope['method']} {STREAM_PATH}: Method Not Allowed",
            headers={"Allow": ", ".join(_METHODS)},
        )
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    wanted = AlertFilter.from_query(pair for pair in pairs if pair[0] != AFTER)
    last_id = headers.get("last-event-id") or dict(pairs).get(AFTER)
    position = parse_cursor(last_id) if last_id else None
    start: Message = {"type": "http.response.start", "status": HTTPStatus.OK, "headers": list(_HEADERS)}
    if scope["method"] == "HEAD":
        await send(start)
        await send({"type": "http.response.body"})
        return
    client = StreamClient(stream, send, wanted, token_id)
    if not stream.admit(client):
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            ErrorCode.TOO_MANY_STREAMS,
            "no further stream is accepted at the moment",
            headers={"Retry-After": str(random.randint(*_RETRY_AFTER_SECONDS))},  # noqa: S311 - jitter
        )
    await send(start)
    await client.serve(receive, position)
