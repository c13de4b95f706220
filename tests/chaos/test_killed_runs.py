"""A run killed at any step by SIGKILL and restarted has the outcome of an undisturbed run, on both engines."""

import random
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from deploy.kafka.local import LocalKafka
from services.watcher.order import order_of_file
from tests.chaos.failpoints import EMBEDDED_STEPS, KAFKA_STEPS
from tests.chaos.pipeline_outcome import REPOSITORY, Outcome, insidertape, outcome

SAMPLES = REPOSITORY / "deploy" / "samples"
SEED = 16
KILLED = -9
FILED_BY = date(2026, 1, 1)
"""A day after all samples were filed; later signature dates would count as mistyped."""


def kill_points(steps: Sequence[str], kills: int, furthest: int) -> list[str]:
    """Return failpoints before and after every step, at seeded counts."""
    rng = random.Random(SEED)  # noqa: S311 - a plan, no secret
    moments = [f"{moment}:{step}" for step in steps for moment in ("before", "after")]
    rng.shuffle(moments)
    return [f"SIGKILL:{moments[n % len(moments)]}:{rng.randint(1, furthest)}" for n in range(kills)]


def run_through_kills(plan: Sequence[str], source: Path, *options: str) -> int:
    """Run once per failpoint, each time with more samples, then to the end; return how many runs were killed."""
    source.mkdir()
    samples = sorted(SAMPLES.iterdir(), key=lambda path: order_of_file(path, today=FILED_BY))
    killed = 0
    for number, kill_point in enumerate(plan):
        for sample in samples[len(samples) * number // len(plan) : len(samples) * (number + 1) // len(plan)]:
            shutil.copy(sample, source)
        done = insidertape("run", "--once", "--source", str(source), *options, failpoints=kill_point)
        assert done.returncode in {0, KILLED}, done.stderr
        killed += done.returncode == KILLED
    run(source, *options)
    return killed


def run(source: Path, *options: str) -> None:
    """Run once, undisturbed."""
    done = insidertape("run", "--once", "--source", str(source), *options)
    assert done.returncode == 0, done.stderr


def outcome_without_kills(source: Path, directory: Path) -> Outcome:
    """Return the outcome of one run over the same files on the embedded engine."""
    run(source, "--data", str(directory))
    return outcome("--data", str(directory))


@pytest.mark.campaign
def test_killed_and_restarted_run_has_the_same_outcome_on_the_embedded_engine(tmp_path: Path) -> None:
    """Nothing is lost and nothing applied twice: positions, alerts and dead letters are equal."""
    source, options = tmp_path / "source", ("--data", str(tmp_path / "killed"))
    assert run_through_kills(kill_points(list(EMBEDDED_STEPS), 24, furthest=3), source, *options) >= 16
    assert outcome(*options) == outcome_without_kills(source, tmp_path / "undisturbed")


@pytest.mark.campaign
@pytest.mark.kafka
def test_killed_and_restarted_run_has_the_same_outcome_on_kafka(own_kafka: LocalKafka, tmp_path: Path) -> None:
    """Positions, alerts and dead letters equal those of an undisturbed run on the embedded engine."""
    source, options = tmp_path / "source", ("--kafka", own_kafka.bootstrap_servers)
    assert insidertape("topics", "apply", *options).returncode == 0
    assert run_through_kills(kill_points(list(KAFKA_STEPS), 8, furthest=3), source, *options) >= 5
    assert outcome(*options) == outcome_without_kills(source, tmp_path / "undisturbed")


def test_comparison_detects_a_lost_and_a_duplicated_alert(tmp_path: Path) -> None:
    """The harness itself: outcomes differ by a single alert."""
    right = outcome_without_kills(SAMPLES, tmp_path)
    one = next(iter(right.alerts))
    for change in (1, -1):
        alerts = right.alerts.copy()
        alerts[one] += change
        assert Outcome(right.positions, alerts, right.dead_letters) != right
