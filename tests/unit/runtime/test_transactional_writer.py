"""A transactional writer on a fake producer whose failures a test controls."""

import asyncio
import gc
from collections.abc import Sequence

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import (
    IllegalOperation,
    InvalidTxnState,
    KafkaConnectionError,
    ProducerFenced,
    TopicAuthorizationFailedError,
)
from aiokafka.structs import RecordMetadata

from contracts.errors import Refused
from services.runtime.kafka import workarounds
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.runtime.port import WriteResult
from services.runtime.settings import KafkaSettings, load
from tests.unit.runtime.builders import number

ROOM = 2
OFFSETS = {TopicPartition("topic", 0): 1}


class Closing:
    """A part of a producer that is closed separately."""

    def __init__(self, name: str, calls: list[str]) -> None:
        self._name = name
        self._calls = calls

    async def close(self) -> None:
        """Close it."""
        self._calls.append(f"close {self._name}")


class FakeBatch:
    """A fake batch with room for two records."""

    def __init__(self) -> None:
        self.records: list[object] = []
        self.closed = False

    def append(self, *, value: bytes | None, **_: object) -> object:
        """Return metadata of the record, or None if the batch is full."""
        if len(self.records) == ROOM:
            return None
        self.records.append(value)
        return object()

    def record_count(self) -> int:
        """Return the number of records."""
        return len(self.records)

    def close(self) -> None:
        """Accept no more records."""
        self.closed = True


class FakeProducer:
    """Behaves like aiokafka's producer: deliveries finish later, with the outcomes given as `fates`."""

    def __init__(self, fates: Sequence[Exception | None] = (), *, start: Exception | None = None) -> None:
        self._fates = list(fates)
        self._start = start
        self.calls: list[str] = []
        self.written = 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._txn_manager = self
        self._sender = Closing("sender", self.calls)
        self.client = Closing("connections", self.calls)

    def wait_for_transaction_end(self) -> "asyncio.Future[None]":
        """Return the future of the transaction's end."""
        return self.ended

    async def start(self) -> None:
        """Take over the transactional id."""
        self.calls.append("start")
        if self._start:
            raise self._start

    async def stop(self) -> None:
        """Stop with an error, as the real producer does after a failure."""
        self.calls.append("stop")
        raise ProducerFenced

    async def begin_transaction(self) -> None:
        """Begin a transaction."""
        self.calls.append("begin")

    async def partitions_for(self, _topic: str) -> set[int]:
        """Return the only partition."""
        return {0}

    def create_batch(self) -> FakeBatch:
        """Return an empty batch."""
        return FakeBatch()

    async def send_batch(self, batch: FakeBatch, *_: object, **__: object) -> "asyncio.Future[object]":
        """Return a future delivery; once one has failed, refuse without giving the reason."""
        assert batch.closed
        if "failed" in self.calls:
            raise IllegalOperation("Can't send messages while not in transaction")
        delivery: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        if fate := self._fates.pop(0):
            self.calls.append("failed")
            delivery.set_exception(fate)
        else:
            self.calls.append(f"sent {batch.records}")
            self.written += len(batch.records)
            place = TopicPartition("t", 0)
            delivery.set_result(RecordMetadata("t", 0, place, self.written - len(batch.records), None, 0, 0))
        return delivery

    async def send_offsets_to_transaction(self, _offsets: object, _group: str) -> None:
        """Record the offsets."""
        self.calls.append("offsets")

    async def commit_transaction(self) -> None:
        """Commit the transaction."""
        self.calls.append("commit")


@pytest.fixture
def clients() -> KafkaClients:
    """Return clients of a broker that is never contacted."""
    return KafkaClients(load(KafkaSettings, kafka_bootstrap_servers="broker:9092", kafka_commit_deadline=30))


async def open_writer(
    clients: KafkaClients, producer: FakeProducer, monkeypatch: pytest.MonkeyPatch
) -> TransactionalWriter:
    """Open a writer on this producer."""
    monkeypatch.setattr(clients, "producer", lambda _id: producer)
    return await TransactionalWriter.open(clients, "id")


