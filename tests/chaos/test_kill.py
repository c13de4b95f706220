"""Killing a run anywhere, with SIGKILL, and starting it again gives what an undisturbed run gives: on both engines."""

import random
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from deploy.kafka.local import LocalKafka
from services.watcher.order import order_of_file
from tests.chaos.doomed import EMBEDDED_STEPS, KAFKA_STEPS
from tests.chaos.outcome import REPOSITORY, Outcome, insidertape, outcome

SAMPLES = REPOSITORY / "deploy" / "samples"
SEED = 16
KILLED = -9
FILED_BY = date(2026, 1, 1)
"""A day after the samples were filed: later signature dates would count as mistyped."""


def dooms(steps: Sequence[str], kills: int, furthest: int) -> list[str]:
    """Where to kill: every step before and after, at counts that a seed chooses."""
    chance = random.Random(SEED)  # noqa: S311 - a plan, no secret
    moments = [f"{moment}:{step}" for step in steps for moment in ("before", "after")]
    chance.shuffle(moments)
    return [f"SIGKILL:{moments[n % len(moments)]}:{chance.randint(1, furthest)}" for n in range(kills)]


def run_through_kills(plan: Sequence[str], source: Path, *place: str) -> int:
    """Runs killed as planned, some more samples there for each, oldest first, and one to the end; how many struck."""
    source.mkdir()
    samples = sorted(SAMPLES.iterdir(), key=lambda path: order_of_file(path, today=FILED_BY))
    struck = 0
    for number, doom in enumerate(plan):
        for sample in samples[len(samples) * number // len(plan) : len(samples) * (number + 1) // len(plan)]:
            shutil.copy(sample, source)
        done = insidertape("run", "--once", "--source", str(source), *place, troubles=doom)
        assert done.returncode in {0, KILLED}, done.stderr
        struck += done.returncode == KILLED
    run(source, *place)
    return struck


def run(source: Path, *place: str) -> None:
    """One undisturbed run."""
    done = insidertape("run", "--once", "--source", str(source), *place)
    assert done.returncode == 0, done.stderr


def undisturbed(source: Path, directory: Path) -> Outcome:
    """What one run over the same files on the embedded engine gives."""
    run(source, "--data", str(directory))
    return outcome("--data", str(directory))


@pytest.mark.campaign
def test_a_run_killed_anywhere_and_started_again_ends_the_same_on_the_embedded_engine(tmp_path: Path) -> None:
    """Nothing lost, nothing twice: positions, alerts and dead letters are those of the undisturbed run."""
    source, place = tmp_path / "source", ("--data", str(tmp_path / "killed"))
    assert run_through_kills(dooms(list(EMBEDDED_STEPS), 24, furthest=3), source, *place) >= 16
    assert outcome(*place) == undisturbed(source, tmp_path / "undisturbed")


@pytest.mark.campaign
@pytest.mark.kafka
def test_a_run_killed_anywhere_and_started_again_ends_the_same_on_kafka(own_kafka: LocalKafka, tmp_path: Path) -> None:
    """The same positions, alerts and dead letters as the embedded engine's, whatever was killed on the way."""
    source, place = tmp_path / "source", ("--kafka", own_kafka.bootstrap_servers)
    assert insidertape("topics", "apply", *place).returncode == 0
    assert run_through_kills(dooms(list(KAFKA_STEPS), 8, furthest=3), source, *place) >= 5
    assert outcome(*place) == undisturbed(source, tmp_path / "undisturbed")


def test_the_comparison_would_notice_an_alert_lost_or_doubled(tmp_path: Path) -> None:
    """The harness itself: one alert more or less makes outcomes differ."""
    right = undisturbed(SAMPLES, tmp_path)
    one = next(iter(right.alerts))
    for change in (1, -1):
        alerts = right.alerts.copy()
        alerts[one] += change
        assert Outcome(right.positions, alerts, right.dead_letters) != right
