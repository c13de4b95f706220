"""Runs several sources and services in one process, until it is stopped or everything is processed."""

import asyncio
from collections.abc import Sequence
from typing import Final

from contracts.errors import TransientError
from services.runtime.engine import Engine
from services.runtime.port import Service, SourceService

_POLL_SECONDS: Final = 0.05


async def run_pipeline(
    engine: Engine,
    sources: Sequence[SourceService],
    services: Sequence[Service],
    stop: asyncio.Event,
    *,
    once: bool = False,
) -> None:
    """Run all of them until `stop` is set or, with `once`, until the sources have ended and every record is processed.

    `services` are in the order in which records flow through them. The first error stops all of them, each after its
    current batch, and is raised.
    """
    halt = asyncio.Event()
    running = [asyncio.create_task(engine.run(service, halt), name=service.name) for service in services]
    publishing = [asyncio.create_task(engine.run_source(source, halt), name=source.name) for source in sources]
    stopping = asyncio.create_task(stop.wait(), name="stop")
    ends: list[asyncio.Task[object]] = [stopping]
    if once:
        ends.append(asyncio.create_task(_catch_up(engine, publishing, services, halt), name="catch up"))
    pending: set[asyncio.Task[object]] = {*running, *publishing, *ends}
    try:
        while not any(task.done() for task in ends):
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # an error ends the pipeline; a source that ended does not
    finally:
        halt.set()
        stopping.cancel()
        results = await asyncio.gather(*running, *publishing, return_exceptions=True)
        await asyncio.gather(*ends, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def _catch_up(
    engine: Engine, publishing: Sequence["asyncio.Task[None]"], services: Sequence[Service], halt: asyncio.Event
) -> None:
    """Return when the sources have ended and each service in turn has processed all its input, or `halt` is set.

    The task is never cancelled: a client that is cancelled while it connects leaves its connection open.
    """
    if publishing:
        await asyncio.wait(publishing)
    for service in services:
        while not halt.is_set() and not await _caught_up(engine, service):  # noqa: ASYNC110 - other processes set no event
            await asyncio.sleep(_POLL_SECONDS)


async def _caught_up(engine: Engine, service: Service) -> bool:
    try:
        return await engine.caught_up(service)
    except TransientError:
        return False  # the services wait for the broker too
