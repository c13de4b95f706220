"""Events of a small market for the read model's tests, and a log to read them from."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, convert

from contracts.codec import encode
from contracts.envelope import DELIVERY_HEADER, Delivery
from contracts.structs import HoldingChanged, PositionsUpdated, TransactionsReported
from contracts.topics import ALERTS, POSITIONS, TRANSACTIONS, Topic
from services.gateway.read_model.batch_writer import projection_state
from services.gateway.read_model.decoded_batch import PROJECTED_TOPICS
from services.gateway.read_model.projector import Projector
from services.gateway.read_model.read_model import ReadModel
from services.runtime.embedded.embedded_engine import EmbeddedEngine
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.engine import Engine
from services.runtime.port import Output

PATIENCE_SECONDS: Final = 60

TESLA: Final[dict[str, Any]] = {
    "key": "0001318605", "cik": "0001318605", "name": "Tesla, Inc.", "trading_symbol": "TSLA", "tickers": ["TSLA"],
}  # fmt: skip
AMAZON: Final[dict[str, Any]] = {
    "key": "0001018724", "cik": "0001018724", "name": "AMAZON COM INC", "trading_symbol": "AMZN", "tickers": ["AMZN"],
}  # fmt: skip
MUSK: Final[dict[str, Any]] = {
    "key": "0001494730", "cik": "0001494730", "name": "Musk Elon", "is_director": True, "is_officer": True,
    "is_ten_percent_owner": True, "is_other": False, "officer_title": "CEO",
}  # fmt: skip
KIRKHORN: Final[dict[str, Any]] = {
    "key": "0001758386", "cik": "0001758386", "name": "Kirkhorn Zachary", "is_director": False, "is_officer": True,
    "is_ten_percent_owner": False, "is_other": False, "officer_title": "Chief Financial Officer",
}  # fmt: skip


def filing(number: int = 1, **fields: Any) -> dict[str, Any]:
    """Return a Form 4 with an accession number, but for `fields`."""
    accession = f"0000000001-24-{number:06}"
    return {
        "filing_id": accession, "accession_number": accession, "form_type": "4", "source_format": "xml",
        "filed_on": "2024-03-05", **fields,
    }  # fmt: skip


def trade(code: str = "S", side: str = "D", shares: str = "1000", value: str | None = "25500", **fields: Any) -> Any:
    """Return the summed lines of one code and side, but for `fields`."""
    return {
        "code": code, "acquired_disposed": side, "shares": shares, "value": value, "count": 1, "lines": [0],
        "first_date": "2024-03-04", "last_date": "2024-03-04", **fields,
    }  # fmt: skip


def alert(alert_id: str = "a1", number: int = 1, **fields: Any) -> HoldingChanged:
    """Return an alert of filing `number`: Musk sells 1,000 shares of Tesla, but for `fields`."""
    return convert({
            "alert_id": alert_id, "kind": "decreased", "issuer": TESLA, "owner": MUSK, "filing": filing(number),
            "position": {"position_id": "p1", "table": "non_derivative", "security_title": "Common", "ownership": "D"},
            "lines": [0], "before": "4000", "after": "3000", "change": "-1000", "change_percent": "-25",
            "trades": [trade()], "days_late": 0, **fields,
        }, HoldingChanged)  # fmt: skip


def report(number: int = 1, **fields: Any) -> TransactionsReported:
    """Return the report of filing `number` by Musk, but for `fields`."""
    return convert({"filing": filing(number), "issuer": TESLA, "owner": MUSK, **fields}, TransactionsReported)


def positions(version: int = 1, number: int = 1, **fields: Any) -> PositionsUpdated:
    """Return Musk's positions in Tesla after filing `number`, but for `fields`."""
    return convert(
        {"owner": MUSK, "issuer": TESLA, "version": version, "updated_by": filing(number)["filing_id"], **fields},
        PositionsUpdated,
    )


def output(event: Struct, delivery: Delivery = "live") -> Output:
    """Return the record of an event."""
    headers = ((DELIVERY_HEADER, delivery.encode()),)
    if isinstance(event, PositionsUpdated):
        key = f"{event.issuer.key}|{event.owner.key}".encode()
        return Output(POSITIONS, key, encode(event), headers, routing=event.issuer.key.encode())
    assert isinstance(event, HoldingChanged | TransactionsReported)
    topic = ALERTS if isinstance(event, HoldingChanged) else TRANSACTIONS
    return Output(topic, event.issuer.key.encode(), encode(event), headers)


def garbage(topic: Topic = ALERTS, value: bytes | None = b"no event") -> Output:
    """Return a record that is not an event."""
    return Output(topic, b"0001318605", value)


@asynccontextmanager
async def opened_log(directory: Path) -> AsyncIterator[Engine]:
    """Open the embedded engine over the log of a directory."""
    engine = EmbeddedEngine(EmbeddedLog(directory))
    try:
        yield engine
    finally:
        await engine.close()


@asynccontextmanager
async def projecting(projector: Projector) -> AsyncIterator["asyncio.Task[None]"]:
    """Run a projector until the end of the block."""
    stop = asyncio.Event()
    task = asyncio.create_task(projector.run(stop))
    try:
        yield task
    finally:
        stop.set()
        await task


async def until(condition: Callable[[], Any], *tasks: "asyncio.Task[Any]") -> None:
    """Wait until the condition holds, or raise the error of a task that ends before."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():
            for task in tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.01)


async def caught_up(read_model: ReadModel, engine: Engine) -> bool:
    """Return whether the read model accounts for everything in the log."""
    last: dict[tuple[str, int], int] = {}
    async with aclosing(engine.read(PROJECTED_TOPICS, follow=False)) as records:
        async for record in records:
            last[record.topic, record.partition] = record.offset
    async with read_model.database.reading() as connection:
        marks = (await projection_state(connection)).marks
    return all(place in marks and marks[place].next_offset > offset for place, offset in last.items())


async def project(read_model: ReadModel, engine: Engine, *outputs: Output, **hooks: Any) -> Projector:
    """Publish the records, project everything in the log, and return the projector."""
    if outputs:
        await engine.publish(outputs)
    projector = Projector(read_model, engine, **hooks)
    async with projecting(projector) as task:
        await until(lambda: caught_up(read_model, engine), task)
    return projector
