"""The live stream: follows the read model, and wakes the connected clients.

Every gateway follows the read model, whether it projects or another one does. Commits of its projector wake it
at once; commits of others are noticed at the next poll.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import structlog

from services.gateway.http.alert_source import PAGE, AlertSource
from services.gateway.http.ring import Ring
from services.gateway.http.stream_client import StreamClient
from services.gateway.settings import GatewaySettings
from services.runtime import metric_names as names
from services.runtime.backoff import Backoff
from services.runtime.engine import Stopped, unless_stopped
from services.runtime.instruments import Instruments

_log = structlog.get_logger(__name__)

_POLL_SECONDS: Final = 0.25
_TICK_SECONDS: Final = 1.0


class Stream:
    """The connected clients and the ring that they are served from. `run` follows the read model until it is stopped.

    `is_valid` returns whether a token that was admitted is still valid.
    """

    def __init__(
        self,
        source: AlertSource,
        settings: GatewaySettings,
        is_valid: Callable[[str | None], Awaitable[bool]],
        instruments: Instruments,
    ) -> None:
        self.source = source
        self.ring = Ring("", 0, settings.stream_ring)
        self.is_open = False
        self._most_clients = settings.stream_clients
        self._most_alerts = settings.stream_ring
        self._ping_seconds = settings.stream_ping
        self._is_valid = is_valid
        self._meter = instruments.meter
        self._health = instruments.service("gateway")
        self._clients: set[StreamClient] = set()
        self._committed = asyncio.Event()

    @property
    def clients(self) -> int:
        """How many clients are connected."""
        return len(self._clients)

    def wake(self) -> None:
        """Look at the read model now: alerts were committed."""
        self._committed.set()

    def admit(self, client: StreamClient) -> bool:
        """Add a client; return False if there are too many, or the stream has not begun or has ended."""
        if not self.is_open or len(self._clients) >= self._most_clients:
            return False
        self._clients.add(client)
        return True

    def leave(self, client: StreamClient) -> None:
        """Remove a client."""
        self._clients.discard(client)

    async def start(self) -> None:
        """Begin after the newest alert of the read model."""
        newest = await self.source.newest()
        self.ring = Ring(newest.generation, newest.seq, self._most_alerts)
        self.is_open = True

    async def run(self, stop: asyncio.Event) -> None:
        """Follow the read model and keep the clients' connections alive until `stop` is set; then end all streams."""
        backoff = Backoff()
        ticking = asyncio.create_task(self._tick())
        try:
            while True:
                try:
                    await unless_stopped(stop, self._follow(backoff))
                except Stopped:
                    return
                except Exception as error:  # noqa: BLE001 - any database's errors; the read model is read again
                    _log.warning("stream_source_failed", error=str(error))
                    self._health.retries(error)
                    await backoff.wait(stop)
        finally:
            self.is_open = False
            ticking.cancel()
            for client in tuple(self._clients):
                client.end()

    async def _follow(self, backoff: Backoff) -> None:
        """Take what is committed, until an error of the read model."""
        while True:
            if not self.is_open:
                await self.start()
            await self._pull()
            backoff.reset()
            self._health.works()
            with suppress(TimeoutError):
                async with asyncio.timeout(_POLL_SECONDS):
                    await self._committed.wait()
            self._committed.clear()

    async def _pull(self) -> None:
        """Take what has been committed since the newest alert of the ring, and wake the clients."""
        while True:
            alerts = await self.source.since(self.ring.newest, PAGE)
            newest = await self.source.newest()
            # The generation is asked afterwards, since the alerts may be of a later one. A newest alert before ours
            # means that the database was replaced by an older copy.
            if newest.generation != self.ring.generation or newest.seq < self.ring.newest:
                self.ring = Ring(newest.generation, newest.seq, self._most_alerts)
                _log.info("stream_reset", generation=newest.generation, seq=newest.seq)
            elif alerts:
                self.ring.append(alerts)
                self._meter.add(names.STREAM_EVENTS, len(alerts))
            else:
                return
            for client in tuple(self._clients):
                client.wake()

    async def _tick(self) -> None:
        """Send comments to silent clients, and end the streams whose token has been revoked."""
        checked_at = time.monotonic()
        while True:
            await asyncio.sleep(min(_TICK_SECONDS, self._ping_seconds))
            now = time.monotonic()
            for client in tuple(self._clients):
                if now - client.sent_at >= self._ping_seconds:
                    client.ping()
            if now - checked_at >= self._ping_seconds:
                checked_at = now
                await self._end_revoked()

    async def _end_revoked(self) -> None:
        for token_id in {client.token_id for client in self._clients}:
            with suppress(Exception):  # the database is away: the next check decides
                if not await self._is_valid(token_id):
                    for client in tuple(self._clients):
                        if client.token_id == token_id:
                            client.end()
