"""The built wheel: what a user installs, and nothing of what only this repository needs."""

import ast
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest

from services.parser.filing_json import active_reader

REPOSITORY: Final = Path(__file__).parents[2]


NATIVE: Final = "services/parser/native/"
LIBRARY: Final = "services/parser/_native.abi3.so"


def build_wheel(directory: Path, native: str, path: str = os.environ["PATH"]) -> tuple[str, set[str]]:
    """Return the name of the wheel and those of its files, with or without the native reader."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)],
        cwd=REPOSITORY,
        env=os.environ | {"INSIDERTAPE_NATIVE": native, "PATH": path},
        capture_output=True,
        check=True,
    )
    (wheel,) = directory.glob("*.whl")
    return wheel.name, set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the names of the files in the wheel without the native reader."""
    name, files = build_wheel(tmp_path_factory.mktemp("wheel"), native="0")
    assert name.endswith("-py3-none-any.whl")
    return files


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
    sources = committed("contracts") | committed("services")
    assert packaged == {name for name in sources if not name.startswith(NATIVE)}
    assert {name.partition("/")[2] for name in names - packaged} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
    }


@pytest.mark.skipif(active_reader() == "python", reason="the native reader is not installed")
def test_wheel_with_the_native_reader_adds_its_library_alone(names: set[str], tmp_path: Path) -> None:
    """One wheel for every Python from 3.11 on, and for this platform."""
    name, files = build_wheel(tmp_path, native="1")
    assert "-cp311-abi3-" in name
    assert files - names == {LIBRARY}


def test_without_cargo_the_wheel_is_pure(tmp_path: Path) -> None:
    """Set-up needs no compiler: the Python reader reads everything."""
    name, _ = build_wheel(tmp_path, native="auto", path=str(tmp_path))
    assert name.endswith("-py3-none-any.whl")


def test_native_reader_that_is_demanded_and_cannot_be_compiled_fails_the_build(tmp_path: Path) -> None:
    """Whoever sets INSIDERTAPE_NATIVE=1 would otherwise run ten times as slowly without knowing it."""
    with pytest.raises(subprocess.CalledProcessError) as failed:
        build_wheel(tmp_path, native="1", path=str(tmp_path))
    assert b"cargo is not installed" in failed.value.stdout + failed.value.stderr


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
    pydantic = {"pydantic", "pydantic_core", "annotated_types"}
    assert imported - sys.stdlib_module_names <= {"contracts", "msgspec"} | pydantic
