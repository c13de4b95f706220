"""Faults of every kind upon services at work, with a reader looking on: no invariant breaks, and all moves again."""

from pathlib import Path

import pytest

from tests.chaos.campaign import Figures, Plan, run_campaign
from tests.chaos.disk import Disk
from tests.chaos.endings import ENDINGS, EXPECTED_CODES
from tests.chaos.grounds import EmbeddedGround, KafkaGround
from tests.chaos.invariants import summary
from tests.chaos.nemesis import faults_on

pytestmark = pytest.mark.campaign

SEED = 5
RECOVERED_SECONDS = 120
"""A long run reports recoveries of seconds (`make chaos`); here only what is stuck is told from what is slow."""
MAY_FIND_NOTHING = 4
"""Faults that may come too late to strike, or find no member to add or to remove."""


def expect_survival(figures: Figures, faults: int) -> None:
    """Nothing lost, nothing twice, and all went on."""
    assert figures.violations == [], summary(figures.violations)
    assert figures.complaints.keys() <= EXPECTED_CODES
    assert figures.endings.keys() <= ENDINGS.keys()
    assert figures.struck.total() >= faults, figures.struck
    assert max(figures.recoveries) < RECOVERED_SECONDS


@pytest.mark.kafka
async def test_services_on_kafka_survive_every_fault_once(kafka_ground: KafkaGround, tmp_path: Path) -> None:
    """Killed, suspended, deaf; a wrong password, a full disk, strangers' records; and partitions added at the end."""
    await kafka_ground.prepare()
    faults = len(faults_on(kafka_ground))
    figures = await run_campaign(kafka_ground, Plan(faults=faults - 1, filings=1_000, seed=SEED), tmp_path)
    expect_survival(figures, faults - MAY_FIND_NOTHING)
    for fault in {"broker killed", "null headers", "foreign records", "wrong password"} & faults_on(
        kafka_ground
    ).keys():
        assert figures.struck[fault], fault
    assert figures.struck["added partitions"] == 1
    assert figures.complaints["stalled"] >= figures.struck["client gone deaf"] == 1
    assert figures.complaints["kafka_authentication_failed"] == figures.struck["wrong password"]
    assert figures.complaints["foreign_positions"] >= figures.struck["foreign records"]
    assert figures.complaints["partitions_changed"] >= 1


async def test_processes_on_the_embedded_engine_survive_every_fault_once(disk: Disk | None, tmp_path: Path) -> None:
    """Three that share a directory, each of them publisher and services in one."""
    ground = EmbeddedGround(disk.data if disk else tmp_path / "data", disk=disk)
    faults = len(faults_on(ground))
    figures = await run_campaign(ground, Plan(faults=faults - 1, filings=1_000, seed=SEED, instances=3), tmp_path)
    expect_survival(figures, faults - MAY_FIND_NOTHING)
    assert figures.complaints["foreign_positions"] >= figures.struck["foreign records"] >= 1
    assert (figures.complaints["disk_full"] >= 1) == (disk is not None)
