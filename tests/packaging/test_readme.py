"""The documentation is right about settings, codes, exit statuses, commands, files and links."""

import re
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from contracts.codes import ErrorCode
from deploy.generators.operating_tables import SETTINGS, default_of, with_tables
from services.cli.application.exit_codes import EXIT_CODES

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text("utf-8")
OPERATING = (REPOSITORY / "deploy" / "OPERATING.md").read_text("utf-8")
MOST_LINES = 120
"""Lines of the README: what a newcomer reads in five minutes."""


def committed_pages() -> list[Path]:
    """Return the Markdown pages that git knows or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return [REPOSITORY / name for name in sorted(set(listed.stdout.splitlines())) if (REPOSITORY / name).exists()]


PAGES = committed_pages()
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))


def section(page: str, title: str) -> str:
    """Return the text below a heading of the second level."""
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_readme_is_short_and_has_what_an_operator_looks_for_first() -> None:
    """The full pages are a link away; a stopped service must not need one."""
    assert len(README.splitlines()) <= MOST_LINES
    stops = section(README, "When it stops")
    assert all(f"`{command}" in stops for command in ("insidertape status", "trace", "state verify", "state repair"))
    assert "deploy/OPERATING.md#when-it-stops" in stops


def test_readme_has_every_exit_status() -> None:
    """A supervisor is configured by them."""
    rows = re.findall(r"^\| ([\d, ]+) \|", section(README, "When it stops"), re.MULTILINE)
    assert sorted(int(status) for row in rows for status in row.split(",")) == [code.status for code in EXIT_CODES]


def test_tables_of_the_operators_page_are_generated() -> None:
    """`make schemas` writes them; a change of a setting or an exit status shows in the page."""
    assert with_tables(OPERATING) == OPERATING


def test_every_setting_is_in_the_table_with_its_default_and_meaning() -> None:
    """An operator has no other list."""
    for settings in SETTINGS:
        prefix = settings.model_config.get("env_prefix", "")
        for name, field in settings.model_fields.items():
            assert f"| `{(prefix + name).upper()}` | {default_of(field)} | {field.description} |" in OPERATING


def test_every_variable_in_the_table_is_a_setting() -> None:
    """No row is left over from a removed setting; INSIDERTAPE_DATA belongs to the command line."""
    known = {"INSIDERTAPE_DATA"}
    for settings in SETTINGS:
        known |= {(settings.model_config.get("env_prefix", "") + name).upper() for name in settings.model_fields}
    assert set(re.findall(r"^\| `(INSIDERTAPE_\w+)`", OPERATING, re.MULTILINE)) == known


def test_table_of_exit_codes_equals_that_of_the_code() -> None:
    """Row by row: a supervisor is configured by it."""
    rows = [f"| {code.status} | {code.meaning} | {code.start_again} |" for code in EXIT_CODES]
    assert re.findall(r"^\| \d+ \| .*\|$", section(OPERATING, "Exit codes"), re.MULTILINE) == rows


def test_every_code_in_the_table_of_symptoms_exists() -> None:
    """The first column of "When it stops"; `kafka_certificate_…` stands for all codes with that prefix."""
    table = section(OPERATING, "When it stops")
    explained = {
        code for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for code in re.findall(r"`(\w+)", row)
    }
    assert len(explained) > 20
    assert [code for code in sorted(explained) if not any(map(re.compile(code).match, ErrorCode))] == []


@each_page
def test_every_link_leads_to_a_file_and_its_anchor_to_a_heading(page: Path) -> None:
    """A link that is not a web address is a path from the page's folder."""
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")) if "://" not in link]
    broken = []
    for link in links:
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            broken.append(link)
    assert broken == []


@each_page
def test_every_command_exists(page: Path) -> None:
    """Each `insidertape WORD` after a prompt, `make TARGET` and `python -m MODULE` of the page."""
    text = page.read_text("utf-8")
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    missing = [word for word in re.findall(r"bin/insidertape (\w+)", text) if f"\n  {word} " not in _help()]
    targets = re.findall(r"(?:`|\$ |   )make ([a-z]+(?:-[a-z]+)*)(?![\w-])", text)
    missing += [target for target in targets if f"\n{target}:" not in makefile]
    modules = re.findall(r"python -m ((?:tests|deploy|services)(?:\.\w+)+)", text)
    missing += [module for module in modules if find_spec(module) is None]
    assert missing == []


def test_every_file_named_by_the_architecture_and_the_test_pages_exists() -> None:
    """A path in backticks is relative to the page's folder, to the repository or to `services/`."""
    pages = ("services/README.md", "tests/README.md", "tests/chaos/README.md", "tests/benchmarks/README.md")
    for page in (REPOSITORY / name for name in (*pages, "CONTRIBUTING.md")):
        named = re.findall(r"`([\w./]+(?:\.py|\.md|\.tsv|/))`", page.read_text("utf-8"))
        assert named
        folders = (page.parent, REPOSITORY, REPOSITORY / "services", REPOSITORY / "services" / "runtime")
        assert [name for name in named if not any((folder / name).exists() for folder in folders)] == [], page


@cache
def _help() -> str:
    """Return the help of the command line, with its commands at the start of lines."""
    command = [sys.executable, "-m", "services.cli", "--help"]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
