"""Pending filings whose submission is unavailable, damaged or unusable."""

from datetime import datetime, timedelta

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from services.section16.sgml_header import Header, read_header
from tests.edgar import faults, pages
from tests.edgar.catalog import Catalog
from tests.edgar.fake_edgar import Respond
from tests.edgar.filings import submission_text
from tests.edgar.samples import every_minute, make_filing
from tests.edgar.watcher_harness import WatcherHarness
from tests.unit.watcher.edgar.source_helpers import at, numbers, run_once


def test_unavailable_filing_delays_no_other_and_is_not_forgotten() -> None:
    """It stays pending across restarts, is retried ever more rarely, and is published once available."""
    stuck, others = make_filing(99, at(10)), every_minute(3, at(11))

    async def gone(request: web.Request, now: datetime, respond: Respond) -> web.StreamResponse:
        if stuck.accession in request.path and now < at(12, days=21):
            return web.Response(status=404, body=pages.NOT_FOUND)
        return await respond()

    async def work(watcher: WatcherHarness) -> None:
        for days in range(20):
            await watcher.watch(at(16, days=days))
            assert watcher.waiting == [stuck.accession]
        asked = len(watcher.fake_edgar.traffic.paths(stuck.accession))
        assert 20 < asked < 20 * 24 + 200
        await watcher.watch(at(16, days=21))

    watcher = WatcherHarness(Catalog([stuck, *others]), at(12), gone, poll_interval=3_600)
    with capture_logs() as logs:
        watcher.run(work)
    assert watcher.numbers == [*numbers(others), stuck.accession]
    assert watcher.waiting == []
    logged = [line for line in logs if line["event"] == "filing_not_fetched"]
    assert {line["filing_id"] for line in logged} == {stuck.accession}
    assert logged[-1]["waiting_seconds"] > timedelta(days=19).total_seconds()


@pytest.mark.parametrize(
    "response", [faults.cut_short, faults.replaced(pages.UNAVAILABLE), faults.replaced(b""), faults.gone]
)
def test_submission_with_a_bad_response_is_requested_again(response: faults.BadResponse) -> None:
    """Truncated gzip, an error page, an empty body, a dropped connection."""
    (filing,) = every_minute(1, at(10))

    async def work(watcher: WatcherHarness) -> None:
        await watcher.watch(at(12, 5))

    watcher = WatcherHarness(Catalog([filing]), at(12), faults.first(3, response, of=filing.accession))
    watcher.run(work)
    assert watcher.numbers == [filing.accession]


def test_submission_filed_without_an_end_mark_is_published_after_some_retries() -> None:
    """A missing end mark may also mean that the download was cut off."""
    (filing,) = every_minute(1, at(10))
    endless = submission_text(filing).replace("</SEC-DOCUMENT>", "").encode()

    async def work(watcher: WatcherHarness) -> None:
        await watcher.watch(at(12, 10))

    watcher = WatcherHarness(
        Catalog([filing]), at(12), faults.first(100, faults.replaced(endless), of=filing.accession)
    )
    watcher.run(work)
    assert watcher.numbers == [filing.accession]
    assert 3 < len(watcher.fake_edgar.traffic.paths(filing.accession)) < 10


def test_oversized_submission_becomes_a_dead_letter_with_a_pointer(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is neither requested again nor pending."""
    monkeypatch.setattr("services.watcher.edgar.submission_fetcher.MOST_READ", 100)
    (filing,) = every_minute(1, at(10))
    watcher = WatcherHarness(Catalog([filing]), at(12))
    watcher.run(run_once)
    (dead_letter,) = watcher.dead_letters
    assert filing.accession.encode() in (dead_letter.value or b"")
    assert (watcher.filings, watcher.waiting) == ([], [])


def test_submission_that_exposes_a_defect_becomes_a_dead_letter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The dead letter has its text and the error; otherwise every start of the watcher would end at this submission."""
    bad, good = every_minute(2, at(10))

    def defective(head: str) -> Header:
        if bad.accession in head:
            raise IndexError("out of range")
        return read_header(head)

    monkeypatch.setattr("services.watcher.edgar.submission.read_header", defective)
    watcher = WatcherHarness(Catalog([bad, good]), at(12))
    watcher.run(run_once)
    (dead_letter,) = watcher.dead_letters
    assert dead_letter.value == submission_text(bad).encode()
    assert b"watcher_defect: " in (dict(dead_letter.headers)["__connect.errors.exception.message"] or b"")
    assert (watcher.numbers, watcher.waiting) == ([good.accession], [])


def test_outage_is_not_repeated_for_every_pending_filing() -> None:
    """In an hour with two hundred pending filings few requests are sent, and afterwards all filings are published."""
    filings = every_minute(200, at(8))
    away = faults.during(at(12, 1), at(13), faults.refused(503))

    async def work(watcher: WatcherHarness) -> None:
        source = watcher.opened(follow=True)
        watcher.commit(source, await source.next_batch() or ())
        watcher.commit(source, await source.next_batch() or ())
        await watcher.clock.sleep(90)
        before = watcher.fake_edgar.traffic.total
        await watcher.watch(at(13))
        assert watcher.fake_edgar.traffic.total - before < 500
        await watcher.watch(at(13, 15))

    watcher = WatcherHarness(Catalog(filings), at(12), away)
    watcher.run(work)
    assert sorted(watcher.numbers) == sorted(numbers(filings))
