"""Filings that the feed does not show, or that the index does not list."""

from datetime import datetime, timedelta

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from tests.edgar import faults, pages
from tests.edgar.catalog import Catalog
from tests.edgar.fake_edgar import Respond
from tests.edgar.pages import feed_entry, feed_page
from tests.edgar.samples import make_filing
from tests.edgar.watcher_harness import WatcherHarness
from tests.unit.watcher.edgar.source_helpers import DAY, MONDAY, at, numbers


def test_interrupted_sweep_goes_equally_far_back_the_next_time() -> None:
    """The entries of its missing pages must not be skipped."""
    filings = [make_filing(n, at(10, n // 10) + timedelta(seconds=n), owners=2) for n in range(250)]
    third_page = faults.first(2, faults.refused(503), of="type=4&owner=only&start=200")

    async def work(watcher: WatcherHarness) -> None:
        source = watcher.opened(follow=True)
        while len(watcher.numbers) < 60:
            watcher.commit(source, await source.next_batch() or ())
        await watcher.watch(at(12, 5))

    watcher = WatcherHarness(Catalog(filings), at(12), third_page)
    watcher.run(work)
    assert sorted(watcher.numbers) == sorted(numbers(filings))
    assert {source for _, source in watcher.filings} == {"edgar-current"}


def test_filings_beyond_the_end_of_the_feed_come_from_the_index() -> None:
    """In an hour there may be more filings than the feed shows. The watcher does not request it again and again."""
    filings = [make_filing(n, at(10) + timedelta(seconds=5 * n), owners=9) for n in range(300)]

    async def work(watcher: WatcherHarness) -> None:
        await watcher.watch(at(23))

    watcher = WatcherHarness(Catalog(filings), at(15))
    watcher.run(work)
    sources = [source for _, source in watcher.filings]
    assert sorted(watcher.numbers) == sorted(numbers(filings))
    assert sources.count("edgar-current") == 200
    assert len(watcher.fake_edgar.traffic.paths("start=1900")) == 1


def test_missing_index_delays_neither_filings_nor_other_days() -> None:
    """A day closed by decree never has an index; the watcher gives up after ten days."""
    filings = [make_filing(day, at(12, days=day), shown_after=None) for day in range(1, 11)]

    async def work(watcher: WatcherHarness) -> None:
        await watcher.watch(at(23, 30, days=4))
        assert len(watcher.numbers) == 4
        await watcher.watch(at(12, days=14))

    watcher = WatcherHarness(Catalog(filings), at(9), poll_interval=3_600)
    with capture_logs() as logs:
        watcher.run(work)
    assert sorted(watcher.numbers)[:10] == numbers(filings)
    given_up = [line["day"] for line in logs if line["event"] == "index_missing" and line["given_up"]]
    assert given_up == [str(MONDAY)]


@pytest.mark.parametrize("damage", [lambda page: page[: len(page) // 2], lambda page: page[: page.index(b"---")]])
def test_damaged_index_is_used_as_far_as_possible_and_read_again(damage: object) -> None:
    """One is truncated within a line, and one lists nothing for a business day."""
    filings = [make_filing(n, at(16, n), shown_after=None) for n in range(5)]

    async def damaged(request: web.Request, now: datetime, respond: Respond) -> web.StreamResponse:
        if "/daily-index/" not in request.path or now > at(22, 50):
            return await respond()
        whole = pages.master_index(filings, last=MONDAY, daily=True)
        return web.Response(body=damage(whole))  # type: ignore[operator]

    async def work(watcher: WatcherHarness) -> None:
        await watcher.watch(at(23, 30))

    watcher = WatcherHarness(Catalog(filings), at(22), damaged)
    watcher.run(work)
    assert sorted(watcher.numbers) == numbers(filings)


def test_index_of_an_earlier_day_is_not_accepted() -> None:
    """A cache may serve yesterday's index, which contains the last day of that index."""
    filing = make_filing(1, at(16), shown_after=None)
    stale = faults.during(
        at(22),
        at(23),
        faults.replaced(pages.master_index([make_filing(9, at(12, days=-3))], last=MONDAY - DAY, daily=True)),
    )
    indexes_only = stale

    async def faulty(request: web.Request, now: datetime, respond: Respond) -> web.StreamResponse:
        return await (indexes_only(request, now, respond) if "/daily-index/" in request.path else respond())

    async def work(watcher: WatcherHarness) -> None:
        await watcher.watch(at(23, 30))

    watcher = WatcherHarness(Catalog([filing]), at(22), faulty)
    watcher.run(work)
    assert filing.accession in watcher.numbers


def test_entry_with_a_future_time_does_not_hide_earlier_ones() -> None:
    """An entry with a wrong year must not make the next sweep skip everything older."""
    wrong = make_filing(900, at(12, days=4_000))
    entries = [feed_entry(wrong, party) for party in wrong.parties]
    filings = [make_filing(n, at(12, 1) + timedelta(seconds=n), owners=4) for n in range(100)]
    page = faults.during(at(11), at(12, 0), faults.replaced(feed_page(entries, at(12))))

    async def work(watcher: WatcherHarness) -> None:
        await watcher.look()
        await watcher.clock.sleep(240)
        await watcher.look()

    watcher = WatcherHarness(Catalog(filings), at(11, 59), page)
    watcher.run(work)
    assert sorted(watcher.numbers) == sorted(numbers(filings))
