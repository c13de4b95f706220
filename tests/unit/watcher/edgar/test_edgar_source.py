"""The EDGAR source against a fake EDGAR: every filing once, with interruptions at any point."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from contracts.topics import FILINGS
from services.runtime.clock import SystemClock
from services.runtime.embedded.embedded_engine import EmbeddedEngine
from services.runtime.embedded.log import EmbeddedLog
from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.limiter import RequestLimiter
from services.watcher.edgar.source import EdgarSource
from services.watcher.edgar_service import edgar_watcher
from tests.edgar import faults, pages
from tests.edgar.catalog import Catalog
from tests.edgar.fake_edgar import FakeEdgar, Respond
from tests.edgar.samples import every_minute, make_filing
from tests.edgar.stepping_clock import SteppingClock
from tests.edgar.watcher_harness import WatcherHarness
from tests.unit.watcher.edgar.source_helpers import MINUTE, at, numbers, run_once


def test_filings_in_the_feed_are_published_once_and_oldest_first() -> None:
    """All six forms and no other: one request per filing, whatever its number of parties and entries."""
    forms = ("3", "4", "5", "3/A", "4/A", "5/A", "424B2", "497", "305B2")
    filings = [make_filing(n, at(9, n), form=form, owners=1 + n % 3) for n, form in enumerate(forms)]

    async def work(watcher: WatcherHarness) -> None:
        await watcher.look()
        watcher.clock.jump()
        await watcher.look()

    watcher = WatcherHarness(Catalog(filings), at(12))
    watcher.run(work)
    assert watcher.filings == [(number, "edgar-current") for number in numbers(filings[:6])]
    assert len(watcher.fake_edgar.traffic.paths("/Archives/edgar/data")) == 6


def test_watcher_publishes_all_of_its_first_day_and_nothing_before() -> None:
    """Filings before its start are included that day; earlier days are a backfill's."""
    yesterday, today = make_filing(1, at(21, days=-3)), make_filing(2, at(6, 30))
    watcher = WatcherHarness(Catalog([yesterday, today]), at(15))
    watcher.run(run_once)
    assert watcher.numbers == [today.accession]


def test_filing_missing_in_the_feed_is_published_from_the_index() -> None:
    """It is published when the index is read at 22:45, with the index as its source; filings in both appear once."""
    shown, left_out = make_filing(1, at(16)), make_filing(2, at(17), shown_after=None)

    async def work(watcher: WatcherHarness) -> None:
        await watcher.watch(at(22, 50))

    watcher = WatcherHarness(Catalog([shown, left_out]), at(22))
    watcher.run(work)
    assert watcher.filings == [(shown.accession, "edgar-current"), (left_out.accession, "edgar-index")]


def test_feed_entry_later_than_its_index_is_not_published_again() -> None:
    """The feed shows some filings hours late."""
    late = make_filing(1, at(16), shown_after=timedelta(hours=15))

    async def work(watcher: WatcherHarness) -> None:
        await watcher.watch(at(9, days=1))

    watcher = WatcherHarness(Catalog([late]), at(22))
    watcher.run(work)
    assert watcher.filings == [(late.accession, "edgar-index")]


