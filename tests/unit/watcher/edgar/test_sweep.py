"""A sweep of the feed: back to what was seen before, past entries that would mislead it, and no further."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from services.watcher.edgar.client import EdgarClient
from services.watcher.edgar.limiter import RequestLimiter
from services.watcher.edgar.sweep import Sweep, Sweeper
from tests.edgar import faults
from tests.edgar.catalog import Catalog
from tests.edgar.fake_edgar import FakeEdgar, Fault
from tests.edgar.filings import Filing
from tests.edgar.hooks import simulated_time
from tests.edgar.pages import feed_entry, feed_page
from tests.edgar.samples import make_filing
from tests.edgar.simulated_clock import SimulatedClock, run_simulated

NOON = datetime(2025, 3, 10, 16, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def swept(filings: Sequence[Filing], since: datetime, *faults: Fault, times: int = 1) -> list[Sweep]:
    """So many sweeps at noon, one after another."""
    clock = SimulatedClock(NOON)
    fake_edgar = FakeEdgar(Catalog(filings), clock)
    fake_edgar.faults = [*faults]

    async def main() -> list[Sweep]:
        limiter, traces = RequestLimiter(clock), [simulated_time(clock)]
        async with (
            fake_edgar.running() as origin,
            EdgarClient(origin, "tests@example.com", clock, limiter, traces=traces) as client,
        ):
            sweeper = Sweeper(client)
            return [await sweeper.sweep("4", since) for _ in range(times)]

    return run_simulated(clock, main())


def every_second(count: int) -> list[Filing]:
    """Filings of two entries each, a second apart, the last at noon."""
    return [make_filing(n, NOON - n * SECOND) for n in range(count)]


def test_it_goes_back_two_minutes_behind_what_was_seen_before() -> None:
    """Of three hundred filings of the last five minutes, those of the last three: four pages."""
    (sweep,) = swept(every_second(300), since=NOON - 60 * SECOND)
    assert sweep.pages == 4
    assert sweep.seen_until == NOON
    assert len(sweep.entries) == 200


def test_a_feed_that_has_not_changed_is_told_in_one_request() -> None:
    """And brings nothing."""
    sweeps = swept(every_second(300), since=NOON, times=2)
    assert sweeps[1] == Sweep()


def test_an_entry_with_a_wrong_time_does_not_end_a_sweep() -> None:
    """One of years ago among those of this minute: what lies behind it is looked at all the same."""
    wrong = make_filing(999, NOON - timedelta(days=4_000))
    entries = [feed_entry(filing, party) for filing in every_second(50) for party in filing.parties]
    entries[7:9] = [feed_entry(wrong, party) for party in wrong.parties]
    first_page = faults.first(1, faults.replaced(feed_page(entries, NOON)), of="start=0&")
    (sweep,) = swept(every_second(150), NOON - timedelta(hours=1), first_page)
    assert sweep.pages > 1
    assert {entry.accession_number for entry in sweep.entries} >= {f.accession for f in every_second(150)[50:]}


def test_a_page_that_fails_leaves_the_sweep_unfinished() -> None:
    """What was seen is given, and not how far; the next one reads the first page again, though it is the same."""
    failing = faults.first(2, faults.refused(500), of="start=100")
    first, second = swept(every_second(100), NOON - timedelta(hours=1), failing, times=2)
    assert (first.pages, first.seen_until, len(first.entries)) == (1, None, 50)
    assert (second.pages, second.seen_until, len(second.entries)) == (3, NOON, 100)


def test_a_page_that_fails_again_and_again_is_left_to_the_index() -> None:
    """The third sweep in a row says that it has seen all: else every look would go back there in vain, for ever."""
    failing = faults.first(1_000, faults.refused(500), of="start=100")
    sweeps = swept(every_second(100), NOON - timedelta(hours=1), failing, times=3)
    assert [sweep.seen_until for sweep in sweeps] == [None, None, NOON]


def test_the_end_of_the_feed_is_no_failure() -> None:
    """It answers 503 there; the index of the day tells what lies behind."""
    (sweep,) = swept(every_second(1_100), since=NOON - timedelta(hours=1))
    assert (sweep.pages, sweep.seen_until, len(sweep.entries)) == (20, NOON, 1_000)
