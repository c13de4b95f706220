"""The choice of the broker for the Kafka tests, and the outcome of a run without one."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy.kafka.local import LocalKafkaError, fetch, free_ports, is_free, java, settings
from tests.broker import (
    Broker,
    NoBrokerError,
    absence_fails,
    container,
    find_broker,
    ready,
    variables,
    ways_to_try,
)

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = Path("/nonexistent")


def leads_nowhere(_environ: Mapping[str, str], _directory: Path) -> Broker:
    """Fail to find a broker."""
    raise NoBrokerError("the bridge is out")


def leads_to_a_broker(_environ: Mapping[str, str], _directory: Path) -> Broker:
    """Find a broker."""
    return Broker("a broker of straw", "straw:9092", lambda: None)


def must_not_be_taken(_environ: Mapping[str, str], _directory: Path) -> Broker:
    """Fail the test if this way is tried."""
    raise AssertionError


@pytest.mark.parametrize(
    ("environ", "ways"),
    [
        ({}, ["container", "local"]),
        ({"KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"}, ["external"]),
        ({"INSIDERTAPE_TEST_BROKER": "local"}, ["local"]),
        ({"INSIDERTAPE_TEST_BROKER": "local", "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"}, ["local"]),
        ({"INSIDERTAPE_TEST_BROKER": "", "KAFKA_BOOTSTRAP_SERVERS": ""}, ["container", "local"]),
    ],
)
def test_the_ways_follow_from_the_environment(environ: dict[str, str], ways: list[str]) -> None:
    """A forced way is the only one; so is a broker that was named; else a container comes before a local one."""
    assert ways_to_try(environ) == ways


def test_the_first_way_that_leads_to_a_broker_is_the_last_one_tried() -> None:
    """Nothing is started that is not needed."""
    search = find_broker({}, NOWHERE, {"container": leads_to_a_broker, "local": must_not_be_taken})
    assert search.words() == "The Kafka tests used a broker of straw at straw:9092."


def test_a_way_that_leads_nowhere_is_passed_over_but_not_in_silence() -> None:
    """Falling back from a container to a local broker is said, so that nobody takes one for the other."""
    search = find_broker({}, NOWHERE, {"container": leads_nowhere, "local": leads_to_a_broker})
    assert search.words().splitlines() == [
        "The Kafka tests used a broker of straw at straw:9092.",
        "  container: the bridge is out",
    ]


def test_where_no_way_leads_to_a_broker_every_reason_is_given() -> None:
    """Whoever reads the words can choose which obstacle to remove."""
    search = find_broker({}, NOWHERE, {"container": leads_nowhere, "local": leads_nowhere})
    assert search.broker is None
    assert search.words().splitlines() == [
        "No real Apache Kafka is available for the tests that need one.",
        "  container: the bridge is out",
        "  local: the bridge is out",
    ]


@pytest.mark.parametrize(
    ("value", "fails"), [("true", True), ("1", True), ("TRUE", True), ("false", False), ("", False)]
)
def test_only_on_ci_is_having_no_broker_a_failure(value: str, *, fails: bool) -> None:
    """A contributor without Java may run the rest; CI may not."""
    assert absence_fails({"CI": value}) is fails
    assert not absence_fails({})


def test_a_container_is_configured_as_the_local_broker_is_but_for_its_addresses() -> None:
    """One file of settings serves both; only the container has a listener for itself."""
    inside = variables("example", 9999)
    assert inside["KAFKA_ADVERTISED_LISTENERS"] == "PLAINTEXT://example:9999,INTERNAL://localhost:19092"
    assert inside["KAFKA_INTER_BROKER_LISTENER_NAME"] == "INTERNAL"
    differing = {"listeners", "advertised.listeners", "inter.broker.listener.name"}
    for key, value in settings().items():
        if key not in differing:
            assert inside["KAFKA_" + key.upper().replace(".", "_")] == value


def test_a_docker_engine_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client without an engine, which many machines have, is no way to a broker."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{NOWHERE}/docker.sock")
    with pytest.raises(NoBrokerError, match="no Docker engine answers"):
        container({}, NOWHERE)


async def test_a_broker_that_does_not_answer_is_named() -> None:
    """An address alone does not prove a broker: a topic must be created there."""
    [port] = free_ports(1)
    with pytest.raises(NoBrokerError, match=rf"127\.0\.0\.1:{port} let no topic be created in 0\.5 s"):
        await ready(f"127.0.0.1:{port}", within=0.5)


def test_ports_are_free_different_and_outside_the_range_for_clients() -> None:
    """A stopped broker's port stays its own until it is back."""
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert all(map(is_free, ports))
    assert max(ports) < 32_768


