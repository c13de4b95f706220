"""The feed of EDGAR over the stand-in: every filing once, whatever is in the way, wherever it is stopped."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from contracts.topics import FILINGS
from services.runtime.clock import SystemClock
from services.runtime.embedded.embedded_engine import EmbeddedEngine
from services.runtime.embedded.log import EmbeddedLog
from services.section16.edgar_calendar import EASTERN
from services.section16.sgml_header import Header, read_header
from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.limiter import RequestLimiter
from services.watcher.edgar.source import EdgarSource
from services.watcher.edgar_service import edgar_watcher
from tests.edgar import faults, pages
from tests.edgar.catalog import Catalog
from tests.edgar.fake_edgar import Answer, FakeEdgar
from tests.edgar.filings import Filing, submission_text
from tests.edgar.pages import feed_entry, feed_page
from tests.edgar.samples import every_minute, make_filing
from tests.edgar.stepping_clock import SteppingClock
from tests.edgar.watcher_harness import WatcherHarness

MONDAY = date(2025, 3, 10)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    """An Eastern moment of that Monday, or of a later day."""
    day = MONDAY + days * DAY
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=EASTERN)


def numbers(filings: Sequence[Filing]) -> list[str]:
    """Their accession numbers, oldest first."""
    return [filing.accession for filing in sorted(filings, key=lambda filing: filing.accepted_at)]


def test_what_the_feed_shows_is_published_once_and_oldest_first() -> None:
    """All six forms and no other, each with one request, however many parties it has and however often it is shown."""
    forms = ("3", "4", "5", "3/A", "4/A", "5/A", "424B2", "497", "305B2")
    filings = [make_filing(n, at(9, n), form=form, owners=1 + n % 3) for n, form in enumerate(forms)]

    async def work(watched: WatcherHarness) -> None:
        await watched.look()
        watched.clock.jump()
        await watched.look()

    watched = WatcherHarness(Catalog(filings), at(12))
    watched.run(work)
    assert watched.filings == [(number, "edgar-current") for number in numbers(filings[:6])]
    assert len(watched.stand_in.traffic.paths("/Archives/edgar/data")) == 6


def test_it_owes_nothing_of_the_days_before_it_was_begun_and_all_of_its_first_day() -> None:
    """What was filed in the morning before it started is of the first day; yesterday is a backfill's."""
    yesterday, today = make_filing(1, at(21, days=-3)), make_filing(2, at(6, 30))
    watched = WatcherHarness(Catalog([yesterday, today]), at(15))
    watched.run(looked)
    assert watched.numbers == [today.accession]


async def looked(watched: WatcherHarness) -> None:
    """One pass."""
    await watched.look()


def test_what_the_feed_leaves_out_is_published_from_the_index() -> None:
    """At a quarter to eleven in the evening, with its source told; what both tell of is published once."""
    shown, left_out = make_filing(1, at(16)), make_filing(2, at(17), shown_after=None)

    async def work(watched: WatcherHarness) -> None:
        await watched.watch(at(22, 50))

    watched = WatcherHarness(Catalog([shown, left_out]), at(22))
    watched.run(work)
    assert watched.filings == [(shown.accession, "edgar-current"), (left_out.accession, "edgar-index")]


def test_an_entry_that_comes_after_its_index_was_read_is_no_second_filing() -> None:
    """The feed shows some filings hours late."""
    late = make_filing(1, at(16), shown_after=timedelta(hours=15))

    async def work(watched: WatcherHarness) -> None:
        await watched.watch(at(9, days=1))

    watched = WatcherHarness(Catalog([late]), at(22))
    watched.run(work)
    assert watched.filings == [(late.accession, "edgar-index")]


