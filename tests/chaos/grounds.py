"""The two grounds that a chaos run may be held on: a broker of its own, or a directory."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from contracts.errors import TransientError
from contracts.topics import FILINGS, TOPICS, TRANSACTIONS
from deploy.kafka.local import LocalKafka
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.embedded_engine import EmbeddedEngine
from services.runtime.embedded_log import EmbeddedLog
from services.runtime.engine import Engine
from services.runtime.kafka_clients import KafkaClients
from services.runtime.kafka_engine import KafkaEngine
from services.runtime.port import Service
from services.runtime.settings import KafkaSettings, load
from services.runtime.topic_admin import apply_topics
from tests.chaos.facts import WATCHED, Log
from tests.chaos.invariants import Violation, violations
from tests.chaos.outcome import ENVIRONMENT
from tests.chaos.publishers import repeater
from tests.chaos.story import told

SERVICES: Final = (repeater(), parser_service(), holdings_service())
"""In the order in which records flow through them."""
SOURCES: Final = {FILINGS: parser_service().group, TRANSACTIONS: holdings_service().group}
"""The topics that the pipeline reads, and the group of whose offsets the invariants tell."""
_LOOK_AGAIN_SECONDS: Final = 0.2

Offsets = dict[tuple[str, int], int]


class Ground(Protocol):
    """Where the log is, and how to look into it from outside."""

    environment: dict[str, str]
    compacted: bool
    partitions: int
    session: float

    def engine(self) -> Engine:
        """An engine on it."""
        ...

    async def offsets(self) -> tuple[Offsets, Offsets]:
        """Where the groups stand in the topics that they read, and where these end."""
        ...


class KafkaGround:
    """A broker; `session` and `stall` are the seconds after which a member is given up, and gives itself up."""

    compacted = False  # its segments are too large for the cleaner to find anything to do

    def __init__(self, kafka: LocalKafka, *, partitions: int = 6, session: float = 6, stall: float = 15) -> None:
        self.kafka = kafka
        self.partitions = partitions
        self.session = session
        self.environment = ENVIRONMENT | {
            "INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
            "INSIDERTAPE_KAFKA_CONNECT_TRIES": "0",  # a process that starts while the broker is away waits for it
            "INSIDERTAPE_KAFKA_SESSION_TIMEOUT": str(session),
            "INSIDERTAPE_KAFKA_STALL_DEADLINE": str(stall),
            "INSIDERTAPE_LOG_FORMAT": "json",
            "INSIDERTAPE_LOG_LEVEL": "warning",
        }
        self.clients = KafkaClients(
            load(KafkaSettings, kafka_bootstrap_servers=kafka.bootstrap_servers, kafka_partitions=partitions)
        )

    async def prepare(self) -> None:
        """Create the topics; those of an earlier run go, and with them what the groups had committed."""
        async with self.clients.admin() as admin:
            if old := set(await admin.list_topics()) & {topic.name for topic in TOPICS}:
                await admin.delete_topics(sorted(old))
                while old & set(await admin.list_topics()):  # noqa: ASYNC110 - the broker sets no event
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        await apply_topics(self.clients)

    def engine(self) -> Engine:
        """See `Ground.engine`."""
        return KafkaEngine(self.clients.settings)

    async def offsets(self) -> tuple[Offsets, Offsets]:
        """See `Ground.offsets`."""
        committed: Offsets = {}
        for topic, group in SOURCES.items():
            standing = await self.clients.committed(group, await self.clients.partitions(topic))
            committed |= {(tp.topic, tp.partition): offset or 0 for tp, offset in standing.items()}
        async with self.clients.reader(committed_only=False) as every:
            ends = await every.end_offsets(await self.clients.partitions(*SOURCES))
        return committed, {(tp.topic, tp.partition): end for tp, end in ends.items()}


class EmbeddedGround:
    """A directory."""

    compacted = True  # of a compacted topic the embedded log keeps a key's last record alone
    session = 10.0  # what a member of the embedded engine lasts without a sign of life

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.environment = ENVIRONMENT | {"INSIDERTAPE_LOG_FORMAT": "json", "INSIDERTAPE_LOG_LEVEL": "warning"}
        with_log = EmbeddedLog(directory)
        self.partitions = with_log.partitions
        with_log.close()

    def engine(self) -> Engine:
        """See `Ground.engine`."""
        return EmbeddedEngine(EmbeddedLog(self.directory))

    async def offsets(self) -> tuple[Offsets, Offsets]:
        """See `Ground.offsets`."""
        log = EmbeddedLog(self.directory)
        places = [(topic, group, p) for topic, group in SOURCES.items() for p in range(self.partitions)]
        committed = {(topic.name, p): log.committed(group, topic, p) for topic, group, p in places}
        ends = {(topic.name, p): log.end(topic, p) for topic, _, p in places}
        log.close()
        return committed, ends


async def drained(ground: Ground, services: Sequence[Service] = SERVICES) -> None:
    """Wait until each of the services, in order, has processed all that there is."""
    engine = ground.engine()
    try:
        for service in services:
            while not await _is_drained(engine, service):  # noqa: ASYNC110 - other processes set no event
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    finally:
        await engine.close()


async def _is_drained(engine: Engine, service: Service) -> bool:
    try:
        return await engine.drained(service)
    except TransientError:
        return False


async def log_of(ground: Ground) -> Log:
    """All that is in the topics."""
    log, engine = Log(), ground.engine()
    async for record in engine.read(WATCHED, follow=False):
        log.take(record)
    await engine.close()
    log.committed, log.ends = await ground.offsets()
    return log


def violations_of(ground: Ground, log: Log) -> list[Violation]:
    """What of the story has not come out as it should."""
    return violations(log, told, compacted=ground.compacted)
