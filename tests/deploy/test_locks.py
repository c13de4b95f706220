"""The pinned versions of the image against those of development."""

import re
import tomllib
from importlib.metadata import version

from tests.unit.cli.command import ROOT


def test_pins_of_the_image_are_those_of_development() -> None:
    """The versions that ship are the ones that were tested."""
    of_image, of_development = (
        set(re.findall(r"^([a-z0-9-]+==\S+)", (ROOT / path).read_text(), re.MULTILINE))
        for path in ("deploy/image/requirements.txt", "deploy/constraints.txt")
    )
    assert of_image <= of_development
    assert f"pydantic=={version('pydantic')}" in of_image
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {re.split(r"[^a-z0-9-]", entry.lower())[0] for entry in project["dependencies"]}
    assert named <= {entry.partition("==")[0] for entry in of_image}
