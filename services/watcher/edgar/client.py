"""The HTTP client for EDGAR: rate-limited, identified by a contact, and patient with refusals and failures."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self, TypeVar

import aiohttp
import structlog
from yarl import URL

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured, TransientError
from services.runtime.backoff import RetryPolicy, jittered
from services.runtime.clock import Clock
from services.runtime.instruments import Instruments, ServiceInstruments
from services.runtime.metric_names import EDGAR_REQUESTS, EDGAR_THROTTLES
from services.watcher.edgar import retry_policies
from services.watcher.edgar.limiter import RequestLimiter
from services.watcher.edgar.responses import (
    LONGEST_RETRY_AFTER,
    EdgarUnavailable,
    NotThere,
    Versions,
    decompressed,
    refusal,
    refusal_body,
)
from services.watcher.edgar.user_agent import user_agent

T = TypeVar("T")
_log = structlog.get_logger(__name__)

_CONNECTIONS: Final = 8
_MOST_REDIRECTS: Final = 3
_CHUNK: Final = 64 * 1024
_SLOWEST: Final = 10
"""Limit for reading a whole response, as a multiple of the time-out."""
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(slots=True)
class Counts:
    """Requests to EDGAR so far, and how many of them it throttled."""

    requests: int = 0
    throttles: int = 0


class EdgarClient:
    """Sends requests to one origin, within the limiter's budget, over a few kept-alive connections.

    Throttling pauses every task. After the pause a single request is sent, and the others only when it has succeeded.
    `timeout` is the seconds without data, while connecting or reading, after which a request has failed.
    """

    def __init__(
        self,
        base_url: str,
        contact: str,
        clock: Clock,
        limiter: RequestLimiter,
        *,
        timeout: float = 30.0,
        traces: Sequence[aiohttp.TraceConfig] = (),
        instruments: ServiceInstruments | None = None,
    ) -> None:
        """Create a client; enter its context before use.

        Raises:
            Misconfigured: the contact has no e-mail address, or the URL is not an http(s) origin.
        """
        self._origin = _origin_of(base_url)
        self._agent = user_agent(contact)
        self._clock = clock
        self._limiter = limiter
        self._timeout = timeout
        self._traces = list(traces)
        self._session: aiohttp.ClientSession | None = None
        self._slots = asyncio.Semaphore(_CONNECTIONS)
        self._probe = asyncio.Lock()
        self._throttles_in_a_row = 0
        self._resume_at: datetime | None = None
        self.counts = Counts()
        self._instruments = instruments or Instruments().service("watcher")

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
            headers={"User-Agent": self._agent, "Accept-Encoding": "gzip"},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._timeout, sock_read=self._timeout),
            auto_decompress=False,  # aiohttp does not detect a truncated gzip
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=self._traces,
        )
        self._session._retry_connection = False  # noqa: SLF001 - its own retries bypass limiter and counts
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(
        self, path: str, read: Callable[[bytes], T], *, most: int, policy: RetryPolicy = retry_policies.REQUEST
    ) -> T:
        """Return the content at a path, converted by `read`. If `read` raises TransientError the request is repeated.

        Raises:
            NotThere: it does not exist, or not yet.
            EdgarUnavailable: every attempt failed.
            TransientError: `read` raised it at the last attempt.
            OversizedRecord: it has more than `most` bytes.
        """
        content = await self._get_with_retries(path, read, most=most, policy=policy)
        if content is None:
            raise EdgarUnavailable(ErrorCode.EDGAR_FAILS, f"304 for the unconditional request of {path}")
        return content

    async def get_if_changed(
        self,
        path: str,
        read: Callable[[bytes], T],
        versions: Versions,
        *,
        most: int,
    ) -> T | None:
        """Return the content like `get`; None if its version in `versions` is still current."""
        return await self._get_with_retries(path, read, most=most, policy=retry_policies.REQUEST, versions=versions)

    def url_of(self, path: str) -> str:
        """Return the full URL of a path."""
        return str(self._origin.join(URL(path, encoded=True)))

    @asynccontextmanager
    async def stream(self, path: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Stream the raw content at a path, for files too large to hold in memory. There is one attempt.

        Raises:
            NotThere: it does not exist, or not yet.
            EdgarUnavailable: the request failed, at its start or while streaming.
        """
        async with self._response(path, {}) as response:
            yield response.content.iter_chunked(_CHUNK)

    async def _get_with_retries(
        self, path: str, read: Callable[[bytes], T], *, most: int, policy: RetryPolicy, versions: Versions | None = None
    ) -> T | None:
        failures = throttled = 0
        while True:
            try:
                return await self._read(path, read, versions, most=most)
            except NotThere:
                raise
            except TransientError as error:
                failures += 1
                given_up = policy.gives_up(failures)
                _log.warning(
                    "edgar_request_failed",
                    path=path,
                    code=error.code,
                    error=error.message,
                    failures=failures,
                    given_up=given_up,
                )
                if given_up:
                    raise
                if isinstance(error, EdgarUnavailable) and error.throttled:
                    throttled += 1  # a pause for all requests has already started
                else:
                    asked = error.retry_after if isinstance(error, EdgarUnavailable) else None
                    delay = jittered(policy.delay(failures - throttled))
                    await self._clock.sleep(max(delay, asked or timedelta()).total_seconds())

    async def _read(self, path: str, read: Callable[[bytes], T], versions: Versions | None, *, most: int) -> T | None:
        async with self._response(path, versions.conditions(path) if versions else {}) as response:
            if response.status == HTTPStatus.NOT_MODIFIED:
                return None
            async with asyncio.timeout(_SLOWEST * self._timeout):  # a slow trickle of data never hits the read time-out
                content = await decompressed(response.content.iter_chunked(_CHUNK), _encoding_of(response), most=most)
            found = read(content)
            if versions is not None:
                versions.note(path, response.headers)
            return found

    @asynccontextmanager
    async def _response(self, path: str, headers: dict[str, str]) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send one request, following redirects within the origin; any failure is raised as one of our errors."""
        try:
            async with self._slots, self._one_at_a_time_while_throttled():
                response = await self._send(path, headers)
                try:
                    await self._check_status(response)
                    yield response
                finally:
                    response.release()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            message = f"{type(error).__name__}: {error}".rstrip(": ")
            raise EdgarUnavailable(ErrorCode.EDGAR_UNREACHABLE, message) from error

    @asynccontextmanager
    async def _one_at_a_time_while_throttled(self) -> AsyncIterator[None]:
        if not self._throttles_in_a_row:
            yield
            return
        async with self._probe:
            yield

    async def _send(self, path: str, headers: dict[str, str]) -> aiohttp.ClientResponse:
        if self._session is None:
            raise RuntimeError("the client is used outside its context")
        url = self._origin.join(URL(path, encoded=True))
        for _ in range(_MOST_REDIRECTS + 1):
            await self._wait_for_turn()
            self.counts.requests += 1
            self._instruments.add(EDGAR_REQUESTS, 1)
            response = await self._session.get(url, headers=headers, allow_redirects=False)
            if response.status not in _REDIRECTS:
                return response
            response.release()
            url = self._redirected(url, response.headers.get("Location", ""))
        raise EdgarUnavailable(ErrorCode.EDGAR_REDIRECTS, f"more than {_MOST_REDIRECTS} redirects")

    async def _wait_for_turn(self) -> None:
        """Wait for the end of any pause, and for the limiter."""
        while True:
            while (wait := self._paused_for()) > timedelta():
                await self._clock.sleep(wait.total_seconds())
            await self._limiter.turn()
            if self._paused_for() <= timedelta():  # otherwise a pause started meanwhile
                return

    def _paused_for(self) -> timedelta:
        """Return the rest of the pause; zero if it is impossibly long, since then the clock was set back."""
        left = self._resume_at - self._clock.now() if self._resume_at is not None else timedelta()
        return left if left <= LONGEST_RETRY_AFTER else timedelta()

    def _redirected(self, url: URL, location: str) -> URL:
        """Return the target of a redirect, which must be within the origin: the budget is EDGAR's alone."""
        try:
            target = url.join(URL(location))
            if target.origin() == self._origin:
                return target
        except ValueError:
            pass
        raise EdgarUnavailable(
            ErrorCode.EDGAR_REDIRECTS, f"redirected to {location[:200]!r}, which is not at {self._origin}"
        )

    async def _check_status(self, response: aiohttp.ClientResponse) -> None:
        """Raise the error of a refusal, pausing all tasks if it is throttling; a success ends the pause."""
        if response.status in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}:
            if self._paused_for() <= timedelta():  # otherwise the request was sent before the pause started
                self._throttles_in_a_row = 0
            return
        body = b""
        with suppress(aiohttp.ClientError, TimeoutError):  # the status is enough
            async with asyncio.timeout(self._timeout):
                body = await refusal_body(response.content.iter_chunked(_CHUNK), _encoding_of(response))
        refused = refusal(response.status, body, response.headers.get("Retry-After"), now=self._clock.now())
        if isinstance(refused, EdgarUnavailable) and refused.throttled:
            self._pause(refused)
        raise refused

    def _pause(self, refused: EdgarUnavailable) -> None:
        self.counts.throttles += 1
        self._instruments.add(EDGAR_THROTTLES, 1)
        if self._paused_for() > timedelta():  # a request sent before the pause started
            return
        self._throttles_in_a_row += 1
        pause = retry_policies.THROTTLED.delay(self._throttles_in_a_row)
        wait = max(jittered(pause), refused.retry_after or timedelta())
        self._resume_at = self._clock.now() + wait
        _log.warning("edgar_throttled", error=refused.message, pause_seconds=round(wait.total_seconds(), 1))


def _encoding_of(response: aiohttp.ClientResponse) -> str:
    return response.headers.get("Content-Encoding", "").strip().lower()


def _origin_of(base_url: str) -> URL:
    try:
        origin = URL(base_url).origin()
    except ValueError:
        origin = URL()
    if origin.scheme not in {"http", "https"} or URL(base_url).path not in {"", "/"}:
        raise Misconfigured(ErrorCode.WRONG_EDGAR_URL, f"{base_url!r} is not an origin such as https://www.sec.gov")
    return origin