def test_a_missing_java_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    monkeypatch.setenv("PATH", str(NOWHERE))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(LocalKafkaError, match="no java on PATH: install Java 17 or later"):
        java()


def test_a_java_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The message says which one it is, and that JAVA_HOME chooses another."""
    _install(tmp_path / "bin" / "java", """echo 'openjdk version "11.0.2"' >&2""")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(LocalKafkaError, match=r'needs Java 17 .set JAVA_HOME.*version "11\.0\.2"'):
        java()


def test_an_interrupted_fetch_is_not_taken_for_the_jars(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where Maven fails half-way nothing is left behind, and what it said is passed on; a later fetch is whole."""
    libs = tmp_path / "libs"
    monkeypatch.setattr("deploy.kafka.local.HOME", tmp_path)
    monkeypatch.setattr("deploy.kafka.local.LIBS", libs)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    _install(tmp_path / "bin" / "java", """echo 'openjdk version "17.0.1"' >&2""")
    copies_one_jar = """for last; do :; done; mkdir -p "${last#*=}"; touch "${last#*=}/kafka.jar";"""

    _install(tmp_path / "bin" / "mvn", f"{copies_one_jar} echo 'the line went dead'; exit 1")
    with pytest.raises(LocalKafkaError, match="the line went dead"):
        fetch()
    assert not libs.exists()
    assert not list(tmp_path.glob("fetching-*"))

    _install(tmp_path / "bin" / "mvn", copies_one_jar)
    assert fetch() == libs
    assert (libs / "kafka.jar").exists()

    _install(tmp_path / "bin" / "mvn", "echo 'asked twice'; exit 1")
    assert fetch() == libs


def _install(path: Path, script: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def _run_a_kafka_test(**environ: str) -> subprocess.CompletedProcess[str]:
    """Run one of the Kafka tests as `make test` would, with no broker named and none but the given ways."""
    kept = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    test = "tests/integration/test_broker.py::test_an_aborted_transaction_leaves_nothing_for_read_committed"
    return subprocess.run(
        [sys.executable, "-Im", "pytest", "--rootdir", ".", "-c", "pyproject.toml", "-p", "no:cacheprovider", test],
        cwd=ROOT,
        env=kept | environ,
        capture_output=True,
        text=True,
        check=False,
    )


WORDS = [
    "No real Apache Kafka is available for the tests that need one.",
    "  external: KAFKA_BOOTSTRAP_SERVERS is not set",
]


def test_without_a_broker_the_tests_are_skipped_and_the_summary_says_why() -> None:
    """A way that was forced and fails is not silently replaced."""
    outcome = _run_a_kafka_test(INSIDERTAPE_TEST_BROKER="external")
    assert outcome.returncode == 0, outcome.stdout
    assert "1 skipped" in outcome.stdout
    assert "\n".join(WORDS) in outcome.stdout


def test_on_ci_a_missing_broker_fails_the_run_in_the_same_words() -> None:
    """A green build means that the Kafka tests ran."""
    outcome = _run_a_kafka_test(INSIDERTAPE_TEST_BROKER="external", CI="true")
    assert outcome.returncode == 1, outcome.stdout
    assert "1 error" in outcome.stdout
    assert "\n".join(WORDS) in outcome.stdout


def test_a_misspelt_way_is_refused() -> None:
    """It would otherwise look like a way that fails."""
    outcome = _run_a_kafka_test(INSIDERTAPE_TEST_BROKER="docker")
    assert outcome.returncode == pytest.ExitCode.USAGE_ERROR
    assert "INSIDERTAPE_TEST_BROKER is 'docker'; it must be one of: external, container, local" in outcome.stderr
