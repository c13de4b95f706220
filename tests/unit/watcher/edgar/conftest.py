"""What the tests of a backfill share."""

import pytest

from services.watcher.edgar import backfill


@pytest.fixture
def archives_are_worth_two_filings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have an archive requested for days with as few filings as a test has."""
    monkeypatch.setattr(backfill, "_WORTH_AN_ARCHIVE", 2)
