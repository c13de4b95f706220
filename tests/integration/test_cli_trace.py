"""`insidertape trace` on both engines: a filing with alerts, a rejected one, and an unknown one."""

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.environments import new_environment
from tests.unit.cli.command import SAMPLES, TYPED, insidertape

JOINT = "2024-10-17-fernhollow-castellan-form4-joint-filing-three-owners.txt"
JOINT_ACCESSION = "0009990902-24-000118"
Place = tuple[list[str], dict[str, str]]

FRAGMENT = "fragment-without-header.txt"


@pytest.fixture
def filings(tmp_path: Path) -> Path:
    """Return a directory with a filing of three owners, and one that cannot be parsed."""
    directory = tmp_path / "filings"
    directory.mkdir()
    for name in (JOINT, FRAGMENT):
        (directory / name).write_bytes((SAMPLES / name).read_bytes())
    return directory


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def place(request: pytest.FixtureRequest, tmp_path: Path, filings: Path) -> Place:
    """Return the options and variables that lead to a log in which the filings have been processed."""
    if request.param == "embedded":
        options = ["--data", str(tmp_path / "data")]
        run = insidertape("run", "--once", "--quiet", "--source", filings, *options)
        assert run.returncode == 0, run.stderr
        return options, {}
    bootstrap: str = request.getfixturevalue("kafka_bootstrap")
    return asyncio.run(_on_kafka(bootstrap, filings))


async def _on_kafka(bootstrap: str, filings: Path) -> Place:
    environment = await new_environment(bootstrap, f"t{uuid4().hex[:8]}")
    await environment.run(filings)
    return ["--kafka", bootstrap], environment.variables


def steps(filing: str | Path, place: Place) -> list[dict[str, Any]]:
    """Return the steps of a filing that is known."""
    options, variables = place
    traced = insidertape("trace", filing, "--format", "jsonl", *options, **variables)
    assert (traced.returncode, traced.stderr) == (0, "")
    return [json.loads(line) for line in traced.stdout.splitlines()]


def test_steps_of_a_filing_are_the_same_by_number_and_by_file(place: Place, filings: Path) -> None:
    """The steps lead from the file to the alerts of each owner, each with its offset in a topic."""
    found = steps(JOINT_ACCESSION, place)
    expected = ["seen", "published", *["parsed"] * 3, *["positions"] * 3, *["alert"] * 3]
    assert [each["step"] for each in found] == expected
    assert {each["time"] is None for each in found} == {False}
    assert found[0]["path"] == found[1]["source_url"] == (filings / JOINT).as_uri()
    topics = {each["topic"].split(".")[-2] for each in found}
    assert topics == {"cursor", "filings", "transactions", "positions", "alerts"}
    owners = {each["owner"] for each in found if each["step"] == "parsed"}
    assert {each["owner"] for each in found if each["step"] == "alert"} == owners
    versions = {each["owner"]: each["version"] for each in found if each["step"] == "positions"}
    assert versions == dict.fromkeys(owners, 1)
    assert found == steps(JOINT_ACCESSION.replace("-", ""), place) == steps(filings / JOINT, place)


def test_trace_ends_with_the_state_of_the_filing(place: Place, filings: Path) -> None:
    """A person reads the trace from top to bottom; a dead letter has its reason, and the command that shows it."""
    options, variables = place
    joint = insidertape("trace", JOINT_ACCESSION, *options, **variables)
    assert joint.stdout.startswith(f"Form 4 of FHEC Fernhollow Energy Corp: {JOINT_ACCESSION}\n")
    assert joint.stdout.endswith("\nIt is in the positions, with 3 alerts.\n")
    dead = insidertape("trace", filings / FRAGMENT, *options, **variables)
    assert "rejected by parser (parser/" in dead.stdout
    assert "no_issuer: neither the document" in dead.stdout
    letter = next(each["letter"] for each in steps(filings / FRAGMENT, place) if each["step"] == "dead")
    assert f"`{TYPED} dlq show {letter} {' '.join(options)}` prints it." in dead.stdout


def test_unknown_filing_is_reported_as_not_found(place: Place, tmp_path: Path) -> None:
    """The message is one short line; the exit status serves scripts."""
    options, variables = place
    for filing in ("0000000000-00-000000", tmp_path / "nowhere.txt"):
        unknown = insidertape("trace", filing, *options, **variables)
        assert (unknown.returncode, unknown.stdout) == (1, "")
        assert unknown.stderr.endswith(": no topic contains this filing.\n")
