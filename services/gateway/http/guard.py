"""What every request passes before any route: access, limits, and the headers and errors of every response."""

import asyncio
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.codes import ErrorCode
from services.gateway.http.access import SAFE_METHODS
from services.gateway.http.problems import Problem, problem_of
from services.gateway.http.routes.session import login_redirect
from services.gateway.http.state import Gateway
from services.gateway.http.stream_endpoint import STREAM_PATH, serve_stream
from services.runtime import metric_names as names
from services.runtime.instruments import Meter

_log = structlog.get_logger(__name__)

_BODY_SECONDS: Final = 10.0
_ANSWER_SECONDS: Final = 30.0
"""Time until a response must begin."""

_CONTENT_POLICY: Final = (
    b"default-src 'none'; connect-src 'self'; font-src 'self'; form-action 'self'; img-src 'self' data:; "
    b"script-src 'self'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = (
    (b"content-security-policy", _CONTENT_POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Guard:
    """The outermost application. It serves the stream itself, so that no router's frames stay in memory."""

    def __init__(self, app: ASGIApp, gateway: Gateway) -> None:
        self._app = app
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; see the ASGI specification."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        response = _Response(send, self._gateway.instruments.meter)
        try:
            await self._serve(scope, receive, response)
        except Exception as error:
            problem = problem_of(error)
            if problem.status is HTTPStatus.INTERNAL_SERVER_ERROR:
                _log.exception("request_failed", method=scope["method"], path=scope["path"])
            if response.is_complete:  # the router has answered already
                return
            if response.has_begun:
                raise
            answer = problem.response()
            if problem.status is HTTPStatus.UNAUTHORIZED and _is_page(scope):
                answer = login_redirect(scope["path"], scope["query_string"].decode("latin-1"))
            await answer(scope, receive, response.send)

    async def _serve(self, scope: Scope, receive: Receive, response: "_Response") -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        method, path = scope["method"], scope["path"]
        caller = await self._gateway.access.admit(method, path, headers)
        if path == STREAM_PATH:
            await serve_stream(self._gateway.stream, caller.token_id, headers, scope, receive, response.send)
            return
        if method == "HEAD":  # the server leaves the body out
            scope = {**scope, "method": "GET"}
        scope.setdefault("state", {})["caller"] = caller
        if method not in SAFE_METHODS:
            receive = await _received(receive, headers, self._gateway.settings.http_body_limit)
        try:
            async with asyncio.timeout(_ANSWER_SECONDS) as response.deadline:
                await self._app(scope, receive, response.send)
        except TimeoutError:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                ErrorCode.REQUEST_TOO_SLOW,
                f"there was no answer within {_ANSWER_SECONDS:.0f} s",
                headers={"Retry-After": "5"},
            ) from None
        finally:
            response.deadline = None  # one that is over cannot be rescheduled


def _is_page(scope: Scope) -> bool:
    """Return whether a browser asks for a page, which a person sees."""
    accepted = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return scope["method"] == "GET" and b"text/html" in accepted and not scope["path"].startswith("/v1/")


class _Response:
    """Adds the headers that every response has, and counts it. Its deadline ends when the response begins."""

    __slots__ = ("_meter", "_received_at", "_send", "deadline", "has_begun", "is_complete")

    def __init__(self, send: Send, meter: Meter) -> None:
        self._send = send
        self._meter = meter
        self._received_at = time.monotonic()
        self.has_begun = self.is_complete = False
        self.deadline: asyncio.Timeout | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            if self.deadline is not None:
                self.deadline.reschedule(None)
            self._meter.add(names.HTTP_REQUESTS, 1, status=str(int(message["status"])))
            self._meter.observe(names.HTTP_SECONDS, time.monotonic() - self._received_at)
            present = {name.lower() for name, _ in message.get("headers", ())}
            added = [header for header in _HEADERS if header[0] not in present]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        self.is_complete = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)


async def _received(receive: Receive, headers: Mapping[str, str], limit: int) -> Receive:
    """Return a `receive` that gives the whole body, which is read here.

    Raises:
        Problem: the body is too large, or does not arrive in time.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            more = True
            while more:
                _require_within(max(len(body), _stated_length(headers)), limit)
                message = await receive()
                body += message.get("body", b"")
                more = message.get("more_body", False)
            _require_within(len(body), limit)
    except TimeoutError:
        raise Problem(
            HTTPStatus.REQUEST_TIMEOUT,
            ErrorCode.REQUEST_TOO_SLOW,
            f"the body did not arrive within {_BODY_SECONDS:.0f} s",
            headers={"Connection": "close"},
        ) from None
    whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def received() -> Message:
        return whole.pop() if whole else await receive()

    return received


def _stated_length(headers: Mapping[str, str]) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


def _require_within(length: int, limit: int) -> None:
    if length > limit:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            ErrorCode.BODY_TOO_LARGE,
            f"the body has more than {limit} bytes",
            headers={"Connection": "close"},
        )
