"""The throughput from filings to alerts: watcher, parser and holdings on a real Kafka, and the embedded engine.

    python -m tests.benchmarks.pipeline [--filings 100000] [--engine kafka | embedded | both]

Broker and all services share this machine's cores. A bare transactional copy of the same bytes, in the same run, shows
the cost of broker and client alone.
"""

import argparse
import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.cli.application.process import collect_garbage_rarely
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.embedded.embedded_engine import EmbeddedEngine
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.logging import configure_logging
from services.runtime.pipeline import run_pipeline
from services.runtime.settings import LogSettings
from services.watcher.directory_service import directory_watcher
from tests.benchmarks.copying import copy_filings
from tests.benchmarks.kafka_broker import Broker, broker, services, until_done, until_open
from tests.benchmarks.load import write_filings
from tests.benchmarks.processes import ServiceProcess

TARGET_RATE: Final = 1_700
TARGET_OF_COPY: Final = 0.3
TARGET_EMBEDDED: Final = 1_000


@dataclass(frozen=True)
class Run:
    """A run: filings, seconds from the watcher's start to the last commit, and CPU seconds by process."""

    filings: int
    seconds: float
    cpu: dict[str, float]

    @property
    def rate(self) -> float:
        """Return filings per second."""
        return self.filings / self.seconds


async def on_kafka(source: Path, filings: int, scratch: Path) -> tuple[Run, float]:
    """Run the three services on a broker; return the run, and the filings per second of a bare copy."""
    async with broker(scratch) as kafka:
        async with services(scratch, "parser", "holdings", options=kafka.options) as running:
            await until_open(running)
            broker_before = kafka.cpu_seconds()
            before = {service.name: service.cpu_seconds() for service in running} | {"watcher": 0.0}
            started = time.perf_counter()
            running.append(ServiceProcess.start(scratch, "watcher", "--source", str(source), *kafka.options))
            await until_done(kafka.clients, filings, parser_service(), holdings_service())
            seconds = time.perf_counter() - started
            cpu = {service.name: service.cpu_seconds() - before[service.name] for service in running}
            cpu["broker"] = kafka.cpu_seconds() - broker_before
        return Run(filings, seconds, cpu), await _copy_rate(kafka, filings)


async def _copy_rate(kafka: Broker, filings: int) -> float:
    copied = await copy_filings(kafka)
    if copied.records != filings:
        raise RuntimeError(f"{copied.records} of {filings} filings were published")
    return copied.records / copied.seconds


async def embedded(source: Path, filings: int, scratch: Path) -> Run:
    """Run the pipeline on the embedded engine, in this process."""
    collect_garbage_rarely()
    engine = EmbeddedEngine(EmbeddedLog(scratch / "data"))
    started, before = time.perf_counter(), time.process_time()
    await run_pipeline(
        engine,
        [directory_watcher([source], follow=False)],
        [parser_service(), holdings_service()],
        asyncio.Event(),
        once=True,
    )
    seconds = time.perf_counter() - started
    await engine.close()
    return Run(filings, seconds, {"all in one": time.process_time() - before})


def show(name: str, found: Run, target: float) -> None:
    """Print a run."""
    took = f"{found.filings:,} filings in {found.seconds:,.1f} s, {found.rate:,.0f} per second"
    print(f"\n{name}: {took} (target {target:,})")
    for process, seconds in found.cpu.items():
        print(f"  {process:<12}{seconds / found.filings * 1e6:8.0f} us of CPU per filing")


def main() -> None:
    """Generate filings, run the pipeline over them, and print the figures."""
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks.pipeline", description=__doc__)
    options.add_argument("--filings", type=int, default=100_000)
    options.add_argument("--engine", choices=["kafka", "embedded", "both"], default="both")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="insidertape-benchmark-") as directory:
        scratch = Path(directory)
        size = write_filings(scratch / "filings", chosen.filings)
        print(f"{chosen.filings:,} filings of {size // chosen.filings:,} bytes")
        with (scratch / "services.log").open("w", encoding="utf-8") as log:
            configure_logging(LogSettings(), stream=log)
            if chosen.engine != "embedded":
                found, copied = asyncio.run(on_kafka(scratch / "filings", chosen.filings, scratch))
                show("Kafka, one process per service", found, TARGET_RATE)
                share = found.rate / copied
                print(f"  against a bare copy at {copied:,.0f} per second: {share:.2f} of it (target {TARGET_OF_COPY})")
            if chosen.engine != "kafka":
                show(
                    "embedded engine",
                    asyncio.run(embedded(scratch / "filings", chosen.filings, scratch)),
                    TARGET_EMBEDDED,
                )


if __name__ == "__main__":
    main()
