"""How fast filings become alerts: watcher, parser and holdings as processes on a real Kafka, and the embedded engine.

    python -m tests.benchmarks.pipeline [--filings 100000] [--engine kafka | embedded | both]

Broker and all services share this machine's cores. Beside it, in the same run, a bare transactional copy of the same
bytes: what the broker and the client cost with nothing between.
"""

import argparse
import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import NewTopic

from contracts.topics import FILINGS
from deploy.kafka.local import LocalKafka
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.embedded_engine import EmbeddedEngine
from services.runtime.embedded_log import EmbeddedLog
from services.runtime.kafka_clients import KafkaClients
from services.runtime.logging import configure_logging
from services.runtime.pipeline import run_pipeline
from services.runtime.port import Service
from services.runtime.settings import KafkaSettings, LogSettings
from services.watcher.service import directory_watcher
from tests.benchmarks.load import write_filings
from tests.benchmarks.processes import ServiceProcess, cpu_seconds_of, run

PARTITIONS: Final = 4
COPY_TOPIC: Final = "insidertape.benchmark.copy"
TARGET_RATE: Final = 1_700
TARGET_OF_COPY: Final = 0.3
TARGET_EMBEDDED: Final = 1_000
_LOOK_SECONDS: Final = 0.5


@dataclass(frozen=True)
class Run:
    """A run: filings, seconds from the watcher's start to the last commit, and each process's share of a filing."""

    filings: int
    seconds: float
    cpu: dict[str, float]

    @property
    def rate(self) -> float:
        """Filings a second."""
        return self.filings / self.seconds


async def on_kafka(source: Path, filings: int, scratch: Path) -> tuple[Run, float]:
    """The three services over a broker; and the filings a second of a bare copy."""
    kafka = LocalKafka(scratch / "kafka").start()
    services: list[ServiceProcess] = []
    try:
        place = ("--kafka", kafka.bootstrap_servers)
        run("services.cli", "topics", "apply", *place)
        clients = KafkaClients(KafkaSettings(kafka_bootstrap_servers=kafka.bootstrap_servers))
        services += [ServiceProcess.start(scratch, name, *place) for name in ("parser", "holdings")]
        await _until_open(services)
        assert kafka.process is not None
        broker_before = cpu_seconds_of(kafka.process.pid)
        started = time.perf_counter()
        services.append(ServiceProcess.start(scratch, "watcher", "--source", str(source), *place))
        await _until_done(clients, filings)
        seconds = time.perf_counter() - started
        cpu = {service.name: service.cpu_seconds() for service in services}
        cpu["broker"] = cpu_seconds_of(kafka.process.pid) - broker_before
        while services:
            services.pop().stop()
        copied = await _copy_rate(clients, kafka.bootstrap_servers, filings)
    finally:
        for service in services:
            service.process.kill()
        kafka.stop()
    return Run(filings, seconds, cpu), copied


async def _until_open(services: list[ServiceProcess]) -> None:
    """Wait until every partition is open: starting up is not what is measured."""
    while not all(_is_open(service) for service in services):  # noqa: ASYNC110 - other processes set no event
        await asyncio.sleep(_LOOK_SECONDS)


def _is_open(service: ServiceProcess) -> bool:
    return service.log.read_text(encoding="utf-8").count("partition_opened") >= PARTITIONS


async def _until_done(clients: KafkaClients, filings: int) -> None:
    """Wait until every filing is parsed and every report is in the positions, and nothing more comes."""
    async with clients.reader() as reader:
        before = 0
        while True:
            published, parsed = await _progress(clients, reader, parser_service())
            reported, held = await _progress(clients, reader, holdings_service())
            # commit markers count as records: each partition's last commit may stand one before its end
            caught_up = published - parsed <= PARTITIONS and reported - held <= PARTITIONS
            if published >= filings and caught_up and before == published + reported:
                return
            before = published + reported
            await asyncio.sleep(_LOOK_SECONDS)


async def _progress(clients: KafkaClients, reader: AIOKafkaConsumer, service: Service) -> tuple[int, int]:
    partitions = [TopicPartition(service.source.name, number) for number in range(PARTITIONS)]
    ends = await reader.end_offsets(partitions)
    committed = await clients.committed(service.group, partitions)
    return sum(ends.values()), sum(offset or 0 for offset in committed.values())


async def _copy_rate(clients: KafkaClients, bootstrap_servers: str, filings: int) -> float:
    async with clients.admin() as admin:
        await admin.create_topics([NewTopic(COPY_TOPIC, PARTITIONS, 1, topic_configs=FILINGS.config())])
    records, seconds = run(
        "tests.benchmarks.copying", bootstrap_servers, FILINGS.name, COPY_TOPIC, str(PARTITIONS)
    ).split()
    if int(records) != filings:
        raise RuntimeError(f"{records} of {filings} filings were published")
    return filings / float(seconds)


async def embedded(source: Path, filings: int, scratch: Path) -> Run:
    """The same on the embedded engine, in this one process."""
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
    took = f"{found.filings:,} filings in {found.seconds:,.1f} s, {found.rate:,.0f} a second"
    print(f"\n{name}: {took} (target {target:,})")
    for process, seconds in found.cpu.items():
        print(f"  {process:<12}{seconds / found.filings * 1e6:8.0f} us of a core a filing")


def main() -> None:
    """Make the filings, run them through, and print what came of it."""
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
                show("Kafka, one process a service", found, TARGET_RATE)
                share = found.rate / copied
                print(f"  beside a bare copy at {copied:,.0f} a second: {share:.2f} of it (target {TARGET_OF_COPY})")
            if chosen.engine != "kafka":
                show(
                    "embedded engine",
                    asyncio.run(embedded(scratch / "filings", chosen.filings, scratch)),
                    TARGET_EMBEDDED,
                )


if __name__ == "__main__":
    main()
