"""The memory of holdings, the time to restore it, and how fast reports become positions and alerts.

    python -m tests.benchmarks.state [--pairs 1000000] [--kafka]

A pair is an owner in an issuer. The books are the final ones of the shared corpus, or of the samples without it,
repeated under other keys. With `--kafka` they are restored from a real broker, as by a service at its start, and
compared with a bare read of the same topic; otherwise from records generated on the fly. Then they are restored from a
snapshot.
"""

import argparse
import asyncio
import gc
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaProducer, TopicPartition

from contracts.codec import decode, encode
from contracts.envelope import new_envelope
from contracts.structs import PositionsUpdated, TransactionsReported
from contracts.topics import POSITIONS, TRANSACTIONS
from deploy.kafka.local import LocalKafka
from services.cli.application.process import collect_garbage_rarely
from services.holdings.book import Book
from services.holdings.filed_report import FiledReport
from services.holdings.filing_order import sort_filings
from services.holdings.ledger import apply
from services.holdings.processor import SOURCE_OFFSET_HEADER, HoldingsProcessor
from services.holdings.report_conversion import convert_report
from services.parser import parse_filing
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.reading import read_to_end
from services.runtime.kafka.topic_admin import apply_topics
from services.runtime.port import Output, Record
from services.runtime.settings import KafkaSettings
from tests.benchmarks.load import originals
from tests.benchmarks.snapshots import show_snapshot
from tests.benchmarks.stopwatch import ElapsedTime, Stopwatch
from tests.holdings_cases.filing_builders import buy, filing, hold, option

TARGET_BYTES: Final = 1_500_000_000
TARGET_SECONDS: Final = 20
TARGET_REPORTS: Final = 5_000
TARGET_OUT_OF_ORDER: Final = 20
_ROUNDS: Final = 15
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class FoldedCorpus:
    """The reports of real filings in order, as records, and the final positions record of each book.

    `record_size` is the mean size in bytes of the positions records of all versions.
    """

    reports: list[Record]
    books: list[Output]
    record_size: float

    @property
    def positions_per_book(self) -> float:
        """Return the mean number of positions per book."""
        return sum(len(decode(book.value, PositionsUpdated).positions) for book in self.books) / len(self.books)


def folded_corpus() -> FoldedCorpus:
    """Parse the available filings and fold them."""
    events = [event for content in originals() for event in parse_filing(content)]
    events = _in_order(events)
    reports = [_record(event, offset) for offset, event in enumerate(events)]
    processor, books, sizes = HoldingsProcessor(), {}, []
    for report in reports:
        for output in processor.process(report).outputs:
            if output.topic is POSITIONS:
                books[output.key] = output
                sizes.append(len(output.value or b""))
    return FoldedCorpus(reports, list(books.values()), sum(sizes) / len(sizes))


def _in_order(events: Iterable[TransactionsReported]) -> list[TransactionsReported]:
    """Return the reports by day, and each owner's in filing order, so that none is out of order."""
    books: dict[tuple[str, str], dict[FiledReport, TransactionsReported]] = {}
    for event in events:
        books.setdefault((event.issuer.key, event.owner.key), {})[convert_report(event)] = event
    ordered = [(filed.day or date.min, book[filed]) for book in books.values() for filed in sort_filings(book)]
    return [event for _, event in sorted(ordered, key=lambda each: each[0])]


def _record(event: TransactionsReported, offset: int) -> Record:
    envelope = new_envelope(
        event_name="transactions_reported",
        source="parser",
        subject=event.filing.filing_id,
        identity=event.filing.filing_id,
        time=event.filing.accepted_at or datetime(2024, 3, 4, tzinfo=UTC),
    )
    return Record(TRANSACTIONS.name, 0, offset, event.issuer.key.encode(), encode(event), envelope.headers())


def many(books: list[Output], count: int) -> Iterator[Output]:
    """Yield `count` positions records, each with another pair and source offset."""
    for number in range(count):
        book = books[number % len(books)]
        issuer, _, _ = (book.key or b"").partition(b"|")
        owner = b"%010d" % number
        key = issuer + b"|" + owner
        head, found, rest = (book.value or b"").partition(b'{"owner":{"key":"')
        others = {"ce_subject": key, SOURCE_OFFSET_HEADER: b"%d" % number}
        yield replace(
            book,
            key=key,
            value=head + found + owner + rest[rest.index(b'"') :],
            headers=tuple((name, others.get(name, value)) for name, value in book.headers),
        )


