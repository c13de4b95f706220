"""What a parser costs beside what it is made of, and whether more parsers cost more.

    python -m tests.benchmarks.scaling [--filings 8000]

Processor time a filing of one parser, beside a bare transactional copy of the same filings and parsing alone, these two
at the same time, since a parser too has a busy broker for a neighbour; then of 2 and 4 parsers together.
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
"""Filings before those that are measured: what a process does once is not what a filing costs."""

_PUBLISH_ID: Final = "benchmark.publish"


async def parsers(kafka: Broker, outputs: list[Output], before: int, count: int, scratch: Path) -> float:
    """Seconds of the processor a filing that so many parsers take together; `before` filings are there already.

    The filings come in one transaction, so that every parser finds work from the beginning to the end.
    """
    async with services(scratch, *["parser"] * count, place=kafka.place) as running:
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
    """Seconds of the processor a filing that parsing takes alone."""
    started = process_time()
    for content in contents:
        parse_and_encode(content)
    return (process_time() - started) / len(contents)


async def measure(filings: int, scratch: Path) -> None:
    """Run the parsers, the copy and the parsing, and print what they took."""
    outputs = published(filings)
    contents = [decode(output.value, FilingPublished).content.encode() for output in outputs]
    costs: dict[int, float] = {}
    async with broker(scratch) as kafka:
        there = 0
        for count in PARSERS:
            costs[count] = await parsers(kafka, outputs, there, count, scratch)
            there += WARM_UP + filings
        copied, alone = await asyncio.gather(copy_filings(kafka), asyncio.to_thread(parsing, contents))
    copying = copied.cpu / copied.records
    print(f"{filings:,} filings; microseconds of a core a filing")
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
