"""The time from a filing's publication until its first alert can be read.

    python -m tests.benchmarks.latency [--seconds 30] [--rate 50]

Parser and holdings run as processes on a real Kafka with four partitions. Filings are due at a steady rate; all that
are due are published in one transaction. A filing's time runs from its due time, so that a late publisher hides nothing
(no coordinated omission), until a read_committed reader has its first alert.
"""

import argparse
import asyncio
import json
import tempfile
import time
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.topics import ALERTS
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.runtime.port import Output
from tests.benchmarks.kafka_broker import PARTITIONS, broker, services, until_done, until_open
from tests.benchmarks.load import published

TARGET_P50: Final = 25
TARGET_P99: Final = 100
WARM_UP: Final = 500
"""Filings before the measured ones."""

_PUBLISH_ID: Final = "benchmark.publish"
_LAST_ALERTS_SECONDS: Final = 2.0


async def measure(seconds: int, rate: int, scratch: Path) -> None:
    """Publish, read, and print the delays."""
    outputs = published(WARM_UP + seconds * rate)
    async with broker(scratch) as kafka, services(scratch, "parser", "holdings", options=kafka.options) as running:
        await until_open(running)
        writer = await TransactionalWriter.open(kafka.clients, _PUBLISH_ID)
        await _publish(writer, outputs[:WARM_UP], rate)
        await until_done(kafka.clients, WARM_UP, parser_service(), holdings_service())
        async with kafka.clients.reader() as reader:
            partitions = [TopicPartition(ALERTS.name, number) for number in range(PARTITIONS)]
            reader.assign(partitions)
            await reader.seek_to_end(*partitions)
            seen: dict[str, float] = {}
            reading = asyncio.create_task(_read(reader, seen))
            due = await _publish(writer, outputs[WARM_UP:], rate)
            await asyncio.sleep(_LAST_ALERTS_SECONDS)
            reading.cancel()
        await writer.close()
    _show([seen[filing] - due[filing] for filing in seen.keys() & due.keys()], len(due), rate)


async def _publish(writer: TransactionalWriter, outputs: Sequence[Output], rate: int) -> dict[str, float]:
    """Publish filings as they become due; return the due times by filing id."""
    started = time.perf_counter()
    due = [started + number / rate for number in range(len(outputs))]
    sent = 0
    while sent < len(outputs):
        await asyncio.sleep(max(0.0, due[sent] - time.perf_counter()))
        until = bisect_right(due, time.perf_counter())
        await writer.write(outputs[sent:until], None, _PUBLISH_ID)
        sent = until
    return {(output.key or b"").decode(): moment for output, moment in zip(outputs, due, strict=True)}


async def _read(reader: AIOKafkaConsumer, seen: dict[str, float]) -> None:
    """Record the arrival of each filing's first alert."""
    async for message in reader:
        now = time.perf_counter()
        seen.setdefault(json.loads(message.value)["filing"]["filing_id"], now)


def _show(delays: list[float], filings: int, rate: int) -> None:
    cuts = quantiles([1_000 * delay for delay in delays], n=100)
    print(f"{filings:,} filings at {rate} per second on {PARTITIONS} partitions, {len(delays):,} of them with alerts")
    print(f"  published to alert: p50 {cuts[49]:.1f} ms (target {TARGET_P50}), p90 {cuts[89]:.1f} ms,")
    print(f"  p99 {cuts[98]:.1f} ms (target {TARGET_P99}), longest {1_000 * max(delays):.1f} ms")


def main() -> None:
    """Measure."""
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks.latency", description=__doc__)
    options.add_argument("--seconds", type=int, default=30)
    options.add_argument("--rate", type=int, default=50)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="insidertape-benchmark-") as directory:
        asyncio.run(measure(chosen.seconds, chosen.rate, Path(directory)))


if __name__ == "__main__":
    main()
