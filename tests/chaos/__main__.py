"""A long chaos run on a local Apache Kafka of its own: `make chaos MINUTES=30`. Prints its figures; 1 if it failed."""

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path
from typing import Final

from deploy.kafka.local import LocalKafka
from tests.chaos.campaign import Figures, Plan, run_campaign
from tests.chaos.disk import Disk, mounted_disk
from tests.chaos.endings import ENDINGS, EXPECTED_CODES
from tests.chaos.grounds import KafkaGround, broker_with_passwords
from tests.chaos.invariants import summary

_DISK_MEGABYTES: Final = 1024
_DISK_MEGABYTES_A_MINUTE: Final = 120
"""What records of a minute take, with those of the copy, and room to spare: a broker gives segments back late."""


async def _run(kafka: LocalKafka, disk: Disk | None, plan: Plan, directory: Path) -> Figures:
    ground = KafkaGround(kafka, disk=disk)
    await ground.prepare()
    return await run_campaign(ground, plan, directory)


def main() -> int:
    """Hold the run, and say what came of it."""
    options = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    options.add_argument("--minutes", type=float, default=30)
    options.add_argument("--faults", type=int, default=200, help="how many at least")
    options.add_argument("--filings", type=int, default=100_000, help="how many at least")
    options.add_argument("--rate", type=float, default=60, help="filings a second")
    options.add_argument("--instances", type=int, default=3, help="of parser and of holdings, at first")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--directory", type=Path, help="where the logs stay (default: a temporary one)")
    chosen = options.parse_args()
    plan = Plan(chosen.minutes * 60, chosen.faults, chosen.filings, chosen.rate, chosen.seed, chosen.instances)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # of a broker that is away the run itself tells
    with tempfile.TemporaryDirectory(prefix="insidertape-chaos-") as scratch:
        directory = chosen.directory or Path(scratch)
        directory.mkdir(parents=True, exist_ok=True)
        megabytes = _DISK_MEGABYTES + round(_DISK_MEGABYTES_A_MINUTE * chosen.minutes)
        with mounted_disk(directory / "disk", megabytes) as disk:
            kafka = broker_with_passwords(directory / "kafka", disk.data if disk else None)
            try:
                figures = asyncio.run(_run(kafka.start(), disk, plan, directory))
            finally:
                kafka.stop()
    print(f"\n{figures.table()}")  # noqa: T201 - a command's output
    surprises = [*(figures.complaints.keys() - EXPECTED_CODES), *(figures.endings.keys() - ENDINGS.keys())]
    for trouble in (summary(figures.violations), *map(str, surprises)):
        print(trouble, file=sys.stderr)  # noqa: T201 - likewise
    return 1 if figures.violations or surprises else 0


if __name__ == "__main__":
    sys.exit(main())
