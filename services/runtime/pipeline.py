"""Several feeds and services in one process, until told to stop or until all is done."""

import asyncio
from collections.abc import Sequence
from typing import Final

from contracts.errors import TransientError
from services.runtime.engine import Engine
from services.runtime.port import FeedService, Service

_LOOK_AGAIN_SECONDS: Final = 0.05


async def run_pipeline(
    engine: Engine,
    feeds: Sequence[FeedService],
    services: Sequence[Service],
    stop: asyncio.Event,
    *,
    once: bool = False,
) -> None:
    """Run all of them until `stop` is set, or, with `once`, until the feeds have ended and every record is processed.

    `services` are in the order in which records flow through them. The first error stops all, cleanly, and is raised.
    """
    halt = asyncio.Event()
    running = [asyncio.create_task(engine.run(service, halt), name=service.name) for service in services]
    feeding = [asyncio.create_task(engine.run_feed(feed, halt), name=feed.name) for feed in feeds]
    stopping = asyncio.create_task(stop.wait(), name="stop")
    ends: list[asyncio.Task[object]] = [stopping]
    if once:
        ends.append(asyncio.create_task(_drain(engine, feeding, services, halt), name="drain"))
    pending: set[asyncio.Task[object]] = {*running, *feeding, *ends}
    try:
        while not any(task.done() for task in ends):
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # an error ends the pipeline; a feed that ended does not
    finally:
        halt.set()
        stopping.cancel()
        results = await asyncio.gather(*running, *feeding, return_exceptions=True)
        await asyncio.gather(*ends, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def _drain(
    engine: Engine, feeding: Sequence["asyncio.Task[None]"], services: Sequence[Service], halt: asyncio.Event
) -> None:
    """Return when the feeds have ended and each service, in order, has processed all that is there; or on `halt`.

    It is never cancelled: a client that is cancelled while it connects leaves its connection open.
    """
    if feeding:
        await asyncio.wait(feeding)
    for service in services:
        while not halt.is_set() and not await _drained(engine, service):  # noqa: ASYNC110 - other processes set no event
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def _drained(engine: Engine, service: Service) -> bool:
    try:
        return await engine.drained(service)
    except TransientError:
        return False  # the services wait for the broker too
