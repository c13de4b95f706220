"""Backfills against a fake EDGAR: every listed filing once, with interruptions at any point."""

from datetime import date

import pytest

from contracts.envelope import delivery_of
from contracts.topics import WATCHER_CURSOR
from services.watcher.edgar import backfill as backfill_module
from services.watcher.edgar import backfill_plan
from services.watcher.edgar.backfill import edgar_backfill
from services.watcher.edgar.backfill_plan import Plan
from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.limiter import RequestLimiter
from services.watcher.edgar.pending import CURSOR_KEY as LIVE
from tests.edgar.stepping_clock import SteppingClock
from tests.unit.watcher.edgar.backfill_harness import (
    ALL,
    CONTACT,
    FIRST,
    FRIDAY,
    LAST,
    RecordedProgress,
    backfill_of,
    expected,
    filings_of_days,
)

pytestmark = pytest.mark.usefixtures("archives_are_worth_two_filings")


@pytest.mark.parametrize("archives", [False, True], ids=["one by one", "from archives"])
async def test_all_section_16_filings_of_the_range_are_published_once_and_in_order(archives: bool) -> None:
    """Filings of several parties come once and other forms not at all. A second run sends no requests."""
    filings = filings_of_days()
    plan = Plan(FIRST, LAST, archives=archives)
    async with backfill_of(filings) as backfill:
        assert await backfill.run(plan) == expected(filings)
        assert backfill.progress.published == len(expected(filings))
        assert backfill.progress.days == (LAST - FIRST).days + 1
        assert backfill.progress.reached[-1] == (LAST, backfill.progress.days)
        assert [days for _, days in backfill.progress.reached] == sorted(days for _, days in backfill.progress.reached)
        asked = backfill.fake_edgar.traffic.total
        assert await backfill.run(plan) == []
        assert backfill.fake_edgar.traffic.total == asked
    for output in backfill.log:
        assert output.topic is WATCHER_CURSOR or delivery_of(output.headers) == "backfill"
    sources = {filing.source for filing in backfill.filings()}
    assert sources == {"edgar-bulk" if archives else "edgar-index"}
    by_number = {filing.accession: filing for filing in filings}
    assert all(filing.filed_on == by_number[filing.filing_id].filed_on for filing in backfill.filings())


async def test_archives_need_one_request_per_day() -> None:
    """Otherwise each filing would need a request, besides the indexes."""
    filings = filings_of_days(per_day=10)
    async with backfill_of(filings) as backfill:
        await backfill.run(Plan(FIRST, LAST, archives=True))
        assert backfill.fake_edgar.traffic.paths("/Archives/edgar/data/") == []
        assert len(backfill.fake_edgar.traffic.paths("/Feed/")) == len({filing.filed_on for filing in filings})


async def test_selected_forms_and_days_are_published_and_the_others_by_a_later_run() -> None:
    """Omitted forms and days must not count as done."""
    filings = filings_of_days()
    async with backfill_of(filings) as backfill:
        fours = await backfill.run(Plan(FIRST, date(2025, 3, 20), frozenset({"4", "4/A"})))
        assert (
            fours
            == [
                each
                for each in expected(filings, ("4", "4/A"))
                if backfill.fake_edgar.catalog.section_16()[each].filed_on.day <= 20
            ][: len(fours)]
        )
        assert fours
        rest = await backfill.run()
        assert backfill.progress.days == (LAST - FIRST).days + 1
        await backfill.run(Plan(date(2025, 2, 27), LAST))
        assert backfill.progress.days == 2  # completed days are not processed again
    assert sorted([*fours, *rest]) == sorted(expected(filings))


@pytest.mark.parametrize("archives", [False, True], ids=["one by one", "from archives"])
async def test_backfill_killed_after_any_batch_continues_from_there(
    archives: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kills are after complete and partial days; in the end every filing is published once."""
    monkeypatch.setattr(backfill_module, "_AT_ONCE", 2)
    monkeypatch.setattr(backfill_plan, "_MOST_FILINGS", 2)
    filings = filings_of_days(per_day=5, days=9)
    plan = Plan(FIRST, LAST, archives=archives)
    published: list[str] = []
    async with backfill_of(filings) as backfill:
        runs = 0
        while more := await backfill.run(plan, batches=1):
            published += more
            runs += 1
        await backfill.run(plan)
    assert published == expected(filings)
    assert runs > 10


async def test_uncommitted_batch_is_published_by_the_next_run() -> None:
    """Only committed filings count as published."""
    filings = filings_of_days(days=2)
    async with backfill_of(filings) as backfill:
        feed = edgar_backfill(backfill.client, backfill.clock, ALL, backfill.progress).source()
        assert await feed.next_batch()
        assert await backfill.run() == expected(filings)


def test_backfill_has_its_own_group_and_also_restores_the_watchers_cursor() -> None:
    """It can therefore run next to the watcher, and knows the days that are the watcher's."""
    clock = SteppingClock(FRIDAY)
    client = EdgarClient("http://127.0.0.1:1", CONTACT, clock, RequestLimiter(clock))
    service = edgar_backfill(client, clock, ALL, RecordedProgress())
    assert service.group == "insidertape.watcher.edgar-backfill"
    assert service.also_restores == (LIVE,)
