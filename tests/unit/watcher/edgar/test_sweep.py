"""Sweeps of the feed: back to the last known entry, past misleading entries, and no further."""

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
    """Return the results of several sweeps at noon, one after another."""
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
    """Return filings with two entries each, one second apart, the last at noon."""
    return [make_filing(n, NOON - n * SECOND) for n in range(count)]


def test_a_sweep_ends_two_minutes_before_the_last_known_time() -> None:
    """Of three hundred filings in five minutes, it reads those of the last three minutes: four pages."""
    (sweep,) = swept(every_second(300), since=NOON - 60 * SECOND)
    assert sweep.pages == 4
    assert sweep.seen_until == NOON
    assert len(sweep.entries) == 200


def test_an_unchanged_feed_costs_one_request() -> None:
    """It returns no entries."""
    sweeps = swept(every_second(300), since=NOON, times=2)
    assert sweeps[1] == Sweep()


def test_an_entry_with_a_wrong_time_does_not_end_a_sweep_early() -> None:
    """An old time between current ones must not hide what follows it."""
    wrong = make_filing(999, NOON - timedelta(days=4_000))
    entries = [feed_entry(filing, party) for filing in every_second(50) for party in filing.parties]
    entries[7:9] = [feed_entry(wrong, party) for party in wrong.parties]
    first_page = faults.first(1, faults.replaced(feed_page(entries, NOON)), of="start=0&")
    (sweep,) = swept(every_second(150), NOON - timedelta(hours=1), first_page)
    assert sweep.pages > 1
    assert {entry.accession_number for entry in sweep.entries} >= {f.accession for f in every_second(150)[50:]}


def test_a_page_that_fails_leaves_the_sweep_unfinished() -> None:
    """Its entries are returned without the time reached; the next sweep reads the unchanged first page again."""
    failing = faults.first(2, faults.refused(500), of="start=100")
    first, second = swept(every_second(100), NOON - timedelta(hours=1), failing, times=2)
    assert (first.pages, first.seen_until, len(first.entries)) == (1, None, 50)
    assert (second.pages, second.seen_until, len(second.entries)) == (3, NOON, 100)


def test_a_page_that_fails_again_and_again_is_left_to_the_index() -> None:
    """The third sweep in a row claims to be complete: otherwise every poll would go back there without end."""
    failing = faults.first(1_000, faults.refused(500), of="start=100")
    sweeps = swept(every_second(100), NOON - timedelta(hours=1), failing, times=3)
    assert [sweep.seen_until for sweep in sweeps] == [None, None, NOON]


def test_the_end_of_the_feed_is_not_a_failure() -> None:
    """EDGAR responds 503 there; the day's index lists the filings beyond."""
    (sweep,) = swept(every_second(1_100), since=NOON - timedelta(hours=1))
    assert (sweep.pages, sweep.seen_until, len(sweep.entries)) == (20, NOON, 1_000)
