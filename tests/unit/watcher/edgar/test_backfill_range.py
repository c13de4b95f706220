"""The days that a backfill covers, and its last day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from contracts.errors import Misconfigured
from services.watcher.edgar.backfill_plan import Plan
from services.watcher.edgar.pending import PendingFilings, Reference
from tests.unit.watcher.edgar.backfill_harness import (
    FRIDAY,
    LAST,
    MONDAY,
    backfill_of,
    expected,
    filings_of_days,
)


async def test_backfill_ends_the_day_before_the_watchers_first_day() -> None:
    """The watcher publishes all later days, and the note says so."""
    filings = filings_of_days()
    pending = PendingFilings()
    pending.start(date(2025, 3, 17))
    async with backfill_of(filings) as backfill:
        backfill.add_watchers_cursor(pending)
        published = await backfill.run()
        assert backfill.progress.notes == ["filings since 2025-03-17 belong to the watcher, which was started that day"]
    assert published == expected([filing for filing in filings if filing.filed_on < date(2025, 3, 17)])


async def test_filing_of_an_earlier_day_that_the_watcher_published_is_skipped() -> None:
    """An index may list a filing days after it was filed, when the watcher is responsible."""
    filings = filings_of_days()
    late = expected(filings)[0]
    pending = PendingFilings()
    pending.start(date(2025, 4, 3))
    pending.publish(Reference(late, "4", "/x", date(2025, 4, 3), None, "edgar-index", FRIDAY))
    async with backfill_of(filings) as backfill:
        backfill.add_watchers_cursor(pending)
        assert late not in await backfill.run()


async def test_backfill_ends_yesterday() -> None:
    """Today does not have an index yet, and may become a watcher's first day."""
    filings = filings_of_days()
    async with backfill_of(filings, now=MONDAY + timedelta(days=2)) as backfill:
        published = await backfill.run()
        assert backfill.progress.notes == ["2025-03-11 is the last complete day"]
        assert backfill.progress.days == 11
    assert published == expected([filing for filing in filings if filing.filed_on <= date(2025, 3, 11)])


async def test_backfill_ends_where_the_index_of_the_current_quarter_ends() -> None:
    """Later days must not count as empty; another run publishes them."""
    filings = filings_of_days(days=3)
    async with backfill_of(filings, now=MONDAY + timedelta(days=3)) as backfill:
        catalog = backfill.fake_edgar.catalog
        appears = catalog.index_appears
        catalog.index_appears = lambda day: appears(day) + timedelta(days=1)
        early = await backfill.run()
        assert early == expected([filing for filing in filings if filing.filed_on < date(2025, 3, 12)])
        assert backfill.progress.notes[-1] == "EDGAR's index of 2025/QTR1 reaches to 2025-03-11 so far"
        catalog.index_appears = appears
        assert [*early, *await backfill.run()] == expected(filings)


async def test_index_need_not_cover_a_weekend_at_the_end_of_the_range() -> None:
    """Nothing is filed on a weekend."""
    filings = filings_of_days(days=5)
    async with backfill_of(filings, now=MONDAY + timedelta(days=6)) as backfill:
        assert await backfill.run() == expected(filings)
        assert backfill.progress.notes == ["2025-03-15 is the last complete day"]


async def test_past_quarter_without_an_index_ends_the_backfill_with_an_error() -> None:
    """It must not count as a quarter without filings."""
    async with backfill_of(filings_of_days(), now=FRIDAY) as backfill:
        with pytest.raises(Misconfigured, match="no_index: EDGAR has no index of 2024/QTR4"):
            await backfill.run(Plan(date(2024, 12, 1), LAST))


async def test_new_quarter_without_an_index_is_left_to_another_run() -> None:
    """The index appears only after its first days."""
    filings = filings_of_days(days=5)
    async with backfill_of(filings, now=datetime(2025, 4, 2, 14, tzinfo=UTC)) as backfill:
        assert await backfill.run() == expected(filings)
        assert backfill.progress.notes[-1] == "there is no index of 2025/QTR2 yet"