def test_after_a_long_outage_every_day_is_made_good_oldest_first() -> None:
    """Forty days: far more than the feed shows, over weekends; batches are bounded and nothing is asked for twice."""
    filings = [make_filing(100 * day + n, at(10, n, days=day)) for day in range(40) for n in range(50) if day % 7 < 5]

    async def work(watched: WatcherHarness) -> None:
        await watched.look()
        await watched.clock.sleep((at(12, days=40) - watched.clock.now()).total_seconds())
        await watched.look()

    watched = WatcherHarness(Catalog(filings), at(9))
    watched.run(work)
    assert sorted(watched.numbers) == sorted(numbers(filings))
    days = [number.split("-")[2] for number in watched.numbers]
    assert [int(day) // 100 for day in days] == sorted(int(day) // 100 for day in days)
    assert max(watched.batches) <= 40
    paths = watched.stand_in.traffic.paths("/Archives/")
    assert len(set(paths)) == len(paths)
    assert watched.stand_in.traffic.most_in_a_second <= 8


def test_wherever_it_is_killed_nothing_is_lost_and_nothing_comes_twice() -> None:
    """At each request in turn: while it sweeps, reads an index or fetches, with a batch and a half to publish."""
    filings = [make_filing(n, at(10, n), shown_after=None if n % 4 == 0 else timedelta()) for n in range(58)]
    kills = 0

    async def work(watched: WatcherHarness) -> None:
        nonlocal kills
        await watched.look()
        await watched.clock.sleep((at(23) - watched.clock.now()).total_seconds())
        begun = dict(watched.cursor)
        request = 0
        while True:
            watched.cursor, watched.filings = dict(begun), []
            killed = not await watched.look(killed_at=request)
            kills += killed
            await watched.look()
            assert sorted(watched.numbers) == sorted(numbers(filings)), request
            assert watched.waiting == []
            if not killed:
                return
            request += 1

    watched = WatcherHarness(Catalog(filings), at(9))
    watched.run(work)
    assert kills >= 58


def test_a_batch_that_is_not_committed_is_seen_again_though_the_feed_has_not_changed() -> None:
    """The page's version is known to the feed that read it, and dies with it: 304 would hide what was lost."""
    filings = every_minute(3, at(10))

    async def work(watched: WatcherHarness) -> None:
        await watched.look()
        watched.cursor.clear()
        watched.filings.clear()
        dropped = watched.opened()
        watched.commit(dropped, await dropped.next_batch() or ())
        assert len(await dropped.next_batch() or ()) >= 3
        await watched.look()

    watched = WatcherHarness(Catalog(filings), at(12))
    watched.run(work)
    assert watched.numbers == numbers(filings)


def test_a_filing_that_cannot_be_fetched_holds_nobody_up_and_is_not_forgotten() -> None:
    """It is owed over restarts, told of at each try, tried ever more rarely, and published on the day it can be had."""
    stuck, others = make_filing(99, at(10)), every_minute(3, at(11))

    async def gone(request: web.Request, now: datetime, answer: Answer) -> web.StreamResponse:
        if stuck.accession in request.path and now < at(12, days=21):
            return web.Response(status=404, body=pages.NOT_FOUND)
        return await answer()

    async def work(watched: WatcherHarness) -> None:
        for days in range(20):
            await watched.watch(at(16, days=days))
            assert watched.waiting == [stuck.accession]
        asked = len(watched.stand_in.traffic.paths(stuck.accession))
        assert 20 < asked < 20 * 24 + 200
        await watched.watch(at(16, days=21))

    watched = WatcherHarness(Catalog([stuck, *others]), at(12), gone, poll_interval=3_600)
    with capture_logs() as logs:
        watched.run(work)
    assert watched.numbers == [*numbers(others), stuck.accession]
    assert watched.waiting == []
    told = [line for line in logs if line["event"] == "filing_not_fetched"]
    assert {line["filing_id"] for line in told} == {stuck.accession}
    assert told[-1]["waiting_seconds"] > timedelta(days=19).total_seconds()


@pytest.mark.parametrize(
    "trouble", [faults.cut_short, faults.replaced(pages.UNAVAILABLE), faults.replaced(b""), faults.gone]
)
def test_a_bad_answer_for_a_submission_is_asked_for_again(trouble: faults.Trouble) -> None:
    """A gzip that breaks off, a page in its place, nothing, a connection that drops: whole in the end, and once."""
    (filing,) = every_minute(1, at(10))

    async def work(watched: WatcherHarness) -> None:
        await watched.watch(at(12, 5))

    watched = WatcherHarness(Catalog([filing]), at(12), faults.first(3, trouble, of=filing.accession))
    watched.run(work)
    assert watched.numbers == [filing.accession]


def test_a_submission_filed_without_its_end_is_published_as_it_is() -> None:
    """After it has been asked for again some times: it may also have been cut off on its way."""
    (filing,) = every_minute(1, at(10))
    endless = submission_text(filing).replace("</SEC-DOCUMENT>", "").encode()

    async def work(watched: WatcherHarness) -> None:
        await watched.watch(at(12, 10))

    watched = WatcherHarness(
        Catalog([filing]), at(12), faults.first(100, faults.replaced(endless), of=filing.accession)
    )
    watched.run(work)
    assert watched.numbers == [filing.accession]
    assert 3 < len(watched.stand_in.traffic.paths(filing.accession)) < 10


def test_a_submission_too_large_to_read_is_a_dead_letter_that_points_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not asked for again, and does not wait."""
    monkeypatch.setattr("services.watcher.edgar.submission_fetcher.MOST_READ", 100)
    (filing,) = every_minute(1, at(10))
    watched = WatcherHarness(Catalog([filing]), at(12))
    watched.run(looked)
    (letter,) = watched.letters
    assert filing.accession.encode() in (letter.value or b"")
    assert (watched.filings, watched.waiting) == ([], [])


def test_a_submission_that_shows_a_defect_of_ours_is_a_dead_letter_and_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whole, and with what went wrong: else the watcher would end at it, each time that it is started."""
    bad, good = every_minute(2, at(10))

    def defective(head: str) -> Header:
        if bad.accession in head:
            raise IndexError("out of range")
        return read_header(head)

    monkeypatch.setattr("services.watcher.edgar.submission.read_header", defective)
    watched = WatcherHarness(Catalog([bad, good]), at(12))
    watched.run(looked)
    (letter,) = watched.letters
    assert letter.value == submission_text(bad).encode()
    assert b"watcher_defect: " in (dict(letter.headers)["__connect.errors.exception.message"] or b"")
    assert (watched.numbers, watched.waiting) == ([good.accession], [])


def test_a_sweep_that_breaks_off_goes_as_far_back_the_next_time() -> None:
    """What its first pages showed is published; what its last would have shown is not passed over."""
    filings = [make_filing(n, at(10, n // 10) + timedelta(seconds=n), owners=2) for n in range(250)]
    third_page = faults.first(2, faults.refused(503), of="type=4&owner=only&start=200")

    async def work(watched: WatcherHarness) -> None:
        feed = watched.opened(follow=True)
        while len(watched.numbers) < 60:
            watched.commit(feed, await feed.next_batch() or ())
        await watched.watch(at(12, 5))

    watched = WatcherHarness(Catalog(filings), at(12), third_page)
    watched.run(work)
    assert sorted(watched.numbers) == sorted(numbers(filings))
    assert {source for _, source in watched.filings} == {"edgar-current"}


def test_what_lies_behind_the_end_of_the_feed_comes_from_the_index() -> None:
    """After an hour away there may be more than the feed goes back; it is not asked for that again and again."""
    filings = [make_filing(n, at(10) + timedelta(seconds=5 * n), owners=9) for n in range(300)]

    async def work(watched: WatcherHarness) -> None:
        await watched.watch(at(23))

    watched = WatcherHarness(Catalog(filings), at(15))
    watched.run(work)
    sources = [source for _, source in watched.filings]
    assert sorted(watched.numbers) == sorted(numbers(filings))
    assert sources.count("edgar-current") == 200
    assert len(watched.stand_in.traffic.paths("start=1900")) == 1


def test_edgar_away_is_not_asked_for_each_filing_in_vain() -> None:
    """An hour without an answer, with two hundred filings waiting: a few hundred requests, and all after it."""
    filings = every_minute(200, at(8))
    away = faults.during(at(12, 1), at(13), faults.refused(503))

    async def work(watched: WatcherHarness) -> None:
        feed = watched.opened(follow=True)
        watched.commit(feed, await feed.next_batch() or ())
        watched.commit(feed, await feed.next_batch() or ())
        await watched.clock.sleep(90)
        before = watched.stand_in.traffic.total
        await watched.watch(at(13))
        assert watched.stand_in.traffic.total - before < 500
        await watched.watch(at(13, 15))

    watched = WatcherHarness(Catalog(filings), at(12), away)
    watched.run(work)
    assert sorted(watched.numbers) == sorted(numbers(filings))


def test_a_missing_index_holds_up_neither_filings_nor_other_days() -> None:
    """A day off by decree: its index never comes, those after it are read, and after ten days it is given up."""
    filings = [make_filing(day, at(12, days=day), shown_after=None) for day in range(1, 11)]

    async def work(watched: WatcherHarness) -> None:
        await watched.watch(at(23, 30, days=4))
        assert len(watched.numbers) == 4
        await watched.watch(at(12, days=14))

    watched = WatcherHarness(Catalog(filings), at(9), poll_interval=3_600)
    with capture_logs() as logs:
        watched.run(work)
    assert sorted(watched.numbers)[:10] == numbers(filings)
    given_up = [line["day"] for line in logs if line["event"] == "index_missing" and line["given_up"]]
    assert given_up == [str(MONDAY)]


@pytest.mark.parametrize("damage", [lambda page: page[: len(page) // 2], lambda page: page[: page.index(b"---")]])
def test_a_damaged_index_gives_what_it_can_and_is_read_again(damage: object) -> None:
    """One that breaks off within a line, and one that lists nothing on a business day."""
    filings = [make_filing(n, at(16, n), shown_after=None) for n in range(5)]

    async def damaged(request: web.Request, now: datetime, answer: Answer) -> web.StreamResponse:
        if "/daily-index/" not in request.path or now > at(22, 50):
            return await answer()
        whole = pages.master_index(filings, last=MONDAY, daily=True)
        return web.Response(body=damage(whole))  # type: ignore[operator]

    async def work(watched: WatcherHarness) -> None:
        await watched.watch(at(23, 30))

    watched = WatcherHarness(Catalog(filings), at(22), damaged)
    watched.run(work)
    assert sorted(watched.numbers) == numbers(filings)


def test_the_index_of_another_day_is_not_taken_for_this_one() -> None:
    """A cache may serve yesterday's: it says how far it reaches."""
    filing = make_filing(1, at(16), shown_after=None)
    stale = faults.during(
        at(22),
        at(23),
        faults.replaced(pages.master_index([make_filing(9, at(12, days=-3))], last=MONDAY - DAY, daily=True)),
    )
    indexes_alone = stale

    async def faulty(request: web.Request, now: datetime, answer: Answer) -> web.StreamResponse:
        return await (indexes_alone(request, now, answer) if "/daily-index/" in request.path else answer())

    async def work(watched: WatcherHarness) -> None:
        await watched.watch(at(23, 30))

    watched = WatcherHarness(Catalog([filing]), at(22), faulty)
    watched.run(work)
    assert filing.accession in watched.numbers


def test_the_cursor_stays_small() -> None:
    """After months it holds the filings of some days and its place, not all there ever were."""
    filings = [make_filing(10 * day + n, at(12, n, days=day)) for day in range(90) for n in range(5) if day % 7 < 5]

    async def work(watched: WatcherHarness) -> None:
        for days in range(91):
            await watched.clock.sleep(max(0.0, (at(8, days=days) - watched.clock.now()).total_seconds()))
            await watched.look()

    watched = WatcherHarness(Catalog(filings), at(7))
    watched.run(work)
    assert sorted(watched.numbers) == sorted(numbers(filings))
    assert len(watched.cursor) < 60


@pytest.mark.parametrize(("hour", "expected"), [(10, 40), (17, 120), (23, 4)])
def test_it_looks_often_when_filings_come_and_seldom_when_none_can(hour: int, expected: int) -> None:
    """Every half minute while EDGAR is open, every ten seconds after the close, every five minutes at night."""

    async def work(watched: WatcherHarness) -> None:
        await watched.watch(at(hour, 20))

    watched = WatcherHarness(Catalog([]), at(hour))
    watched.run(work)
    looks = [asked for asked in watched.stand_in.traffic.asked if "type=4" in asked.path]
    assert abs(len(looks) - expected) <= 1


def test_each_cycle_has_one_line_that_accounts_for_it() -> None:
    """Added up over an evening the lines are what happened."""
    filings = [make_filing(n, at(22, n), shown_after=None if n % 3 == 0 else 5 * MINUTE / 60) for n in range(30)]

    async def work(watched: WatcherHarness) -> None:
        await watched.watch(at(23))

    watched = WatcherHarness(
        Catalog(filings), at(21, 55), faults.first(1, faults.refused(403, pages.THROTTLED), of="type=3")
    )
    with capture_logs() as logs:
        watched.run(work)
    cycles = [line for line in logs if line["event"] == "edgar_cycle"]
    assert sum(line["published"] for line in cycles) == sum(line["new"] for line in cycles) == 30
    assert sum(line["missed_by_feed"] for line in cycles) == 10
    assert sum(line["throttles"] for line in cycles) == 1
    assert watched.stand_in.traffic.total - sum(line["requests"] for line in cycles) <= 3
    assert all(0 < line["behind_seconds"] < 330 for line in cycles if line["behind_seconds"] is not None)
    assert cycles[-1]["waiting"] == 0


def test_an_entry_from_the_future_does_not_hide_those_that_come_before_it() -> None:
    """One with a wrong year: the next sweep does not take all that is older for seen."""
    wrong = make_filing(900, at(12, days=4_000))
    entries = [feed_entry(wrong, party) for party in wrong.parties]
    filings = [make_filing(n, at(12, 1) + timedelta(seconds=n), owners=4) for n in range(100)]
    page = faults.during(at(11), at(12, 0), faults.replaced(feed_page(entries, at(12))))

    async def work(watched: WatcherHarness) -> None:
        await watched.look()
        await watched.clock.sleep(240)
        await watched.look()

    watched = WatcherHarness(Catalog(filings), at(11, 59), page)
    watched.run(work)
    assert sorted(watched.numbers) == sorted(numbers(filings))


async def test_a_clock_that_is_set_back_does_not_put_the_next_look_off() -> None:
    """By half a day: the watcher does not sleep until the clock has come back to where it was."""
    (filing,), clock = every_minute(1, at(9)), SteppingClock(at(22, 30))
    stand_in = FakeEdgar(Catalog([]), clock)

    async def set_back(request: web.Request, _now: datetime, answer: Answer) -> web.StreamResponse:
        if "type=5" in request.path_qs and not stand_in.world.filings:
            stand_in.world = Catalog([filing])
            clock.moment -= 12 * 60 * MINUTE
        return await answer()

    stand_in.faults.append(set_back)
    async with (
        stand_in.running() as origin,
        EdgarClient(origin, "tests@example.com", clock, RequestLimiter(clock)) as client,
    ):
        feed = EdgarSource(client, clock, follow=True)
        assert await feed.next_batch()
        outputs = [*(await feed.next_batch() or ()), *(await feed.next_batch() or ())]  # the look itself is noted first
    assert filing.accession.encode() in [output.key for output in outputs]
    assert clock.now() < at(11)


async def test_two_watchers_at_once_publish_each_filing_once(tmp_path: Path) -> None:
    """Of two on one log the batch of one is void, and made anew without what the other has published."""
    clock, filings = SystemClock(), [make_filing(n, datetime.now(UTC)) for n in range(24)]
    stand_in = FakeEdgar(Catalog(filings), clock)

    async def one(origin: str) -> None:
        async with EdgarClient(origin, "tests@example.com", clock, RequestLimiter(clock, 5)) as client:
            engine = EmbeddedEngine(EmbeddedLog(tmp_path))
            await engine.run_source(edgar_watcher(client, clock, follow=False), asyncio.Event())
            await engine.close()

    async with stand_in.running() as origin:
        with capture_logs() as logs:
            await asyncio.gather(one(origin), one(origin))
    engine = EmbeddedEngine(EmbeddedLog(tmp_path))
    published = [(record.key or b"").decode() async for record in engine.read((FILINGS,), follow=False)]
    await engine.close()
    assert sorted(published) == sorted(filing.accession for filing in filings)
    assert any(line["event"] == "source_reopened" for line in logs)
