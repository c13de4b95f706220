"""aiokafka's clients, made from the settings in one place, and its errors told apart at this edge.

The choices are kafka's: read_committed everywhere, no automatic commits or resets, one assignor, zstd.
"""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import (
    AuthenticationFailedError,
    GroupCoordinatorNotAvailableError,
    MessageSizeTooLargeError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
    UnsupportedVersionError,
)
from aiokafka.structs import OffsetAndMetadata

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured
from contracts.topics import TOPICS, Topic
from services.runtime.kafka.broker_check import BrokerCheck
from services.runtime.kafka.names import UNFINISHED, KafkaNames
from services.runtime.kafka.workarounds import described_topics, stop_consumer
from services.runtime.settings import KafkaSettings

FINISH_COPY: Final = "`insidertape topics repartition` is at work, or was interrupted. Let it finish, or run it again"
"""What a person can do about a namespace that a copy is being made into."""

_BATCH_BYTES: Final = 256 * 1024
_FETCH_BYTES: Final = 4 * 1024 * 1024
_REQUEST_TIMEOUT_MS: Final = 15_000
_LARGEST_RECORD: Final = max(topic.max_message_bytes for topic in TOPICS)
_NEVER_COMMITTED: Final = -1
_SLICE: Final = 200  # records read between two turns for others
_REFUSALS: Final = (AuthenticationFailedError, SaslAuthenticationFailed, UnsupportedSaslMechanismError)
_HOPELESS: Final = (MessageSizeTooLargeError, UnsupportedVersionError)


