"""Several feeds and services in one process, until told to stop or until all is done."""

import asyncio
from collections.abc import Sequence
from typing import Final

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
    waiting: list[asyncio.Task[object]] = [asyncio.create_task(stop.wait(), name="stop")]
    if once:
        waiting.append(asyncio.create_task(_drain(engine, feeding, services), name="drain"))
    every: set[asyncio.Task[object]] = {*running, *feeding, *waiting}
    try:
        pending = every
        while not any(task.done() for task in waiting):
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # an error ends the pipeline; a feed that ended does not
    finally:
        halt.set()
        for task in waiting:
            task.cancel()
        results = await asyncio.gather(*running, *feeding, return_exceptions=True)
        await asyncio.gather(*waiting, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def _drain(engine: Engine, feeding: Sequence["asyncio.Task[None]"], services: Sequence[Service]) -> None:
    """Return when the feeds have ended and each service, in order, has processed all that is there."""
    if feeding:
        await asyncio.wait(feeding)  # unlike gather it leaves them alone when it is cancelled: they stop by themselves
    for service in services:
        while not await engine.drained(service):  # noqa: ASYNC110 - members in other processes set no event of ours
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
