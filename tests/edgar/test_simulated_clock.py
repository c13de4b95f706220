"""The simulated clock jumps when nothing is going on, and only then."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import aiohttp

from tests.edgar.catalog import Catalog
from tests.edgar.fake_edgar import FakeEdgar
from tests.edgar.samples import make_filing
from tests.edgar.simulated_clock import SimulatedClock, run_simulated

START = datetime(2025, 1, 2, 12, 0, tzinfo=UTC)


def test_day_of_sleep_takes_no_time() -> None:
    """Sleepers wake in order, each at its exact time."""
    clock = SimulatedClock(START)
    woken: list[tuple[str, datetime]] = []

    async def sleeper(name: str, hours: int) -> None:
        await clock.sleep(hours * 3_600)
        woken.append((name, clock.now()))

    async def main() -> None:
        await asyncio.gather(sleeper("late", 24), sleeper("early", 1))

    began = time.monotonic()
    run_simulated(clock, main())
    assert time.monotonic() - began < 5
    assert woken == [("early", START + timedelta(hours=1)), ("late", START + timedelta(hours=24))]


def test_clock_stands_still_during_a_request() -> None:
    """However long the response takes."""
    clock = SimulatedClock(START)
    fake_edgar = FakeEdgar(Catalog([make_filing(1, START)]), clock)
    told: list[datetime] = []

    async def main() -> None:
        asleep = asyncio.create_task(clock.sleep(1))
        connector = aiohttp.TCPConnector()
        clock.hold_for(connector)
        async with fake_edgar.running() as origin, aiohttp.ClientSession(origin, connector=connector) as session:
            headers = {"User-Agent": "tests@example.com"}
            path = "/Archives/edgar/data/912345/0000950170-25-000001.txt"
            async with session.get(path, headers=headers) as response:
                assert (await response.text()).startswith("<SEC-DOCUMENT>")
                told.append(clock.now())
            await asleep

    run_simulated(clock, main())
    assert told == [START]
    assert clock.now() == START + timedelta(seconds=1)
    assert [asked.at for asked in fake_edgar.traffic.asked] == [START]


def test_clock_stands_still_while_a_thread_works() -> None:
    """A sleeper wakes only after the thread is done."""
    clock = SimulatedClock(START)
    seen: list[datetime] = []
    released = asyncio.Event()

    def work(loop: asyncio.AbstractEventLoop) -> None:
        loop.call_soon_threadsafe(released.set)
        seen.append(clock.now())

    async def main() -> None:
        asleep = asyncio.create_task(clock.sleep(60))
        await asyncio.sleep(0)
        await asyncio.to_thread(work, asyncio.get_running_loop())
        await released.wait()
        seen.append(clock.now())
        await asleep

    run_simulated(clock, main())
    assert seen == [START, START]


def test_cancelled_sleeper_does_not_move_the_clock() -> None:
    """The clock skips it."""
    clock = SimulatedClock(START)

    async def main() -> None:
        given_up = asyncio.create_task(clock.sleep(3_600))
        await asyncio.sleep(0)
        given_up.cancel()
        await clock.sleep(7_200)

    run_simulated(clock, main())
    assert clock.now() == START + timedelta(hours=2)
