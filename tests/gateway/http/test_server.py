"""The server under hostile connections: slow, silent, oversized and malformed ones, on raw sockets."""

import asyncio
from contextlib import suppress

import pytest

from contracts.errors import Misconfigured
from services.gateway.http import guard
from services.gateway.http.server import PatientProtocol, listening_socket
from tests.gateway.http.alerts_in_memory import AlertsInMemory
from tests.gateway.serving import PATIENCE, Served, serving

GET = b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def connection(served: Served, sent: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect, and send these bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(served.url.rpartition(":")[2]))
    writer.write(sent)
    await writer.drain()
    return reader, writer


async def answer(served: Served, sent: bytes) -> bytes:
    """Return everything that the server sends until it closes the connection; nothing if it resets it."""
    reader, writer = await connection(served, sent)
    received = b""
    with suppress(ConnectionResetError):
        async with asyncio.timeout(PATIENCE):
            received = await reader.read()
    writer.close()
    return received


async def test_connection_that_sends_no_request_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a thousand silent connections would keep others out forever."""
    monkeypatch.setattr(PatientProtocol, "head_seconds", 0.05)
    async with serving(AlertsInMemory()) as served:
        assert await answer(served, b"") == b""
        assert await answer(served, b"GET / HTTP/1.1\r\nHost: local") == b""


async def test_client_that_reads_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connection would hold memory without end."""
    monkeypatch.setattr(PatientProtocol, "write_seconds", 0.05)
    source = AlertsInMemory()
    async with serving(source) as served:
        reader, writer = await connection(served, GET)
        await reader.readuntil(b"id: ")
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # it is a socket's
        large = {"a": "x" * 500_000}
        async with asyncio.timeout(PATIENCE):
            while not served.gateway.stream.clients:  # noqa: ASYNC110 - the server sets no event
                await asyncio.sleep(0.01)
            while served.gateway.stream.clients:
                source.commit(1, footnotes=large)
                served.gateway.stream.wake()
                await asyncio.sleep(0.01)
        writer.transport.abort()


async def test_head_that_is_too_large_is_refused() -> None:
    """The limit is 16 kB."""
    async with serving(AlertsInMemory()) as served:
        head = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 20_000
        assert (await answer(served, head)).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x00\x01\x02\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00", 400),
        (b"GET / HTTP/9.9\r\nConnection: close\r\n\r\n", 421),  # it names no host
    ],
)
async def test_what_is_not_http_is_refused(sent: bytes, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that speaks TLS, or nothing known."""
    monkeypatch.setattr(PatientProtocol, "head_seconds", 0.05)
    async with serving(AlertsInMemory()) as served:
        assert (await answer(served, sent)).startswith(f"HTTP/1.1 {status} ".encode())
        response = await served.client.get(f"{served.url}/livez")
        assert response.status == 200


@pytest.mark.parametrize("stated", [True, False])
async def test_body_beyond_the_limit_is_refused(stated: bool) -> None:
    """Whether or not its length is stated."""
    async with serving(AlertsInMemory(), http_body_limit=1_024) as served:

        async def parts() -> object:
            for _ in range(5):
                yield b"x" * 500

        body: object = b"x" * 2_500 if stated else parts()
        response = await served.client.post(f"{served.url}/v1/subscriptions", data=body)
        assert (response.status, (await response.json())["code"]) == (413, "body_too_large")


async def test_body_that_does_not_arrive_is_not_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client states a length and sends less."""
    monkeypatch.setattr(guard, "_BODY_SECONDS", 0.05)
    async with serving(AlertsInMemory()) as served:
        sent = b"POST /v1/subscriptions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf"
        assert (await answer(served, sent)).startswith(b"HTTP/1.1 408 ")


async def test_answer_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database hangs; the client should know."""
    monkeypatch.setattr(guard, "_ANSWER_SECONDS", 0.05)
    source = AlertsInMemory()
    async with serving(source) as served:

        async def hang(*_: object) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(AlertsInMemory, "newest", hang)
        response = await served.client.get(f"{served.url}/v1/codes")
        assert (response.status, (await response.json())["code"]) == (503, "request_too_slow")


def test_address_in_use_is_named() -> None:
    """It ends the command before anything starts."""
    with listening_socket("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Misconfigured, match=f"no_gateway_port.*127.0.0.1:{port}"):
            listening_socket("127.0.0.1", port)
