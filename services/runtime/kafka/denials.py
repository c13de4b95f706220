"""Errors that name the ACL which a client is missing."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final, Literal

from aiokafka import TopicPartition
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from contracts.codes import ErrorCode
from contracts.errors import Refused

Operation = Literal["Read", "Write", "Describe", "Create", "Delete", "DescribeConfigs"]

DENIALS: Final = (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)


def topic_denied(operation: Operation, *topics: str) -> Refused:
    """Return the error of a client that may not do this operation on the topics."""
    return _denied(operation, "Topic", topics)


def denial(error: KafkaError, operation: Operation) -> Refused:
    """Return the error that names the missing ACL. aiokafka does not report the `operation`, so the caller gives it."""
    resources = sorted(set(_names(error.args)))
    if isinstance(error, GroupAuthorizationFailedError):
        return _denied("Read", "Group", resources)
    if isinstance(error, TransactionalIdAuthorizationFailed):
        return _denied("Write", "TransactionalId", resources)
    if isinstance(error, ClusterAuthorizationFailedError):
        return _denied(operation, "Cluster", resources)
    return topic_denied(operation, *resources)


@contextmanager
def naming(operation: Operation, group: str | None = None, transactional_id: str | None = None) -> Iterator[None]:
    """Raise a denial as the error that names the missing ACL; these resources are named if aiokafka names none.

    Raises:
        Refused: an ACL is missing.
    """
    try:
        yield
    except DENIALS as error:
        named = {GroupAuthorizationFailedError: group, TransactionalIdAuthorizationFailed: transactional_id}
        if not error.args and (resource := named.get(type(error))):
            raise denial(type(error)(resource), operation) from error
        raise denial(error, operation) from error


def _denied(operation: str, kind: str, resources: Iterable[str]) -> Refused:
    of = " ".join([kind, *([", ".join(resources)] if resources else [])])
    return Refused(
        ErrorCode.KAFKA_DENIED,
        f"the broker does not let this client {operation} {of}: an ACL is missing, {operation} on {of}, for the "
        "principal of INSIDERTAPE_KAFKA_SASL_USERNAME or INSIDERTAPE_KAFKA_SSL_CERTFILE",
    )


def _names(values: Iterable[object]) -> Iterator[str]:
    """Yield the names of the resources in an error's arguments: names, partitions, or collections of them."""
    for value in values:
        if isinstance(value, TopicPartition):
            yield value.topic
        elif isinstance(value, str):
            yield value
        elif isinstance(value, Iterable):
            yield from _names(value)
