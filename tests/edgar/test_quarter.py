"""A few simulated days with a process that is really killed: the short form of the quarter."""

import asyncio
from pathlib import Path

import pytest

from tests.edgar.quarter import complaints, figures, long_weekend


@pytest.mark.campaign
def test_every_filing_of_a_long_weekend_is_published_once(tmp_path: Path) -> None:
    """Although the feed drops a quarter, EDGAR fails and throttles, and the watcher is killed while fetching."""
    outcome = asyncio.run(long_weekend().run(tmp_path))
    told = figures(outcome)
    assert complaints(outcome) == [], told
    assert outcome.filings == 600, told
    assert outcome.sources["edgar-index"] > 120, told
    assert outcome.traffic.throttles > 0, told
