"""The built wheel: what a user installs, and nothing of what only this repository needs."""

import ast
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest

REPOSITORY: Final = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the names of the files in the wheel."""
    directory = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    )
    (wheel,) = directory.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def committed(folder: str) -> set[str]:
    """Return the files of a package that git knows, or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", folder],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name for name in listed.stdout.splitlines() if (REPOSITORY / name).exists()}


def test_wheel_holds_the_two_packages_and_its_metadata(names: set[str]) -> None:
    """File by file, schemas, examples and type markers included."""
    packaged = {name for name in names if ".dist-info/" not in name}
    assert packaged == committed("contracts") | committed("services")
    assert {name.partition("/")[2] for name in names - packaged} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
    }


def test_wheel_holds_what_readers_in_other_languages_need(names: set[str]) -> None:
    """The schemas are the contract; the models are one reading of it."""
    wanted = {
        "contracts/py.typed",
        "contracts/asyncapi.yaml",
        "contracts/CODES.md",
        "contracts/schemas/holding_changed.v1.schema.json",
        "services/cli/__main__.py",
    }
    assert wanted <= names


def test_wheel_has_no_generator_test_or_tool(names: set[str]) -> None:
    """They need packages that only developers install."""
    assert [name for name in sorted(names) if name.startswith(("tests/", "deploy/"))] == []
    assert not {"asyncapi.py", "compatibility.py", "generate.py", "metric_page.py", "code_page.py"} & {
        Path(name).name for name in names
    }


@pytest.mark.parametrize("path", sorted((REPOSITORY / "contracts").glob("*.py")), ids=lambda path: path.stem)
def test_contracts_import_pydantic_and_msgspec_alone(path: Path) -> None:
    """A reader of the topics can take the contracts without the services and their dependencies."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert imported - sys.stdlib_module_names <= {"contracts", "pydantic", "annotated_types", "msgspec"}
