"""Sends one webhook over HTTP: to a checked address, without redirects or proxies, and within limits."""

import asyncio
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self

import aiohttp

from services.gateway.webhooks.addresses import AddressGuard, AddressRefused, GuardedResolver, LookUp, system_look_up
from services.gateway.webhooks.retry_schedule import LONGEST_RETRY_AFTER
from services.runtime.retry_after import retry_after_of

TIMEOUT_SECONDS: Final = 10.0
"""For a whole attempt: lookup, connection, request and answer."""
_ANSWER_BYTES: Final = 64 * 1024
"""The most of an answer that is read. After a shorter answer the connection can be used for the next delivery."""
_KEPT_BYTES: Final = 1_000
_USER_AGENT: Final = "insidertape"


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of an attempt. `status` is None, and `error` the reason, if there was no answer.

    `text` is the beginning of the answer, and `retry_after` the pause that it asks for.
    """

    duration: timedelta
    status: int | None = None
    error: str | None = None
    text: str = ""
    retry_after: timedelta | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the receiver has accepted the delivery: any status from 200 to 299."""
        return self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def duration_ms(self) -> int:
        """How long the attempt took, in whole milliseconds."""
        return round(self.duration.total_seconds() * 1_000)

    @property
    def gone(self) -> bool:
        """Whether the receiver wants no more deliveries (410)."""
        return self.status == HTTPStatus.GONE


class WebhookSender:
    """An HTTP client for webhooks. Connections are made only to addresses that the guard allows."""

    def __init__(
        self,
        guard: AddressGuard,
        *,
        timeout: float = TIMEOUT_SECONDS,
        look_up: LookUp = system_look_up,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Make a client that trusts the system's authorities, unless `tls` says otherwise. Times are in seconds."""
        self._guard = guard
        self._timeout = timeout
        self._look_up = look_up
        self._tls = tls or ssl.create_default_context()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the client."""
        connector = aiohttp.TCPConnector(
            resolver=GuardedResolver(self._guard, self._look_up),
            ssl=self._tls,
            use_dns_cache=False,  # each connection is made to addresses that were checked for it
            limit=0,  # the deliverer limits each subscription, so that none takes another's connections
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            connector_owner=True,
            trust_env=False,  # a proxy would dial addresses that nobody has checked
            auto_decompress=False,  # a small answer could unpack to a large one
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": _USER_AGENT},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the client and its connections."""
        if self._session is not None:
            await self._session.close()

    async def post(self, sink: str, headers: dict[str, str], body: bytes, *, now: datetime) -> Answer:
        """Send one request and return what came of it; it raises nothing that a receiver can cause."""
        started = time.monotonic()
        deadline = asyncio.get_running_loop().time() + self._timeout
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._request(sink, headers, body)
        except AddressRefused as refused:
            return Answer(_since(started), error=str(refused))
        except TimeoutError:
            return Answer(_since(started), error=f"no answer within {self._timeout:g} s")
        except (aiohttp.ClientError, OSError, ValueError) as failure:
            return Answer(_since(started), error=_storable(f"{type(failure).__name__}: {failure}".rstrip(": ")))
        text = _storable((await _beginning(response, deadline)).decode("utf-8", "replace"))
        retry_after = retry_after_of(response.headers.get("Retry-After"), now=now, longest=LONGEST_RETRY_AFTER)
        return Answer(_since(started), response.status, text=text, retry_after=retry_after)

    async def _request(self, sink: str, headers: dict[str, str], body: bytes) -> aiohttp.ClientResponse:
        if self._session is None:
            raise RuntimeError("the sender is used outside its context")
        url = self._guard.checked_sink(sink)  # aiohttp asks no resolver about an address given as digits
        return await self._session.post(url, data=body, headers=headers, allow_redirects=False)


async def _beginning(response: aiohttp.ClientResponse, deadline: float) -> bytes:
    """Read an answer up to the limit, and return its first bytes. If reading fails, the status counts all the same."""
    kept, count = b"", 0
    async with response:
        with suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with asyncio.timeout_at(deadline):
                async for chunk in response.content.iter_any():
                    kept, count = (kept + chunk)[:_KEPT_BYTES], count + len(chunk)
                    if count >= _ANSWER_BYTES:
                        break
    return kept


def _storable(text: str) -> str:
    """Return the beginning of a receiver's text without NUL, which PostgreSQL stores in no text."""
    return text[:_KEPT_BYTES].replace("\0", "\ufffd")


def _since(started: float) -> timedelta:
    return timedelta(seconds=time.monotonic() - started)
