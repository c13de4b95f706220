"""The cost of a parser against its parts, and whether more parsers cost more.

    python -m tests.benchmarks.scaling [--filings 8000]

It compares the CPU time per filing of one parser with that of a bare transactional copy plus parsing alone. These two
run at the same time, since a parser also shares the machine with a busy broker. Then it measures 2 and 4 parsers
together.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path
from time import process_time
from typing import Final

from contracts.codec import decode
from contracts.filing_published import FilingPublished
from services.parser.processor import parser_service
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.runtime.port import Output
from tests.benchmarks.copying import copy_filings
from tests.benchmarks.kafka_broker import Broker, broker, services, until_done, until_open
from tests.benchmarks.load import published
from tests.benchmarks.parser import parse_and_encode

PARSERS: Final = (1, 2, 4)
TARGET_TIMES: Final = 1.2
TARGET_FLAT: Final = 0.15
WARM_UP: Final = 1_000
"""Filings before the measured ones, so that one-time work is not counted."""

_PUBLISH_ID: Final = "benchmark.publish"


async def parsers(kafka: Broker, outputs: list[Output], before: int, count: int, scratch: Path) -> float:
    """Return the CPU seconds per filing of `count` parsers together; `before` filings exist already.

    All filings are published in one transaction, so that every parser has work until the end.
    """
    async with services(scratch, *["parser"] * count, options=kafka.options) as running:
        await until_open(running)
        writer = await TransactionalWriter.open(kafka.clients, _PUBLISH_ID)
        await writer.write(outputs[:WARM_UP], None, _PUBLISH_ID)
        await until_done(kafka.clients, before + WARM_UP, parser_service())
        taken = sum(service.cpu_seconds() for service in running)
        await writer.write(outputs, None, _PUBLISH_ID)
        await writer.close()
        await until_done(kafka.clients, before + WARM_UP + len(outputs), parser_service())
        return (sum(service.cpu_seconds() for service in running) - taken) / len(outputs)


def parsing(contents: list[bytes]) -> float:
    """Return the CPU seconds per filing of parsing alone."""
    started = process_time()
    for content in contents:
        parse_and_encode(content)
    return (process_time() - started) / len(contents)


async def measure(filings: int, scratch: Path) -> None:
    """Run the parsers, the copy and the parsing, and print their CPU times."""
    outputs = published(filings)
    contents = [decode(output.value, FilingPublished).content.encode() for output in outputs]
    costs: dict[int, float] = {}
    async with broker(scratch) as kafka:
        published_before = 0
        for count in PARSERS:
            costs[count] = await parsers(kafka, outputs, published_before, count, scratch)
            published_before += WARM_UP + filings
        copied, alone = await asyncio.gather(copy_filings(kafka), asyncio.to_thread(parsing, contents))
    copying = copied.cpu / copied.records
    print(f"{filings:,} filings; microseconds of CPU per filing")
    print(f"  bare copy {copying * 1e6:.0f}, parsing alone {alone * 1e6:.0f}, together {(copying + alone) * 1e6:.0f}")
    print(f"  one parser {costs[1] * 1e6:.0f}: {costs[1] / (copying + alone):.2f} times that (target {TARGET_TIMES})")
    for count in PARSERS[1:]:
        more = costs[count] / costs[1] - 1
        print(f"  {count} parsers {costs[count] * 1e6:.0f}: {more:+.0%} (target within {TARGET_FLAT:.0%})")


def main() -> None:
    """Measure."""
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks.scaling", description=__doc__)
    options.add_argument("--filings", type=int, default=8_000)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="insidertape-benchmark-") as directory:
        asyncio.run(measure(chosen.filings, Path(directory)))


if __name__ == "__main__":
    main()
