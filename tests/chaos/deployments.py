"""The two deployments that a chaos run can use: its own broker, or a directory."""

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
from tests.chaos.invariants import Violation, violations
from tests.chaos.observed_records import WATCHED, Log
from tests.chaos.pipeline_outcome import ENVIRONMENT
from tests.chaos.publishers import repeater
from tests.chaos.timeline import holdings_after

SERVICES: Final = (repeater(), parser_service(), holdings_service())
"""In the order in which records flow through them."""
SOURCES: Final = {FILINGS: parser_service().group, TRANSACTIONS: holdings_service().group}
"""The input topics of the pipeline, with the group whose offsets the invariants check."""
PASSWORDS: Final = "SASL_PLAINTEXT"
"""The listener of `broker_with_passwords` that requires one."""
_USER: Final = "worker"
_SECRET: Final = "right"  # noqa: S105 - nobody uses it: the one client that connects has a wrong one
_MECHANISM: Final = "SCRAM-SHA-512"
_POLL_SECONDS: Final = 0.2

Offsets = dict[tuple[str, int], int]


class Deployment(Protocol):
    """Where the log is, and how to inspect it from outside.

    Attributes:
        environment: variables of the processes that use it.
        arguments: options that select it in insidertape's commands.
        disk: a disk with nothing but its data, if there is one.
        compacted: whether compacted topics keep only the last record of a key.
        session: seconds until a silent member is given up.
    """

    environment: dict[str, str]
    arguments: tuple[str, ...]
    disk: Disk | None
    compacted: bool
    partitions: int
    session: float

    def engine(self) -> Engine:
        """Return a new engine on it."""
        ...

    @property
    def raw(self) -> Path | KafkaSettings:
        """Return where foreign records can be written, bypassing every check of ours."""
        ...

    async def offsets(self) -> tuple[Offsets, Offsets]:
        """Return the groups' committed offsets in their input topics, and the ends of these."""
        ...


def broker_with_passwords(directory: Path, data: Path | None = None) -> LocalKafka:
    """Return a broker with a second listener, which requires a password."""
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


class KafkaDeployment:
    """A broker, with the topics of a namespace.

    `session` is the session timeout, `stall` the stall deadline of the workers, in seconds.
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
            "INSIDERTAPE_SNAPSHOT_DIRECTORY": str(kafka.directory / "snapshots"),
            "INSIDERTAPE_SNAPSHOT_INTERVAL": "1",  # so that processes are killed while they write one
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

    def after_repartition(self, namespace: str, partitions: int) -> "KafkaDeployment":
        """Return the deployment that a repartition of this one creates."""
        return KafkaDeployment(
            self.kafka, partitions=partitions, session=self.session, disk=self.disk, namespace=namespace
        )

    @property
    def raw(self) -> KafkaSettings:
        """Return where foreign records can be written."""
        return self.clients.settings

    def with_wrong_password(self) -> dict[str, str] | None:
        """Return variables of a process with a wrong password; None if the broker requires none."""
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
        """Create the topics; delete those of an earlier run first, and the committed offsets with them."""
        async with self.clients.admin() as admin:
            if old := set(await admin.list_topics()) & {topic.name for topic in TOPICS}:
                await admin.delete_topics(sorted(old))
                while old & set(await admin.list_topics()):  # noqa: ASYNC110 - the broker sets no event
                    await asyncio.sleep(_POLL_SECONDS)
        await apply_topics(self.clients)

    def engine(self) -> Engine:
        """Return a new engine on it."""
        return KafkaEngine(self.clients.settings)

    async def offsets(self) -> tuple[Offsets, Offsets]:
        """Return committed offsets and ends of the input topics."""
        committed: Offsets = {}
        for topic, group in SOURCES.items():
            offsets = await self.clients.committed(group, await self.clients.partitions(topic))
            committed |= {(topic.name, tp.partition): offset or 0 for tp, offset in offsets.items()}
        async with self.clients.reader(committed_only=False) as every:
            ends = await every.end_offsets(await self.clients.partitions(*SOURCES))
        return committed, {(self.clients.names.contract(tp.topic), tp.partition): end for tp, end in ends.items()}


class EmbeddedDeployment:
    """A directory with the embedded engine's file."""

    compacted = True  # the embedded log keeps only the last record of a key in a compacted topic
    session = 10.0  # heartbeat timeout of the embedded engine's members

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
        """Return where foreign records can be written."""
        return self.directory

    def engine(self) -> Engine:
        """Return a new engine on it."""
        return EmbeddedEngine(EmbeddedLog(self.directory))

    async def offsets(self) -> tuple[Offsets, Offsets]:
        """Return committed offsets and ends of the input topics."""
        log = EmbeddedLog(self.directory)
        inputs = [(topic, group, p) for topic, group in SOURCES.items() for p in range(self.partitions)]
        committed = {(topic.name, p): log.committed(group, topic, p) for topic, group, p in inputs}
        ends = {(topic.name, p): log.end(topic, p) for topic, _, p in inputs}
        log.close()
        return committed, ends


async def drained(deployment: Deployment, services: Sequence[Service] = SERVICES) -> None:
    """Wait until each of the services, in order, has processed all its input."""
    engine = deployment.engine()
    try:
        for service in services:
            while not await _is_drained(engine, service):  # noqa: ASYNC110 - other processes set no event
                await asyncio.sleep(_POLL_SECONDS)
    finally:
        await engine.close()


async def _is_drained(engine: Engine, service: Service) -> bool:
    try:
        return await engine.caught_up(service)
    except TransientError:
        return False


async def log_of(deployment: Deployment) -> Log:
    """Read everything in the watched topics."""
    log, engine = Log(), deployment.engine()
    async for record in engine.read(WATCHED, follow=False):
        log.add(record)
    await engine.close()
    log.committed, log.ends = await deployment.offsets()
    return log


def violations_of(deployment: Deployment, log: Log, *, copied: bool = False) -> list[Violation]:
    """Check the invariants over the topics; `copied` topics began as a copy of others."""
    return violations(log, holdings_after, compacted=deployment.compacted, copied=copied)
