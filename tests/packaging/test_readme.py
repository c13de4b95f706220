"""The README is right about settings, codes, exit statuses, commands and links."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from contracts.codes import ErrorCode
from services.cli.application.exit_codes import EXIT_CODES
from services.runtime.settings import (
    EdgarSettings,
    HoldingsSettings,
    LogSettings,
    MetricsSettings,
    ParserSettings,
    WatcherSettings,
)

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text("utf-8")


SETTINGS = (ParserSettings, HoldingsSettings, WatcherSettings, EdgarSettings, MetricsSettings, LogSettings)


@pytest.mark.parametrize("settings", SETTINGS)
def test_every_setting_is_in_the_table_with_its_default_and_meaning(settings: type[BaseSettings]) -> None:
    """Each row has the variable's name, its default and its description."""
    prefix = settings.model_config.get("env_prefix", "")
    for name, field in settings.model_fields.items():
        if field.is_required():
            default = "required"
        else:
            default = "unset" if field.default in (None, (), "") else f"`{field.default}`"
        assert f"| `{(prefix + name).upper()}` | {default} | {field.description} |" in README


def test_every_variable_in_the_table_is_a_setting() -> None:
    """None is left over from a setting that is gone; INSIDERTAPE_DATA is the command line's own."""
    known = {"INSIDERTAPE_DATA"}
    for settings in SETTINGS:
        known |= {(settings.model_config.get("env_prefix", "") + name).upper() for name in settings.model_fields}
    assert set(re.findall(r"^\| `(INSIDERTAPE_\w+)`", README, re.MULTILINE)) == known


def test_the_table_of_exit_codes_is_that_of_the_code() -> None:
    """Row by row: a supervisor is configured by it."""
    rows = [f"| {code.status} | {code.meaning} | {code.start_again} |" for code in EXIT_CODES]
    assert re.findall(r"^\| \d+ \| .*\|$", README.partition("## Exit codes")[2], re.MULTILINE) == rows


def test_every_code_that_the_readme_explains_is_one_of_the_code() -> None:
    """The first column of "When it stops"; `kafka_certificate_…` stands for all that begin so."""
    table = README.partition("## When it stops")[2].partition("\n## ")[0]
    explained = {
        code for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for code in re.findall(r"`(\w+)", row)
    }
    assert len(explained) > 20
    assert [code for code in sorted(explained) if not any(map(re.compile(code).match, ErrorCode))] == []


def test_every_link_of_the_readme_leads_to_a_file() -> None:
    """A link that is not a web address is a path of the project."""
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (REPOSITORY / link).exists()] == []


def test_every_command_of_the_readme_is_one_of_the_command_line() -> None:
    """Each `insidertape WORD` in the README is a command that `--help` lists."""
    help_text = subprocess.run(
        [sys.executable, "-m", "services.cli", "--help"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout
    commands = set(re.findall(r"bin/insidertape (\w+)", README))
    assert commands
    assert [command for command in commands if not re.search(rf"\b{command}\b", help_text)] == []
