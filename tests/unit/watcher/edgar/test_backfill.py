"""A backfill over a stand-in for EDGAR: everything the index lists, each filing once, wherever it is interrupted."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from contracts.codec import decode
from contracts.envelope import delivery_of
from contracts.errors import Misconfigured
from contracts.filing_published import FilingPublished
from contracts.topics import FILINGS, WATCHER_CURSOR, WATCHER_DEAD_LETTERS
from services.runtime.port import Output, Record, WriteResult
from services.section16.sgml_header import Header, read_header
from services.section16.vocabulary import FORM_TYPES
from services.watcher.edgar import backfill as backfill_module
from services.watcher.edgar import backfill_plan
from services.watcher.edgar.backfill import edgar_backfill
from services.watcher.edgar.backfill_plan import Plan
from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.limiter import RequestLimiter
from services.watcher.edgar.pending import CURSOR_KEY as LIVE
from services.watcher.edgar.pending import PendingFilings, Reference
from tests.edgar import pages
from tests.edgar.catalog import Catalog
from tests.edgar.fake_edgar import Answer, FakeEdgar
from tests.edgar.faults import (
    broken_off,
    cut_short,
    during,
    first,
    gone,
    now_and_then,
    redirected,
    refused,
    replaced,
)
from tests.edgar.filings import Filing, submission_text
from tests.edgar.samples import make_filing
from tests.edgar.stepping_clock import SteppingClock

CONTACT = "Jane Doe jane@example.com"
MONDAY = datetime(2025, 3, 10, 14, 0, tzinfo=UTC)
FRIDAY = datetime(2025, 4, 4, 14, 0, tzinfo=UTC)
FIRST, LAST = date(2025, 3, 1), date(2025, 4, 3)
ALL = Plan(FIRST, LAST)


def some_days(*, a_day: int = 3, days: int = 25) -> list[Filing]:
    """So many filings on each business day from the Monday on, over the end of a quarter; forms in turn."""
    forms = ("4", "3", "4/A", "424B2", "5")
    moments = [MONDAY + timedelta(days=number) for number in range(days)]
    return [
        make_filing(100 * day + number, moment + timedelta(minutes=number), form=forms[(day + number) % 5], owners=2)
        for day, moment in enumerate(moments)
        if moment.weekday() < 5
        for number in range(a_day)
    ]


class Told:
    """Is told how the backfill gets on."""

    def __init__(self) -> None:
        self.days = 0
        self.reached: list[tuple[date, float]] = []
        self.published = 0
        self.dead = 0
        self.left = 0
        self.notes: list[str] = []

    def begin(self, days: int, note: str | None) -> None:
        """See `Progress.begin`."""
        self.days = days
        self.notes += [note] if note else []

    def reach(self, day: date, days: float) -> None:
        """See `Progress.reach`."""
        self.reached.append((day, days))

    def publish(self, filings: int, dead: int) -> None:
        """See `Progress.publish`."""
        self.published += filings
        self.dead += dead

    def leave(self, filings: int) -> None:
        """See `Progress.leave`."""
        self.left += filings

    def end(self, note: str) -> None:
        """See `Progress.end`."""
        self.notes.append(note)


class Bench:
    """A stand-in, a client of it, and the log that runs of the backfill write to."""

    def __init__(self, stand_in: FakeEdgar, client: EdgarClient, clock: SteppingClock) -> None:
        self.stand_in = stand_in
        self.client = client
        self.clock = clock
        self.log: list[Output] = []
        self.told = Told()

    async def run(self, plan: Plan = ALL, *, batches: int | None = None) -> Sequence[str]:
        """Run to the end, or until so many batches are committed; the accession numbers published, in order."""
        self.told = Told()
        service = edgar_backfill(self.client, self.clock, plan, self.told)
        feed = service.source()
        for offset, output in enumerate(each for each in self.log if each.topic is WATCHER_CURSOR):
            record = Record(WATCHER_CURSOR.name, 0, offset, output.key, output.value)
            if service.restores(record):
                feed.restore(record)
        published: list[str] = []
        while batches != 0 and (outputs := await feed.next_batch()) is not None:
            self.log += outputs
            feed.committed([WriteResult(0, number) for number, _ in enumerate(outputs)])
            published += [(output.key or b"").decode() for output in outputs if output.topic is not WATCHER_CURSOR]
            batches = batches - 1 if batches is not None else None
        if batches == 0:
            await feed.next_batch()  # which is never committed: killed between the two
        return published

    def filings(self) -> list[FilingPublished]:
        """All filings in the log."""
        return [decode(output.value, FilingPublished) for output in self.log if output.topic is FILINGS]

    def live(self, pending: PendingFilings) -> None:
        """A watcher has written its pending."""
        self.log += [Output(WATCHER_CURSOR, key.encode(), value) for key, value in pending.changes()]


@asynccontextmanager
async def over(filings: Sequence[Filing], *, now: datetime = FRIDAY) -> AsyncIterator[Bench]:
    """A bench over an EDGAR that holds these filings."""
    clock = SteppingClock(now)
    stand_in = FakeEdgar(Catalog(filings), clock)
    async with (
        stand_in.running() as origin,
        EdgarClient(origin, CONTACT, clock, RequestLimiter(clock), timeout=0.5) as client,
    ):
        yield Bench(stand_in, client, clock)


def wanted(filings: Sequence[Filing], forms: Sequence[str] = FORM_TYPES) -> list[str]:
    """The accession numbers that a backfill of all days is to publish, in its order."""
    found = [filing for filing in filings if filing.form in forms]
    return [filing.accession for filing in sorted(found, key=lambda filing: (filing.filed_on, filing.accession))]


@pytest.fixture(autouse=True)
def few_are_worth_an_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days of these tests have few filings."""
    monkeypatch.setattr(backfill_module, "_WORTH_AN_ARCHIVE", 2)


