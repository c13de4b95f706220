"""Run the fault-injection campaign on its own local Apache Kafka (`make chaos MINUTES=30`); exit 1 if it failed."""

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path
from typing import Final

from deploy.kafka.local import LocalKafka
from tests.chaos.campaign import Figures, Plan, run_campaign
from tests.chaos.deployments import KafkaDeployment, broker_with_passwords
from tests.chaos.disk import Disk, mounted_disk
from tests.chaos.invariants import summary
from tests.chaos.process_exits import EXPECTED_CODES, EXPECTED_STATUSES

_DISK_MEGABYTES: Final = 1024
_DISK_MEGABYTES_PER_MINUTE: Final = 120
"""Space for the records of a minute and their copy, with a margin: a broker deletes segments late."""


async def _run(kafka: LocalKafka, disk: Disk | None, plan: Plan, directory: Path) -> Figures:
    deployment = KafkaDeployment(kafka, disk=disk)
    await deployment.prepare()
    return await run_campaign(deployment, plan, directory)


def main() -> int:
    """Run the campaign and print its figures."""
    options = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    options.add_argument("--minutes", type=float, default=30)
    options.add_argument("--faults", type=int, default=200, help="minimum number of faults")
    options.add_argument("--filings", type=int, default=100_000, help="minimum number of filings")
    options.add_argument("--rate", type=float, default=60, help="filings per second")
    options.add_argument("--instances", type=int, default=3, help="initial instances of parser and of holdings")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--directory", type=Path, help="keep the logs there (default: a temporary directory)")
    chosen = options.parse_args()
    plan = Plan(chosen.minutes * 60, chosen.faults, chosen.filings, chosen.rate, chosen.seed, chosen.instances)
    logging.getLogger("aiokafka").setLevel(
        logging.CRITICAL
    )  # it repeats every broker outage, which the run reports itself
    with tempfile.TemporaryDirectory(prefix="insidertape-chaos-") as scratch:
        directory = chosen.directory or Path(scratch)
        directory.mkdir(parents=True, exist_ok=True)
        megabytes = _DISK_MEGABYTES + round(_DISK_MEGABYTES_PER_MINUTE * chosen.minutes)
        with mounted_disk(directory / "disk", megabytes) as disk:
            kafka = broker_with_passwords(directory / "kafka", disk.data if disk else None)
            try:
                figures = asyncio.run(_run(kafka.start(), disk, plan, directory))
            finally:
                kafka.stop()
    print(f"\n{figures.table()}")  # noqa: T201 - a command's output
    surprises = [
        *(figures.error_codes.keys() - EXPECTED_CODES),
        *(figures.exit_statuses.keys() - EXPECTED_STATUSES.keys()),
    ]
    for problem in (summary(figures.violations), *map(str, surprises)):
        print(problem, file=sys.stderr)  # noqa: T201 - likewise
    return 1 if figures.violations or surprises else 0


if __name__ == "__main__":
    sys.exit(main())
