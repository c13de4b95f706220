"""aiokafka's clients and errors at the edge, without a broker: the arguments given to the library, and its errors."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka import errors as kafka
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.producer.sender import AddPartitionsToTxnHandler
from aiokafka.structs import OffsetAndMetadata

from contracts.codes import ErrorCode
from contracts.errors import FatalError, InvalidEvent, Misconfigured, Refused, TransientError
from contracts.topics import FILINGS, TOPICS
from deploy.kafka.local import free_ports
from services.runtime.kafka import clients as clients_module
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.error_mapping import kafka_errors
from services.runtime.kafka.names import KafkaNames
from services.runtime.kafka.reading import read_to_end
from services.runtime.kafka.topic_guard import TopicGuard
from services.runtime.kafka.workarounds import stop_consumer
from services.runtime.port import Record
from services.runtime.settings import KafkaSettings, load

SECRET = "correct-horse-battery-staple"  # noqa: S105 - it opens nothing
AIOKAFKAS_OWN_WAIT = 0.02
Arguments = dict[str, Any]


def clients(**settings: object) -> KafkaClients:
    """Return clients with these settings."""
    return KafkaClients(load(KafkaSettings, kafka_bootstrap_servers="broker:9092", **settings))


@pytest.fixture
def given_arguments(monkeypatch: pytest.MonkeyPatch) -> Arguments:
    """Return the arguments that the library's constructors are called with."""
    arguments: Arguments = {}
    for name in ("AIOKafkaProducer", "AIOKafkaConsumer"):
        monkeypatch.setattr(clients_module, name, lambda **given: arguments.update(given))
    return arguments


