"""Faults of every kind upon services at work, with a reader looking on: no invariant breaks, and all moves again."""

from pathlib import Path

import pytest

from deploy.kafka.local import LocalKafka
from tests.chaos.campaign import ENDINGS, STEADY, Figures, Plan, run_campaign
from tests.chaos.grounds import EmbeddedGround, KafkaGround
from tests.chaos.invariants import summary
from tests.chaos.nemesis import KAFKA_FAULTS

SEED = 5
RECOVERED_SECONDS = 120
"""A long run reports recoveries of seconds (`make chaos`); here only what is stuck is told from what is slow."""


def expect_survival(figures: Figures, faults: int) -> None:
    """Nothing lost, nothing twice, and all went on."""
    assert figures.violations == [], summary(figures.violations)
    assert figures.complaints.keys() <= STEADY
    assert figures.endings.keys() <= ENDINGS
    assert figures.struck.total() >= faults, figures.struck
    assert max(figures.recoveries) < RECOVERED_SECONDS


@pytest.mark.kafka
async def test_services_on_kafka_survive_every_fault_once(own_kafka: LocalKafka, tmp_path: Path) -> None:
    """Killed, told to end, past their session, killed around a commit, deaf; more and fewer of them; no broker."""
    ground = KafkaGround(own_kafka, partitions=4, stall=9)
    await ground.prepare()
    figures = await run_campaign(ground, Plan(faults=len(KAFKA_FAULTS) - 1, filings=1_000, seed=SEED), tmp_path)
    expect_survival(figures, faults=6)
    assert figures.struck["broker killed"]
    assert figures.complaints["stalled"] >= figures.struck["client gone deaf"] == 1


async def test_processes_on_the_embedded_engine_survive_being_killed(tmp_path: Path) -> None:
    """Three that share a directory, each of them publisher and services in one."""
    ground = EmbeddedGround(tmp_path / "data")
    plan = Plan(faults=7, filings=1_000, seed=SEED, instances=3)
    expect_survival(await run_campaign(ground, plan, tmp_path), faults=7)
