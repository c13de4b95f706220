"""Several sources and services in one process: the first error or a stop ends all, and `once` ends them when done."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from contracts.errors import Misconfigured
from contracts.topics import WATCHER_CURSOR
from services.runtime.pipeline import run_pipeline
from services.runtime.port import Service, Source, SourceService
from tests.unit.runtime.builders import NUMBERS, Doubling, service

Work = Callable[[asyncio.Event], Awaitable[None]]


async def until_stopped(stop: asyncio.Event) -> None:
    """Run until stopped."""
    await stop.wait()


async def end_at_once(_stop: asyncio.Event) -> None:
    """End at once."""


async def fail(_stop: asyncio.Event) -> None:
    """Fail with an error."""
    raise Misconfigured("wrong", "something is")


class FakeEngine:
    """Runs the work that a test gives for each name, and records how each ended."""

    def __init__(self, works: dict[str, Work], left: dict[str, int] | None = None) -> None:
        self._works = works
        self._left = left or {}
        self.ended: dict[str, str] = {}
        self.asked: list[str] = []

    async def run(self, service: Service | SourceService, stop: asyncio.Event) -> None:
        """Run the work with the service's name."""
        self.ended[service.name] = "cancelled"
        try:
            await self._works[service.name](stop)
        except Exception:
            self.ended[service.name] = "failed"
            raise
        self.ended[service.name] = "ended"

    run_source = run

    async def caught_up(self, service: Service) -> bool:
        """Return whether the service was asked as many times as the test requires."""
        self.asked.append(service.name)
        self._left[service.name] = self._left.get(service.name, 0) - 1
        return self._left[service.name] < 0


def never_opened() -> Source:
    """Fail the test: the fake engine does not open sources."""
    raise AssertionError


def source(name: str) -> SourceService:
    """Return a source with this name; the fake engine never opens it."""
    return SourceService(name, cursor=WATCHER_CURSOR, cursor_key="k", output_topics=(NUMBERS,), source=never_opened)


async def run(engine: FakeEngine, stop: asyncio.Event | None = None, *, once: bool = False) -> None:
    """Run a pipeline with the engine's works: names that begin with `source` are sources."""
    names = list(engine._works)
    async with asyncio.timeout(30):
        await run_pipeline(
            engine,  # type: ignore[arg-type]  # has what a pipeline asks of it
            [source(name) for name in names if name.startswith("source")],
            [service(Doubling(), name) for name in names if not name.startswith("source")],
            stop or asyncio.Event(),
            once=once,
        )


@pytest.mark.parametrize("once", [False, True])
@pytest.mark.parametrize("culprit", ["source", "first", "second"])
async def test_the_first_error_stops_all_the_others_and_is_raised(culprit: str, *, once: bool) -> None:
    """They are stopped, not cancelled, and the error is reported."""
    works = dict.fromkeys(("source", "source too", "first", "second"), until_stopped)
    engine = FakeEngine(works | {culprit: fail})
    with pytest.raises(Misconfigured, match="something is"):
        await run(engine, once=once)
    assert engine.ended == dict.fromkeys(works, "ended") | {culprit: "failed"}


@pytest.mark.parametrize("once", [False, True])
async def test_a_stop_ends_everything_cleanly(*, once: bool) -> None:
    """Sources and services end by themselves, even with `once`: none is cancelled."""
    stop = asyncio.Event()

    async def stops(halt: asyncio.Event) -> None:
        stop.set()
        await halt.wait()

    engine = FakeEngine({"source": until_stopped, "source too": until_stopped, "service": stops})
    await run(engine, stop, once=once)
    assert set(engine.ended.values()) == {"ended"}


async def test_an_error_while_stopping_is_raised() -> None:
    """An error in the last batch must not be lost."""
    stop = asyncio.Event()
    stop.set()

    async def fails_at_the_end(halt: asyncio.Event) -> None:
        await halt.wait()
        raise Misconfigured("late", "at the very end")

    with pytest.raises(Misconfigured, match="at the very end"):
        await run(FakeEngine({"first": until_stopped, "second": fails_at_the_end}), stop)


async def test_a_source_that_ends_does_not_end_the_pipeline() -> None:
    """Without `once` the services continue: other processes may publish."""
    stop, sources_done = asyncio.Event(), asyncio.Event()

    async def ends(_halt: asyncio.Event) -> None:
        sources_done.set()

    engine = FakeEngine({"source": ends, "service": until_stopped})
    running = asyncio.create_task(run(engine, stop))
    await sources_done.wait()
    await asyncio.sleep(0)
    assert not running.done()
    stop.set()
    await running


async def test_once_waits_for_the_services_in_their_order_after_the_sources() -> None:
    """A later service is not finished before the earlier ones have given it everything."""
    engine = FakeEngine(
        {"source": end_at_once, "first": until_stopped, "second": until_stopped}, {"first": 1, "second": 1}
    )
    await run(engine, once=True)
    assert engine.asked == ["first", "first", "second", "second"]
    assert set(engine.ended.values()) == {"ended"}


async def test_once_waits_for_the_sources() -> None:
    """Empty topics do not mean that everything is done while a source is still reading."""
    release = asyncio.Event()

    async def slow(_halt: asyncio.Event) -> None:
        await release.wait()

    engine = FakeEngine({"source": slow, "service": until_stopped})
    running = asyncio.create_task(run(engine, once=True))
    await asyncio.sleep(0)
    assert (engine.asked, running.done()) == ([], False)
    release.set()
    await running
    assert engine.asked == ["service"]


async def test_once_without_sources_processes_the_existing_records() -> None:
    """A pipeline may run over a log that other processes fill."""
    engine = FakeEngine({"service": until_stopped})
    await run(engine, once=True)
    assert engine.ended == {"service": "ended"}


async def test_cancelling_a_pipeline_stops_it_cleanly() -> None:
    """The caller gets the cancellation after everything has ended by itself."""
    begun = asyncio.Event()

    async def begins(halt: asyncio.Event) -> None:
        begun.set()
        await halt.wait()

    engine = FakeEngine({"source": until_stopped, "service": begins})
    running = asyncio.create_task(run(engine))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert set(engine.ended.values()) == {"ended"}