def show_speed(reports: list[Record]) -> float:
    """Print the speed of one process by CPU time, the best of several rounds per report; return the mean in seconds."""
    best = [float("inf")] * len(reports)
    for _ in range(_ROUNDS):
        processor = HoldingsProcessor()
        for place, report in enumerate(reports):
            started = time.thread_time()
            processor.process(report)
            best[place] = min(best[place], time.thread_time() - started)
    rate = len(reports) / sum(best)
    median = sorted(best)[len(best) // 2]
    print(
        f"process: {rate:,.0f} reports per second (target {TARGET_REPORTS:,}); "
        f"mean {1e6 / rate:.0f} us, median {1e6 * median:.0f} us per report"
    )
    return 1 / rate


def show_out_of_order(mean: float) -> None:
    """Print the cost of a report out of order in a full book, against one in order and the mean of real reports."""
    chain = [
        filing(number, _week(number), buy(10, 1_000 + 10 * number), hold(700, by="By Trust"), option(hold(900)))
        for number in range(1, 85)
    ]
    missing = chain.pop(10)
    book: Book | None = None
    for report in chain[:-1]:
        book = apply(book, report).book
    full = apply(book, chain[-1]).book
    in_sequence = _best_of(lambda: apply(book, chain[-1]))
    out_of_order = _best_of(lambda: apply(full, missing))
    accounts = sum(len(each.accounts) for each in full.positions)
    print(
        f"a report out of order, in a book of {accounts} accounts: {1e6 * out_of_order:,.0f} us, "
        f"{out_of_order / in_sequence:.1f} times one in order in that book, "
        f"{out_of_order / mean:.1f} times the mean above (target {TARGET_OUT_OF_ORDER})"
    )


def _week(number: int) -> str:
    return (date(2012, 1, 2) + timedelta(weeks=number)).isoformat()


def _best_of(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(_ROUNDS):
        started = time.thread_time()
        work()
        best = min(best, time.thread_time() - started)
    return best


def show_restored(how: str, pairs: int, positions: float, spent: ElapsedTime, before: int, held: int) -> None:
    """Print the time and memory of a restore."""
    print(f"restore {how}: {spent} for {pairs:,} pairs (target {TARGET_SECONDS} s for a million)")
    print(
        f"memory: {held / 1e6:,.0f} MB resident for the books (target {TARGET_BYTES / 1e6:,.0f} MB for a million), "
        f"{held / pairs:,.0f} bytes per pair, {held / pairs / positions:,.0f} bytes per position; "
        f"with the rest of the process {(held + before) / 1e6:,.0f} MB"
    )


def restored(processor: HoldingsProcessor, books: list[Output], pairs: int) -> tuple[ElapsedTime, int, int]:
    """Restore generated records; return the time, and the bytes of memory before and of the books."""
    elapsed, processing = 0.0, 0.0
    before = resident()
    outputs = enumerate(many(books, pairs))
    while records := [_stored(output, offset) for offset, output in islice(outputs, 1_000)]:
        stopwatch = Stopwatch()
        for record in records:
            processor.restore(record)
        spent = stopwatch.spent()
        elapsed, processing = elapsed + spent.elapsed, processing + spent.processor
    gc.collect()
    return ElapsedTime(elapsed, processing), before, resident() - before


def _stored(output: Output, offset: int) -> Record:
    return Record(POSITIONS.name, 0, offset, output.key, output.value, output.headers)


async def restored_from_kafka(
    processor: HoldingsProcessor, books: list[Output], pairs: int, scratch: Path
) -> tuple[ElapsedTime, ElapsedTime, int, int]:
    """Restore from a broker; return the time, that of a bare read, and the bytes of memory before and of the books."""
    kafka = LocalKafka(scratch / "kafka").start()
    try:
        settings = KafkaSettings(kafka_bootstrap_servers=kafka.bootstrap_servers, kafka_partitions=1)
        clients = KafkaClients(settings)
        await apply_topics(clients, [POSITIONS])
        await _publish(kafka.bootstrap_servers, books, pairs)
        partitions = [TopicPartition(POSITIONS.name, 0)]
        async with clients.reader() as reader:
            reader.assign(partitions)
            stopwatch, count = Stopwatch(), 0
            while count < pairs:
                for messages in (await reader.getmany(timeout_ms=200)).values():
                    count += len(messages)
            bare = stopwatch.spent()
        before = resident()
        async with clients.reader() as reader:
            reader.assign(partitions)
            stopwatch = Stopwatch()
            async for record in read_to_end(reader, partitions, clients.names):
                processor.restore(record)
            restoring = stopwatch.spent()
        gc.collect()
        return restoring, bare, before, resident() - before
    finally:
        kafka.stop()


async def _publish(bootstrap_servers: str, books: list[Output], pairs: int) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers, compression_type="zstd", max_batch_size=256 * 1024, linger_ms=5
    )
    await producer.start()
    try:
        for output in many(books, pairs):
            await producer.send(
                POSITIONS.name, key=output.key, value=output.value, partition=0, headers=list(output.headers)
            )
    finally:
        await producer.stop()


def resident() -> int:
    """Return the resident memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE


def main() -> None:
    """Fold, restore, and print the figures."""
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks.state", description=__doc__)
    options.add_argument("--pairs", type=int, default=1_000_000)
    options.add_argument("--kafka", action="store_true")
    chosen = options.parse_args()
    collect_garbage_rarely()
    made = folded_corpus()
    size = sum(len(book.value or b"") for book in made.books) / len(made.books)
    print(
        f"{len(made.reports)} reports; books of {made.positions_per_book:.1f} positions, {size:,.0f} bytes as records"
    )
    print(f"positions records of all versions: {made.record_size:,.0f} bytes on average")
    show_out_of_order(show_speed(made.reports))
    processor, pairs, positions = HoldingsProcessor(), chosen.pairs, made.positions_per_book
    with tempfile.TemporaryDirectory(prefix="insidertape-benchmark-") as scratch:
        if chosen.kafka:
            restoring = restored_from_kafka(processor, made.books, pairs, Path(scratch))
            spent, bare, before, held = asyncio.run(restoring)
            print(f"a bare read of the topic: {bare}")
            show_restored("from Kafka", pairs, positions, spent, before, held)
        else:
            show_restored("from memory", pairs, positions, *restored(processor, made.books, pairs))
        show_snapshot(processor, Path(scratch))


if __name__ == "__main__":
    main()
