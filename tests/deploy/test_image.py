"""The container image, built and run by a real Docker engine."""

import json
import re
import time
from collections.abc import Iterator
from importlib.metadata import version

import pytest

from tests.deploy.docker_engine import built_by, docker, engine_answers
from tests.unit.cli.command import ROOT, SAMPLES

pytestmark = [
    pytest.mark.campaign,
    pytest.mark.skipif(not engine_answers(), reason="no Docker engine answers"),
]

IMAGE = "insidertape"
BASE = "insidertape/python:3.13-trixie"
CONFINED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "none")
MOST_BYTES_ABOVE_BASE = 150_000_000
PATIENCE = 90.0


@pytest.fixture(scope="module", autouse=True)
def image() -> None:
    """Build the image."""
    built_by("build-image.sh")


@pytest.fixture
def pipeline() -> Iterator[str]:
    """Yield a container that runs the whole pipeline over the samples, confined, and remove it at the end."""
    words = ("run", "--detach", *CONFINED, "--volume", f"{SAMPLES}:/inbox:ro", IMAGE, "run", "--source", "/inbox")
    container = docker(*words).stdout.strip()
    yield container
    docker("rm", "--force", "--volumes", container)


def inspected(name: str, template: str) -> str:
    """Return what `docker inspect` reports of an image or a container."""
    return docker("inspect", "--format", template, name).stdout.strip()


def until_healthy(container: str) -> None:
    """Wait until the engine reports the container as healthy."""
    deadline = time.monotonic() + PATIENCE
    while (state := inspected(container, "{{.State.Health.Status}}")) != "healthy":
        assert time.monotonic() < deadline, (state, docker("logs", container).stderr[-2000:])
        time.sleep(0.5)


def test_confined_container_runs_without_root_rights() -> None:
    """A cluster with restricted pods starts nothing else."""
    done = docker("run", "--rm", *CONFINED, "--entrypoint", "sh", IMAGE, "-c", "id -u; insidertape --version")
    assert done.stdout.split("\n")[:2] == ["10001", f"insidertape {version('insidertape')}"]


def test_only_the_data_directory_is_writable() -> None:
    """The code cannot be changed by what runs it."""
    find = "find / -xdev -writable -not -type l -not -path '/proc/*' -not -path '/dev/*' 2>/dev/null || true"
    found = docker("run", "--rm", "--network", "none", "--entrypoint", "sh", IMAGE, "-c", find).stdout.split()
    shared = {"/tmp", "/var/tmp", "/run/lock"}  # noqa: S108 - what is found, not what is used
    assert set(found) - shared <= {"/var/lib/insidertape"}


def test_pipeline_in_a_confined_container_becomes_healthy_and_obeys_sigterm(pipeline: str) -> None:
    """It is the first process of its container, which the kernel protects from signals that it does not handle."""
    until_healthy(pipeline)
    docker("stop", "--time", "45", pipeline)
    assert inspected(pipeline, "{{.State.ExitCode}}") == "0"
    assert "Traceback" not in docker("logs", pipeline).stderr


def test_data_outlives_the_container(pipeline: str) -> None:
    """The data directory is a volume, so that a new version of the image continues where the old one ended."""
    until_healthy(pipeline)
    docker("stop", "--time", "45", pipeline)
    shown = docker("run", "--rm", *CONFINED, "--volumes-from", pipeline, IMAGE, "positions", "--format", "csv")
    assert len(shown.stdout.splitlines()) > 10


def test_labels_name_version_and_revision() -> None:
    """An operator finds out from the image alone which source it was built from."""
    labels = json.loads(inspected(IMAGE, "{{json .Config.Labels}}"))
    assert labels["org.opencontainers.image.version"] == version("insidertape")
    assert re.fullmatch(r"[0-9a-f]{40}", labels["org.opencontainers.image.revision"])


def test_bill_of_materials_lists_every_pinned_package_with_its_version() -> None:
    """An auditor compares it with advisories; a package that is missing there is never looked up."""
    bill = json.loads(docker("run", "--rm", "--entrypoint", "cat", IMAGE, "/opt/insidertape/sbom.cdx.json").stdout)
    listed = {(re.sub(r"[-_.]+", "-", part["name"]).lower(), part["version"]) for part in bill["components"]}
    pinned = re.findall(r"^([a-z0-9-]+)==(\S+) \\", (ROOT / "deploy/image/requirements.txt").read_text(), re.MULTILINE)
    assert len(pinned) > 40
    # Packages with a marker are left out: they are for other systems or older versions of Python.
    assert {(name, number) for name, number in pinned} - listed == set()


def test_image_is_small() -> None:
    """It is pulled onto every node that a parser is scheduled on."""
    size, base = (int(inspected(name, "{{.Size}}")) for name in (IMAGE, BASE))
    assert size - base < MOST_BYTES_ABOVE_BASE
