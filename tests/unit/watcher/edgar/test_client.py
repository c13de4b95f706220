"""The client on loopback: it names its contact, keeps within its budget, and comes back from every way to be failed."""

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
    """A server that gives its answers in turn, the last again and again; its origin, and what it was asked."""
    asked: list[web.Request] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request)
        return await handlers[min(len(asked), len(handlers)) - 1](request)

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


@asynccontextmanager
async def asking(*handlers: Handler) -> AsyncIterator[tuple[EdgarClient, SteppingClock, list[web.Request]]]:
    """A client of such a server, its clock, and what the server was asked."""
    clock = SteppingClock(NOON)
    async with (
        serving(*handlers) as (origin, asked),
        EdgarClient(origin, CONTACT, clock, RequestLimiter(clock), timeout=0.2) as client,
    ):
        yield client, clock, asked


async def fine(_: web.Request) -> web.Response:
    """An answer."""
    return web.Response(body=b"content")


async def throttled(_: web.Request) -> web.Response:
    """What EDGAR says to who asks too much."""
    return web.Response(status=403, body=pages.THROTTLED, content_type="text/html")


async def failed(_: web.Request) -> web.Response:
    """What a server says whose own service is away."""
    return web.Response(status=503, headers={"Retry-After": "90"})


async def hung(_: web.Request) -> web.Response:
    """No answer at all."""
    await asyncio.Event().wait()
    return web.Response()


async def cut_off(request: web.Request) -> web.StreamResponse:
    """An answer that says it has more than comes."""
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b"cont")
    if request.transport is not None:
        request.transport.close()
    return response


async def dropped(request: web.Request) -> web.StreamResponse:
    """A connection that is closed without a word."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def redirecting(location: str) -> Handler:
    """An answer that leads elsewhere."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": location})

    return answer


async def test_every_request_names_the_program_and_its_contact_and_takes_gzip() -> None:
    """As EDGAR asks of everyone."""
    async with asking(fine) as (client, _, asked):
        assert await client.get("/Archives/a", bytes, most=MOST) == b"content"
        assert asked[0].headers["User-Agent"].startswith("insidertape/")
        assert asked[0].headers["User-Agent"].endswith(CONTACT)
        assert asked[0].headers["Accept-Encoding"] == "gzip"
        assert client.counts.requests == 1


async def test_one_connection_serves_many_requests() -> None:
    """A connection for each would cost EDGAR more than the requests."""
    async with asking(fine) as (client, _, asked):
        for number in range(5):
            await client.get(f"/{number}", bytes, most=MOST)
        peers = {request.transport.get_extra_info("peername") for request in asked if request.transport}
        assert len(peers) == 1


@pytest.mark.parametrize(
    "bad_response", [failed, cut_off, dropped, hung, redirecting("https://elsewhere.example/sorry")]
)
async def test_whatever_fails_is_tried_again(bad_response: Handler) -> None:
    """A server error, an answer cut off, a connection dropped or hanging, a redirect elsewhere: a line, and again."""
    async with asking(bad_response, fine) as (client, clock, asked):
        with capture_logs() as logs:
            assert await client.get("/a", bytes, most=MOST) == b"content"
        assert len(asked) == 2
        assert [line["event"] for line in logs] == ["edgar_request_failed"]
        assert logs[0]["error"]
        assert max(clock.slept) >= 0.5


async def test_retry_after_is_waited_for() -> None:
    """No sooner than the server asks."""
    async with asking(failed, fine) as (client, clock, _):
        await client.get("/a", bytes, most=MOST)
        assert clock.now() >= NOON + timedelta(seconds=90)


async def test_what_cannot_be_read_is_asked_for_again() -> None:
    """HTML in place of XML comes with status 200: only who reads it can tell."""

    def read(content: bytes) -> bytes:
        if b"sorry" in content:
            raise TransientError("no_feed", "no feed")
        return content

    async def sorry(_: web.Request) -> web.Response:
        return web.Response(body=b"<html>sorry</html>", headers={"ETag": '"1"'})

    async with asking(sorry, fine) as (client, _, asked):
        assert await client.get_if_changed("/a", read, Versions(), most=MOST) == b"content"
        assert "If-None-Match" not in asked[1].headers, "what could not be read must not be taken as known"


async def test_it_gives_up_after_some_tries_and_says_why() -> None:
    """The caller has a ledger: it comes back to it."""
    async with asking(failed) as (client, _, asked):
        with pytest.raises(EdgarUnavailable, match="HTTP 503"):
            await client.get("/a", bytes, most=MOST)
        assert len(asked) == 4


async def test_what_is_not_there_is_not_asked_for_again() -> None:
    """An index that is not written yet appears no sooner for being asked for."""

    async def denied(_: web.Request) -> web.Response:
        return web.Response(status=403, body=pages.ACCESS_DENIED, content_type="application/xml")

    async with asking(denied) as (client, _, asked):
        with pytest.raises(NotThere):
            await client.get("/a", bytes, most=MOST)
        assert len(asked) == 1
        assert client.counts.throttles == 0


async def test_a_refusal_is_understood_packed_as_well_and_in_pieces() -> None:
    """A client that takes gzip gets it: an index that is not written yet must not be taken for throttling."""

    async def denied(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=403, headers={"Content-Encoding": "gzip"})
        await response.prepare(request)
        packed = pages.compressed(pages.ACCESS_DENIED)
        for start in range(0, len(packed), 7):
            await response.write(packed[start : start + 7])
            await asyncio.sleep(0)
        return response

    async with asking(denied) as (client, _, _):
        with pytest.raises(NotThere):
            await client.get("/a", bytes, most=MOST)
        assert client.counts.throttles == 0


