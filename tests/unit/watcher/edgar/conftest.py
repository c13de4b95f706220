"""Fixtures of the backfill tests."""

import pytest

from services.watcher.edgar import backfill


@pytest.fixture
def archives_are_worth_two_filings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make archives worth requesting for days with as few filings as a test has."""
    monkeypatch.setattr(backfill, "_WORTH_AN_ARCHIVE", 2)
