"""The outcome of a pipeline run in a form that can be compared with another run's, and commands to get there."""

import json
import re
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
RUN_SECONDS = 240
ENVIRONMENT = {"PYTHONPATH": str(REPOSITORY), "INSIDERTAPE_KAFKA_SESSION_TIMEOUT": "6", "PATH": ""}
_LETTER = re.compile(r"(?:watcher|parser|holdings)/\d+/\d+ ")


@dataclass(frozen=True)
class Outcome:
    """The latest positions per owner and issuer, a count per alert, and the number of dead letters."""

    positions: dict[str, Any]
    alerts: Counter[str]
    dead_letters: int


def insidertape(*arguments: str, failpoints: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the command in its own process, with `failpoints` activated if given."""
    command = ["tests.chaos.worker_process", failpoints] if failpoints else ["services.cli"]
    return subprocess.run(
        [sys.executable, "-m", *command, *arguments],
        cwd=REPOSITORY,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )


def started(*arguments: str, log: Path) -> "subprocess.Popen[bytes]":
    """Start the command in its own process and leave it running; its output goes to `log`."""
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "services.cli", *arguments],
            cwd=REPOSITORY,
            env=ENVIRONMENT,
            stdout=output,
            stderr=output,
        )


def wait_for_alerts(count: int, *place: str) -> None:
    """Follow the alerts in another process until there are `count`; fail if that takes too long."""
    command = [sys.executable, "-m", "services.cli", "alerts", "--follow", "--format", "jsonl", *place]
    with subprocess.Popen(command, cwd=REPOSITORY, env=ENVIRONMENT, stdout=subprocess.PIPE) as follower:
        overdue = threading.Timer(RUN_SECONDS, follower.kill)
        overdue.start()
        try:
            assert follower.stdout is not None
            for number in range(count):
                assert follower.stdout.readline(), f"{number} of {count} alerts came"
        finally:
            overdue.cancel()
            follower.terminate()


def outcome(*place: str) -> Outcome:
    """Return what is in the log at `--data DIR` or `--kafka HOST:PORT`."""
    positions = [json.loads(line) for line in _lines("positions", "--format", "jsonl", *place)]
    return Outcome(
        positions={f"{update['issuer']['key']}|{update['owner']['key']}": update for update in positions},
        alerts=Counter(_lines("alerts", "--format", "jsonl", *place)),
        dead_letters=sum(bool(_LETTER.match(line)) for line in _lines("dlq", "list", *place)),
    )


def _lines(*arguments: str) -> list[str]:
    done = insidertape(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
