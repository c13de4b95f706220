"""Identifies a broker's topics by their ids and counts of partitions.

A topic that was deleted and created again has the same name but another id. The Metadata response contains ids since
version 10. aiokafka 0.14 stops at version 5, so this module declares the request and the response of version 11.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from aiokafka.errors import (
    LeaderNotAvailableError,
    NoError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.metadata import MetadataRequest_v4
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Schema, TaggedFields

from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.workarounds import send_admin_request

_METADATA: Final = 3
_WITH_IDS: Final = 11
_ID_BYTES: Final = 16
_UNKNOWN_ID: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class TopicIdentity:
    """A topic on the broker. `id` is None on a broker older than 2.8, which has no ids."""

    id: UUID | None
    partitions: int


async def identify_topics(clients: KafkaClients, names: Sequence[str]) -> dict[str, TopicIdentity]:
    """Return the identities of those topics that exist, by name. The request does not create the others.

    Raises:
        KafkaError: the broker does not answer.
    """
    async with clients.admin() as admin:
        return identities_of(await send_admin_request(admin, TopicsRequest(names)))


def identities_of(response: Any) -> dict[str, TopicIdentity]:
    """Return the identities of the existing topics in a response, by name.

    Raises:
        KafkaError: the broker does not describe one of them.
    """
    found: dict[str, TopicIdentity] = {}
    for entry in response.to_object()["topics"]:
        error = for_code(entry["error_code"])
        if error is UnknownTopicOrPartitionError:
            continue
        if error not in {NoError, LeaderNotAvailableError}:
            raise error(entry["topic"])
        topic_id = entry.get("topic_id", _UNKNOWN_ID)
        found[entry["topic"]] = TopicIdentity(
            id=None if topic_id == _UNKNOWN_ID else topic_id, partitions=len(entry["partitions"])
        )
    return found


class _Uuid(AbstractType[UUID]):  # type: ignore[misc]  # aiokafka ships no types
    """A UUID in the protocol: sixteen bytes."""

    @classmethod
    def encode(cls, value: UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: Any) -> UUID:
        return UUID(bytes=data.read(_ID_BYTES))


class _MetadataResponse_v11(Response):  # type: ignore[misc]  # noqa: N801 - as the library names versions
    API_KEY = _METADATA
    API_VERSION = _WITH_IDS
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("topic", CompactString("utf-8")),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _MetadataRequest_v11(RequestStruct):  # type: ignore[misc]  # noqa: N801 - as the library names versions
    API_KEY = _METADATA
    API_VERSION = _WITH_IDS
    RESPONSE_TYPE = _MetadataResponse_v11
    FLEXIBLE_VERSION = True
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("topic", CompactString("utf-8")), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class TopicsRequest(Request[MetadataRequest_v4 | _MetadataRequest_v11]):  # type: ignore[misc]
    """Asks for some topics without creating them, in the latest of the two versions that the broker supports."""

    API_KEY = _METADATA

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)

    def build(self, request_struct_class: type[Any]) -> Any:
        """Return the request in the version that aiokafka has chosen."""
        if request_struct_class.API_VERSION < _WITH_IDS:
            return request_struct_class(self._names, False)
        return request_struct_class([(_UNKNOWN_ID, name, {}) for name in self._names], False, False, {})
