"""The one way to EDGAR: within its budget, with a contact's name, and patient when it refuses or fails."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from importlib.metadata import version
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
    refusal,
    refusal_body,
    unpacked,
)

T = TypeVar("T")
_log = structlog.get_logger(__name__)

_CONTACT: Final = re.compile(
    r"[^\x00-\x1f\x7f]{0,200}[^\s\x00-\x1f\x7f@]@[^\s\x00-\x1f\x7f@]{1,200}[^\x00-\x1f\x7f]{0,200}"
)
_CONNECTIONS: Final = 8
_MOST_REDIRECTS: Final = 3
_CHUNK: Final = 64 * 1024
_SLOWEST: Final = 10
"""Times the time-out that a whole answer may take."""
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(slots=True)
class Counts:
    """What has been asked of EDGAR so far: requests, and those of them that it throttled."""

    requests: int = 0
    throttles: int = 0


class EdgarClient:
    """Asks one origin, within the limiter's budget, over few connections that are kept.

    Throttling holds back every task: none asks before the pause is over, then one alone, and the others only when that
    one was answered. `timeout` is seconds of silence, to connect or between two pieces of an answer, after which a
    request has failed.
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
        """Make a client; it connects when it is entered as a context.

        Raises:
            Misconfigured: the contact has no e-mail address, or the URL is no http(s) origin.
        """
        self._origin = _origin_of(base_url)
        self._agent = _agent_of(contact)
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
            auto_decompress=False,  # it takes a gzip that breaks off for a whole one
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=self._traces,
        )
        self._session._retry_connection = False  # noqa: SLF001 - it would ask again by itself, past limiter and count
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(
        self, path: str, read: Callable[[bytes], T], *, most: int, policy: RetryPolicy = retry_policies.REQUEST
    ) -> T:
        """What `read` makes of the content at a path of EDGAR's; what it cannot read is asked for again.

        Raises:
            NotThere: there is nothing, or not yet.
            EdgarUnavailable: it failed so many times.
            TransientError: `read` raised it so many times.
            OversizedRecord: there is more than `most` bytes of it.
        """
        content = await self._tried(path, read, most=most, policy=policy)
        if content is None:
            raise EdgarUnavailable(ErrorCode.EDGAR_FAILS, f"{path} is said to be unchanged, which was not asked")
        return content

    async def get_if_changed(
        self,
        path: str,
        read: Callable[[bytes], T],
        versions: Versions,
        *,
        most: int,
    ) -> T | None:
        """As `get`; None where it is still the version of it that was last read into `versions`."""
        return await self._tried(path, read, most=most, policy=retry_policies.REQUEST, versions=versions)

    def url_of(self, path: str) -> str:
        """The whole address of a path."""
        return str(self._origin.join(URL(path, encoded=True)))

    @asynccontextmanager
    async def stream(self, path: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The content at a path, piece by piece and as it is stored: for what is too large to hold. Tried once.

        Raises:
            NotThere: there is nothing, or not yet.
            EdgarUnavailable: it failed, at the beginning or in the midst.
        """
        async with self._asked(path, {}) as response:
            yield response.content.iter_chunked(_CHUNK)

    async def _tried(
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
        async with self._asked(path, versions.conditions(path) if versions else {}) as response:
            if response.status == HTTPStatus.NOT_MODIFIED:
                return None
            async with asyncio.timeout(_SLOWEST * self._timeout):  # silence is not all that can hold a task up
                content = await unpacked(response.content.iter_chunked(_CHUNK), _encoding_of(response), most=most)
            found = read(content)
            if versions is not None:
                versions.note(path, response.headers)
            return found

    @asynccontextmanager
    async def _asked(self, path: str, headers: dict[str, str]) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer to one request, its redirects within the origin followed; whatever goes wrong is in our tree."""
        try:
            async with self._slots, self._one_at_a_time_while_throttled():
                response = await self._send(path, headers)
                try:
                    await self._settle(response)
                    yield response
                finally:
                    response.release()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            words = f"{type(error).__name__}: {error}".rstrip(": ")
            raise EdgarUnavailable(ErrorCode.EDGAR_UNREACHABLE, words) from error

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
            await self._turn()
            self.counts.requests += 1
            self._instruments.add(EDGAR_REQUESTS, 1)
            response = await self._session.get(url, headers=headers, allow_redirects=False)
            if response.status not in _REDIRECTS:
                return response
            response.release()
            url = self._redirected(url, response.headers.get("Location", ""))
        raise EdgarUnavailable(ErrorCode.EDGAR_REDIRECTS, f"more than {_MOST_REDIRECTS} redirects")

    async def _turn(self) -> None:
        """Wait until no pause is on and it is this request's turn."""
        while True:
            while (wait := self._paused_for()) > timedelta():
                await self._clock.sleep(wait.total_seconds())
            await self._limiter.turn()
            if self._paused_for() <= timedelta():  # else one was begun meanwhile
                return

    def _paused_for(self) -> timedelta:
        """How much of the pause is left: none where it could not be so much, since the clock was set back."""
        left = self._resume_at - self._clock.now() if self._resume_at is not None else timedelta()
        return left if left <= LONGEST_RETRY_AFTER else timedelta()

    def _redirected(self, url: URL, location: str) -> URL:
        """Where a redirect leads: within the origin alone, for elsewhere the budget is unknown, and what is served."""
        try:
            target = url.join(URL(location))
            if target.origin() == self._origin:
                return target
        except ValueError:
            pass
        raise EdgarUnavailable(
            ErrorCode.EDGAR_REDIRECTS, f"redirected to {location[:200]!r}, which is not at {self._origin}"
        )

    async def _settle(self, response: aiohttp.ClientResponse) -> None:
        """Raise what a refusal means, and hold everyone back where it is throttling; else end a pause."""
        if response.status in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}:
            if self._paused_for() <= timedelta():  # else it was sent before the pause was begun
                self._throttles_in_a_row = 0
            return
        body = b""
        with suppress(aiohttp.ClientError, TimeoutError):  # the status says enough
            async with asyncio.timeout(self._timeout):
                body = await refusal_body(response.content.iter_chunked(_CHUNK), _encoding_of(response))
        refused = refusal(response.status, body, response.headers.get("Retry-After"), now=self._clock.now())
        if isinstance(refused, EdgarUnavailable) and refused.throttled:
            self._hold_back(refused)
        raise refused

    def _hold_back(self, refused: EdgarUnavailable) -> None:
        self.counts.throttles += 1
        self._instruments.add(EDGAR_THROTTLES, 1)
        if self._paused_for() > timedelta():  # likewise
            return
        self._throttles_in_a_row += 1
        pause = retry_policies.THROTTLED.delay(self._throttles_in_a_row)
        wait = max(jittered(pause), refused.retry_after or timedelta())
        self._resume_at = self._clock.now() + wait
        _log.warning("edgar_throttles", error=refused.message, pause_seconds=round(wait.total_seconds(), 1))


def _encoding_of(response: aiohttp.ClientResponse) -> str:
    return response.headers.get("Content-Encoding", "").strip().lower()


def _origin_of(base_url: str) -> URL:
    try:
        origin = URL(base_url).origin()
    except ValueError:
        origin = URL()
    if origin.scheme not in {"http", "https"} or URL(base_url).path not in {"", "/"}:
        raise Misconfigured(ErrorCode.WRONG_EDGAR_URL, f"{base_url!r} is no origin such as https://www.sec.gov")
    return origin


def _agent_of(contact: str) -> str:
    if not _CONTACT.fullmatch(contact.strip()) or not contact.isascii():
        raise Misconfigured(
            ErrorCode.NO_CONTACT,
            "EDGAR wants to know whom to ask about a program's requests: give --contact or set "
            "INSIDERTAPE_EDGAR_CONTACT to a name and an e-mail address in ASCII, as in 'Jane Doe jane@example.com'",
        )
    return f"insidertape/{version('insidertape')} {contact.strip()}"