async def test_a_batch_is_sent_completely_before_it_is_committed(
    clients: KafkaClients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outputs, then the offsets that they account for, then the commit."""
    producer = FakeProducer([None, None])
    writer = await open_writer(clients, producer, monkeypatch)
    placed = await writer.write([number(1), number(2), number(3)], OFFSETS, "group")
    assert placed == [WriteResult(0, 0), WriteResult(0, 1), WriteResult(0, 2)]
    assert producer.calls == ["start", "begin", "sent [b'1', b'2']", "sent [b'3']", "offsets", "commit"]


async def test_a_sources_batch_has_no_offsets(clients: KafkaClients, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cursor is among its outputs."""
    producer = FakeProducer([None])
    await (await open_writer(clients, producer, monkeypatch)).write([number(1)], None, "group")
    assert producer.calls == ["start", "begin", "sent [b'1']", "commit"]


async def test_a_delivery_that_fails_is_raised_before_the_commit(
    clients: KafkaClients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client would silently commit the rest of the batch."""
    producer = FakeProducer([None, KafkaConnectionError("lost")])
    writer = await open_writer(clients, producer, monkeypatch)
    with pytest.raises(KafkaConnectionError, match="lost"):
        await writer.write([number(1), number(2), number(3)], OFFSETS, "group")
    assert "commit" not in producer.calls


async def test_a_refused_send_raises_the_error_of_the_failed_delivery(
    clients: KafkaClients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Callers must learn that the writer is fenced: `not in transaction` would look like a defect."""
    producer = FakeProducer([None, ProducerFenced()])
    writer = await open_writer(clients, producer, monkeypatch)
    with pytest.raises(ProducerFenced):
        await writer.write([number(n) for n in range(5)], OFFSETS, "group")
    assert "commit" not in producer.calls


async def test_the_cause_of_a_broken_transaction_is_raised(
    clients: KafkaClients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A topic that an ACL denies breaks the transaction; the other deliveries fail as a consequence."""
    producer = FakeProducer([InvalidTxnState()])
    producer.ended.set_exception(TopicAuthorizationFailedError({"denied"}))
    writer = await open_writer(clients, producer, monkeypatch)
    with pytest.raises(Refused, match="Write Topic denied"):
        await writer.write([number(1)], OFFSETS, "group")


async def test_of_many_failed_deliveries_one_is_raised_and_all_are_retrieved(
    clients: KafkaClients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asyncio logs every error that is not retrieved, with its traceback."""
    unretrieved: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: unretrieved.append(context))

    class Patient(FakeProducer):
        async def send_batch(self, *_: object, **__: object) -> "asyncio.Future[object]":
            """Fail all at once, later."""
            delivery: asyncio.Future[object] = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_soon(delivery.set_exception, ProducerFenced())
            return delivery

    writer = await open_writer(clients, Patient(), monkeypatch)
    with pytest.raises(ProducerFenced):
        await writer.write([number(n) for n in range(5)], None, "group")
    await asyncio.sleep(0)
    gc.collect()
    assert unretrieved == []


async def test_a_writer_that_cannot_start_closes_its_producer(
    clients: KafkaClients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is that of the start, not of the closing."""
    producer = FakeProducer(start=KafkaConnectionError("away"))
    with pytest.raises(KafkaConnectionError, match="away"):
        await open_writer(clients, producer, monkeypatch)
    assert producer.calls == ["start", "stop", "close sender", "close connections"]


async def test_closing_a_failed_writer_is_quiet_and_leaves_nothing_open(
    clients: KafkaClients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the producer's own stop fails, its sender and its connections are closed one by one."""
    producer = FakeProducer()
    await (await open_writer(clients, producer, monkeypatch)).close()
    assert producer.calls == ["start", "stop", "close sender", "close connections"]


async def test_a_commit_that_hangs_ends_at_the_deadline(clients: KafkaClients, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its outcome is unknown then; the start of the next writer settles it."""

    class Silent(FakeProducer):
        async def commit_transaction(self) -> None:
            """Wait for a response that never arrives."""
            await asyncio.Event().wait()

    impatient = KafkaClients(clients.settings.model_copy(update={"kafka_commit_deadline": 0.01}))
    writer = await open_writer(impatient, Silent([None]), monkeypatch)
    with pytest.raises(TimeoutError):
        await writer.write([number(1)], None, "group")


async def test_closing_a_writer_whose_producer_hangs_is_bounded(
    clients: KafkaClients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A producer flushes forever if the broker is unavailable: its sender must not stay alive."""

    class Hanging(FakeProducer):
        async def stop(self) -> None:
            """Flush without end."""
            await asyncio.Event().wait()

    monkeypatch.setattr(workarounds, "_CLOSE_SECONDS", 0.01)
    producer = Hanging()
    await (await open_writer(clients, producer, monkeypatch)).close()
    assert producer.calls == ["start", "close sender", "close connections"]
