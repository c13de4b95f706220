"""Others in the way: several runs at once on one file, and a broker that dies and comes back."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.kafka.local import LocalKafka
from services.watcher.directory import period_of_file
from tests.chaos.outcome import (
    ENVIRONMENT,
    REPOSITORY,
    RUN_SECONDS,
    insidertape,
    outcome,
    started,
    wait_for_alerts,
)

SAMPLES = REPOSITORY / "deploy" / "samples"


def test_three_runs_at_once_do_the_work_of_one(tmp_path: Path) -> None:
    """Processes that share a data directory void one another's work at times, and never do any of it twice."""
    together, alone = ("--data", str(tmp_path / "together")), ("--data", str(tmp_path / "alone"))
    command = [sys.executable, "-m", "services.cli", "run", "--once", "--source", str(SAMPLES), *together]
    runs = [
        subprocess.Popen(command, cwd=REPOSITORY, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(3)
    ]
    assert [run.wait(RUN_SECONDS) for run in runs] == [0, 0, 0]
    assert insidertape("run", "--once", "--source", str(SAMPLES), *alone).returncode == 0
    assert outcome(*together) == outcome(*alone)


@pytest.mark.kafka
def test_services_wait_for_a_broker_that_died_and_go_on_when_it_is_back(own_kafka: LocalKafka, tmp_path: Path) -> None:
    """SIGKILL of the broker amid the work: no service ends, nothing is lost and nothing done twice."""
    source, place = tmp_path / "source", ("--kafka", own_kafka.bootstrap_servers)
    samples = sorted(SAMPLES.iterdir(), key=lambda path: (period_of_file(path), path.name))
    source.mkdir()
    for sample in samples[:8]:
        shutil.copy(sample, source)
    assert insidertape("topics", "apply", *place).returncode == 0
    commands = [("parser",), ("holdings",), ("watcher", "--source", str(source))]
    services = [started(*command, *place, log=tmp_path / f"{command[0]}.log") for command in commands]
    try:
        wait_for_alerts(1, *place)
        own_kafka.kill()
        for sample in samples[8:]:
            shutil.copy(sample, source)
        own_kafka.restart()
        assert insidertape("run", "--once", "--source", str(source), "--data", str(tmp_path / "alone")).returncode == 0
        undisturbed = outcome("--data", str(tmp_path / "alone"))
        wait_for_alerts(sum(undisturbed.alerts.values()), *place)
        assert [service.poll() for service in services] == [None] * len(services)
        for service in services:
            service.send_signal(signal.SIGTERM)
        assert [service.wait(RUN_SECONDS) for service in services] == [0] * len(services)
    finally:
        for service in services:
            service.kill()
    assert insidertape("run", "--once", *place).returncode == 0
    assert outcome(*place) == undisturbed
