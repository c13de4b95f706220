"""One connected stream: where it is, what it wants, and what it has been sent."""

import asyncio
import random
import time
from typing import TYPE_CHECKING, Final

import structlog
from starlette.types import Receive, Send

from contracts.alert_filter import AlertFilter
from services.gateway.http.alert_source import PAGE
from services.gateway.http.ring import frames

if TYPE_CHECKING:
    from services.gateway.http.stream import Stream

_log = structlog.get_logger(__name__)

_RETRY_MS: Final = (1_000, 4_000)
"""Each client reconnects after another delay, so that not all of them do at once."""


class StreamClient:
    """Sends what is new after `position`, in a task that lives only while there is something to send.

    An idle client costs one task, which waits for the end of the connection. A client that was behind the ring when it
    connected is first served from the read model. One that falls behind it later is too slow; its stream ends, and it
    resumes by its last event id.
    """

    __slots__ = (
        "_is_live",
        "_ring",
        "_send_message",
        "_sending",
        "_stream",
        "_wanted",
        "position",
        "sent_at",
        "token_id",
    )

    def __init__(self, stream: "Stream", send: Send, wanted: AlertFilter, token_id: str | None) -> None:
        self._stream = stream
        self._ring = stream.ring
        self._send_message = send
        self._wanted = wanted
        self._sending: asyncio.Task[None] | None = None
        self._is_live = False
        self.token_id = token_id
        self.position = self._ring.newest
        self.sent_at = time.monotonic()

    async def serve(self, receive: Receive, last_id: tuple[str, int] | None) -> None:
        """Serve the stream until the client leaves or is ended. `last_id` is what it has, as generation and seq."""
        reset = False
        if last_id is not None:
            generation, seq = last_id
            reset = generation != self._ring.generation or seq > self._ring.newest
            self.position = self._ring.newest if reset else seq
        greeting = b"retry: %d\n" % random.randint(*_RETRY_MS)  # noqa: S311 - jitter
        self._start(greeting + (self._reset_frame() if reset else self._id()))
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self._stream.leave(self)
            if self._sending is not None:
                self._sending.cancel()

    def wake(self) -> None:
        """Send what is new."""
        self._start(b"")

    def ping(self) -> None:
        """Send a comment, so that both sides notice a broken connection, with the id up to which nothing was missed."""
        self._start(b": ping\n" + self._id())

    def end(self) -> None:
        """End the stream once what is being sent has been sent."""
        if self._sending is not None and not self._sending.done():
            self._sending.add_done_callback(lambda _: self._start(None))
        else:
            self._start(None)

    def _start(self, first: bytes | None) -> None:
        """Send `first` and what is new, or with None the end, unless that is being done already."""
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_all(first))

    async def _send_all(self, first: bytes | None) -> None:
        try:
            if first is None:
                await self._finish()
                return
            await self._send(first)
            while (chunk := await self._next()) is not None:
                await self._send(chunk)
        except Exception as error:  # noqa: BLE001 - the database is away: the client resumes when it is back
            _log.warning("stream_failed", error=str(error))
            await self._finish()

    async def _next(self) -> bytes | None:
        """Return the next bytes, empty if the filter takes none of the next alerts; None if nothing is new."""
        if self._ring is not self._stream.ring:
            self._ring = self._stream.ring
            self.position = self._ring.newest
            return self._reset_frame()
        if self.position < self._ring.floor:
            return await self._stored()
        self._is_live = True
        chunk, position = self._ring.after(self.position, self._wanted)
        if position == self.position:
            return None
        self.position = position
        return chunk

    async def _stored(self) -> bytes | None:
        """Return the next alerts from the read model; None if they may be of another generation, or it is too slow."""
        if self._is_live:
            await self._finish()
            return None
        alerts = await self._stream.source.since(self.position, PAGE)
        newest = await self._stream.source.newest()
        if not alerts or newest.generation != self._ring.generation:
            return None  # the stream notices the new generation, and wakes its clients
        self.position = alerts[-1].seq
        return frames(self._ring.generation, alerts, self._wanted)

    async def _send(self, chunk: bytes) -> None:
        if chunk:
            self.sent_at = time.monotonic()
            await self._send_message({"type": "http.response.body", "body": chunk, "more_body": True})

    async def _finish(self) -> None:
        self._stream.leave(self)
        await self._send_message({"type": "http.response.body", "body": b"", "more_body": False})

    def _id(self) -> bytes:
        return b"id: %b.%d\n\n" % (self._ring.generation.encode(), self.position)

    def _reset_frame(self) -> bytes:
        generation, seq = self._ring.generation.encode(), self.position
        data = b'{"generation":"%b","seq":%d}' % (generation, seq)
        return b"id: %b.%d\nevent: reset\ndata: %b\n\n" % (generation, seq, data)
