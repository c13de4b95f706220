"""The fake EDGAR behaves like the real one, as far as the watcher's tests rely on it."""

import gzip
import io
import tarfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
from lxml import etree

from tests.edgar.catalog import Catalog
from tests.edgar.fake_edgar import TIME_HEADER, FakeEdgar
from tests.edgar.filings import Filing
from tests.edgar.samples import every_minute, make_filing

MORNING = datetime(2025, 3, 10, 13, 0, tzinfo=UTC)  # nine in the morning, on the first Monday of daylight saving time
ATOM = "{http://www.w3.org/2005/Atom}"


class Standing:
    """A clock that is moved by hand."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the time that was set."""
        return self.moment


@asynccontextmanager
async def asking(
    filings: Sequence[Filing], moment: datetime, *, agent: str = "tests tests@example.com"
) -> AsyncIterator[tuple[FakeEdgar, Standing, aiohttp.ClientSession]]:
    """Yield a fake EDGAR with these filings, its clock, and a client of it."""
    clock = Standing(moment)
    fake_edgar = FakeEdgar(Catalog(filings), clock)
    async with (
        fake_edgar.running() as origin,
        aiohttp.ClientSession(origin, headers={"User-Agent": agent}) as session,
    ):
        yield fake_edgar, clock, session


def feed_url(form: str = "4", start: int = 0, count: int = 100) -> str:
    """Return the address of a page of the feed."""
    return f"/cgi-bin/browse-edgar?action=getcurrent&type={form}&owner=only&start={start}&count={count}&output=atom"


async def feed(
    session: aiohttp.ClientSession, form: str = "4", start: int = 0, count: int = 100
) -> list[tuple[str, str]]:
    """Return form and title of each entry of a page."""
    async with session.get(feed_url(form, start, count)) as response:
        assert response.status == 200
        page = etree.fromstring(await response.read())
    return [
        (str(category.get("term")), str(entry.findtext(f"{ATOM}title")))
        for entry in page.iter(f"{ATOM}entry")
        for category in entry.iter(f"{ATOM}category")
    ]


async def test_type_parameter_of_the_feed_is_a_prefix() -> None:
    """Type 4 returns prospectuses too."""
    filings = [
        make_filing(1, MORNING),
        make_filing(2, MORNING, form="424B2"),
        make_filing(3, MORNING, form="3"),
        make_filing(4, MORNING, form="4/A"),
    ]
    async with asking(filings, MORNING) as (_, _, session):
        assert {form for form, _ in await feed(session, "4")} == {"4", "424B2", "4/A"}


async def test_feed_has_one_entry_per_party_newest_first() -> None:
    """Owners come before their issuer."""
    filings = [make_filing(1, MORNING), make_filing(2, MORNING + timedelta(seconds=1), owners=2)]
    async with asking(filings, MORNING + timedelta(minutes=1)) as (_, _, session):
        titles = [title for _, title in await feed(session)]
    assert titles == [
        "4 - Doe Jane 2.0 (0001700020) (Reporting)",
        "4 - Doe Jane 2.1 (0001700021) (Reporting)",
        "4 - LANTERN WORKS INC (0000912345) (Issuer)",
        "4 - Doe Jane 1.0 (0001700010) (Reporting)",
        "4 - LANTERN WORKS INC (0000912345) (Issuer)",
    ]


async def test_feed_shifts_while_it_is_paged() -> None:
    """New filings push entries onto the next page, where they are repeated."""
    filings = [*every_minute(60, MORNING), make_filing(99, MORNING + timedelta(hours=2))]
    async with asking(filings, MORNING + timedelta(hours=1)) as (_, clock, session):
        first = await feed(session, count=20)
        clock.moment += timedelta(hours=2)
        second = await feed(session, start=20, count=20)
    assert second[:2] == first[-2:]


async def test_feed_ends_with_a_503() -> None:
    """Beyond two thousand entries there are no more."""
    async with asking(every_minute(1_200, MORNING), MORNING + timedelta(days=1)) as (_, _, session):
        assert len(await feed(session, start=1_900)) == 100
        async with session.get(feed_url(start=2_000)) as response:
            assert response.status == 503
            assert response.content_type == "text/html"


async def test_filing_dropped_by_the_feed_is_in_the_index() -> None:
    """In both daily indexes."""
    dropped = make_filing(1, MORNING, shown_after=None)
    async with asking([dropped, make_filing(2, MORNING)], MORNING + timedelta(hours=14)) as (_, _, session):
        assert len(await feed(session)) == 2
        for kind in ("master", "form"):
            async with session.get(f"/Archives/edgar/daily-index/2025/QTR1/{kind}.20250310.idx") as response:
                assert (await response.text()).count(f"{dropped.accession}.txt") == 2


