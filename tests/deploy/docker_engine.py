"""The Docker engine of this machine, called by its command line."""

import subprocess
from functools import cache
from pathlib import Path

from tests.unit.cli.command import ROOT


def docker(*words: str | Path, timeout: float = 120, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command of docker, and return its result; by default a failure fails the test with what it printed."""
    done = subprocess.run(
        ["docker", *map(str, words)], capture_output=True, encoding="utf-8", timeout=timeout, check=False
    )
    assert not check or done.returncode == 0, f"docker {words[0]}: {done.stderr[-2000:]}"
    return done


@cache
def engine_answers() -> bool:
    """Return whether an engine answers."""
    try:
        return docker("info", check=False).returncode == 0
    except OSError:
        return False


def built_by(script: str) -> None:
    """Run a script of deploy/ that builds an image; what is unchanged comes from the engine's cache.

    Raises:
        AssertionError: it failed.
    """
    done = subprocess.run([ROOT / "deploy" / script], capture_output=True, encoding="utf-8", timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
