"""Backfills while EDGAR fails: no filing is lost or repeated, and no wait is endless."""

import random
from contextlib import suppress
from datetime import date, datetime, timedelta

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from contracts.errors import Misconfigured
from contracts.topics import WATCHER_CURSOR, WATCHER_DEAD_LETTERS
from services.section16.sgml_header import Header, read_header
from services.watcher.edgar import backfill_plan
from services.watcher.edgar.backfill_plan import Plan
from tests.edgar import pages
from tests.edgar.fake_edgar import Respond
from tests.edgar.faults import (
    cut_short,
    during,
    first,
    gone,
    now_and_then,
    redirected,
    refused,
    replaced,
)
from tests.edgar.filings import submission_text
from tests.unit.watcher.edgar.backfill_harness import (
    BAD_RESPONSES,
    FIRST,
    FRIDAY,
    LAST,
    backfill_of,
    expected,
    filings_of_days,
)

pytestmark = pytest.mark.usefixtures("archives_are_worth_two_filings")


@pytest.mark.parametrize("response", BAD_RESPONSES)
async def test_incomplete_archive_is_requested_again(response: str) -> None:
    """None of its filings may be published before its checksum is verified."""
    filings = filings_of_days(per_day=5, days=1)
    async with backfill_of(filings) as backfill:
        backfill.fake_edgar.faults.append(first(2, BAD_RESPONSES[response], of="/Feed/"))
        with capture_logs() as lines:
            assert await backfill.run(Plan(FIRST, LAST, archives=True)) == expected(filings)
        assert len(backfill.fake_edgar.traffic.paths("/Feed/")) == 3
    assert {filing.source for filing in backfill.filings()} == {"edgar-bulk"}
    assert [line["event"] for line in lines].count("archive_failed") == 2


async def test_filings_that_archives_lack_are_fetched_one_by_one() -> None:
    """One archive stays damaged, one is missing, and one lacks a filing; the index is complete."""
    filings = filings_of_days(per_day=5, days=3)
    lacking = expected(filings)[-1]

    async def lacks(request: web.Request, _now: datetime, respond: Respond) -> web.StreamResponse:
        if "20250312.nc" in request.path:
            held = [one for one in filings if one.filed_on == date(2025, 3, 12) and one.accession != lacking]
            return web.Response(body=pages.bulk_archive(held))
        return await respond()

    async with backfill_of(filings) as backfill:
        backfill.fake_edgar.faults += [
            first(99, cut_short, of="20250310.nc"),
            first(99, refused(404), of="20250311.nc"),
            lacks,
        ]
        assert sorted(await backfill.run(Plan(FIRST, LAST, archives=True))) == sorted(expected(filings))
    one_by_one = {filing.filing_id for filing in backfill.filings() if filing.source == "edgar-index"}
    assert one_by_one == {*expected([one for one in filings if one.filed_on < date(2025, 3, 12)]), lacking}


async def test_submission_missing_at_the_indexed_path_is_found_under_another_party() -> None:
    """The first path in an index may not exist."""
    filings = filings_of_days(per_day=1, days=1)
    async with backfill_of(filings) as backfill:
        backfill.fake_edgar.faults.append(first(1, refused(404), of="/edgar/data/"))
        assert await backfill.run() == expected(filings)


async def test_filing_that_edgar_lists_but_lacks_becomes_a_dead_letter() -> None:
    """It may have been withdrawn. It must neither be skipped silently nor hold up the others."""
    filings = filings_of_days(per_day=2, days=1)
    gone = expected(filings)[0]
    async with backfill_of(filings) as backfill:
        backfill.fake_edgar.faults.append(first(99, refused(404), of=gone))
        assert sorted(await backfill.run()) == expected(filings)
        assert (backfill.progress.published, backfill.progress.dead) == (1, 1)
        assert await backfill.run() == []
    (dead_letter,) = [output for output in backfill.log if output.topic is WATCHER_DEAD_LETTERS]
    assert (dead_letter.key or b"").decode() == gone
    assert b"not_there" in (dict(dead_letter.headers)["__connect.errors.exception.message"] or b"")


