"""A gateway that is killed at any step loses nothing, and stores nothing twice."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.alert_filter import AlertFilter
from contracts.codec import encode
from services.gateway.read_model.read_model import open_read_model
from tests.gateway.read_model.builders import MUSK, alert, positions, report

pytestmark = pytest.mark.campaign

FEWEST_STEPS = 20


async def test_projector_killed_at_any_step_stores_each_record_once(database_url: str, tmp_path: Path) -> None:
    """Before the transaction, between its statements, before its commit and after it."""
    command = [sys.executable, "-m", "tests.gateway.read_model.killed_projectors", database_url, str(tmp_path / "log")]
    done = await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True, text=True)
    filings = int(done.stdout.split()[-1])
    assert filings > FEWEST_STEPS
    read_model = await open_read_model(database_url)
    stored = await read_model.since(0, 10_000)
    expected = [f"{name}{number}" for number in range(1, filings + 1) for name in "ab"]
    assert [(each.seq, each.alert_id) for each in stored] == list(enumerate(expected, 1))
    tape = await read_model.tape(AlertFilter(), limit=filings)
    for number, filing in zip(range(filings, 0, -1), tape.items, strict=True):
        assert filing.alerts == (encode(alert(f"a{number}", number)), encode(alert(f"b{number}", number)))
        assert filing.transactions == (encode(report(number)),)
    assert await read_model.owner_positions(MUSK["key"]) == [encode(positions(filings, filings))]
    await read_model.close()