async def test_daily_index_is_denied_until_late_in_the_evening() -> None:
    """It appears at 22:45 Eastern. Before, it is a 403 that is not throttling."""
    late = datetime(2025, 3, 11, 2, 44, tzinfo=UTC)
    url = "/Archives/edgar/daily-index/2025/QTR1/master.20250310.idx"
    async with asking([make_filing(1, MORNING)], late) as (fake_edgar, clock, session):
        async with session.get(url) as response:
            assert (response.status, response.content_type) == (403, "application/xml")
            assert fake_edgar.traffic.throttles == 0
        clock.moment += timedelta(minutes=1)
        async with session.get(url) as response:
            assert response.status == 200
            assert (
                "912345|LANTERN WORKS INC|4|20250310|edgar/data/912345/0000950170-25-000001.txt"
                in await response.text()
            )


async def test_submission_is_under_each_of_its_parties_and_in_eastern_time() -> None:
    """At the index's path and the folder's, under no other party, and not before it is accepted."""
    filing = make_filing(1, MORNING)
    async with asking([filing], MORNING) as (_, clock, session):
        for path in (
            "912345/0000950170-25-000001.txt",
            "1700010/000095017025000001/0000950170-25-000001.txt",
        ):
            async with session.get(f"/Archives/edgar/data/{path}") as response:
                assert "<ACCEPTANCE-DATETIME>20250310090000\n" in await response.text()
        async with session.get("/Archives/edgar/data/1/0000950170-25-000001.txt") as response:
            assert response.status == 404
        clock.moment -= timedelta(seconds=1)
        async with session.get("/Archives/edgar/data/912345/0000950170-25-000001.txt") as response:
            assert response.status == 404


async def test_quarterly_indexes_and_bulk_archives_contain_past_days() -> None:
    """Both layouts of the index, compressed or not, and every submission of a day."""
    filings = [make_filing(1, MORNING), make_filing(2, MORNING + timedelta(days=1))]
    async with asking(filings, MORNING + timedelta(days=1)) as (_, _, session):
        async with session.get("/Archives/edgar/full-index/2025/QTR1/master.idx") as response:
            plain = await response.read()
        async with session.get("/Archives/edgar/full-index/2025/QTR1/master.idx.gz") as response:
            assert gzip.decompress(await response.read()) == plain
        async with session.get("/Archives/edgar/Feed/2025/QTR1/20250310.nc.tar.gz") as response:
            packed = io.BytesIO(await response.read())
    with tarfile.open(fileobj=packed) as archive:
        names = archive.getnames()
    assert plain.count(b"|4|2025-03-10|") == 2
    assert b"2025-03-11" not in plain
    assert names == ["./0000950170-25-000001.nc"]


async def test_known_version_is_not_sent_again() -> None:
    """By ETag or date; a page with a new entry is a new version."""
    filings = [make_filing(1, MORNING), make_filing(2, MORNING + timedelta(minutes=5))]
    async with asking(filings, MORNING) as (_, clock, session):
        async with session.get(feed_url()) as response:
            tag = response.headers["ETag"]
        async with session.get(feed_url(), headers={"If-None-Match": tag}) as response:
            assert response.status == 304
        clock.moment += timedelta(minutes=5)
        async with session.get(feed_url(), headers={"If-None-Match": tag}) as response:
            assert response.status == 200
        url = "/Archives/edgar/data/912345/0000950170-25-000001.txt"
        async with session.get(url) as response:
            modified = response.headers["Last-Modified"]
        async with session.get(url, headers={"If-Modified-Since": modified}) as response:
            assert response.status == 304


async def test_more_than_ten_requests_in_a_second_are_throttled_for_ten_minutes() -> None:
    """The record counts them."""
    async with asking([make_filing(1, MORNING)], MORNING) as (fake_edgar, clock, session):
        statuses = []
        for _ in range(11):
            async with session.get(feed_url()) as response:
                statuses.append(response.status)
        clock.moment += timedelta(minutes=9)
        async with session.get(feed_url()) as response:
            assert "Request Rate Threshold Exceeded" in await response.text()
        clock.moment += timedelta(minutes=1)
        async with session.get(feed_url()) as response:
            assert response.status == 200
    assert statuses == [200] * 10 + [403]
    assert fake_edgar.traffic.most_in_a_second == 11
    assert fake_edgar.traffic.statuses == {200: 11, 403: 2}
    assert fake_edgar.traffic.throttles == 2


async def test_request_without_a_contact_is_refused() -> None:
    """The User-Agent has to name one."""
    async with (
        asking([make_filing(1, MORNING)], MORNING, agent="Mozilla/5.0") as (_, _, session),
        session.get(feed_url()) as response,
    ):
        assert response.status == 403
        assert "Undeclared Automated Tool" in await response.text()


async def test_time_header_of_a_request_determines_the_page() -> None:
    """For clients in other processes."""
    async with asking([make_filing(1, MORNING + timedelta(hours=1))], MORNING) as (fake_edgar, _, session):
        assert await feed(session) == []
        told = {TIME_HEADER: (MORNING + timedelta(hours=1)).isoformat()}
        async with session.get(feed_url(), headers=told) as response:
            assert b"<entry>" in await response.read()
        assert [asked.at for asked in fake_edgar.traffic.asked] == [MORNING, MORNING + timedelta(hours=1)]