async def test_throttling_holds_back_every_task_and_then_lets_one_alone_ask() -> None:
    """Fifty tasks do not make fifty requests of a server that throttles; once it answers, all are answered."""
    refusals = 3
    async with asking(*[throttled] * refusals, fine) as (client, clock, asked):
        await client.get("/first", bytes, most=MOST)
        assert len(asked) == refusals + 1
        assert clock.now() >= NOON + timedelta(seconds=2.5 + 5 + 10), "each pause is twice the last, less its jitter"
        answers = await asyncio.gather(*(client.get(f"/{n}", bytes, most=MOST) for n in range(50)))
        assert answers == [b"content"] * 50
        assert client.counts.throttles == refusals


async def test_a_server_that_goes_on_throttling_is_asked_ever_more_rarely() -> None:
    """Of fifty tasks that ask at once some are under way when the first is refused; each of the rest waits longer."""
    async with asking(throttled) as (client, clock, asked):
        results = await asyncio.gather(
            *(client.get(f"/{n}", bytes, most=MOST, policy=ONCE) for n in range(20)), return_exceptions=True
        )
        assert all(isinstance(result, EdgarUnavailable) and result.throttled for result in results)
        assert len(asked) == 20
        assert clock.now() - NOON > timedelta(minutes=20)


async def test_unchanged_content_is_not_sent_again() -> None:
    """The server is told what is known, and says that it stands."""

    async def versioned(request: web.Request) -> web.Response:
        known = request.headers.get("If-None-Match") == '"1"'
        return web.Response(status=304 if known else 200, body=None if known else b"content", headers={"ETag": '"1"'})

    async with asking(versioned) as (client, _, asked):
        versions = Versions(most=1)
        assert await client.get_if_changed("/a", bytes, versions, most=MOST) == b"content"
        assert await client.get_if_changed("/a", bytes, versions, most=MOST) is None
        assert await client.get("/a", bytes, most=MOST) == b"content"
        assert await client.get_if_changed("/a", bytes, Versions(), most=MOST) == b"content"
        versions.forget("/a")
        assert await client.get_if_changed("/a", bytes, versions, most=MOST) == b"content"
        assert await client.get_if_changed("/b", bytes, versions, most=MOST) == b"content"
        assert await client.get_if_changed("/a", bytes, versions, most=MOST) == b"content", "one path is remembered"
        assert len(asked) == 7


async def test_a_redirect_within_the_origin_is_followed_and_counted() -> None:
    """Each of them is a request of the budget; a circle of them comes to an end."""
    async with asking(redirecting("/b"), fine) as (client, _, asked):
        assert await client.get("/a", bytes, most=MOST) == b"content"
        assert [request.path for request in asked] == ["/a", "/b"]
        assert client.counts.requests == 2
    async with asking(redirecting("/a")) as (client, _, asked):
        with pytest.raises(EdgarUnavailable, match="redirects"):
            await client.get("/a", bytes, most=MOST, policy=ONCE)
        assert len(asked) == 4


@pytest.mark.parametrize("location", ["https://elsewhere.example/", "//elsewhere.example/", "http://[", "ftp://x/"])
async def test_a_redirect_elsewhere_is_not_followed(location: str) -> None:
    """The budget and the contact are EDGAR's, or its stand-in's; another origin gets neither."""
    async with asking(redirecting(location)) as (client, _, asked):
        with pytest.raises(EdgarUnavailable, match="redirected to"):
            await client.get("/a", bytes, most=MOST, policy=ONCE)
        assert len(asked) == 1


async def test_too_large_an_answer_is_refused_for_good() -> None:
    """It would be as large the next time."""
    async with asking(fine) as (client, _, asked):
        with pytest.raises(OversizedRecord):
            await client.get("/a", bytes, most=3)
        assert len(asked) == 1


async def test_nobody_there_is_told_as_such() -> None:
    """A refused connection is of our tree of errors, like all that may be otherwise the next time."""
    async with serving(fine) as (origin, _):
        pass
    clock = SteppingClock(NOON)
    async with EdgarClient(origin, CONTACT, clock, RequestLimiter(clock)) as client:
        with pytest.raises(EdgarUnavailable, match="Connect"):
            await client.get("/a", bytes, most=MOST)


async def test_a_stream_is_given_as_it_is_stored_and_its_end_is_told_from_its_breaking_off() -> None:
    """An archive of a day is read piece by piece; one that breaks off is an error, not an end."""
    async with asking(fine, cut_off) as (client, _, _):
        async with client.stream("/a") as pieces:
            assert b"".join([piece async for piece in pieces]) == b"content"
        with pytest.raises(EdgarUnavailable):  # noqa: PT012 - it breaks off in the midst
            async with client.stream("/a") as pieces:
                async for _ in pieces:
                    pass


@pytest.mark.parametrize("contact", ["", "  ", "Jane Doe", "@", "jane@", "a@b\r\nX-Evil: 1", "jané@example.com"])
def test_without_a_contact_there_is_no_client(contact: str) -> None:
    """The message says how to give one."""
    clock = SteppingClock(NOON)
    with pytest.raises(Misconfigured, match="INSIDERTAPE_EDGAR_CONTACT"):
        EdgarClient("https://www.sec.gov", contact, clock, RequestLimiter(clock))


@pytest.mark.parametrize("url", ["", "www.sec.gov", "ftp://www.sec.gov", "http://", "https://mirror.example/edgar"])
def test_the_origin_must_be_one(url: str) -> None:
    """A path would be dropped without a word, since EDGAR's own are absolute."""
    clock = SteppingClock(NOON)
    with pytest.raises(Misconfigured, match="origin"):
        EdgarClient(url, CONTACT, clock, RequestLimiter(clock))
