"""The guard that binds a service to its topics, with a broker whose responses a test controls."""

import asyncio
import re
from collections.abc import Sequence
from uuid import UUID

import pytest
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataResponse_v4

from contracts.errors import Misconfigured, TransientError
from contracts.topics import ALERTS, FILINGS, POSITIONS, TOPICS, TRANSACTIONS, WATCHER_CURSOR, Topic
from services.runtime.kafka import topic_guard
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.topic_guard import TopicGuard, require_co_partitioned
from services.runtime.kafka.topic_identity import TopicIdentity, TopicsRequest, identities_of
from services.runtime.settings import KafkaSettings, load

FIRST, SECOND = UUID(int=1), UUID(int=2)
Answer = dict[str, TopicIdentity] | Exception


def response_with(topic_id: UUID | None = FIRST, partitions: int = 8) -> Answer:
    """Return the response of a broker with this topic."""
    return {TRANSACTIONS.name: TopicIdentity(topic_id, partitions)}


def guarded(monkeypatch: pytest.MonkeyPatch, *answers: Answer) -> TopicGuard:
    """Return a guard of one topic whose broker gives these responses in turn, and then repeats the last one."""
    left = list(answers)

    async def identify(_clients: KafkaClients, _names: Sequence[str]) -> dict[str, TopicIdentity]:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(topic_guard, "identify_topics", identify)
    monkeypatch.setattr(topic_guard, "_CONFIRM_SECONDS", 0.0)
    settings = load(KafkaSettings, kafka_bootstrap_servers="broker:9092", kafka_topic_check_interval=0.001)
    return TopicGuard(KafkaClients(settings), "holdings", [TRANSACTIONS])


@pytest.mark.parametrize("stale", [response_with(SECOND), response_with(partitions=7), {}])
async def test_a_difference_that_is_not_confirmed_is_ignored(monkeypatch: pytest.MonkeyPatch, stale: Answer) -> None:
    """One of several brokers may be behind the others for a moment: that must not stop a service."""
    guard = guarded(monkeypatch, response_with(), stale, response_with())
    await guard.check()
    await guard.check()


@pytest.mark.parametrize(
    ("later", "code"),
    [
        (response_with(SECOND), "topic_recreated"),
        ({}, "topic_deleted"),
        (response_with(partitions=9), "partitions_changed"),
        (response_with(SECOND, 9), "topic_recreated"),
    ],
)
async def test_a_confirmed_difference_is_raised_even_after_an_outage(
    monkeypatch: pytest.MonkeyPatch, later: Answer, code: str
) -> None:
    """A topic that was created again during an outage is not the one that the service started with."""
    away = KafkaConnectionError("away")
    guard = guarded(monkeypatch, response_with(), away, away, away, later)
    await guard.check()
    with pytest.raises(TransientError):
        await guard.check()
    with pytest.raises(Misconfigured, match=f"{code}: {TRANSACTIONS.name} .* holdings "):
        async with asyncio.timeout(5):
            await guard.watch()


async def test_concurrent_callers_share_a_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Partitions are opened at the same time; the first checks, and the others share the next check."""
    guard = guarded(monkeypatch, response_with())
    checks: list[None] = []
    look = guard._look

    async def counted() -> dict[Topic, TopicIdentity]:
        checks.append(None)
        await asyncio.sleep(0)
        return await look()

    monkeypatch.setattr(guard, "_look", counted)
    await asyncio.gather(*(guard.check() for _ in range(8)))
    assert len(checks) == 2


async def test_guarded_work_is_cancelled_when_a_topic_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A watcher may wait for filings for hours."""
    guard = guarded(monkeypatch, response_with(), response_with(SECOND))
    await guard.check()
    with pytest.raises(Misconfigured, match="topic_recreated"):
        async with asyncio.timeout(5):
            await guard.hold(asyncio.Event().wait())


def test_notes_of_another_count_are_refused_and_other_notes_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Older releases and operators commit without a note."""
    guard = guarded(monkeypatch, response_with())
    asyncio.run(guard.check())
    guard.require_notes(TRANSACTIONS, ["", "someone's", guard.note(TRANSACTIONS)])
    with pytest.raises(Misconfigured, match=r"partitions_changed: .* has 8 partitions, and had 4 when holdings last"):
        guard.require_notes(TRANSACTIONS, ["partitions=4", "partitions=8"])


@pytest.mark.parametrize("odd", [TRANSACTIONS, POSITIONS, ALERTS])
def test_the_topic_that_differs_from_the_majority_is_named(odd: Topic) -> None:
    """It is the one to correct."""
    counts = {topic: 12 if topic == odd else 8 for topic in TOPICS}
    with pytest.raises(Misconfigured, match=f"not_co_partitioned: {re.escape(odd.name)} has 12 partitions, and .* 8: "):
        require_co_partitioned(counts, lambda topic: topic.name)


def test_topics_of_different_keys_may_have_different_counts() -> None:
    """Nothing requires filings and transactions to have the same count."""
    counts = {FILINGS: 3, TRANSACTIONS: 5, POSITIONS: 5, WATCHER_CURSOR: 1}
    require_co_partitioned(counts, lambda topic: topic.name)


def test_a_request_does_not_create_topics() -> None:
    """A broker that creates topics on demand would create a deleted one again, with another count of partitions."""
    for versions, version in (((0, 13), 11), ((0, 9), 4)):
        request = TopicsRequest(["a"]).prepare({3: versions})
        assert (request.API_VERSION, request.allow_auto_topic_creation) == (version, False)


def test_a_broker_without_topic_ids_returns_only_counts() -> None:
    """Brokers before Kafka 2.8 have none: there, a topic that was created again cannot be recognized."""
    partitions = [(0, number, 1, [1], [1]) for number in range(3)]
    response = MetadataResponse_v4(0, [], "cluster", 1, [(0, "a", False, partitions), (3, "b", False, [])])
    assert identities_of(response) == {"a": TopicIdentity(None, 3)}
