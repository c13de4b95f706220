"""Others in the way: several runs at once on one file."""

import subprocess
import sys
from pathlib import Path

from tests.chaos.outcome import ENVIRONMENT, REPOSITORY, RUN_SECONDS, insidertape, outcome

SAMPLES = REPOSITORY / "deploy" / "samples"


def test_three_runs_at_once_do_the_work_of_one(tmp_path: Path) -> None:
    """Processes that share a data directory void one another's work at times, and never do any of it twice."""
    together, alone = ("--data", str(tmp_path / "together")), ("--data", str(tmp_path / "alone"))
    command = [sys.executable, "-m", "services.cli", "run", "--once", "--source", str(SAMPLES), *together]
    runs = [
        subprocess.Popen(command, cwd=REPOSITORY, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(3)
    ]
    assert [run.wait(RUN_SECONDS) for run in runs] == [0, 0, 0]
    assert insidertape("run", "--once", "--source", str(SAMPLES), *alone).returncode == 0
    assert outcome(*together) == outcome(*alone)
