"""The gateway in one process: projector, live stream, deliverer and server."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from pathlib import Path
from typing import Final

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured
from services.gateway.http.access import Access
from services.gateway.http.application import create_application
from services.gateway.http.server import allow_connections, serve
from services.gateway.http.state import Gateway
from services.gateway.http.stream import Stream
from services.gateway.http.token_store import TokenStore
from services.gateway.notify import notify_channels
from services.gateway.read_model.projector import Projector
from services.gateway.read_model.read_model import open_read_model
from services.gateway.settings import GatewaySettings
from services.gateway.upgrade_tables import upgrade_tables
from services.gateway.webhooks.addresses import AddressGuard
from services.gateway.webhooks.deliverer import Deliverer
from services.gateway.webhooks.delivery_queue import DeliveryQueue
from services.gateway.webhooks.outbox import Outbox
from services.gateway.webhooks.sender import WebhookSender
from services.gateway.webhooks.subscriptions import Subscriptions
from services.gateway.webhooks.webhook_channel import WebhookChannel
from services.runtime.clock import SystemClock
from services.runtime.engine import Engine, Stopped
from services.runtime.instruments import Instruments

_FILE_NAME: Final = "gateway.sqlite3"
_OWNER_ONLY: Final = 0o600

OpenEngine = Callable[[asyncio.Event], AbstractAsyncContextManager[Engine]]
"""Opens the log. It may wait until there is one; the gateway serves meanwhile. `Stopped` if the event is set first."""

Work = Callable[[asyncio.Event], Awaitable[None]]


def database_url(settings: GatewaySettings, directory: Path) -> str:
    """Return the address of the database: that of the settings, else of a SQLite file in the data directory.

    The file is created for its owner alone, since it holds the secrets of webhooks.

    Raises:
        Misconfigured: the file cannot be created.
    """
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    path = directory / _FILE_NAME
    try:
        directory.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _OWNER_ONLY))
    except OSError as error:
        raise Misconfigured(ErrorCode.UNUSABLE_DATA, f"{path} cannot be written: {error.strerror}") from None
    return f"sqlite+aiosqlite:///{path}"


async def run_gateway(
    open_engine: OpenEngine,
    url: str,
    settings: GatewaySettings,
    listening: socket.socket,
    stop: asyncio.Event,
    *,
    instruments: Instruments,
    origin: str,
    rebuild: bool = False,
) -> None:
    """Serve on a socket that listens already, until `stop` is set. With `rebuild`, forget the read model first.

    `origin` is where people find the pages, for links in notifications.

    Raises:
        Misconfigured: others can reach the gateway and there is no token, or the database cannot be used.
        TakenOver: another gateway uses the same SQLite database.
        FatalError: the log or the database cannot be used.
    """
    clock = SystemClock()
    allow_connections()
    async with AsyncExitStack() as opened:
        read_model = await open_read_model(url)
        opened.push_async_callback(read_model.close)
        database = read_model.database
        await upgrade_tables(database)
        access = Access(settings, TokenStore(database))
        await access.require_protection()
        if rebuild:
            await read_model.rebuild()
        guard = AddressGuard(loopback=access.is_open)
        sender = await opened.enter_async_context(WebhookSender(guard))
        channels = {"HTTP": WebhookChannel(sender), **await notify_channels(read_model, origin, clock.now())}
        deliverer = Deliverer(DeliveryQueue(database), channels, clock, meter=instruments.meter)
        stream = Stream(read_model, settings, access.is_valid, instruments)
        gateway = Gateway(
            read_model=read_model,
            stream=stream,
            subscriptions=Subscriptions(database, guard, sender, clock, on_due=deliverer.wake),
            access=access,
            settings=settings,
            instruments=instruments,
        )

        async def project(halt: asyncio.Event) -> None:
            with suppress(Stopped):
                async with open_engine(halt) as engine:
                    projector = Projector(
                        read_model,
                        engine,
                        in_transaction=(Outbox(clock).plan,),
                        on_commit=(stream.wake, deliverer.wake),
                        catching_up=gateway.catching_up,
                    )
                    await projector.run(halt)

        async def answer(halt: asyncio.Event) -> None:
            await serve(create_application(gateway), listening, halt, connections=settings.http_connections)

        await _run_all((project, stream.run, deliverer.run, answer), stop)


async def _run_all(works: tuple[Work, ...], stop: asyncio.Event) -> None:
    """Run all of them until `stop` is set or one of them ends; then end the others, and raise the first error."""
    halt = asyncio.Event()
    running = [asyncio.ensure_future(work(halt)) for work in works]
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({*running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        halt.set()
        stopping.cancel()
        results = await asyncio.gather(*running, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
