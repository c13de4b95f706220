"""Makes aiokafka's clients from the settings, all with the same options.

They read committed records only, never commit or reset offsets automatically, use one assignor, and compress with zstd.
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
"""The remedy for a namespace that is the target of an unfinished copy."""

_BATCH_BYTES: Final = 256 * 1024
_FETCH_BYTES: Final = 4 * 1024 * 1024
_REQUEST_TIMEOUT_MS: Final = 15_000
_LARGEST_RECORD: Final = max(topic.max_message_bytes for topic in TOPICS)
_NEVER_COMMITTED: Final = -1
_SLICE: Final = 200  # records read between two turns for others
_REFUSALS: Final = (AuthenticationFailedError, SaslAuthenticationFailed, UnsupportedSaslMechanismError)
_HOPELESS: Final = (MessageSizeTooLargeError, UnsupportedVersionError)


class KafkaClients:
    """Makes the clients of one process.

    Groups and transactional ids are given without the namespace. Partitions have the broker's names of topics, which
    `names` maps to those of the contracts.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self.settings = settings
        self.names = KafkaNames(settings.namespace)
        self.broker = BrokerCheck(settings, self._ssl_context)

    def producer(self, transactional_id: str) -> AIOKafkaProducer:
        """Return a transactional producer, not started yet. Starting it fences an older one with the same id."""
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
        """Return a consumer of the group, neither subscribed nor started yet."""
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
        """Start a consumer that joins no group, and stop it at the end.

        Without `committed_only` it sees the true ends of partitions, beyond transactions that are still open.
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
        """Start an admin client, and close it at the end."""
        client = AIOKafkaAdminClient(**self._connection())
        try:
            await client.start()
            yield client
        finally:
            await client.close()

    async def partitions(self, *topics: Topic) -> list[TopicPartition]:
        """Return the partitions of the topics, in order.

        Raises:
            Misconfigured: the broker does not have one of the topics.
            Refused: the broker does not let this client see one of them.
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
        """Check that the namespace is not the target of a copy that is running or was interrupted.

        Raises:
            Misconfigured: it is; a service would start from a part of the records.
        """
        if await self.is_unfinished():
            raise Misconfigured(
                ErrorCode.UNFINISHED_COPY,
                f"{self.names.described} has a part of a copy: {FINISH_COPY}, and then start this again",
            )

    async def is_unfinished(self) -> bool:
        """Return whether the namespace has the marker of an unfinished copy."""
        async with self.admin() as admin:  # lists all topics: no error if an ACL hides the marker
            return self.names.topic(UNFINISHED) in await admin.list_topics()

    async def committed(self, group: str, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int | None]:
        """Return the offsets that the group has committed; None for a partition without one.

        Raises:
            GroupCoordinatorNotAvailableError: the coordinator does not answer.
        """
        offsets = await self.committed_metadata(group, partitions)
        return {tp: offset.offset if offset is not None else None for tp, offset in offsets.items()}

    async def committed_metadata(
        self, group: str, partitions: Sequence[TopicPartition]
    ) -> dict[TopicPartition, OffsetAndMetadata | None]:
        """Return the offsets that the group has committed, with their metadata; None for a partition without one.

        In aiokafka 0.14 the consumer's `committed` also returns None if the coordinator does not answer, because it is
        loading or has moved, as after each restart of a broker. The group would start over and process everything
        again. So the admin client asks, which reports an error.

        Raises:
            GroupCoordinatorNotAvailableError: the coordinator does not answer.
        """
        group = self.names.qualified(group)
        async with self.admin() as admin:
            answer = await admin.list_consumer_group_offsets(group, partitions=list(partitions))
        if missing := set(partitions) - set(answer):
            raise GroupCoordinatorNotAvailableError(
                f"the coordinator of {group} does not report the offsets of {sorted(missing)}"
            )
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