@pytest.mark.parametrize("archives", [False, True], ids=["one by one", "from archives"])
async def test_submission_that_exposes_a_defect_becomes_a_dead_letter_and_the_backfill_continues(
    archives: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise every run of the backfill would end at this submission."""
    filings = filings_of_days(per_day=5, days=1)
    bad, *good = expected(filings)

    def read_header_or_fail(head: str) -> Header:
        if bad in head:
            raise IndexError("out of range")
        return read_header(head)

    monkeypatch.setattr("services.watcher.edgar.submission.read_header", read_header_or_fail)
    async with backfill_of(filings) as backfill:
        assert sorted(await backfill.run(Plan(FIRST, LAST, archives=archives))) == [bad, *good]
        assert (backfill.progress.published, backfill.progress.dead) == (len(good), 1)
        assert await backfill.run(Plan(FIRST, LAST, archives=archives)) == []
    (dead_letter,) = [output for output in backfill.log if output.topic is WATCHER_DEAD_LETTERS]
    assert (dead_letter.key or b"").decode() == bad
    assert bad.encode() in (dead_letter.value or b"")
    assert b"watcher_defect: " in (dict(dead_letter.headers)["__connect.errors.exception.message"] or b"")


async def test_submission_without_an_end_mark_is_requested_again_and_then_accepted() -> None:
    """A few were filed without one."""
    filings = filings_of_days(per_day=1, days=1)
    async with backfill_of(filings) as backfill:

        async def without_end(request: web.Request, _now: datetime, respond: Respond) -> web.StreamResponse:
            right = await respond()
            if "/edgar/data/" not in request.path:
                return right
            return web.Response(body=submission_text(filings[0]).removesuffix("</SEC-DOCUMENT>\n").encode())

        backfill.fake_edgar.faults.append(without_end)
        assert await backfill.run() == expected(filings)
        assert len(backfill.fake_edgar.traffic.paths("/edgar/data/")) > 2
    assert "</SEC-DOCUMENT>" not in backfill.filings()[0].content


async def test_unavailable_filing_is_fetched_later_without_delaying_its_group() -> None:
    """One failing filing must not hold up the others."""
    filings = filings_of_days(per_day=5, days=2)
    async with backfill_of(filings) as backfill:
        backfill.fake_edgar.faults.append(first(4, refused(500), of=expected(filings)[1]))
        published = await backfill.run()
        assert sorted(published) == sorted(expected(filings))
        assert published.index(expected(filings)[1]) > published.index(expected(filings)[3])
        assert backfill.progress.left == 0


async def test_filing_that_stays_unavailable_is_left_to_another_run() -> None:
    """Its day is not done, but no other filing from that day is requested again."""
    filings = filings_of_days(per_day=5, days=3)
    failing = expected(filings)[1]
    async with backfill_of(filings) as backfill:
        backfill.fake_edgar.faults.append(first(10_000, refused(500), of=failing))
        with capture_logs() as lines:
            published = await backfill.run()
        assert published == [number for number in expected(filings) if number != failing]
        assert backfill.progress.left == 1
        assert {line["first"] for line in lines if line["event"] == "filings_not_fetched"} == {failing}
        backfill.fake_edgar.faults.clear()
        asked = len(backfill.fake_edgar.traffic.paths("/edgar/data/"))
        assert await backfill.run() == [failing]
        assert len(backfill.fake_edgar.traffic.paths("/edgar/data/")) == asked + 1
        assert backfill.progress.left == 0
        assert await backfill.run() == []


@pytest.mark.parametrize("seed", range(4))
async def test_random_failures_and_kills_lose_or_repeat_no_filing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of all responses are bad, and the process is killed again and again."""
    monkeypatch.setattr(backfill_plan, "_MOST_FILINGS", 3)
    chance = random.Random(seed)  # noqa: S311 - deterministic
    filings = filings_of_days(per_day=9, days=12)
    bad = [*BAD_RESPONSES.values(), gone, redirected("https://elsewhere.example"), refused(404), refused(429)]
    async with backfill_of(filings) as backfill:
        backfill.fake_edgar.faults.append(now_and_then(0.25, bad, seed=seed))
        for _ in range(12):
            with suppress(Misconfigured):  # an index that EDGAR denies to have ends only this run
                archives = chance.random() < 0.7
                await backfill.run(Plan(FIRST, LAST, archives=archives), batches=chance.randrange(1, 12))
        assert backfill.filings()
        backfill.fake_edgar.faults.clear()
        await backfill.run()
        written = [(output.key or b"").decode() for output in backfill.log if output.topic is not WATCHER_CURSOR]
    assert sorted(written) == sorted(expected(filings))
    assert len(backfill.filings()) == len(written)


async def test_during_an_outage_few_requests_are_sent() -> None:
    """This includes requests for the index."""
    filings = filings_of_days(per_day=5, days=1)
    async with backfill_of(filings) as backfill:
        backfill.fake_edgar.faults.append(during(FRIDAY, FRIDAY + timedelta(minutes=20), refused(503)))
        assert await backfill.run() == expected(filings)
        assert backfill.fake_edgar.traffic.statuses[503] < 50


async def test_damaged_index_line_is_logged_and_the_other_lines_are_used() -> None:
    """It may stay damaged for years, and must not block its quarter forever."""
    filings = filings_of_days(per_day=2, days=1)
    damaged = b"1234567|DAMAGED CO|4|2025-03-1\n"

    async def index(request: web.Request, _now: datetime, respond: Respond) -> web.StreamResponse:
        if "master.idx" not in request.path:
            return await respond()
        content = pages.master_index(filings, last=date(2025, 3, 31), daily=False)
        return web.Response(body=pages.compressed(content + damaged + content.splitlines(keepends=True)[-1]))

    async with backfill_of(filings) as backfill:
        backfill.fake_edgar.faults.append(index)
        with capture_logs() as lines:
            assert await backfill.run(Plan(FIRST, date(2025, 3, 31))) == expected(filings)
    (logged,) = [line for line in lines if line["event"] == "index_damaged"]
    assert (logged["lines"], logged["first"]) == (1, "1234567|DAMAGED CO|4|2025-03-1")


@pytest.mark.parametrize("response", [cut_short, replaced(pages.UNAVAILABLE)])
async def test_incomplete_index_is_requested_again(response: object) -> None:
    """A compressed index is verified by its checksum."""
    filings = filings_of_days(per_day=1, days=1)
    async with backfill_of(filings) as backfill:
        backfill.fake_edgar.faults.append(first(1, response, of="master.idx"))  # type: ignore[arg-type]
        assert await backfill.run(Plan(FIRST, date(2025, 3, 31))) == expected(filings)


async def test_plain_index_is_used_if_there_is_no_compressed_one() -> None:
    """Mirrors may lack the compressed indexes."""
    filings = filings_of_days(per_day=1, days=1)
    async with backfill_of(filings) as backfill:
        backfill.fake_edgar.faults.append(first(99, refused(404), of="master.idx.gz"))
        assert await backfill.run(Plan(FIRST, date(2025, 3, 31))) == expected(filings)
