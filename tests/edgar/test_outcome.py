"""The outcome reports filings that are missed, published twice, foreign or misdated."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts.codec import encode
from contracts.filing_published import FilingPublished
from contracts.topics import FILINGS
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.port import Output
from tests.edgar.catalog import Catalog
from tests.edgar.filings import Filing
from tests.edgar.outcome import COMMITTED, Outcome, outcome_of
from tests.edgar.quarter import complaints
from tests.edgar.samples import make_filing
from tests.edgar.traffic import Traffic

START = datetime(2025, 3, 10, 20, 0, tzinfo=UTC)
FIRST, SECOND, OTHER = (
    make_filing(1, START),
    make_filing(2, START, shown_after=None),
    make_filing(3, START, form="424B2"),
)


def judged(
    directory: Path,
    published: Sequence[Filing],
    *,
    fetched: Sequence[Filing] = (),
    after: timedelta = timedelta(),
    late: float = 0,
) -> Outcome:
    """Return the outcome if these are in the log, committed `late` seconds after acceptance."""
    log = EmbeddedLog(directory)
    events = [
        FilingPublished(
            filing_id=filing.accession,
            content="",
            content_sha256="0" * 64,
            source="edgar-current",
            accepted_at=filing.accepted_at + after,
            observed_at=START,
        )
        for filing in published
    ]
    with log.transaction():
        log.append([Output(FILINGS, event.filing_id.encode(), encode(event)) for event in events])
    log.close()
    committed = START + timedelta(seconds=late)
    notes = [committed.isoformat(), [filing.accession for filing in published]]
    (directory / COMMITTED).write_text(json.dumps(notes) + "\n")
    traffic = Traffic()
    traffic.submissions.update(filing.accession for filing in fetched)
    return outcome_of(Catalog([FIRST, SECOND, OTHER]), traffic, directory, wall_seconds=1)


def test_complete_log_has_no_faults(tmp_path: Path) -> None:
    """Delays of filings in the feed are separate from the others'."""
    outcome = judged(tmp_path, [FIRST, SECOND], late=7)
    assert [*outcome.missed, *outcome.repeated, *outcome.foreign, *outcome.misdated] == []
    assert (outcome.shown_delays, outcome.other_delays) == ([7], [7])
    assert outcome.median_delay == outcome.delay_of(0.99) == 7


def test_missed_filing_is_reported(tmp_path: Path) -> None:
    """By its number."""
    assert judged(tmp_path, [FIRST]).missed == [SECOND.accession]


def test_filing_published_twice_is_reported(tmp_path: Path) -> None:
    """By its number."""
    assert judged(tmp_path, [FIRST, SECOND, FIRST]).repeated == [FIRST.accession]


def test_filing_of_another_form_is_reported(tmp_path: Path) -> None:
    """By its number."""
    assert judged(tmp_path, [FIRST, SECOND, OTHER]).foreign == [OTHER.accession]


def test_request_for_another_form_is_reported(tmp_path: Path) -> None:
    """Even if it is not published: each request counts against the budget."""
    assert judged(tmp_path, [FIRST, SECOND], fetched=[FIRST, OTHER]).foreign == [OTHER.accession]


def test_wrong_acceptance_time_is_reported(tmp_path: Path) -> None:
    """An error with daylight saving time would be off by an hour."""
    outcome = judged(tmp_path, [FIRST, SECOND], after=timedelta(hours=1))
    assert outcome.misdated == [FIRST.accession, SECOND.accession]


def test_each_broken_promise_is_a_complaint(tmp_path: Path) -> None:
    """Numbers, delays and rate."""
    wrong = judged(tmp_path, [FIRST, FIRST, OTHER], after=timedelta(hours=1), late=20)
    for _ in range(6):
        wrong.traffic.begin(START)
    assert [complaint.split(",")[0] for complaint in complaints(wrong)] == [
        "1 missed",
        "1 published more than once",
        "1 published that are none",
        "2 misdated",
        "half of what the feed shows took longer than 20.0 s",
        "6 requests in a second",
    ]


def test_promises_kept_by_a_narrow_margin_are_not_complaints(tmp_path: Path) -> None:
    """The bounds are inclusive."""
    kept = judged(tmp_path, [FIRST, SECOND], late=19.9)
    for _ in range(5):
        kept.traffic.begin(START)
    assert complaints(kept) == []
