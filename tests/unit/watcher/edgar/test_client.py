"""The client on loopback: it sends its contact, keeps within its rate, and recovers from every kind of failure."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from contracts.errors import Misconfigured, OversizedRecord, TransientError
from services.runtime.backoff import RetryPolicy
from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.limiter import RequestLimiter
from services.watcher.edgar.responses import EdgarUnavailable, NotThere, Versions
from tests.edgar import pages
from tests.edgar.stepping_clock import SteppingClock

NOON = datetime(2025, 3, 10, 16, 0, tzinfo=UTC)
CONTACT = "Jane Doe jane@example.com"
ONCE = RetryPolicy(timedelta(seconds=1), timedelta(minutes=1), attempts=1)
MOST = 10_000
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(*handlers: Handler) -> AsyncIterator[tuple[str, list[web.Request]]]:
    """Serve these responses in turn, the last one repeatedly; yield the origin and the requests received."""
    requests: list[web.Request] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        requests.append(request)
        return await handlers[min(len(requests), len(handlers)) - 1](request)

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", requests
    finally:
        await runner.cleanup()


@asynccontextmanager
async def client_of(*handlers: Handler) -> AsyncIterator[tuple[EdgarClient, SteppingClock, list[web.Request]]]:
    """Yield a client of such a server, its clock, and the requests that the server received."""
    clock = SteppingClock(NOON)
    async with (
        serving(*handlers) as (origin, requests),
        EdgarClient(origin, CONTACT, clock, RequestLimiter(clock), timeout=0.2) as client,
    ):
        yield client, clock, requests


async def succeed(_: web.Request) -> web.Response:
    """Respond with content."""
    return web.Response(body=b"content")


async def throttle(_: web.Request) -> web.Response:
    """Respond as EDGAR does when it throttles."""
    return web.Response(status=403, body=pages.THROTTLED, content_type="text/html")


async def unavailable(_: web.Request) -> web.Response:
    """Respond as a server whose backend is unavailable."""
    return web.Response(status=503, headers={"Retry-After": "90"})


async def hang(_: web.Request) -> web.Response:
    """Wait without responding."""
    await asyncio.Event().wait()
    return web.Response()


async def truncate(request: web.Request) -> web.StreamResponse:
    """Respond with less content than the header announces."""
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b"cont")
    if request.transport is not None:
        request.transport.close()
    return response


async def drop(request: web.Request) -> web.StreamResponse:
    """Close the connection without a response."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def redirecting_to(location: str) -> Handler:
    """Return a handler that redirects to the location."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": location})

    return answer


async def test_every_request_names_the_program_and_its_contact_and_takes_gzip() -> None:
    """The SEC requires this of every client."""
    async with client_of(succeed) as (client, _, requests):
        assert await client.get("/Archives/a", bytes, most=MOST) == b"content"
        assert requests[0].headers["User-Agent"].startswith("insidertape/")
        assert requests[0].headers["User-Agent"].endswith(CONTACT)
        assert requests[0].headers["Accept-Encoding"] == "gzip"
        assert client.counts.requests == 1


async def test_one_connection_serves_many_requests() -> None:
    """One connection per request would cost EDGAR more than the requests."""
    async with client_of(succeed) as (client, _, requests):
        for number in range(5):
            await client.get(f"/{number}", bytes, most=MOST)
        peers = {request.transport.get_extra_info("peername") for request in requests if request.transport}
        assert len(peers) == 1


@pytest.mark.parametrize(
    "bad_response", [unavailable, truncate, drop, hang, redirecting_to("https://elsewhere.example/sorry")]
)
async def test_failed_requests_are_repeated(bad_response: Handler) -> None:
    """Errors, truncated responses, lost or hanging connections and redirects elsewhere are logged and repeated."""
    async with client_of(bad_response, succeed) as (client, clock, requests):
        with capture_logs() as logs:
            assert await client.get("/a", bytes, most=MOST) == b"content"
        assert len(requests) == 2
        assert [line["event"] for line in logs] == ["edgar_request_failed"]
        assert logs[0]["error"]
        assert max(clock.slept) >= 0.5


async def test_retry_after_is_respected() -> None:
    """The next request is not sent before the time that the server gives."""
    async with client_of(unavailable, succeed) as (client, clock, _):
        await client.get("/a", bytes, most=MOST)
        assert clock.now() >= NOON + timedelta(seconds=90)


async def test_unreadable_content_is_requested_again() -> None:
    """An HTML page instead of XML has status 200: only the code that reads it can detect this."""

    def read(content: bytes) -> bytes:
        if b"sorry" in content:
            raise TransientError("no_feed", "no feed")
        return content

    async def sorry(_: web.Request) -> web.Response:
        return web.Response(body=b"<html>sorry</html>", headers={"ETag": '"1"'})

    async with client_of(sorry, succeed) as (client, _, requests):
        assert await client.get_if_changed("/a", read, Versions(), most=MOST) == b"content"
        assert "If-None-Match" not in requests[1].headers, "unreadable content must not count as known"


async def test_after_some_attempts_the_last_error_is_raised() -> None:
    """The filing stays pending, and the caller comes back to it."""
    async with client_of(unavailable) as (client, _, requests):
        with pytest.raises(EdgarUnavailable, match="HTTP 503"):
            await client.get("/a", bytes, most=MOST)
        assert len(requests) == 4


async def test_missing_content_is_not_requested_again() -> None:
    """An index that is not written yet does not appear sooner if it is requested again."""

    async def denied(_: web.Request) -> web.Response:
        return web.Response(status=403, body=pages.ACCESS_DENIED, content_type="application/xml")

    async with client_of(denied) as (client, _, requests):
        with pytest.raises(NotThere):
            await client.get("/a", bytes, most=MOST)
        assert len(requests) == 1
        assert client.counts.throttles == 0


async def test_a_refusal_is_recognized_if_compressed_and_in_chunks() -> None:
    """A client that accepts gzip receives it: a missing index must not be mistaken for throttling."""

    async def denied(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=403, headers={"Content-Encoding": "gzip"})
        await response.prepare(request)
        packed = pages.compressed(pages.ACCESS_DENIED)
        for start in range(0, len(packed), 7):
            await response.write(packed[start : start + 7])
            await asyncio.sleep(0)
        return response

    async with client_of(denied) as (client, _, _):
        with pytest.raises(NotThere):
            await client.get("/a", bytes, most=MOST)
        assert client.counts.throttles == 0


async def test_throttling_stops_all_tasks_and_then_admits_a_single_request() -> None:
    """Fifty tasks must not send fifty requests to a throttling server; once it responds, all are answered."""
    refusals = 3
    async with client_of(*[throttle] * refusals, succeed) as (client, clock, requests):
        await client.get("/first", bytes, most=MOST)
        assert len(requests) == refusals + 1
        assert clock.now() >= NOON + timedelta(seconds=2.5 + 5 + 10), "each pause is twice the last, less its jitter"
        answers = await asyncio.gather(*(client.get(f"/{n}", bytes, most=MOST) for n in range(50)))
        assert answers == [b"content"] * 50
        assert client.counts.throttles == refusals


async def test_during_continued_throttling_requests_become_rarer() -> None:
    """Some of fifty concurrent requests are in flight when the first is refused; each later one waits longer."""
    async with client_of(throttle) as (client, clock, requests):
        results = await asyncio.gather(
            *(client.get(f"/{n}", bytes, most=MOST, policy=ONCE) for n in range(20)), return_exceptions=True
        )
        assert all(isinstance(result, EdgarUnavailable) and result.throttled for result in results)
        assert len(requests) == 20
        assert clock.now() - NOON > timedelta(minutes=20)


async def test_unchanged_content_is_not_transferred_again() -> None:
    """The client sends the version it knows, and the server confirms it."""

    async def versioned(request: web.Request) -> web.Response:
        known = request.headers.get("If-None-Match") == '"1"'
        return web.Response(status=304 if known else 200, body=None if known else b"content", headers={"ETag": '"1"'})

    async with client_of(versioned) as (client, _, requests):
        versions = Versions(most=1)
        assert await client.get_if_changed("/a", bytes, versions, most=MOST) == b"content"
        assert await client.get_if_changed("/a", bytes, versions, most=MOST) is None
        assert await client.get("/a", bytes, most=MOST) == b"content"
        assert await client.get_if_changed("/a", bytes, Versions(), most=MOST) == b"content"
        versions.forget("/a")
        assert await client.get_if_changed("/a", bytes, versions, most=MOST) == b"content"
        assert await client.get_if_changed("/b", bytes, versions, most=MOST) == b"content"
        assert await client.get_if_changed("/a", bytes, versions, most=MOST) == b"content", "one path is remembered"
        assert len(requests) == 7


async def test_a_redirect_within_the_origin_is_followed_and_counted() -> None:
    """Each redirect counts as a request; a circle of redirects ends."""
    async with client_of(redirecting_to("/b"), succeed) as (client, _, requests):
        assert await client.get("/a", bytes, most=MOST) == b"content"
        assert [request.path for request in requests] == ["/a", "/b"]
        assert client.counts.requests == 2
    async with client_of(redirecting_to("/a")) as (client, _, requests):
        with pytest.raises(EdgarUnavailable, match="redirects"):
            await client.get("/a", bytes, most=MOST, policy=ONCE)
        assert len(requests) == 4


@pytest.mark.parametrize("location", ["https://elsewhere.example/", "//elsewhere.example/", "http://[", "ftp://x/"])
async def test_a_redirect_elsewhere_is_not_followed(location: str) -> None:
    """The rate and the contact are meant for EDGAR or its fake; another origin receives neither."""
    async with client_of(redirecting_to(location)) as (client, _, requests):
        with pytest.raises(EdgarUnavailable, match="redirected to"):
            await client.get("/a", bytes, most=MOST, policy=ONCE)
        assert len(requests) == 1


async def test_a_response_over_the_limit_is_not_requested_again() -> None:
    """It would be as large the next time."""
    async with client_of(succeed) as (client, _, requests):
        with pytest.raises(OversizedRecord):
            await client.get("/a", bytes, most=3)
        assert len(requests) == 1


async def test_a_refused_connection_is_a_transient_error() -> None:
    """A refused connection is one of our transient errors."""
    async with serving(succeed) as (origin, _):
        pass
    clock = SteppingClock(NOON)
    async with EdgarClient(origin, CONTACT, clock, RequestLimiter(clock)) as client:
        with pytest.raises(EdgarUnavailable, match="Connect"):
            await client.get("/a", bytes, most=MOST)


async def test_a_stream_is_raw_and_a_lost_connection_is_an_error() -> None:
    """A daily archive is read in pieces; a connection that breaks off is an error, not the end."""
    async with client_of(succeed, truncate) as (client, _, _):
        async with client.stream("/a") as pieces:
            assert b"".join([piece async for piece in pieces]) == b"content"
        with pytest.raises(EdgarUnavailable):  # noqa: PT012 - it breaks off in the middle
            async with client.stream("/a") as pieces:
                async for _ in pieces:
                    pass


@pytest.mark.parametrize("contact", ["", "  ", "Jane Doe", "@", "jane@", "a@b\r\nX-Evil: 1", "jané@example.com"])
def test_a_client_without_a_valid_contact_is_refused(contact: str) -> None:
    """The message says how to give one."""
    clock = SteppingClock(NOON)
    with pytest.raises(Misconfigured, match="INSIDERTAPE_EDGAR_CONTACT"):
        EdgarClient("https://www.sec.gov", contact, clock, RequestLimiter(clock))


@pytest.mark.parametrize("url", ["", "www.sec.gov", "ftp://www.sec.gov", "http://", "https://mirror.example/edgar"])
def test_an_invalid_origin_is_refused(url: str) -> None:
    """A path would be dropped silently, because EDGAR's links are absolute."""
    clock = SteppingClock(NOON)
    with pytest.raises(Misconfigured, match="origin"):
        EdgarClient(url, CONTACT, clock, RequestLimiter(clock))
