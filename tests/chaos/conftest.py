"""What a campaign runs on: a disk that it may fill, and a broker that asks for passwords."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.disk import Disk, mounted_disk
from tests.chaos.grounds import KafkaGround, broker_with_passwords
from tests.conftest import running_kafka

DISK_MEGABYTES = 512


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk | None]:
    """A disk of the test's own; None if this process may not mount any."""
    with mounted_disk(tmp_path / "disk", DISK_MEGABYTES) as mounted:
        yield mounted


@pytest.fixture
def kafka_ground(pytestconfig: pytest.Config, tmp_path: Path, disk: Disk | None) -> Iterator[KafkaGround]:
    """A running local broker of the test's own."""
    broker = broker_with_passwords(tmp_path / "kafka", disk.data if disk else None)
    with running_kafka(pytestconfig, broker) as kafka:
        yield KafkaGround(kafka, partitions=4, stall=9, disk=disk)
