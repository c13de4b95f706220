"""The project's topics on either engine, with two owners' books and the options that lead commands to them."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from contracts.codec import encode
from contracts.structs import TransactionsReported
from contracts.topics import TRANSACTIONS, Topic
from services.holdings.processor import holdings_service
from services.runtime.engine import Engine
from services.runtime.partitioning import partition_of
from services.runtime.pipeline import run_pipeline
from services.runtime.port import Output, Record
from services.runtime.settings import KafkaSettings
from tests.engines.bench import within
from tests.engines.topic_contents import committed_records, current_books
from tests.unit.holdings.builders import DAY, ISSUER, OWNER, holding, report, traded

PARTITIONS: Final = 4
HOME: Final = partition_of(ISSUER.key.encode(), PARTITIONS)
ROE: Final = replace(OWNER, key="name:ROE", cik=None, name="ROE")
OPENED: Final = report(holding("100"), form="3", filing_id="a")
ROES: Final = replace(OPENED, owner=ROE)
SOLD: Final = report(traded("D", "10", "90", day=DAY.replace(day=5)), filing_id="b")
LATER: Final = report(traded("D", "20", "70", day=DAY.replace(day=6)), filing_id="c")
DOES_BOOK: Final = f"{ISSUER.key}|{OWNER.key}".encode()
ROES_BOOK: Final = f"{ISSUER.key}|{ROE.key}".encode()


@dataclass
class Arena:
    """A log with the project's own topics."""

    place: Path | KafkaSettings
    engine: Engine

    @property
    def options(self) -> tuple[str, str]:
        """The options that select this log in a command."""
        if isinstance(self.place, KafkaSettings):
            return ("--kafka", self.place.kafka_bootstrap_servers)
        return ("--data", str(self.place))

    async def publish(self, *values: TransactionsReported | bytes) -> None:
        """Publish reports, or bytes that are not one."""
        await self.engine.publish(
            [
                Output(TRANSACTIONS, ISSUER.key.encode(), value if isinstance(value, bytes) else encode(value))
                for value in values
            ]
        )

    async def drain(self) -> None:
        """Run holdings until it has processed everything."""
        await within(run_pipeline(self.engine, (), (holdings_service(),), asyncio.Event(), once=True))

    async def run(self) -> None:
        """Run holdings until it ends."""
        await within(self.engine.run(holdings_service(), asyncio.Event()))

    async def records(self, topic: Topic) -> list[Record]:
        """Return all committed records of the topic, partition by partition."""
        return await committed_records(self.engine, topic)

    async def books(self) -> dict[bytes | None, bytes]:
        """Return the current value of each key of the positions."""
        return await current_books(self.engine)
