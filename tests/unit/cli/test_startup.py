"""The imports of commands: help, version and completion import no engine, and a service only its part."""

import subprocess
import sys

import pytest
import typer.main

from services.cli.__main__ import app
from services.cli.application.completion import VARIABLE
from tests.unit.cli.command import PATIENCE, ROOT, environment

_REPORT = """
import sys
from services.cli.__main__ import main
sys.argv = ["insidertape", *sys.argv[1:]]
try:
    main()
finally:
    print("\\nmodules:", *sys.modules, file=sys.stderr)
"""
NEEDED_TO_RUN = frozenset(
    {
        *(
            "pydantic",
            "pydantic_settings",
            "aiokafka",
            "aiohttp",
            "lxml",
            "structlog",
            "prometheus_client",
            "watchfiles",
        ),
        *("holidays", "cramjam", "asyncio", "sqlite3", "rich.console", "pygments", "markdown_it", "zoneinfo"),
        *("services.runtime", "services.parser", "services.holdings", "services.watcher.directory_service"),
    }
)
"""Modules that are needed only to run something."""


def imported_by(*words: str, **variables: str) -> set[str]:
    """Run the command in a new process, and return the names of the modules that it has imported."""
    done = subprocess.run(
        [sys.executable, "-c", _REPORT, *words],
        cwd=ROOT,
        env=environment(**variables),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    _, found, modules = done.stderr.rpartition("\nmodules:")
    assert found, done.stderr
    return set(modules.split())


def all_commands() -> list[tuple[str, ...]]:
    """Return the words that call each command and each group of commands."""
    root = typer.main.get_command(app)
    found: list[tuple[str, ...]] = [()]
    for name, command in getattr(root, "commands", {}).items():
        found += [(name,), *((name, each) for each in getattr(command, "commands", {}))]
    return found


def test_version_imports_no_engine() -> None:
    """Scripts and people call it first, and it once took a second."""
    assert imported_by("--version") & NEEDED_TO_RUN == set()


@pytest.mark.parametrize("words", all_commands(), ids=" ".join)
def test_help_imports_no_engine(words: tuple[str, ...]) -> None:
    """A command's options are declared apart from its work."""
    assert imported_by(*words, "--help") & NEEDED_TO_RUN == set()


def test_mistyped_option_imports_no_engine() -> None:
    """The error appears as quickly as the help."""
    assert imported_by("alerts", "--sdie", "sell") & NEEDED_TO_RUN == set()


@pytest.mark.parametrize("typed", ["insidertape ", "insidertape alerts --s", "insidertape alerts --side "])
def test_completion_imports_no_engine(typed: str) -> None:
    """A user waits for it at each key press. Typer itself makes pydantic parse the words typed before."""
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" ")), VARIABLE: "complete_bash"}
    assert imported_by(**words) & (NEEDED_TO_RUN - {"pydantic", "zoneinfo"}) == set()


@pytest.mark.parametrize(
    ("service", "others"),
    [
        (
            "parser",
            {
                "services.holdings",
                "services.watcher.directory",
                "services.runtime.embedded.embedded_engine",
                "sqlite3",
                "aiohttp",
            },
        ),
        ("holdings", {"services.parser", "services.runtime.embedded.embedded_engine", "sqlite3", "aiohttp", "lxml"}),
        (
            "watcher",
            {"services.parser", "services.holdings", "services.runtime.embedded.embedded_engine", "sqlite3", "aiohttp"},
        ),
    ],
)
def test_service_imports_only_its_own_part(service: str, others: set[str]) -> None:
    """It then joins its group sooner. Without the address of a broker, each ends after all imports."""
    imported = imported_by(service)
    assert "services.runtime.kafka.kafka_engine" in imported
    assert imported & others == set()