class KafkaClients:
    """Makes the clients of one process. They take groups and transactional ids as services call them.

    Partitions are the broker's: `names` gives its names of topics.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self.settings = settings
        self.names = KafkaNames(settings.namespace)
        self.broker = BrokerCheck(settings, self._ssl_context)

    def producer(self, transactional_id: str) -> AIOKafkaProducer:
        """A transactional producer, not yet started. Starting it fences an older one of the same id."""
        return AIOKafkaProducer(
            **self._connection(),
            transactional_id=self.names.qualified(transactional_id),
            transaction_timeout_ms=int(self.settings.kafka_transaction_timeout * 1_000),
            max_batch_size=_BATCH_BYTES,
            max_request_size=_LARGEST_RECORD,
            linger_ms=0,
            compression_type="zstd",
        )

    def group_consumer(self, group: str) -> AIOKafkaConsumer:
        """A member of the group, not yet subscribed or started."""
        session_ms = int(self.settings.kafka_session_timeout * 1_000)
        return AIOKafkaConsumer(
            **self._connection(),
            **self._reading(),
            group_id=self.names.qualified(group),
            auto_offset_reset="none",
            session_timeout_ms=session_ms,
            heartbeat_interval_ms=session_ms * 3 // 10,
            rebalance_timeout_ms=session_ms * 3,
            partition_assignment_strategy=(RoundRobinPartitionAssignor,),
        )

    @asynccontextmanager
    async def reader(self, *, committed_only: bool = True) -> AsyncIterator[AIOKafkaConsumer]:
        """A started reader that joins no group.

        Without `committed_only` it sees the true ends of partitions, past transactions that are still open.
        """
        reading = self._reading() | ({} if committed_only else {"isolation_level": "read_uncommitted"})
        consumer = AIOKafkaConsumer(**self._connection(), **reading, auto_offset_reset="earliest")
        try:
            await consumer.start()
            yield consumer
        finally:
            await stop_consumer(consumer)

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        """A started admin client."""
        client = AIOKafkaAdminClient(**self._connection())
        try:
            await client.start()
            yield client
        finally:
            await client.close()

    async def partitions(self, *topics: Topic) -> list[TopicPartition]:
        """The topics' partitions, in order.

        Raises:
            Misconfigured: the broker lacks one of the topics.
            Refused: it does not let this client see one of them.
        """
        async with self.admin() as admin:
            described = await described_topics(admin, [self.names.topic(topic) for topic in topics])
        found = [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in described.values()
            for partition in sorted(topic["partitions"], key=lambda partition: partition["partition"])
        ]
        for name in map(self.names.topic, topics):
            if not any(partition.topic == name for partition in found):
                raise Misconfigured(
                    ErrorCode.NO_TOPIC,
                    f"the broker has no topic {name}; `insidertape topics apply` creates all of them",
                )
        return found

    async def require_finished(self) -> None:
        """Check that no copy is being made into the namespace, nor was interrupted.

        Raises:
            Misconfigured: a service would go on from a part of the records.
        """
        if await self.is_unfinished():
            raise Misconfigured(
                ErrorCode.UNFINISHED_COPY,
                f"{self.names.described} has a part of a copy: {FINISH_COPY}, and then start this again",
            )

    async def is_unfinished(self) -> bool:
        """Return whether the namespace has the marker of a copy that is not finished."""
        async with self.admin() as admin:  # all are listed: a client that may not see the marker is not refused
            return self.names.topic(UNFINISHED) in await admin.list_topics()

    async def committed(self, group: str, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int | None]:
        """Where the group stands; None in a partition of which it has never committed an offset.

        Raises:
            GroupCoordinatorNotAvailableError: the coordinator gives no answer.
        """
        offsets = await self.committed_metadata(group, partitions)
        return {tp: offset.offset if offset is not None else None for tp, offset in offsets.items()}

    async def committed_metadata(
        self, group: str, partitions: Sequence[TopicPartition]
    ) -> dict[TopicPartition, OffsetAndMetadata | None]:
        """Return the offsets that the group has committed, with their notes; None where it has committed none.

        A consumer's own `committed` says None as well where the coordinator gives no answer, since it is loading or has
        moved, as after every restart of a broker: the group would begin anew, and do everything twice.

        Raises:
            GroupCoordinatorNotAvailableError: the coordinator gives no answer.
        """
        group = self.names.qualified(group)
        async with self.admin() as admin:
            answer = await admin.list_consumer_group_offsets(group, partitions=list(partitions))
        if silent := set(partitions) - set(answer):
            raise GroupCoordinatorNotAvailableError(f"the coordinator of {group} does not tell of {sorted(silent)}")
        return {tp: answer[tp] if answer[tp].offset != _NEVER_COMMITTED else None for tp in partitions}

    def _connection(self) -> dict[str, Any]:
        settings = self.settings
        connection: dict[str, Any] = {
            "bootstrap_servers": settings.kafka_bootstrap_servers,
            "client_id": "insidertape",
            "request_timeout_ms": _REQUEST_TIMEOUT_MS,
            "security_protocol": settings.kafka_security_protocol,
        }
        if "SASL" in settings.kafka_security_protocol:
            password = settings.kafka_sasl_password
            connection |= {
                "sasl_mechanism": settings.kafka_sasl_mechanism,
                "sasl_plain_username": settings.kafka_sasl_username,
                "sasl_plain_password": password.get_secret_value() if password else None,
            }
        if "SSL" in settings.kafka_security_protocol:
            connection["ssl_context"] = self._ssl_context()
        return connection

    def _ssl_context(self) -> ssl.SSLContext:
        settings = self.settings
        try:
            context = ssl.create_default_context(cafile=settings.kafka_ssl_cafile)
            if settings.kafka_ssl_certfile:
                context.load_cert_chain(settings.kafka_ssl_certfile, settings.kafka_ssl_keyfile)
        except OSError as error:
            raise Misconfigured(
                ErrorCode.UNUSABLE_CERTIFICATES,
                "INSIDERTAPE_KAFKA_SSL_CAFILE, _CERTFILE and _KEYFILE must name readable PEM files that belong "
                f"together: {error}",
            ) from error
        return context

    def _reading(self) -> dict[str, Any]:
        return {
            "isolation_level": "read_committed",
            "enable_auto_commit": False,
            "max_partition_fetch_bytes": _FETCH_BYTES,
            "fetch_max_wait_ms": 100,
        }
