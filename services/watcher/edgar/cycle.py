"""One cycle of the watcher, from one sleep to the next: its log line and its metrics."""

from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

import structlog

from contracts.filing_published import FilingPublished
from services.runtime import metric_names as names
from services.runtime.instruments import ServiceInstruments
from services.watcher.edgar.client import Counts

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Cycle:
    """Counts since the last sleep. `behind` is seconds from acceptance to publication, of filings from the feed."""

    pages: int = 0
    failed: int = 0
    indexes: int = 0
    seen: int = 0
    new: int = 0
    dead: int = 0
    published: dict[str, int] = field(default_factory=dict)
    behind: list[float] = field(default_factory=list)

    def publish(self, filing: FilingPublished, now: datetime) -> None:
        """Count a published filing."""
        self.published[filing.source] = self.published.get(filing.source, 0) + 1
        if filing.source == "edgar-current" and filing.accepted_at is not None:
            self.behind.append((now - filing.accepted_at).total_seconds())

    def report(self, counts: Counts, instruments: ServiceInstruments, *, waiting: int) -> None:
        """Update the metrics and log the cycle. `counts` are the requests of this cycle alone."""
        for source, count in self.published.items():
            instruments.add(names.EDGAR_PUBLISHED, count, source=source)
        for seconds in self.behind:
            instruments.observe(names.EDGAR_BEHIND, seconds)
        instruments.add(names.EDGAR_SEEN, self.seen)
        instruments.add(names.EDGAR_NEW, self.new)
        instruments.add(names.EDGAR_FAILED_POLLS, self.failed)
        instruments.set(names.EDGAR_WAITING, waiting)
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
            requests=counts.requests,
            throttles=counts.throttles,
        )