@pytest.mark.parametrize(
    "error",
    [
        kafka.AuthenticationFailedError(),
        kafka.MessageSizeTooLargeError(),
        kafka.SaslAuthenticationFailed("who?"),
        kafka.UnsupportedSaslMechanismError(),
        kafka.UnsupportedVersionError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_permanent_errors_are_fatal(error: Exception) -> None:
    """A retry would only hide them; the client's error name is kept."""
    with pytest.raises(FatalError, match=f"kafka_refuses: {type(error).__name__}") as mapped, kafka_errors():
        raise error
    assert mapped.value.__cause__ is error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (kafka.ClusterAuthorizationFailedError(), "Create on Cluster"),
        (kafka.GroupAuthorizationFailedError("group"), "Read on Group group"),
        (kafka.TopicAuthorizationFailedError("topic"), "Create on Topic topic"),
        (kafka.TopicAuthorizationFailedError({"b", "a"}), "Create on Topic a, b"),
        (kafka.TopicAuthorizationFailedError(TopicPartition("topic", 3)), "Create on Topic topic"),
        (kafka.TransactionalIdAuthorizationFailed("id"), "Write on TransactionalId id"),
    ],
    ids=["a cluster", "a group", "a topic", "several topics", "a partition", "a transactional id"],
)
def test_a_denial_names_the_missing_acl(error: Exception, expected: str) -> None:
    """Aiokafka reports the resource in several forms."""
    missing = f"kafka_denied: .*: an ACL is missing, {expected}, for"
    with pytest.raises(Refused, match=missing) as mapped, kafka_errors("Create"):
        raise error
    assert mapped.value.__cause__ is error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (kafka.KafkaConnectionError("gone"), "KafkaConnectionError: KafkaConnectionError: gone"),
        (kafka.KafkaTimeoutError(), "KafkaTimeoutError: KafkaTimeoutError"),
        (kafka.ProducerFenced(), "ProducerFenced: "),
        (kafka.NotLeaderForPartitionError(), "NotLeaderForPartitionError: "),
        (kafka.IllegalOperation("not in a transaction"), "IllegalOperation: not in a transaction"),
        (ConnectionRefusedError(111, "refused"), "ConnectionRefusedError: [Errno 111] refused"),
        (TimeoutError(), "TimeoutError"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_errors_of_network_and_broker_are_transient(error: Exception, words: str) -> None:
    """The network, the broker, a deadline: back off and retry."""
    with pytest.raises(TransientError) as mapped, kafka_errors():
        raise error
    assert str(mapped.value).startswith(f"kafka_unavailable: {words}")
    assert mapped.value.__cause__ is error


@pytest.mark.parametrize("error", [ZeroDivisionError(), Misconfigured("a", "b"), InvalidEvent("a", "b")])
def test_other_errors_are_not_mapped(error: Exception) -> None:
    """A defect stays one, and the project's own errors are not changed."""
    with pytest.raises(type(error)) as passed, kafka_errors():
        raise error
    assert passed.value is error


def test_every_client_uses_plaintext_by_default() -> None:
    """No credentials and no certificates are passed then."""
    connection = clients(kafka_sasl_username="unused")._connection()
    assert connection["bootstrap_servers"] == "broker:9092"
    assert connection["security_protocol"] == "PLAINTEXT"
    assert not {"ssl_context", "sasl_mechanism", "sasl_plain_username", "sasl_plain_password"} & set(connection)


def test_sasl_over_tls_passes_credentials_and_checks_the_brokers_name() -> None:
    """The password is unwrapped only here; certificates are verified by default."""
    connection = clients(
        kafka_security_protocol="SASL_SSL", kafka_sasl_username="service", kafka_sasl_password=SECRET
    )._connection()
    assert connection["security_protocol"] == "SASL_SSL"
    assert connection["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (connection["sasl_plain_username"], connection["sasl_plain_password"]) == ("service", SECRET)
    context = connection["ssl_context"]
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


def test_sasl_without_tls_passes_no_certificates() -> None:
    """And TLS without SASL no credentials."""
    with_sasl = clients(
        kafka_security_protocol="SASL_PLAINTEXT",
        kafka_sasl_mechanism="PLAIN",
        kafka_sasl_username="service",
        kafka_sasl_password=SECRET,
    )._connection()
    assert (with_sasl["sasl_mechanism"], "ssl_context" in with_sasl) == ("PLAIN", False)
    with_tls = clients(kafka_security_protocol="SSL")._connection()
    assert ("sasl_mechanism" in with_tls, "ssl_context" in with_tls) == (False, True)


@pytest.mark.parametrize("content", [None, "no certificate"])
@pytest.mark.parametrize("setting", ["kafka_ssl_cafile", "kafka_ssl_certfile"])
def test_certificates_that_cannot_be_used_are_fatal(tmp_path: Path, setting: str, content: str | None) -> None:
    """A wrong path must be named, and not be treated as an unavailable broker."""
    path = tmp_path / "file.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(Misconfigured, match="unusable_certificates: INSIDERTAPE_KAFKA_SSL_CAFILE"), kafka_errors():
        clients(kafka_security_protocol="SSL", **{setting: path})._connection()


def test_a_producer_is_transactional_and_accepts_the_largest_record(given_arguments: Arguments) -> None:
    """Its deadline comes from the settings, and no topic allows a record that it would refuse."""
    clients(kafka_transaction_timeout=12).producer("insidertape.parser.topic.3")
    assert given_arguments["transactional_id"] == "insidertape.parser.topic.3"
    assert given_arguments["transaction_timeout_ms"] == 12_000
    assert given_arguments["max_request_size"] >= max(topic.max_message_bytes for topic in TOPICS)


def test_a_producer_retries_soon_while_its_last_commit_is_being_written() -> None:
    """Aiokafka's own constant is changed, and aiokafka still uses it."""
    handle = AddPartitionsToTxnHandler.handle_response
    assert "BACKOFF_OVERRIDE" in handle.__code__.co_names
    assert handle.__globals__["BACKOFF_OVERRIDE"] < AIOKAFKAS_OWN_WAIT


def test_a_member_of_a_group_reads_committed_records_and_commits_nothing_by_itself(given_arguments: Arguments) -> None:
    """Nor does it choose a start offset by itself; one assignor, and consistent time-outs."""
    clients(kafka_session_timeout=20).group_consumer("insidertape.parser")
    assert given_arguments["group_id"] == "insidertape.parser"
    assert given_arguments["isolation_level"] == "read_committed"
    assert given_arguments["enable_auto_commit"] is False
    assert given_arguments["auto_offset_reset"] == "none"
    assert given_arguments["partition_assignment_strategy"] == (RoundRobinPartitionAssignor,)
    assert (
        given_arguments["heartbeat_interval_ms"] * 3
        < given_arguments["session_timeout_ms"]
        == 20_000
        < given_arguments["rebalance_timeout_ms"]
    )


def test_without_a_namespace_names_are_those_of_the_contracts(given_arguments: Arguments) -> None:
    """An upgrade must find its groups, transactions and topics."""
    clients().group_consumer("insidertape.parser")
    assert given_arguments["group_id"] == "insidertape.parser"
    clients().producer("insidertape.publish")
    assert given_arguments["transactional_id"] == "insidertape.publish"
    assert clients().names.topic(FILINGS) == FILINGS.name
    assert clients().names.contract("acme.insidertape.filings.v1") == "acme.insidertape.filings.v1"


def test_groups_and_transactional_ids_have_the_namespace(given_arguments: Arguments) -> None:
    """In one group, two environments would share partitions; with one transactional id, each would fence the other."""
    clients(namespace="acme").group_consumer("insidertape.parser")
    assert given_arguments["group_id"] == "acme.insidertape.parser"
    clients(namespace="acme").producer("insidertape.publish")
    assert given_arguments["transactional_id"] == "acme.insidertape.publish"


@pytest.mark.parametrize("client", [lambda c: c.reader(), lambda c: c.admin()], ids=["reader", "admin"])
async def test_an_unreachable_broker_leaves_no_client_open(client: Callable[[KafkaClients], Any]) -> None:
    """A service that waits for its broker retries often: each try must close what it opened."""
    [port] = free_ports(1)
    absent = KafkaClients(load(KafkaSettings, kafka_bootstrap_servers=f"127.0.0.1:{port}"))
    with pytest.raises(TransientError, match="kafka_unavailable"), kafka_errors():
        async with client(absent):
            pytest.fail("there is no broker")


@pytest.mark.parametrize(
    ("answer", "committed"),
    [({0: 7, 1: -1}, {0: 7, 1: None}), ({0: 7}, None), ({}, None)],
)
async def test_a_group_without_offsets_is_distinguished_from_a_silent_coordinator(
    monkeypatch: pytest.MonkeyPatch, answer: dict[int, int], committed: dict[int, int | None] | None
) -> None:
    """The broker returns -1 for a partition without an offset; if it returns nothing, nothing is known."""

    class Admin:
        async def list_consumer_group_offsets(self, *_: object, **__: object) -> dict[TopicPartition, Any]:
            return {TopicPartition("t", number): OffsetAndMetadata(offset, "") for number, offset in answer.items()}

    @asynccontextmanager
    async def admin(_clients: KafkaClients) -> AsyncIterator[Admin]:
        yield Admin()

    monkeypatch.setattr(KafkaClients, "admin", admin)
    asking = clients().committed("group", [TopicPartition("t", 0), TopicPartition("t", 1)])
    if committed is None:
        with pytest.raises(kafka.GroupCoordinatorNotAvailableError, match="does not report the offsets of"):
            await asking
    else:
        assert await asking == {TopicPartition("t", number): offset for number, offset in committed.items()}


async def test_reading_a_long_topic_yields_to_other_tasks() -> None:
    """A restore that starved the heartbeat would lose the partition that it restores."""
    place = TopicPartition("t", 0)
    message = ConsumerRecord("t", 0, 0, 0, 0, b"k", b"v", None, 1, 1, ())

    class Buffered:
        read = 0

        async def seek_to_beginning(self, _partition: TopicPartition) -> None: ...

        async def end_offsets(self, _partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
            return {place: 10_000}

        async def position(self, _partition: TopicPartition) -> int:
            return self.read

        async def getmany(self, *_: TopicPartition, **__: int) -> dict[TopicPartition, list[ConsumerRecord]]:
            self.read = 10_000
            return {place: [message] * 10_000}

    async def beat() -> None:
        while True:
            beats.append(len(records))
            await asyncio.sleep(0)

    records, beats = list[Record](), list[int]()
    beating = asyncio.create_task(beat())
    async for record in read_to_end(Buffered(), [place], KafkaNames()):
        records.append(record)
    beating.cancel()
    assert len(records) == 10_000
    assert max(after - before for before, after in pairwise(beats)) <= 500


class Waiting:
    """A consumer of a partition that ends at offset 2, of which nothing arrives; its topic has `ends` from then on."""

    def __init__(self, *ends: int) -> None:
        self._ends = [2, *ends]

    async def seek_to_beginning(self, _partition: TopicPartition) -> None:
        """Accept the request."""

    async def position(self, _partition: TopicPartition) -> int:
        """Return the position after the first record."""
        return 1

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Return the next end; fail as for a deleted topic when none is left."""
        if not self._ends:
            raise kafka.KafkaTimeoutError("Failed to get offsets by times in 40000 ms")
        return dict.fromkeys(partitions, self._ends.pop(0))

    async def getmany(self, *_: TopicPartition, **__: int) -> dict[TopicPartition, list[ConsumerRecord]]:
        """Return nothing."""
        return {}


async def test_reading_a_topic_that_was_created_again_ends() -> None:
    """The records that it waited for are gone."""
    reading = read_to_end(Waiting(2, 2, 0), [TopicPartition("t", 0)], KafkaNames())
    assert [record async for record in reading] == []


async def test_reading_a_topic_that_was_deleted_fails() -> None:
    """It would wait forever for the end that it has seen."""
    with pytest.raises(kafka.KafkaTimeoutError):
        await anext(read_to_end(Waiting(2), [TopicPartition("t", 0)], KafkaNames()))


async def test_reading_a_topic_that_was_changed_ends_with_the_error_of_its_guard() -> None:
    """It says what happened to the topic."""

    class Deleted(TopicGuard):
        async def check_if_due(self) -> None:
            raise Misconfigured(ErrorCode.TOPIC_DELETED, "t was deleted")

    guard = Deleted(clients(), "this reader", TOPICS)
    with pytest.raises(Misconfigured, match="t was deleted"):
        await anext(read_to_end(Waiting(), [TopicPartition("t", 0)], KafkaNames(), guard=guard))


class Stopping:
    """A consumer whose stop ends as a test requires; it is its own client."""

    def __init__(self, stop: Callable[[], Awaitable[None]]) -> None:
        self.stop = stop
        self._client = self
        self.closed = False

    async def close(self) -> None:
        """Close the connections."""
        self.closed = True


@pytest.mark.parametrize("error", [asyncio.CancelledError(), kafka.NodeNotReadyError(), OSError()], ids=repr)
async def test_errors_while_a_consumer_stops_are_ignored(error: BaseException) -> None:
    """Aiokafka cancels a waiting fetch, and lets the cancellation escape as if the caller had been cancelled."""

    async def stop() -> None:
        raise error

    consumer = Stopping(stop)
    await stop_consumer(consumer)
    assert consumer.closed


async def test_a_caller_cancelled_while_it_stops_a_consumer_stays_cancelled() -> None:
    """A deadline around it must hold."""

    async def stop() -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await stop_consumer(Stopping(stop))
