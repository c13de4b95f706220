"""The outcome of a simulation: the log compared with the catalog, and the requests sent to the fake EDGAR."""

import json
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from contracts.codec import decode
from contracts.filing_published import FilingPublished
from contracts.topics import FILINGS
from services.runtime.embedded.log import EmbeddedLog
from tests.edgar.catalog import Catalog
from tests.edgar.traffic import Traffic

COMMITTED: Final = "committed.jsonl"
"""Where the watcher's process notes the moment at which each filing was in the log."""
_A_BATCH: Final = 500


@dataclass(frozen=True)
class Outcome:
    """Figures of a simulation. Delays are sorted seconds from acceptance until the filing was in the log."""

    filings: int
    missed: Sequence[str]
    repeated: Sequence[str]
    foreign: Sequence[str]
    """Published, or only fetched, and not of Section 16."""
    misdated: Sequence[str]
    """Published with another acceptance than EDGAR's."""
    sources: Counter[str]
    shown_delays: Sequence[float]
    """Of the filings that the feed shows at once."""
    other_delays: Sequence[float]
    traffic: Traffic
    wall_seconds: float

    @property
    def median_delay(self) -> float:
        """The median delay of the filings that the feed shows."""
        return statistics.median(self.shown_delays)

    def delay_of(self, share: float) -> float:
        """Return the delay that this share of the shown filings does not exceed."""
        return self.shown_delays[min(int(share * len(self.shown_delays)), len(self.shown_delays) - 1)]


def outcome_of(catalog: Catalog, traffic: Traffic, directory: Path, *, wall_seconds: float) -> Outcome:
    """Compare the filings in the embedded log of a directory with the catalog."""
    expected = catalog.section_16()
    published = list(published_in(directory))
    counts = Counter(filing.filing_id for filing in published)
    committed = _committed(directory)
    shown: list[float] = []
    others: list[float] = []
    for accession, filing in expected.items():
        if (moment := committed.get(accession)) is not None:
            at_once = filing.shown_at is not None and (filing.shown_at - filing.accepted_at).total_seconds() < 60
            (shown if at_once else others).append((moment - filing.accepted_at).total_seconds())
    return Outcome(
        filings=len(expected),
        missed=[accession for accession in expected if accession not in counts],
        repeated=[accession for accession, times in counts.items() if times > 1],
        foreign=[accession for accession in counts | traffic.submissions if accession not in expected],
        misdated=[
            filing.filing_id
            for filing in published
            if filing.filing_id in expected and filing.accepted_at != expected[filing.filing_id].accepted_at
        ],
        sources=Counter(filing.source for filing in published),
        shown_delays=sorted(shown),
        other_delays=sorted(others),
        traffic=traffic,
        wall_seconds=wall_seconds,
    )


def published_in(directory: Path) -> Iterator[FilingPublished]:
    """Yield the filings in the log."""
    log = EmbeddedLog(directory, read_only=True)
    try:
        place = 0
        while found := log.read_all((FILINGS,), place, most=_A_BATCH):
            place = found[-1][0]
            for _, record in found:
                yield decode(record.value or b"", FilingPublished)
    finally:
        log.close()


def _committed(directory: Path) -> dict[str, datetime]:
    """Return when each filing was first in the log, without those of a process killed before it noted the time."""
    moments: dict[str, datetime] = {}
    for line in (directory / COMMITTED).read_text().splitlines():
        moment, accessions = json.loads(line)
        for accession in accessions:
            moments.setdefault(accession, datetime.fromisoformat(moment))
    return moments
