"""The simulated quarter: `python -m tests.edgar.quarter` runs it and prints its figures.

It is the first quarter of 2025, with a change to daylight saving time, two holidays, a day off by decree, and 36,000
Section 16 filings of which the feed drops a quarter. EDGAR fails three times, throttles, sends bad responses now and
then and is late with its indexes. The watcher is killed twice.
"""

import asyncio
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from services.section16.edgar_calendar import EASTERN
from services.watcher.edgar.budget import LIVE_PER_SECOND
from tests.edgar import pages
from tests.edgar.arrivals import arrivals, business_days
from tests.edgar.catalog import Catalog, index_written
from tests.edgar.fake_edgar import Fault
from tests.edgar.faults import broken_off, cut_short, during, gone, now_and_then, refused, replaced
from tests.edgar.outcome import Outcome
from tests.edgar.simulation import Kill, Simulation

FILINGS: Final = 36_000
POLL_INTERVAL: Final = 10.0
"""Seconds between two looks in the hours in which most filings come, as the watcher has it where nobody says."""
MOST_PER_SECOND: Final = LIVE_PER_SECOND
MOURNING: Final = date(2025, 1, 9)
"""EDGAR was closed by decree."""
_LATE_INDEXES: Final = {
    date(2025, 1, 16): timedelta(hours=8),
    date(2025, 2, 12): timedelta(hours=40),
    date(2025, 3, 3): timedelta(hours=11),
}
_BAD_RESPONSES: Final = (refused(503), refused(500), gone, broken_off, cut_short, replaced(b""))


def eastern(month: int, day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """Return an Eastern time in 2025."""
    return datetime(2025, month, day, hour, minute, second, tzinfo=EASTERN)


def index_appears(day: date) -> datetime:
    """Return when the day's index and archive appear: up to half an hour late, and three of them much later."""
    return index_written(day) + _LATE_INDEXES.get(day, timedelta(minutes=day.toordinal() * 7 % 30))


def quarter() -> Simulation:
    """Return the simulation of the whole quarter, until noon of the day after it."""
    days = business_days(date(2025, 1, 2), date(2025, 3, 31), closed=[MOURNING])
    return Simulation(
        Catalog(arrivals(days, FILINGS, seed=1), index_appears=index_appears),
        begins=eastern(1, 2, 5),
        ends=eastern(4, 1, 12),
        faults=[
            during(eastern(1, 14, 16, 20), eastern(1, 14, 17, 10), refused(503)),
            during(eastern(2, 5, 22), eastern(2, 6, 7, 30), gone),
            during(eastern(3, 6, 15), eastern(3, 10, 10), refused(503)),
            *_throttling(),
            now_and_then(1 / 500, _BAD_RESPONSES, seed=1),
        ],
        kills=[
            Kill(eastern(1, 28, 16, 30, 20), of="/Archives/edgar/data/", down=timedelta(seconds=90)),
            Kill(eastern(3, 25, 20), of="getcurrent", down=timedelta(hours=14)),
        ],
    )


def long_weekend() -> Simulation:
    """Return a short simulation with every fault: from a Friday afternoon to the Tuesday after a holiday."""
    friday = date(2025, 2, 14)
    return Simulation(
        Catalog(arrivals([friday], 600, seed=2), index_appears=index_appears),
        begins=eastern(2, 14, 15, 45),
        ends=eastern(2, 18, 7),
        faults=[
            during(eastern(2, 14, 17, 55), eastern(2, 14, 19), refused(503)),
            during(eastern(2, 14, 20), eastern(2, 14, 20, 10), refused(403, pages.THROTTLED)),
            during(eastern(2, 14, 22), eastern(2, 15, 9), gone),
            now_and_then(1 / 500, _BAD_RESPONSES, seed=1),
        ],
        kills=[Kill(eastern(2, 14, 16, 30, 20), of="/Archives/edgar/data/", down=timedelta(seconds=90))],
    )


def _throttling() -> Sequence[Fault]:
    """Return faults that throttle in the busiest minutes, with a page and with a Retry-After."""
    return [
        during(eastern(1, 22, 16, 29), eastern(1, 22, 16, 39), refused(403, pages.THROTTLED)),
        during(eastern(2, 20, 17), eastern(2, 20, 17, 5), refused(429, retry_after="300")),
        during(eastern(3, 19, 16, 30), eastern(3, 19, 16, 40), refused(403, pages.THROTTLED)),
    ]


def figures(outcome: Outcome) -> str:
    """Return the outcome as a table."""
    traffic, sources = outcome.traffic, outcome.sources
    wrong = [str(len(numbers)) for numbers in (outcome.missed, outcome.repeated, outcome.foreign)]
    failed = sum(count for status, count in traffic.statuses.items() if status >= 500)
    rows = [
        ("Section 16 filings", f"{outcome.filings:,}"),
        (
            "missed / published twice / of another form",
            " / ".join(wrong),
        ),
        ("found in the feed / only in a day's index", f"{sources['edgar-current']:,} / {sources['edgar-index']:,}"),
        ("acceptance to publication, of what the feed shows: median", _duration(outcome.median_delay)),
        ("— 90 % / 99 %, outages counted", f"{_duration(outcome.delay_of(0.9))} / {_duration(outcome.delay_of(0.99))}"),
        ("— of what it does not show: median", _duration(statistics.median(outcome.other_delays))),
        ("requests / most in any second", f"{traffic.total:,} / {traffic.most_in_a_second}"),
        (
            "— answered 304 / 5xx / throttled",
            f"{traffic.statuses[304]:,} / {failed:,} / {traffic.throttles}",
        ),
        ("submissions sent", f"{traffic.submissions.total():,}"),
        ("took", _duration(outcome.wall_seconds)),
    ]
    return "\n".join(["| a simulated quarter | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def complaints(outcome: Outcome) -> list[str]:
    """Return the promises that were not kept."""
    numbers = {
        "missed": outcome.missed,
        "published more than once": outcome.repeated,
        "published that are none": outcome.foreign,
        "misdated": outcome.misdated,
    }
    found = [f"{len(those)} {what}, the first {those[0]}" for what, those in numbers.items() if those]
    if outcome.median_delay >= 2 * POLL_INTERVAL:
        found.append(f"half of what the feed shows took longer than {outcome.median_delay} s")
    if outcome.traffic.most_in_a_second > MOST_PER_SECOND:
        found.append(f"{outcome.traffic.most_in_a_second} requests in a second")
    return found


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.1f} h"


def main() -> None:
    """Run the quarter; if anything is wrong the data is kept."""
    directory = Path(tempfile.mkdtemp(prefix="insidertape-quarter-"))
    outcome = asyncio.run(quarter().run(directory))
    sys.stdout.write(f"{figures(outcome)}\n")
    if wrong := complaints(outcome):
        sys.exit(f"{'; '.join(wrong)}: see {directory}")
    shutil.rmtree(directory)


if __name__ == "__main__":
    main()
