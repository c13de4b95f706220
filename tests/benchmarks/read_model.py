"""How fast the read model fills, and how fast it answers with a million alerts, on SQLite and PostgreSQL.

    python -m tests.benchmarks.read_model [--alerts 1000000] [--database sqlite] [--seconds 10]

The alerts are those of the shared corpus, or of the samples without it, repeated as other filings of 5,000 issuers and
20,000 owners. They come from memory, so that the log's own speed is not measured. Queries arrive 200 times a second,
whether or not the earlier ones are answered.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, cast

from contracts.alert_filter import AlertFilter
from contracts.topics import ALERTS, Topic
from services.gateway.read_model.projector import Projector
from services.gateway.read_model.read_model import ReadModel, open_read_model
from services.holdings.processor import HoldingsProcessor
from services.runtime.engine import FROM_BEGINNING, Engine, Offsets
from services.runtime.port import Record
from tests.benchmarks.state import folded_corpus
from tests.gateway.postgres import PostgresServer

TARGET_FILL: Final = 10_000
TARGET_MS: Final = 10
PER_SECOND: Final = 200
_PARTITIONS: Final = 8
_ISSUERS: Final = 5_000
_OWNERS: Final = 20_000
_BEGINS: Final = date(2006, 1, 1)
_DAYS: Final = 7_000

FILTERS: Final[dict[str, dict[str, Any]]] = {
    "all": {},
    "ticker": {"ticker": ["T42"]},
    "owner's CIK": {"owner": ["0000007042"]},
    "part of a name": {"owner": ["wner 7042"]},
    "sales over $1m": {"side": ["sell"], "min_value": 1_000_000},
    "purchases by directors": {"side": ["buy"], "role": ["director"]},
    "late, by plan": {"late": True, "plan": ["yes"]},
    "one code, rare": {"code": ["W"]},
    "rare and large": {"code": ["J"], "min_value": 100_000_000},
    "title": {"title": ["chief financial"]},
    "an early year": {"since": "2008-03-01", "until": "2008-03-31"},
    "nothing matches": {"code": ["K"], "kind": ["restated"], "form": ["3/A"]},
}


class AlertLog:
    """Stands for an engine whose topics hold a number of generated alerts."""

    def __init__(self, alerts: int) -> None:
        self._alerts = alerts
        self._templates = list(_templates())

    async def ends(self, _: Sequence[Topic]) -> Offsets:
        """Return the end of each partition."""
        return {(ALERTS.name, partition): self._alerts for partition in range(_PARTITIONS)}

    async def read(
        self, _: Sequence[Topic], *, follow: bool, after: Offsets = FROM_BEGINNING
    ) -> AsyncGenerator[Record, None]:
        """Yield all alerts, some at a time, then wait forever."""
        assert follow
        assert not after
        for number in range(self._alerts):
            if number % 500 == 0:
                await asyncio.sleep(0)
            yield self._record(number)
        await asyncio.Event().wait()

    def _record(self, number: int) -> Record:
        template = self._templates[number % len(self._templates)]
        value = template
        for mark, text in _values(number, number // len(self._templates)):
            value = value.replace(mark, text)
        return Record(ALERTS.name, number % _PARTITIONS, number // _PARTITIONS, b"", value)


def _templates() -> Iterator[bytes]:
    """Yield the available alerts with marks in place of ids, keys, names and days."""
    processor = HoldingsProcessor()
    for report in folded_corpus().reports:
        for output in processor.process(report).outputs:
            if output.topic is ALERTS and output.value is not None:
                event = json.loads(output.value)
                event["alert_id"] = "@ALERT@"
                event["filing"] |= {"filing_id": f"{event['filing']['filing_id']}@ROUND@", "filed_on": "@FILED@"}
                event["issuer"] |= {"key": "@ISSUER@", "cik": "@ISSUER@", "name": "Issuer @I@", "tickers": ["T@I@"]}
                event["owner"] |= {"key": "@OWNER@", "cik": "@OWNER@", "name": "Owner @O@"}
                yield json.dumps(event, separators=(",", ":")).encode()


def _values(number: int, round_: int) -> Iterator[tuple[bytes, bytes]]:
    issuer, owner = round_ * 7919 % _ISSUERS, round_ * 104_729 % _OWNERS
    filed = _BEGINS + timedelta(days=number * _DAYS // 1_000_000 % _DAYS)
    yield b"@ALERT@", b"%032d" % number
    yield b"@ROUND@", b"-%d" % round_
    yield b"@FILED@", filed.isoformat().encode()
    yield b"@ISSUER@", b"%010d" % issuer
    yield b"@OWNER@", b"%010d" % owner
    yield b"@I@", b"%d" % issuer
    yield b"@O@", b"%d" % owner


async def fill(read_model: ReadModel, alerts: int) -> None:
    """Project the alerts, and print how many per second."""
    stop, seen = asyncio.Event(), 0

    async def count(_: object, new: Sequence[object]) -> None:
        nonlocal seen
        seen += len(new)

    def stop_at_the_end() -> None:
        if seen == alerts:
            stop.set()

    log = AlertLog(alerts)
    began, used = time.perf_counter(), time.process_time()
    await Projector(read_model, cast("Engine", log), in_transaction=[count], on_commit=[stop_at_the_end]).run(stop)
    took, cpu = time.perf_counter() - began, time.process_time() - used
    print(f"  fill: {alerts / took:,.0f} alerts/s (target {TARGET_FILL:,}), {1e6 * cpu / alerts:.0f} µs of CPU each")


async def query(read_model: ReadModel, wanted: AlertFilter, seconds: float) -> list[float]:
    """Ask for the latest 50 at a steady rate, and return the times until the answers in milliseconds, sorted."""
    took: list[float] = []
    began = time.perf_counter()

    async def ask(due: float) -> None:
        await asyncio.sleep(due - time.perf_counter())
        await read_model.alerts(wanted, None, 50)
        took.append(1_000 * (time.perf_counter() - due))

    async with asyncio.TaskGroup() as tasks:
        for number in range(int(PER_SECOND * seconds)):
            tasks.create_task(ask(began + number / PER_SECOND))
    return sorted(took)


async def measure(url: str, alerts: int, seconds: float) -> None:
    """Fill a read model and query it."""
    read_model = await open_read_model(url)
    await fill(read_model, alerts)
    for name, fields in FILTERS.items():
        wanted = AlertFilter.from_fields(fields)
        page = await read_model.alerts(wanted, None, 50)
        alone = [await _once(read_model, wanted) for _ in range(20)]
        took = await query(read_model, wanted, seconds)
        print(
            f"  {name}: {len(page.items)} found, alone {sorted(alone)[10]:.1f} ms, at {PER_SECOND}/s "
            f"p50 {took[len(took) // 2]:.1f}, p99 {took[len(took) * 99 // 100]:.1f} ms (target {TARGET_MS})"
        )
    for text in ("issuer 42", "wner 19", "t42"):
        began = time.perf_counter()
        hits = await read_model.search(text)
        print(f"  search {text!r}: {len(hits)} hits, {1_000 * (time.perf_counter() - began):.1f} ms")
    await read_model.close()


async def _once(read_model: ReadModel, wanted: AlertFilter) -> float:
    began = time.perf_counter()
    await read_model.alerts(wanted, None, 50)
    return 1_000 * (time.perf_counter() - began)


@asynccontextmanager
async def opened(database: str) -> AsyncIterator[str]:
    """Yield the address of an empty database."""
    if database == "sqlite":
        with tempfile.TemporaryDirectory() as directory:
            yield f"sqlite+aiosqlite:///{Path(directory) / 'gateway.sqlite3'}"
        return
    server = PostgresServer()
    try:
        await server.start()
        yield server.url(await server.create_database())
    finally:
        server.close()


async def main() -> None:
    """Measure the databases that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alerts", type=int, default=1_000_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    for database in options.database or ["sqlite", "postgresql"]:
        print(database)
        async with opened(database) as url:
            await measure(url, options.alerts, options.seconds)


if __name__ == "__main__":
    asyncio.run(main())
