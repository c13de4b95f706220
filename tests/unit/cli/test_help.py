"""The help of every command, as a person reads it."""

import re
from collections.abc import Iterator

import pytest
import typer.main
from typer.testing import CliRunner

from services.cli.__main__ import app


def commands(command: object, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words that call a command and each of its subcommands."""
    yield words
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*words, name))


@pytest.mark.parametrize("words", list(commands(typer.main.get_command(app))), ids=" ".join)
def test_help_has_no_notation_of_the_library(words: tuple[str, ...]) -> None:
    """`[x>=1]` and `PATH <list[Path]>` are typer's, and mean nothing to a user."""
    shown = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "100"})
    assert shown.exit_code == 0
    assert not re.search(r"[0-9x][<>]=?[0-9x]|<list|<class|<[a-z]+\[", shown.output)
