"""The simulations fail if one of the watcher's guards is removed."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.runtime.port import Record
from services.watcher.edgar.limiter import RequestLimiter
from services.watcher.edgar.source import EdgarSource
from tests.edgar import faults, pages
from tests.edgar.evening_run import DROPPED, EVENING, FILINGS, run_evening
from tests.edgar.fake_edgar import THROTTLED_ABOVE
from tests.edgar.outcome import outcome_of

NUMBERS = {filing.accession for filing in FILINGS}


def test_without_indexes_filings_dropped_by_the_feed_are_missed(tmp_path: Path) -> None:
    """Only these: the feed alone is not enough."""
    no_index = faults.first(1_000, faults.refused(403, pages.ACCESS_DENIED), of="/daily-index/")
    watched = run_evening(tmp_path, no_index)
    outcome = outcome_of(watched.fake_edgar.catalog, watched.fake_edgar.traffic, tmp_path, wall_seconds=1)
    assert set(outcome.missed) == DROPPED


def test_without_its_cursor_a_watcher_publishes_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a restart that has forgotten everything."""
    run_evening(tmp_path)
    monkeypatch.setattr(EdgarSource, "restore", _forgets)
    watched = run_evening(tmp_path, begins=EVENING + timedelta(minutes=30))
    outcome = outcome_of(watched.fake_edgar.catalog, watched.fake_edgar.traffic, tmp_path, wall_seconds=1)
    assert set(outcome.repeated) == NUMBERS


def test_without_its_limiter_a_watcher_is_throttled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fake EDGAR counts and refuses like the real one."""
    monkeypatch.setattr(RequestLimiter, "turn", _hastens)
    watched = run_evening(tmp_path, begins=EVENING + timedelta(minutes=10))
    assert watched.fake_edgar.traffic.most_in_a_second > THROTTLED_ABOVE
    assert watched.fake_edgar.traffic.throttles > 0


def _forgets(_feed: EdgarSource, _record: Record) -> None:
    """Ignore the records of the cursor."""


async def _hastens(_limiter: RequestLimiter) -> None:
    """Return without waiting."""
