"""Tab completion as shells request it: by a variable, with the words typed so far."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from services.cli.application.completion import VARIABLE
from services.cli.options.choices import AlertFormat, Delivery, Kind, Plan, Role, Side
from tests.unit.cli.command import PATIENCE, environment, insidertape

SCRIPT = Path(sys.executable).parent / "insidertape"


def completed(typed: str, shell: str = "bash") -> list[str]:
    """Return the completions of the words typed so far; a word is complete if a space follows it."""
    asked = {VARIABLE: f"complete_{shell}", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    asked |= {"COLUMNS": "60", "_TYPER_COMPLETE_ARGS": typed, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    return insidertape(**asked).stdout.splitlines()


def test_commands_complete() -> None:
    """The commands that begin with the typed letters are offered."""
    assert completed("insidertape t") == ["transactions", "trace", "token", "topics"]
    assert completed("insidertape dlq ") == ["list", "show", "replay"]


def test_options_of_a_command_complete() -> None:
    """Two dashes start an option."""
    assert completed("insidertape alerts --min") == ["--min-change-percent", "--min-value", "--min-shares"]


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("--format", list(AlertFormat)),
        ("--kind", list(Kind)),
        ("--side", list(Side)),
        ("--role", list(Role)),
        ("--plan", list(Plan)),
        ("--delivery", list(Delivery)),
    ],
)
def test_values_from_a_list_complete(option: str, values: list[str]) -> None:
    """A user need not know them by heart."""
    assert completed(f"insidertape alerts --ticker X {option} ") == values


def test_transaction_codes_complete_with_their_meaning() -> None:
    """Letters alone mean little: shells that show help beside a value show the code's meaning."""
    assert completed("insidertape transactions --code S") == ["S"]
    assert completed("insidertape transactions --code S", "fish") == ["S\tsale"]
    assert len(completed("insidertape transactions --code ")) > 15


@pytest.mark.parametrize("typed", ["insidertape ", "insidertape alerts --", "insidertape run --", "insidertape dlq "])
def test_fish_gets_one_line_per_completion(typed: str) -> None:
    """Fish treats each line as one completion, so a long help must not be wrapped."""
    assert [line.partition("\t")[0] for line in completed(typed, "fish")] == completed(typed)


def test_zsh_gets_each_completion_with_its_help() -> None:
    """The format is that of zsh's own functions."""
    first, *_, last = completed("insidertape ", "zsh")
    assert first.startswith('_arguments \'*: :(("run":"Watch EDGAR')
    assert last.endswith("))'")


def test_bash_completes_a_command_that_was_typed_as_a_path(tmp_path: Path) -> None:
    """After `make run` it is `.venv/bin/insidertape`; the script comes from the command itself."""
    path = shlex.quote(os.path.relpath(SCRIPT, tmp_path))
    script = f"""
        eval "$({path} --show-completion)"
        COMP_WORDS=({path} alerts --side s); COMP_CWORD=3
        _insidertape_completion {path}
        echo "${{COMPREPLY[*]}}"
    """
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("sell\n", "")


def test_completion_can_be_installed_for_the_command_by_its_name(tmp_path: Path) -> None:
    """It is installed in the user's home, however the command was called."""
    done = subprocess.run(
        ["bash", "-c", f"{shlex.quote(sys.executable)} -m services.cli --install-completion; true"],
        env=environment(HOME=str(tmp_path)),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert "bash completion installed in" in done.stdout, done.stderr
    assert "complete -o default -F _insidertape_completion insidertape" in "".join(
        path.read_text() for path in tmp_path.rglob("*") if path.is_file()
    )
