"""Faults of every kind on running services, with an observer: no invariant breaks, and all recover."""

from pathlib import Path

import pytest

from tests.chaos.campaign import Figures, Plan, run_campaign
from tests.chaos.deployments import EmbeddedDeployment, KafkaDeployment
from tests.chaos.disk import Disk
from tests.chaos.invariants import summary
from tests.chaos.nemesis import supported_faults
from tests.chaos.process_exits import EXPECTED_CODES, EXPECTED_STATUSES

pytestmark = pytest.mark.campaign

SEED = 5
RECOVERED_SECONDS = 120
"""Distinguishes stuck from slow; `make chaos` reports the recovery times themselves."""
MAY_FIND_NOTHING = 4
"""Faults that may come too late to take effect, or find no worker to add or remove."""


def expect_survival(figures: Figures, faults: int) -> None:
    """Assert that nothing was lost or duplicated, and that everything recovered."""
    assert figures.violations == [], summary(figures.violations)
    assert figures.error_codes.keys() <= EXPECTED_CODES
    assert figures.exit_statuses.keys() <= EXPECTED_STATUSES.keys()
    assert figures.injected.total() >= faults, figures.injected
    assert max(figures.recoveries) < RECOVERED_SECONDS


@pytest.mark.kafka
async def test_services_on_kafka_survive_every_fault_once(kafka_deployment: KafkaDeployment, tmp_path: Path) -> None:
    """Kills, suspensions, a silent client, a wrong password, a full disk, foreign records; partitions added last."""
    await kafka_deployment.prepare()
    faults = len(supported_faults(kafka_deployment))
    figures = await run_campaign(kafka_deployment, Plan(faults=faults - 1, filings=1_000, seed=SEED), tmp_path)
    expect_survival(figures, faults - MAY_FIND_NOTHING)
    for fault in {"broker killed", "null headers", "foreign records", "wrong password"} & supported_faults(
        kafka_deployment
    ).keys():
        assert figures.injected[fault], fault
    assert figures.injected["added partitions"] == 1
    assert figures.error_codes["stalled"] >= figures.injected["client stops receiving"] == 1
    assert figures.error_codes["kafka_authentication_failed"] == figures.injected["wrong password"]
    assert figures.error_codes["foreign_positions"] >= figures.injected["foreign records"]
    assert figures.error_codes["partitions_changed"] >= 1


async def test_processes_on_the_embedded_engine_survive_every_fault_once(disk: Disk | None, tmp_path: Path) -> None:
    """Three processes share a directory, each of them publisher and services in one."""
    deployment = EmbeddedDeployment(disk.data if disk else tmp_path / "data", disk=disk)
    faults = len(supported_faults(deployment))
    figures = await run_campaign(deployment, Plan(faults=faults - 1, filings=1_000, seed=SEED, instances=3), tmp_path)
    expect_survival(figures, faults - MAY_FIND_NOTHING)
    assert figures.error_codes["foreign_positions"] >= figures.injected["foreign records"] >= 1
    assert (figures.error_codes["disk_full"] >= 1) == (disk is not None)
