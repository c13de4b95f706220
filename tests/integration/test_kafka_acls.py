"""A missing ACL is reported with its operation and resource, and ends the process.

A denied topic is not a missing topic. The tests use a real broker with an authorizer.
"""

import asyncio

import pytest

from contracts.errors import Misconfigured, Refused
from contracts.topics import TOPICS
from services.runtime.kafka import transactional_writer
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.kafka_engine import KafkaEngine
from services.runtime.kafka.topic_admin import apply_topics, check_topics
from services.runtime.pipeline import run_pipeline
from services.runtime.port import Output
from services.runtime.settings import KafkaSettings, load
from tests.engines.bench import within
from tests.engines.processors import CountingSource, Numbers
from tests.secured_broker import Acl, SecuredKafka
from tests.unit.cli.command import insidertape

pytestmark = pytest.mark.kafka


@pytest.fixture
async def topics(secured_kafka: SecuredKafka) -> Numbers:
    """Return topics of this test with a few numbers, created by an administrator."""
    topics = Numbers()
    await apply_topics(secured_kafka.administrator, topics.all)
    engine = KafkaEngine(secured_kafka.administrator.settings)
    total = Output(topics.totals, b"a", b"7")
    await engine.publish([topics.number("a", 1), topics.number("b", "no number"), total])
    return topics


def acls(topics: Numbers) -> list[Acl]:
    """Return all ACLs that the service of these topics needs."""
    service = topics.service()
    return [
        ("Read", "Topic", topics.numbers.name),
        ("Read", "Topic", topics.totals.name),
        ("Write", "Topic", topics.totals.name),
        ("Write", "Topic", topics.echoes.name),
        ("Write", "Topic", topics.dead_letters.name),
        ("Read", "Group", service.group),
        ("Write", "TransactionalId", f"{service.group}*"),
    ]


async def engine_of(secured: SecuredKafka, *allowed: Acl) -> KafkaEngine:
    """Return an engine of a user with only these permissions."""
    user = await secured.user(*allowed)
    return KafkaEngine(load(KafkaSettings, **secured.settings("SASL_PLAINTEXT", kafka_sasl_username=user)))


async def drain(engine: KafkaEngine, topics: Numbers) -> None:
    """Run the service until everything is processed, or an error ends it."""
    await within(run_pipeline(engine, (), (topics.service(),), asyncio.Event(), once=True))


async def test_with_every_acl_a_service_works(secured_kafka: SecuredKafka, topics: Numbers) -> None:
    """This shows that the list from which the other tests remove one ACL is complete."""
    await drain(await engine_of(secured_kafka, *acls(topics)), topics)


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        (0, "Describe Topic {0.numbers.name}"),
        (1, "Read Topic {0.totals.name}"),
        (2, "Write Topic {0.totals.name}"),
        (3, "Describe Topic {0.echoes.name}"),
        (4, "Describe Topic {0.dead_letters.name}"),
        (5, "Read Group insidertape.totals-{0.numbers.name}"),
        (6, "Write TransactionalId insidertape.totals-{0.numbers.name}"),
    ],
)
async def test_a_missing_acl_ends_a_service_with_an_error_that_names_it(
    secured_kafka: SecuredKafka, topics: Numbers, missing: int, expected: str
) -> None:
    """Aiokafka retries after some of these errors without end, and rarely names the resource."""
    allowed = acls(topics)
    del allowed[missing]
    with pytest.raises(Refused) as refused:
        await drain(await engine_of(secured_kafka, *allowed), topics)
    assert refused.value.code == "kafka_denied"
    assert expected.format(topics) in refused.value.message
    assert "INSIDERTAPE_KAFKA_SASL_USERNAME" in refused.value.message


@pytest.mark.parametrize("topic", ["echoes", "dead_letters", "numbers"])
async def test_a_topic_that_may_only_be_described_is_named(
    secured_kafka: SecuredKafka, topics: Numbers, topic: str
) -> None:
    """The missing ACL shows only at the first use."""
    name = getattr(topics, topic).name
    allowed = [("Describe", kind, named) if named == name else (do, kind, named) for do, kind, named in acls(topics)]
    with pytest.raises(Refused, match=f"{'Read' if topic == 'numbers' else 'Write'} Topic {name}"):
        await drain(await engine_of(secured_kafka, *allowed), topics)


async def test_a_source_that_may_not_write_is_refused(secured_kafka: SecuredKafka, topics: Numbers) -> None:
    """The watcher also ends, instead of reopening its source without end."""
    service = topics.source_service(lambda: CountingSource(topics, 3))
    allowed: list[Acl] = [
        ("Read", "Topic", topics.cursor.name),
        ("Write", "Topic", topics.cursor.name),
        ("Describe", "Topic", topics.numbers.name),
        ("Write", "TransactionalId", f"{service.group}*"),
    ]
    engine = await engine_of(secured_kafka, *allowed)
    with pytest.raises(Refused, match=f"Write Topic {topics.numbers.name}"):
        await within(engine.run_source(service, asyncio.Event()))


async def test_a_denied_topic_is_not_reported_as_missing(secured_kafka: SecuredKafka) -> None:
    """This holds for the comparison with the contracts and for the creation of topics."""
    await apply_topics(secured_kafka.administrator)
    user = await secured_kafka.user()
    variables = secured_kafka.variables("SASL_PLAINTEXT", kafka_sasl_username=user)
    for words in (("topics", "check"), ("topics", "apply")):
        ended = await asyncio.to_thread(insidertape, *words, **variables)
        assert ended.returncode == 77
        (line,) = ended.stderr.splitlines()
        assert line.startswith("insidertape: kafka_denied: the broker does not let this client Describe Topic ")
        assert all(topic.name in line for topic in TOPICS)


async def test_missing_acls_for_configurations_and_creation_are_named(
    secured_kafka: SecuredKafka, topics: Numbers
) -> None:
    """The message names the operation that the command needs."""
    seen: list[Acl] = [("Describe", "Topic", topic.name) for topic in topics.all]
    user = await secured_kafka.user(*seen, ("Describe", "Topic", "made.*"))
    clients = KafkaClients(load(KafkaSettings, **secured_kafka.settings("SASL_PLAINTEXT", kafka_sasl_username=user)))
    with pytest.raises(Refused, match=f"DescribeConfigs Topic {topics.numbers.name}"):
        await within(check_topics(clients, topics.all))
    other = Numbers().numbers
    object.__setattr__(other, "name", f"made.{other.name}")
    with pytest.raises(Refused, match=f"Create Topic {other.name}"):
        await within(apply_topics(clients, [other]))


async def test_a_clock_that_is_hours_ahead_is_reported(
    secured_kafka: SecuredKafka, topics: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker rejects records from the future, and would reject them again."""
    now = transactional_writer.now_ms()
    monkeypatch.setattr(transactional_writer, "now_ms", lambda: now + 3 * 3_600_000)
    service = topics.source_service(lambda: CountingSource(topics, 3))
    engine = KafkaEngine(secured_kafka.administrator.settings)
    with pytest.raises(Misconfigured, match=r"clock_ahead: .* with this machine's time, .*Z: the clock is ahead"):
        await within(engine.run_source(service, asyncio.Event()))
