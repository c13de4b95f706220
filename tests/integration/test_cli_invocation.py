"""The commands that a command prints, typed where the person stands: each way of calling it leads back to itself."""

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
def standing(tmp_path: Path) -> Path:
    """Return a directory to stand in, with filings in `some filings`; one of them cannot be read."""
    standing = tmp_path / "here and now"
    filings = standing / "some filings"
    filings.mkdir(parents=True)
    for name in ("2024-12-20-quillmark-vance-form4-gift.xml", "fragment-without-header.txt"):
        (filings / name).write_bytes((SAMPLES / name).read_bytes())
    (filings / "broken.txt").write_text("<SEC-DOCUMENT>\n</SEC-DOCUMENT>\n")
    return standing


def typed(command: str, standing: Path) -> "subprocess.CompletedProcess[str]":
    """Type a command into a shell that stands there, with the environment's directory of programs on its path."""
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=standing,
        env=environment(PATH=f"{SCRIPT.parent}{os.pathsep}{os.environ['PATH']}"),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


def called(way: str, standing: Path, *, on_path: bool = True) -> str:
    """Return the words that call insidertape this way; `on_path` says whether its name would lead there too."""
    match way:
        case "by its path":
            path = shlex.quote(os.path.relpath(SCRIPT, standing))
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
def test_each_command_that_a_run_suggests_works_as_it_is_printed(
    standing: Path, way: str, on_path: bool, expected: str
) -> None:
    """After `make run` there is no `insidertape` on the path, and a suggestion that fails is worse than none."""
    insidertape = called(way, standing, on_path=on_path)
    run = typed(f"{insidertape} run --once --source 'some filings' --data 'the data'", standing)
    assert run.returncode == 0, run.stderr
    lines = run.stdout.partition("Try next:\n")[2].splitlines()
    suggested = [line[2:].split("  ")[0] for line in lines if not line.startswith("   ")]
    assert all(command.startswith(expected) for command in suggested), suggested
    assert [" dlq list " in suggested[-2], " run " in suggested[-1]] == [True, True]
    for command in suggested:
        if "--follow" not in command and " run " not in command:
            tried = typed(command, standing)
            assert (tried.returncode, "no_data" in tried.stderr) == (0, False), (command, tried.stderr)
    finished = typed(f"{suggested[-1]} --once", standing)
    assert (finished.returncode, "Nothing new" in finished.stdout) == (0, True), finished.stderr


@pytest.mark.parametrize("way", WAYS)
def test_command_in_an_error_works_as_it_is_printed(standing: Path, way: str) -> None:
    """It leads to the data that the failed command was asked about."""
    failed = typed(f"{called(way, standing)} alerts --data='no data'", standing)
    (suggested,) = re.findall(r"`(.+?)` creates it", failed.stderr)
    assert failed.returncode != 0
    made = typed(f"{suggested} --once --source 'some filings'", standing)
    assert made.returncode == 0, (suggested, made.stderr)
    assert (standing / "no data").is_dir()
    assert typed(f"{called(way, standing)} alerts --data='no data'", standing).returncode == 0


def test_usage_of_a_mistyped_command_names_the_help_as_it_can_be_typed(standing: Path) -> None:
    """Typer's own line would name a program that is not on the path."""
    failed = typed(f"{called('by its path', standing, on_path=False)} alerts --sdie", standing)
    (suggested,) = re.findall(r"Try '(.+)' for help", failed.stderr)
    told = typed(suggested.replace("\\'", "'"), standing)
    assert (failed.returncode, told.returncode) == (2, 0)
    assert "--side" in told.stdout