@pytest.mark.parametrize("archives", [False, True], ids=["one by one", "from archives"])
async def test_every_section_16_filing_of_the_days_is_published_once_and_in_order(archives: bool) -> None:
    """Of several parties once, of other forms none, over the end of a quarter; a second run has nothing to do."""
    filings = some_days()
    plan = Plan(FIRST, LAST, archives=archives)
    async with over(filings) as bench:
        assert await bench.run(plan) == wanted(filings)
        assert bench.told.published == len(wanted(filings))
        assert bench.told.days == (LAST - FIRST).days + 1
        assert bench.told.reached[-1] == (LAST, bench.told.days)
        assert [days for _, days in bench.told.reached] == sorted(days for _, days in bench.told.reached)
        asked = bench.stand_in.traffic.total
        assert await bench.run(plan) == []
        assert bench.stand_in.traffic.total == asked
    for output in bench.log:
        assert output.topic is WATCHER_CURSOR or delivery_of(output.headers) == "backfill"
    sources = {filing.source for filing in bench.filings()}
    assert sources == {"edgar-bulk" if archives else "edgar-index"}
    by_number = {filing.accession: filing for filing in filings}
    assert all(filing.filed_on == by_number[filing.filing_id].filed_on for filing in bench.filings())


async def test_archives_take_few_requests() -> None:
    """One a day, beside the indexes, instead of one a filing."""
    filings = some_days(a_day=10)
    async with over(filings) as bench:
        await bench.run(Plan(FIRST, LAST, archives=True))
        assert bench.stand_in.traffic.paths("/Archives/edgar/data/") == []
        assert len(bench.stand_in.traffic.paths("/Feed/")) == len({filing.filed_on for filing in filings})


