"""The account of a cycle, from one rest of the watcher to the next: its line in the log, and the metrics it moves."""

from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Final

import structlog
from prometheus_client import Counter, Gauge, Histogram

from contracts.filing_published import FilingPublished
from services.watcher.edgar.client import Counts

_log = structlog.get_logger(__name__)

SEEN: Final = Counter("insidertape_edgar_seen", "Section 16 filings shown by EDGAR's feed and indexes, each look anew")
NEW: Final = Counter("insidertape_edgar_new", "Filings seen for the first time")
PUBLISHED: Final = Counter("insidertape_edgar_published", "Filings published", ["source"])
DEAD: Final = Counter("insidertape_edgar_dead_letters", "Filings that could not be published")
REQUESTS: Final = Counter("insidertape_edgar_requests", "Requests to EDGAR")
THROTTLES: Final = Counter("insidertape_edgar_throttles", "Requests that EDGAR throttled")
FAILED_POLLS: Final = Counter("insidertape_edgar_failed_polls", "Looks at the feed that failed")
WAITING: Final = Gauge("insidertape_edgar_waiting", "Filings seen and not yet published")
CYCLE: Final = Gauge("insidertape_edgar_cycle_timestamp_seconds", "When the last cycle ended, as Unix time")
BEHIND: Final = Histogram(
    "insidertape_edgar_behind_seconds",
    "From the acceptance of a filing that the feed showed to its publication",
    buckets=(5, 10, 15, 20, 30, 45, 60, 120, 300, 900, 3_600, 86_400),
)


@dataclass(slots=True)
class Cycle:
    """What has happened since the last rest. `behind` is seconds from acceptance to publication, of the feed's."""

    pages: int = 0
    failed: int = 0
    indexes: int = 0
    seen: int = 0
    new: int = 0
    dead: int = 0
    published: dict[str, int] = field(default_factory=dict)
    behind: list[float] = field(default_factory=list)

    def publish(self, filing: FilingPublished, now: datetime) -> None:
        """A filing is in the log."""
        self.published[filing.source] = self.published.get(filing.source, 0) + 1
        if filing.source == "edgar-current" and filing.accepted_at is not None:
            self.behind.append((now - filing.accepted_at).total_seconds())

    def tell(self, asked: Counts, *, waiting: int, now: datetime) -> None:
        """Move the metrics, and write the line. `asked` is what this cycle alone has asked of EDGAR."""
        for source, count in self.published.items():
            PUBLISHED.labels(source).inc(count)
        for seconds in self.behind:
            BEHIND.observe(seconds)
        moved = (
            (SEEN, self.seen), (NEW, self.new), (DEAD, self.dead), (FAILED_POLLS, self.failed),
            (REQUESTS, asked.requests), (THROTTLES, asked.throttles),
        )  # fmt: skip
        for counter, count in moved:
            counter.inc(count)
        WAITING.set(waiting)
        CYCLE.set(now.timestamp())
        published = sum(self.published.values())
        _log.info(
            "edgar_cycle",
            seen=self.seen,
            new=self.new,
            published=published,
            missed_by_feed=self.published.get("edgar-index", 0),
            dead_letters=self.dead,
            waiting=waiting,
            behind_seconds=round(median(self.behind), 1) if self.behind else None,
            behind_most=round(max(self.behind), 1) if self.behind else None,
            pages=self.pages,
            indexes=self.indexes,
            failed_polls=self.failed,
            requests=asked.requests,
            throttles=asked.throttles,
        )
