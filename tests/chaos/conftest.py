"""Fixtures of the campaigns: a disk that they may fill, and a broker with passwords."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.deployments import KafkaDeployment, broker_with_passwords
from tests.chaos.disk import Disk, mounted_disk
from tests.conftest import running_kafka

DISK_MEGABYTES = 512


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk | None]:
    """Mount a disk for the test; None if this process may not mount."""
    with mounted_disk(tmp_path / "disk", DISK_MEGABYTES) as mounted:
        yield mounted


@pytest.fixture
def kafka_deployment(pytestconfig: pytest.Config, tmp_path: Path, disk: Disk | None) -> Iterator[KafkaDeployment]:
    """Start a local broker for the test."""
    broker = broker_with_passwords(tmp_path / "kafka", disk.data if disk else None)
    with running_kafka(pytestconfig, broker) as kafka:
        yield KafkaDeployment(kafka, partitions=4, stall=9, disk=disk)
