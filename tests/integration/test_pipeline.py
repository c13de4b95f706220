"""The whole pipeline, run as a user runs it, over the samples and the corpus, on both engines."""

import signal
from pathlib import Path

import pytest

from deploy.kafka.local import LocalKafka
from services.runtime.embedded.log import EmbeddedLog
from tests.chaos.pipeline_outcome import (
    REPOSITORY,
    RUN_SECONDS,
    Outcome,
    insidertape,
    outcome,
    started,
    wait_for_alerts,
)

CORPUS = REPOSITORY.parent / "shared" / "corpus" / "xml"


def source() -> str:
    """Return the corpus if it exists, otherwise the samples."""
    return str(CORPUS if CORPUS.is_dir() else REPOSITORY / "deploy" / "samples")


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, tuple[str, ...]]:
    """Return the outcome of a run on the embedded engine, and the options that select its data."""
    place = ("--data", str(tmp_path_factory.mktemp("embedded")))
    done = insidertape("run", "--once", "--source", source(), *place)
    assert done.returncode == 0, done.stderr
    return outcome(*place), place


def test_a_run_produces_positions_and_alerts(embedded: tuple[Outcome, tuple[str, ...]]) -> None:
    """Every position update is the last of its key, and no alert exists twice."""
    result, _ = embedded
    assert result.positions
    assert result.alerts
    assert set(result.alerts.values()) == {1}


def test_a_second_run_adds_nothing(embedded: tuple[Outcome, tuple[str, ...]]) -> None:
    """A published filing is not published again."""
    before, place = embedded
    done = insidertape("run", "--once", "--source", source(), *place)
    assert done.returncode == 0, done.stderr
    assert outcome(*place) == before


def test_the_order_of_the_partitions_does_not_matter(embedded: tuple[Outcome, tuple[str, ...]], tmp_path: Path) -> None:
    """With one partition, everything is in one order; positions and alerts are the same."""
    EmbeddedLog(tmp_path, partitions=1).close()
    done = insidertape("run", "--once", "--source", source(), "--data", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert outcome("--data", str(tmp_path)) == embedded[0]


@pytest.mark.kafka
def test_the_same_run_on_kafka_gives_the_same_positions_and_alerts(
    embedded: tuple[Outcome, tuple[str, ...]], own_kafka: LocalKafka
) -> None:
    """The same input leads to the same state and the same alerts, and a second run adds none."""
    place = ("--kafka", own_kafka.bootstrap_servers)
    assert insidertape("topics", "apply", *place).returncode == 0
    for _ in range(2):
        done = insidertape("run", "--once", "--source", source(), *place)
        assert done.returncode == 0, done.stderr
        assert outcome(*place) == embedded[0]


@pytest.mark.kafka
def test_separate_processes_share_the_work_and_end_on_sigterm(
    embedded: tuple[Outcome, tuple[str, ...]], own_kafka: LocalKafka, tmp_path: Path
) -> None:
    """A watcher, two parsers and two holdings give the same result; SIGTERM ends each with status 0."""
    place = ("--kafka", own_kafka.bootstrap_servers)
    assert insidertape("topics", "apply", *place).returncode == 0
    commands = [("parser",), ("parser",), ("holdings",), ("holdings",), ("watcher", "--source", source())]
    logs = [tmp_path / f"{number}-{command[0]}.log" for number, command in enumerate(commands)]
    processes = [started(*command, *place, log=log) for command, log in zip(commands, logs, strict=True)]
    try:
        wait_for_alerts(sum(embedded[0].alerts.values()), *place)
        for process in processes:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(RUN_SECONDS) for process in processes] == [0] * len(processes)
    finally:
        for process in processes:
            process.kill()
    # Some positions without an alert, or dead letters, may not be written yet: one more run completes them.
    assert insidertape("run", "--once", *place).returncode == 0
    assert outcome(*place) == embedded[0]
    worked = [log.name for log in logs if '"event": "batch_committed"' in log.read_text("utf-8")]
    assert {name[2:] for name in worked} >= {"parser.log", "holdings.log"}
