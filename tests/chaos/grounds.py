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
from services.runtime.embedded.embedded_engine import EmbeddedEngine
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.engine import Engine
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.kafka_engine import KafkaEngine
from services.runtime.kafka.topic_admin import apply_topics
from services.runtime.port import Service
from services.runtime.settings import KafkaSettings, load
from tests.chaos.disk import Disk
from tests.chaos.facts import WATCHED, Log
from tests.chaos.invariants import Violation, violations
from tests.chaos.outcome import ENVIRONMENT
from tests.chaos.publishers import repeater
from tests.chaos.story import told

SERVICES: Final = (repeater(), parser_service(), holdings_service())
"""In the order in which records flow through them."""
SOURCES: Final = {FILINGS: parser_service().group, TRANSACTIONS: holdings_service().group}
"""The topics that the pipeline reads, and the group of whose offsets the invariants tell."""
PASSWORDS: Final = "SASL_PLAINTEXT"
"""The listener of a `broker_with_passwords` that asks for one."""
_USER: Final = "member"
_SECRET: Final = "right"  # noqa: S105 - nobody uses it: the one who comes has another
_MECHANISM: Final = "SCRAM-SHA-512"
_LOOK_AGAIN_SECONDS: Final = 0.2

Offsets = dict[tuple[str, int], int]


class Ground(Protocol):
    """Where the log is, and how to look into it from outside.

    `arguments` name it to a command of insidertape; `disk` is the one that its data alone is on, if it is.
    """

    environment: dict[str, str]
    arguments: tuple[str, ...]
    disk: Disk | None
    compacted: bool
    partitions: int
    session: float

    def engine(self) -> Engine:
        """An engine on it."""
        ...

    @property
    def raw(self) -> Path | KafkaSettings:
        """Where strangers write records past every check of ours."""
        ...

    async def offsets(self) -> tuple[Offsets, Offsets]:
        """Where the groups stand in the topics that they read, and where these end."""
        ...


def broker_with_passwords(directory: Path, data: Path | None = None) -> LocalKafka:
    """A broker with one further listener, which asks for a password."""
    return LocalKafka(
        directory,
        data=data,
        listeners={
            PASSWORDS: {
                "security.protocol": PASSWORDS,
                "sasl.enabled.mechanisms": _MECHANISM,
                "scram-sha-512.sasl.jaas.config": ("org.apache.kafka.common.security.scram.ScramLoginModule required;"),
            }
        },
        formatting=("--add-scram", f"{_MECHANISM}=[name={_USER},password={_SECRET}]"),
    )


class KafkaGround:
    """A broker; `session` and `stall` are the seconds after which a member is given up, and gives itself up.

    Topics are those of a namespace. With `partitions` each has so many.
    """

    compacted = False  # its segments are too large for the cleaner to find anything to do

    def __init__(
        self,
        kafka: LocalKafka,
        *,
        partitions: int = 6,
        session: float = 6,
        stall: float = 15,
        disk: Disk | None = None,
        namespace: str = "",
    ) -> None:
        self.kafka = kafka
        self.disk = disk
        self.arguments: tuple[str, ...] = ("--kafka", kafka.bootstrap_servers)
        self.partitions = partitions
        self.session = session
        self.environment = ENVIRONMENT | {
            "INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
            "INSIDERTAPE_KAFKA_CONNECT_TRIES": "0",  # a process that starts while the broker is away waits for it
            "INSIDERTAPE_KAFKA_SESSION_TIMEOUT": str(session),
            "INSIDERTAPE_KAFKA_STALL_DEADLINE": str(stall),
            "INSIDERTAPE_KAFKA_TOPIC_CHECK_INTERVAL": "3",
            "INSIDERTAPE_NAMESPACE": namespace,
            "INSIDERTAPE_LOG_FORMAT": "json",
            "INSIDERTAPE_LOG_LEVEL": "warning",
        }
        self.clients = KafkaClients(
            load(
                KafkaSettings,
                kafka_bootstrap_servers=kafka.bootstrap_servers,
                kafka_partitions=partitions,
                namespace=namespace,
            )
        )

    def after_repartition(self, namespace: str, partitions: int) -> "KafkaGround":
        """The ground that a repartition makes of this one."""
        return KafkaGround(self.kafka, partitions=partitions, session=self.session, disk=self.disk, namespace=namespace)

    @property
    def raw(self) -> KafkaSettings:
        """See `Ground.raw`."""
        return self.clients.settings

    def with_wrong_password(self) -> dict[str, str] | None:
        """Variables of a process whose password the broker does not accept; None if this broker asks for none."""
        if not self.kafka.has_listener(PASSWORDS):
            return None
        return {
            "INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS": self.kafka.address_of(PASSWORDS),
            "INSIDERTAPE_KAFKA_SECURITY_PROTOCOL": PASSWORDS,
            "INSIDERTAPE_KAFKA_SASL_USERNAME": _USER,
            "INSIDERTAPE_KAFKA_SASL_PASSWORD": f"not {_SECRET}",
            "INSIDERTAPE_KAFKA_CONNECT_TRIES": "3",
        }

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
            committed |= {(topic.name, tp.partition): offset or 0 for tp, offset in standing.items()}
        async with self.clients.reader(committed_only=False) as every:
            ends = await every.end_offsets(await self.clients.partitions(*SOURCES))
        return committed, {(self.clients.names.contract(tp.topic), tp.partition): end for tp, end in ends.items()}


class EmbeddedGround:
    """A directory."""

    compacted = True  # of a compacted topic the embedded log keeps a key's last record alone
    session = 10.0  # what a member of the embedded engine lasts without a sign of life

    def __init__(self, directory: Path, *, disk: Disk | None = None) -> None:
        self.directory = directory
        self.disk = disk
        self.arguments: tuple[str, ...] = ("--data", str(directory))
        self.environment = ENVIRONMENT | {"INSIDERTAPE_LOG_FORMAT": "json", "INSIDERTAPE_LOG_LEVEL": "warning"}
        with_log = EmbeddedLog(directory)
        self.partitions = with_log.partitions
        with_log.close()

    @property
    def raw(self) -> Path:
        """See `Ground.raw`."""
        return self.directory

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
        return await engine.caught_up(service)
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


def violations_of(ground: Ground, log: Log, *, copied: bool = False) -> list[Violation]:
    """What of the story has not come out as it should; `copied` topics began as a copy of others."""
    return violations(log, told, compacted=ground.compacted, copied=copied)
