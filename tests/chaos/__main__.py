"""A long chaos run on a local Apache Kafka of its own: `make chaos MINUTES=30`. Prints its figures; 1 if it failed."""

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from deploy.kafka.local import LocalKafka
from tests.chaos.campaign import STEADY, Figures, Plan, run_campaign
from tests.chaos.grounds import KafkaGround
from tests.chaos.invariants import summary


async def _run(kafka: LocalKafka, plan: Plan, directory: Path) -> Figures:
    ground = KafkaGround(kafka)
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
        kafka = LocalKafka(directory / "kafka")
        try:
            figures = asyncio.run(_run(kafka.start(), plan, directory))
        finally:
            kafka.stop()
    print(f"\n{figures.table()}")  # noqa: T201 - a command's output
    surprises = figures.complaints.keys() - STEADY
    for trouble in (summary(figures.violations), *surprises):
        print(trouble, file=sys.stderr)  # noqa: T201 - likewise
    return 1 if figures.violations or surprises else 0


if __name__ == "__main__":
    sys.exit(main())
