"""Several runs at once on one file."""

import subprocess
import sys
from pathlib import Path

from tests.chaos.pipeline_outcome import ENVIRONMENT, REPOSITORY, RUN_SECONDS, insidertape, outcome

SAMPLES = REPOSITORY / "deploy" / "samples"


def test_three_concurrent_runs_produce_the_outcome_of_one(tmp_path: Path) -> None:
    """Processes that share a data directory may discard each other's batches, but never apply one twice."""
    together, alone = ("--data", str(tmp_path / "together")), ("--data", str(tmp_path / "alone"))
    command = [sys.executable, "-m", "services.cli", "run", "--once", "--source", str(SAMPLES), *together]
    runs = [
        subprocess.Popen(command, cwd=REPOSITORY, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(3)
    ]
    assert [run.wait(RUN_SECONDS) for run in runs] == [0, 0, 0]
    assert insidertape("run", "--once", "--source", str(SAMPLES), *alone).returncode == 0
    assert outcome(*together) == outcome(*alone)