def test_after_a_long_outage_every_day_is_published_oldest_first() -> None:
    """Forty days have far more filings than the feed shows. Batches are bounded, and nothing is requested twice."""
    filings = [make_filing(100 * day + n, at(10, n, days=day)) for day in range(40) for n in range(50) if day % 7 < 5]

    async def work(watcher: WatcherHarness) -> None:
        await watcher.look()
        await watcher.clock.sleep((at(12, days=40) - watcher.clock.now()).total_seconds())
        await watcher.look()

    watcher = WatcherHarness(Catalog(filings), at(9))
    watcher.run(work)
    assert sorted(watcher.numbers) == sorted(numbers(filings))
    days = [number.split("-")[2] for number in watcher.numbers]
    assert [int(day) // 100 for day in days] == sorted(int(day) // 100 for day in days)
    assert max(watcher.batches) <= 40
    paths = watcher.fake_edgar.traffic.paths("/Archives/")
    assert len(set(paths)) == len(paths)
    assert watcher.fake_edgar.traffic.most_in_a_second <= 8


def test_kill_at_any_request_loses_and_repeats_nothing() -> None:
    """The kills are during sweeps, index reads and fetches, with a batch and a half to publish."""
    filings = [make_filing(n, at(10, n), shown_after=None if n % 4 == 0 else timedelta()) for n in range(58)]
    kills = 0

    async def work(watcher: WatcherHarness) -> None:
        nonlocal kills
        await watcher.look()
        await watcher.clock.sleep((at(23) - watcher.clock.now()).total_seconds())
        after_start = dict(watcher.cursor)
        request = 0
        while True:
            watcher.cursor, watcher.filings = dict(after_start), []
            killed = not await watcher.look(killed_at=request)
            kills += killed
            await watcher.look()
            assert sorted(watcher.numbers) == sorted(numbers(filings)), request
            assert watcher.waiting == []
            if not killed:
                return
            request += 1

    watcher = WatcherHarness(Catalog(filings), at(9))
    watcher.run(work)
    assert kills >= 58


def test_uncommitted_filings_are_found_again_in_an_unchanged_feed() -> None:
    """Page versions must be forgotten with the batch: a 304 would hide the lost filings."""
    filings = every_minute(3, at(10))

    async def work(watcher: WatcherHarness) -> None:
        await watcher.look()
        watcher.cursor.clear()
        watcher.filings.clear()
        dropped = watcher.opened()
        watcher.commit(dropped, await dropped.next_batch() or ())
        assert len(await dropped.next_batch() or ()) >= 3
        await watcher.look()

    watcher = WatcherHarness(Catalog(filings), at(12))
    watcher.run(work)
    assert watcher.numbers == numbers(filings)


def test_cursor_stays_small_after_months() -> None:
    """The cursor contains the filings of some days, not of all."""
    filings = [make_filing(10 * day + n, at(12, n, days=day)) for day in range(90) for n in range(5) if day % 7 < 5]

    async def work(watcher: WatcherHarness) -> None:
        for days in range(91):
            await watcher.clock.sleep(max(0.0, (at(8, days=days) - watcher.clock.now()).total_seconds()))
            await watcher.look()

    watcher = WatcherHarness(Catalog(filings), at(7))
    watcher.run(work)
    assert sorted(watcher.numbers) == sorted(numbers(filings))
    assert len(watcher.cursor) < 60


@pytest.mark.parametrize(("hour", "expected"), [(10, 40), (17, 120), (23, 4)])
def test_poll_interval_follows_the_time_of_day(hour: int, expected: int) -> None:
    """Polls are ten seconds apart after the close, half a minute while EDGAR is open, and five minutes at night."""

    async def work(watcher: WatcherHarness) -> None:
        await watcher.watch(at(hour, 20))

    watcher = WatcherHarness(Catalog([]), at(hour))
    watcher.run(work)
    polls = [asked for asked in watcher.fake_edgar.traffic.asked if "type=4" in asked.path]
    assert abs(len(polls) - expected) <= 1


def test_log_lines_of_the_cycles_add_up_to_all_filings() -> None:
    """An operator relies on them."""
    filings = [make_filing(n, at(22, n), shown_after=None if n % 3 == 0 else 5 * MINUTE / 60) for n in range(30)]

    async def work(watcher: WatcherHarness) -> None:
        await watcher.watch(at(23))

    watcher = WatcherHarness(
        Catalog(filings), at(21, 55), faults.first(1, faults.refused(403, pages.THROTTLED), of="type=3")
    )
    with capture_logs() as logs:
        watcher.run(work)
    cycles = [line for line in logs if line["event"] == "edgar_cycle"]
    assert sum(line["published"] for line in cycles) == sum(line["new"] for line in cycles) == 30
    assert sum(line["missed_by_feed"] for line in cycles) == 10
    assert sum(line["throttles"] for line in cycles) == 1
    assert watcher.fake_edgar.traffic.total - sum(line["requests"] for line in cycles) <= 3
    assert all(0 < line["behind_seconds"] < 330 for line in cycles if line["behind_seconds"] is not None)
    assert cycles[-1]["waiting"] == 0


async def test_clock_set_back_does_not_postpone_the_next_poll() -> None:
    """The watcher must not sleep until the clock has caught up."""
    (filing,), clock = every_minute(1, at(9)), SteppingClock(at(22, 30))
    fake_edgar = FakeEdgar(Catalog([]), clock)

    async def set_back(request: web.Request, _now: datetime, respond: Respond) -> web.StreamResponse:
        if "type=5" in request.path_qs and not fake_edgar.catalog.filings:
            fake_edgar.catalog = Catalog([filing])
            clock.moment -= 12 * 60 * MINUTE
        return await respond()

    fake_edgar.faults.append(set_back)
    async with (
        fake_edgar.running() as origin,
        EdgarClient(origin, "tests@example.com", clock, RequestLimiter(clock)) as client,
    ):
        source = EdgarSource(client, clock, follow=True)
        assert await source.next_batch()
        outputs = [
            *(await source.next_batch() or ()),
            *(await source.next_batch() or ()),
        ]  # the first entry records the poll
    assert filing.accession.encode() in [output.key for output in outputs]
    assert clock.now() < at(11)


async def test_two_concurrent_watchers_publish_each_filing_once(tmp_path: Path) -> None:
    """One watcher's batch is fenced, and rebuilt without the filings that the other has published."""
    clock, filings = SystemClock(), [make_filing(n, datetime.now(UTC)) for n in range(24)]
    fake_edgar = FakeEdgar(Catalog(filings), clock)

    async def one(origin: str) -> None:
        async with EdgarClient(origin, "tests@example.com", clock, RequestLimiter(clock, 5)) as client:
            engine = EmbeddedEngine(EmbeddedLog(tmp_path))
            await engine.run_source(edgar_watcher(client, clock, follow=False), asyncio.Event())
            await engine.close()

    async with fake_edgar.running() as origin:
        with capture_logs() as logs:
            await asyncio.gather(one(origin), one(origin))
    engine = EmbeddedEngine(EmbeddedLog(tmp_path))
    published = [(record.key or b"").decode() async for record in engine.read((FILINGS,), follow=False)]
    await engine.close()
    assert sorted(published) == sorted(filing.accession for filing in filings)
    assert any(line["event"] == "source_reopened" for line in logs)
