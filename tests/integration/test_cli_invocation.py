"""The commands that a command prints work as printed, from the same directory, however insidertape was called."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.command import PATIENCE, SAMPLES, environment

SCRIPT = Path(sys.executable).parent / "insidertape"
WAYS = ["by its path", "by its name", "by its module"]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return a working directory with filings in `some filings`, one of which cannot be read."""
    directory = tmp_path / "here and now"
    filings = directory / "some filings"
    filings.mkdir(parents=True)
    for name in ("2024-12-20-quillmark-vance-form4-gift.xml", "fragment-without-header.txt"):
        (filings / name).write_bytes((SAMPLES / name).read_bytes())
    (filings / "broken.txt").write_text("<SEC-DOCUMENT>\n</SEC-DOCUMENT>\n")
    return directory


def type_command(command: str, directory: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command in a shell in this directory, with the environment's programs on its PATH."""
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=directory,
        env=environment(PATH=f"{SCRIPT.parent}{os.pathsep}{os.environ['PATH']}"),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


def call(way: str, directory: Path, *, on_path: bool = True) -> str:
    """Return the words that call insidertape this way; `on_path` indicates whether its name is on the PATH."""
    match way:
        case "by its path":
            path = shlex.quote(os.path.relpath(SCRIPT, directory))
            return path if on_path else f"PATH=/usr/bin:/bin {path}"
        case "by its name":
            return "insidertape"
        case _:
            return f"{shlex.quote(sys.executable)} -m services.cli"


@pytest.mark.parametrize(
    ("way", "on_path", "expected"),
    [
        ("by its path", False, "../"),
        ("by its path", True, "insidertape "),
        ("by its name", True, "insidertape "),
        ("by its module", True, f"{shlex.quote(sys.executable)} -m services.cli "),
    ],
)
def test_each_command_that_a_run_suggests_works_as_printed(
    directory: Path, way: str, on_path: bool, expected: str
) -> None:
    """After `make run` there is no `insidertape` on the PATH, and a suggestion that fails is worse than none."""
    insidertape = call(way, directory, on_path=on_path)
    run = type_command(f"{insidertape} run --once --source 'some filings' --data 'the data'", directory)
    assert run.returncode == 0, run.stderr
    lines = run.stdout.partition("Try next:\n")[2].splitlines()
    suggested = [line[2:].split("  ")[0] for line in lines if not line.startswith("   ")]
    assert all(command.startswith(expected) for command in suggested), suggested
    assert [" dlq list " in suggested[-2], " run " in suggested[-1]] == [True, True]
    for command in suggested:
        if not re.search(r"--follow| run | gateway ", command):
            tried = type_command(command, directory)
            assert (tried.returncode, "no_data" in tried.stderr) == (0, False), (command, tried.stderr)
    finished = type_command(f"{suggested[-1]} --once", directory)
    assert (finished.returncode, "Nothing new" in finished.stdout) == (0, True), finished.stderr


@pytest.mark.parametrize("way", WAYS)
def test_command_in_an_error_works_as_printed(directory: Path, way: str) -> None:
    """It uses the data directory that the failed command was called with."""
    failed = type_command(f"{call(way, directory)} alerts --data='no data'", directory)
    (suggested,) = re.findall(r"`(.+?)` creates it", failed.stderr)
    assert failed.returncode != 0
    made = type_command(f"{suggested} --once --source 'some filings'", directory)
    assert made.returncode == 0, (suggested, made.stderr)
    assert (directory / "no data").is_dir()
    assert type_command(f"{call(way, directory)} alerts --data='no data'", directory).returncode == 0


def test_usage_error_of_a_mistyped_command_suggests_a_help_command_that_works(directory: Path) -> None:
    """Typer's own line would name a program that is not on the PATH."""
    failed = type_command(f"{call('by its path', directory, on_path=False)} alerts --sdie", directory)
    (suggested,) = re.findall(r"Try '(.+)' for help", failed.stderr)
    helped = type_command(suggested.replace("\\'", "'"), directory)
    assert (failed.returncode, helped.returncode) == (2, 0)
    assert "--side" in helped.stdout