async def test_only_the_forms_and_days_asked_for_are_published_and_others_later() -> None:
    """What was left out then is not taken to be done."""
    filings = some_days()
    async with over(filings) as bench:
        fours = await bench.run(Plan(FIRST, date(2025, 3, 20), frozenset({"4", "4/A"})))
        assert (
            fours
            == [
                each
                for each in wanted(filings, ("4", "4/A"))
                if bench.stand_in.world.section_16()[each].filed_on.day <= 20
            ][: len(fours)]
        )
        assert fours
        rest = await bench.run()
        assert bench.told.days == (LAST - FIRST).days + 1
        await bench.run(Plan(date(2025, 2, 27), LAST))
        assert bench.told.days == 2  # what is done is not gone through again
    assert sorted([*fours, *rest]) == sorted(wanted(filings))


@pytest.mark.parametrize("archives", [False, True], ids=["one by one", "from archives"])
async def test_a_backfill_stopped_at_any_batch_goes_on_where_it_was(
    archives: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after each batch in turn, whole days and halves: in the end everything is there once."""
    monkeypatch.setattr(backfill_module, "_AT_ONCE", 2)
    monkeypatch.setattr(backfill_plan, "_MOST_FILINGS", 2)
    filings = some_days(a_day=5, days=9)
    plan = Plan(FIRST, LAST, archives=archives)
    published: list[str] = []
    async with over(filings) as bench:
        runs = 0
        while more := await bench.run(plan, batches=1):
            published += more
            runs += 1
        await bench.run(plan)
    assert published == wanted(filings)
    assert runs > 10


async def test_a_batch_that_was_not_committed_is_published_by_the_next_run() -> None:
    """What was fetched and is not in the log does not count."""
    filings = some_days(days=2)
    async with over(filings) as bench:
        feed = edgar_backfill(bench.client, bench.clock, ALL, bench.told).source()
        assert await feed.next_batch()
        assert await bench.run() == wanted(filings)


async def test_days_from_the_watchers_first_on_are_its_own() -> None:
    """It owes them all: a backfill beside it ends the day before, and says why."""
    filings = some_days()
    pending = PendingFilings()
    pending.start(date(2025, 3, 17))
    async with over(filings) as bench:
        bench.live(pending)
        published = await bench.run()
        assert bench.told.notes == ["filings since 2025-03-17 belong to the watcher, which was started that day"]
    assert published == wanted([filing for filing in filings if filing.filed_on < date(2025, 3, 17)])


async def test_what_the_watcher_has_published_of_an_earlier_day_is_not_published_again() -> None:
    """An index may list a filing days after it was filed; it was the watcher's then."""
    filings = some_days()
    late = wanted(filings)[0]
    pending = PendingFilings()
    pending.start(date(2025, 4, 3))
    pending.publish(Reference(late, "4", "/x", date(2025, 4, 3), None, "edgar-index", FRIDAY))
    async with over(filings) as bench:
        bench.live(pending)
        assert late not in await bench.run()


async def test_today_is_left_to_whoever_watches_tomorrow() -> None:
    """A day that is not over has no index, and may be the one that a watcher is begun on."""
    filings = some_days()
    async with over(filings, now=MONDAY + timedelta(days=2)) as bench:
        published = await bench.run()
        assert bench.told.notes == ["2025-03-11 is the last complete day"]
        assert bench.told.days == 11
    assert published == wanted([filing for filing in filings if filing.filed_on <= date(2025, 3, 11)])


async def test_a_day_that_the_index_does_not_reach_yet_is_not_taken_to_be_empty() -> None:
    """The current quarter's index is late: the backfill ends there, says so, and another run takes up the rest."""
    filings = some_days(days=3)
    async with over(filings, now=MONDAY + timedelta(days=3)) as bench:
        world = bench.stand_in.world
        appears = world.index_appears
        world.index_appears = lambda day: appears(day) + timedelta(days=1)
        early = await bench.run()
        assert early == wanted([filing for filing in filings if filing.filed_on < date(2025, 3, 12)])
        assert bench.told.notes[-1] == "EDGAR's index of 2025/QTR1 reaches to 2025-03-11 so far"
        world.index_appears = appears
        assert [*early, *await bench.run()] == wanted(filings)


async def test_a_weekend_at_the_end_needs_no_index() -> None:
    """Nothing is filed on it, so the index need not reach it."""
    filings = some_days(days=5)
    async with over(filings, now=MONDAY + timedelta(days=6)) as bench:
        assert await bench.run() == wanted(filings)
        assert bench.told.notes == ["2025-03-15 is the last complete day"]


async def test_a_quarter_that_is_over_and_has_no_index_ends_the_backfill() -> None:
    """It must not be taken for a quarter without filings."""
    async with over(some_days(), now=FRIDAY) as bench:
        with pytest.raises(Misconfigured, match="no_index: EDGAR has no index of 2024/QTR4"):
            await bench.run(Plan(date(2024, 12, 1), LAST))


async def test_a_quarter_too_young_for_an_index_is_waited_for_by_another_run() -> None:
    """On its first days."""
    filings = some_days(days=5)
    async with over(filings, now=datetime(2025, 4, 2, 14, tzinfo=UTC)) as bench:
        assert await bench.run() == wanted(filings)
        assert bench.told.notes[-1] == "there is no index of 2025/QTR2 yet"


TROUBLES = {
    "cut off": cut_short,
    "broken off": broken_off,
    "a page instead": replaced(pages.UNAVAILABLE),
    "unavailable": refused(503),
    "throttled": refused(403, pages.THROTTLED),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_an_archive_that_is_not_whole_is_asked_for_again(trouble: str) -> None:
    """Nothing of it is published before its checksum holds."""
    filings = some_days(a_day=5, days=1)
    async with over(filings) as bench:
        bench.stand_in.faults.append(first(2, TROUBLES[trouble], of="/Feed/"))
        with capture_logs() as lines:
            assert await bench.run(Plan(FIRST, LAST, archives=True)) == wanted(filings)
        assert len(bench.stand_in.traffic.paths("/Feed/")) == 3
    assert {filing.source for filing in bench.filings()} == {"edgar-bulk"}
    assert [line["event"] for line in lines].count("archive_failed") == 2


async def test_what_an_archive_does_not_give_is_fetched_one_by_one() -> None:
    """One that stays damaged, one that is missing, and one that lacks a filing: the index says what there is."""
    filings = some_days(a_day=5, days=3)
    lacking = wanted(filings)[-1]

    async def lacks(request: web.Request, _now: datetime, answer: Answer) -> web.StreamResponse:
        if "20250312.nc" in request.path:
            held = [one for one in filings if one.filed_on == date(2025, 3, 12) and one.accession != lacking]
            return web.Response(body=pages.bulk_archive(held))
        return await answer()

    async with over(filings) as bench:
        bench.stand_in.faults += [
            first(99, cut_short, of="20250310.nc"),
            first(99, refused(404), of="20250311.nc"),
            lacks,
        ]
        assert sorted(await bench.run(Plan(FIRST, LAST, archives=True))) == sorted(wanted(filings))
    one_by_one = {filing.filing_id for filing in bench.filings() if filing.source == "edgar-index"}
    assert one_by_one == {*wanted([one for one in filings if one.filed_on < date(2025, 3, 12)]), lacking}


async def test_a_submission_under_another_party_is_found_there() -> None:
    """The index's first path may lead nowhere."""
    filings = some_days(a_day=1, days=1)
    async with over(filings) as bench:
        bench.stand_in.faults.append(first(1, refused(404), of="/edgar/data/"))
        assert await bench.run() == wanted(filings)


async def test_a_filing_that_is_nowhere_to_be_had_becomes_a_dead_letter() -> None:
    """It was withdrawn, say: it must neither be passed over in silence nor hold up all that follows."""
    filings = some_days(a_day=2, days=1)
    gone = wanted(filings)[0]
    async with over(filings) as bench:
        bench.stand_in.faults.append(first(99, refused(404), of=gone))
        assert sorted(await bench.run()) == wanted(filings)
        assert (bench.told.published, bench.told.dead) == (1, 1)
        assert await bench.run() == []
    (letter,) = [output for output in bench.log if output.topic is WATCHER_DEAD_LETTERS]
    assert (letter.key or b"").decode() == gone
    assert b"not_there" in (dict(letter.headers)["__connect.errors.exception.message"] or b"")


@pytest.mark.parametrize("archives", [False, True], ids=["one by one", "from archives"])
async def test_submission_that_exposes_a_defect_becomes_a_dead_letter_and_the_backfill_goes_on(
    archives: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise every run of the backfill would end at this submission."""
    filings = some_days(a_day=5, days=1)
    bad, *good = wanted(filings)

    def read_header_or_fail(head: str) -> Header:
        if bad in head:
            raise IndexError("out of range")
        return read_header(head)

    monkeypatch.setattr("services.watcher.edgar.submission.read_header", read_header_or_fail)
    async with over(filings) as bench:
        assert sorted(await bench.run(Plan(FIRST, LAST, archives=archives))) == [bad, *good]
        assert (bench.told.published, bench.told.dead) == (len(good), 1)
        assert await bench.run(Plan(FIRST, LAST, archives=archives)) == []
    (letter,) = [output for output in bench.log if output.topic is WATCHER_DEAD_LETTERS]
    assert (letter.key or b"").decode() == bad
    assert bad.encode() in (letter.value or b"")
    assert b"watcher_defect: " in (dict(letter.headers)["__connect.errors.exception.message"] or b"")


async def test_a_submission_that_lacks_its_end_is_asked_for_again_and_then_taken_as_it_is() -> None:
    """A few were filed so."""
    filings = some_days(a_day=1, days=1)
    async with over(filings) as bench:

        async def without_end(request: web.Request, _now: datetime, answer: Answer) -> web.StreamResponse:
            right = await answer()
            if "/edgar/data/" not in request.path:
                return right
            return web.Response(body=submission_text(filings[0]).removesuffix("</SEC-DOCUMENT>\n").encode())

        bench.stand_in.faults.append(without_end)
        assert await bench.run() == wanted(filings)
        assert len(bench.stand_in.traffic.paths("/edgar/data/")) > 2
    assert "</SEC-DOCUMENT>" not in bench.filings()[0].content


async def test_what_edgar_does_not_give_at_once_is_asked_for_later() -> None:
    """The others of its group are published meanwhile, and nothing else waits."""
    filings = some_days(a_day=5, days=2)
    async with over(filings) as bench:
        bench.stand_in.faults.append(first(4, refused(500), of=wanted(filings)[1]))
        published = await bench.run()
        assert sorted(published) == sorted(wanted(filings))
        assert published.index(wanted(filings)[1]) > published.index(wanted(filings)[3])
        assert bench.told.left == 0


async def test_what_edgar_never_gives_is_left_to_another_run() -> None:
    """It holds up no other filing, its day is not taken to be done, and no other of that day is asked for again."""
    filings = some_days(a_day=5, days=3)
    failing = wanted(filings)[1]
    async with over(filings) as bench:
        bench.stand_in.faults.append(first(10_000, refused(500), of=failing))
        with capture_logs() as lines:
            published = await bench.run()
        assert published == [number for number in wanted(filings) if number != failing]
        assert bench.told.left == 1
        assert {line["first"] for line in lines if line["event"] == "filings_not_fetched"} == {failing}
        bench.stand_in.faults.clear()
        asked = len(bench.stand_in.traffic.paths("/edgar/data/"))
        assert await bench.run() == [failing]
        assert len(bench.stand_in.traffic.paths("/edgar/data/")) == asked + 1
        assert bench.told.left == 0
        assert await bench.run() == []


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_goes_wrong_every_filing_is_there_once(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of all answers are bad in some way, and the process is killed again and again, anywhere."""
    monkeypatch.setattr(backfill_plan, "_MOST_FILINGS", 3)
    chance = random.Random(seed)  # noqa: S311 - the same every time
    filings = some_days(a_day=9, days=12)
    bad = [*TROUBLES.values(), gone, redirected("https://elsewhere.example"), refused(404), refused(429)]
    async with over(filings) as bench:
        bench.stand_in.faults.append(now_and_then(0.25, bad, seed=seed))
        for _ in range(12):
            with suppress(Misconfigured):  # an index that is said not to be there ends a run, and no more
                archives = chance.random() < 0.7
                await bench.run(Plan(FIRST, LAST, archives=archives), batches=chance.randrange(1, 12))
        assert bench.filings()
        bench.stand_in.faults.clear()
        await bench.run()
        written = [(output.key or b"").decode() for output in bench.log if output.topic is not WATCHER_CURSOR]
    assert sorted(written) == sorted(wanted(filings))
    assert len(bench.filings()) == len(written)


async def test_an_outage_is_waited_out() -> None:
    """Of the index too, and without a request more than now and then."""
    filings = some_days(a_day=5, days=1)
    async with over(filings) as bench:
        bench.stand_in.faults.append(during(FRIDAY, FRIDAY + timedelta(minutes=20), refused(503)))
        assert await bench.run() == wanted(filings)
        assert bench.stand_in.traffic.statuses[503] < 50


async def test_a_damaged_index_line_is_told_and_the_others_are_followed() -> None:
    """It stays as it is for years: nobody could ever backfill the quarter."""
    filings = some_days(a_day=2, days=1)
    damaged = b"1234567|DAMAGED CO|4|2025-03-1\n"

    async def index(request: web.Request, _now: datetime, answer: Answer) -> web.StreamResponse:
        if "master.idx" not in request.path:
            return await answer()
        content = pages.master_index(filings, last=date(2025, 3, 31), daily=False)
        return web.Response(body=pages.compressed(content + damaged + content.splitlines(keepends=True)[-1]))

    async with over(filings) as bench:
        bench.stand_in.faults.append(index)
        with capture_logs() as lines:
            assert await bench.run(Plan(FIRST, date(2025, 3, 31))) == wanted(filings)
    (told,) = [line for line in lines if line["event"] == "index_damaged"]
    assert (told["lines"], told["first"]) == (1, "1234567|DAMAGED CO|4|2025-03-1")


@pytest.mark.parametrize("trouble", [cut_short, replaced(pages.UNAVAILABLE)])
async def test_an_index_that_is_not_whole_is_asked_for_again(trouble: object) -> None:
    """A packed one shows it by its checksum."""
    filings = some_days(a_day=1, days=1)
    async with over(filings) as bench:
        bench.stand_in.faults.append(first(1, trouble, of="master.idx"))  # type: ignore[arg-type]
        assert await bench.run(Plan(FIRST, date(2025, 3, 31))) == wanted(filings)


async def test_a_mirror_without_packed_indexes_will_do() -> None:
    """The plain one says the same."""
    filings = some_days(a_day=1, days=1)
    async with over(filings) as bench:
        bench.stand_in.faults.append(first(99, refused(404), of="master.idx.gz"))
        assert await bench.run(Plan(FIRST, date(2025, 3, 31))) == wanted(filings)


def test_the_backfill_is_no_other_feeds_and_is_given_the_watchers_records() -> None:
    """It commits for itself, so that it may run beside the watcher; and knows from when on days are the watcher's."""
    clock = SteppingClock(FRIDAY)
    client = EdgarClient("http://127.0.0.1:1", CONTACT, clock, RequestLimiter(clock))
    service = edgar_backfill(client, clock, ALL, Told())
    assert service.group == "insidertape.watcher.edgar-backfill"
    assert service.also_restores == (LIVE,)
