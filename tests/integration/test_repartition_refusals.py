"""Copies that are refused beforehand, and copies that fail before they are finished."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import RecordsToDelete

from contracts.errors import InsidertapeError, Misconfigured, TakenOver
from contracts.topics import FILINGS, POSITIONS, TRANSACTIONS
from services.cli.repartition import namespace_copy as repartition_module
from services.cli.repartition.copy_source import CopySource, read_source
from services.cli.repartition.namespace_copy import _require_readable
from services.cli.state.state_repair import repair_partition
from services.parser.processor import parser_service
from services.runtime.kafka import topic_copy
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.topic_admin import apply_topics
from services.runtime.kafka.topic_copy import TopicCopy
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.runtime.port import Output, Record
from tests.engines.bench import within
from tests.integration.environments import Environment, copied, in_parts, new_environment
from tests.unit.cli.command import SAMPLES

pytestmark = pytest.mark.kafka

FEW = 2


@pytest.fixture
def namespace() -> str:
    """Return a namespace that belongs to this test."""
    return f"t{uuid4().hex[:8]}"


@pytest.fixture
async def original(kafka_bootstrap: str, namespace: str, tmp_path: Path) -> Environment:
    """Return an environment with three processed filings, and a record that is not a filing."""
    environment = await new_environment(kafka_bootstrap, namespace, partitions=2)
    (directory,) = in_parts(tmp_path, sorted(SAMPLES.glob("*quillmark*"))[:3], 1)
    await environment.engine.publish([Output(FILINGS, b"poison", b"not a filing")])
    await environment.run(directory)
    return environment


async def test_a_copy_is_refused_while_a_service_runs(original: Environment) -> None:
    """Its output during the copy would be only in the old topics."""
    stop = asyncio.Event()
    running = asyncio.create_task(original.engine.run(parser_service(), stop))
    await within(until_a_member_is_there(original))
    with pytest.raises(TakenOver, match="service_runs: parser runs"):
        await copied(original, f"{original.settings.namespace}-g2", FEW)
    stop.set()
    await within(running)
    fresh = Environment(original.settings.model_copy(update={"namespace": f"{original.settings.namespace}-g2"}))
    assert await fresh.topics() == set()


async def until_a_member_is_there(environment: Environment) -> None:
    """Wait until the parser's group has a member."""
    group = environment.clients.names.qualified(parser_service().group)
    async with environment.clients.admin() as admin:
        while True:
            (described,) = await admin.describe_consumer_groups([group])
            if described.to_object()["groups"][0]["members"]:
                return


async def test_filings_that_are_published_during_the_copy_make_it_fail(
    original: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A watcher has no group: that it ran shows only in the records that the copy lacks."""
    await fails_with(
        original,
        monkeypatch,
        lambda: original.engine.publish([Output(FILINGS, b"late", b"late")]),
        f"source_changed: {original.settings.namespace}.{FILINGS.name} changed .* stop every service and watcher",
    )


async def fails_with(
    original: Environment,
    monkeypatch: pytest.MonkeyPatch,
    meanwhile: Callable[[], Awaitable[None]],
    words: str,
) -> None:
    """Do something after everything but the positions is copied, and expect the copy to fail with this message."""
    compute_all = repartition_module._compute_positions

    async def compute(*args: object) -> None:
        await meanwhile()
        await compute_all(*args)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(repartition_module, "_compute_positions", compute)
    with pytest.raises(InsidertapeError, match=words):
        await copied(original, f"{original.settings.namespace}-g2", FEW)


async def test_a_record_that_another_producer_writes_into_the_copy_is_found(
    original: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every record is read back: a foreign or a missing record fails the copy."""
    target = original.settings.model_copy(update={"namespace": f"{original.settings.namespace}-g2"})
    verify = TopicCopy.verify

    async def disturbed(copy: TopicCopy) -> object:
        writer = await TransactionalWriter.open(Environment(target).clients, "stranger")
        await writer.write([Output(copy.topic, b"strange", b"strange")], None, "")
        await writer.close()
        return await verify(copy)

    monkeypatch.setattr(TopicCopy, "verify", disturbed)
    with pytest.raises(InsidertapeError, match=f"copy_differs: .*{target.namespace}.{FILINGS.name}"):
        await copied(original, target.namespace, FEW)


async def test_a_second_copy_into_the_same_namespace_ends_the_first(
    original: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The later copy has deleted what the earlier one wrote: only one of them may continue."""
    target = original.settings.model_copy(update={"namespace": f"{original.settings.namespace}-g2"})
    verify = TopicCopy.verify
    usurper: list[TransactionalWriter] = []

    async def usurped(copy: TopicCopy) -> object:
        if not usurper:
            usurper.append(await TransactionalWriter.open(Environment(target).clients, "insidertape.repartition"))
        return await verify(copy)

    monkeypatch.setattr(TopicCopy, "verify", usurped)
    try:
        with pytest.raises(TakenOver, match=f"fenced: another repartition into namespace {target.namespace}"):
            await copied(original, target.namespace, FEW)
    finally:
        for writer in usurper:
            await writer.close()


async def test_a_namespace_that_is_in_use_is_not_copied_into(original: Environment) -> None:
    """Only what this command itself has started is deleted to start it again."""
    other = await new_environment(original.bootstrap, f"{original.settings.namespace}-g2", partitions=FEW)
    await other.engine.publish([Output(FILINGS, b"precious", b"precious")])
    with pytest.raises(Misconfigured, match=r"namespace_in_use: .* already has topics: .*; .*--into"):
        await copied(original, other.settings.namespace, FEW)
    assert [record.key for record in await other.records(FILINGS)] == [b"precious"]
    with pytest.raises(Misconfigured, match="same_namespace"):
        await copied(original, original.settings.namespace, FEW)


async def test_a_copy_without_all_transactions_is_refused(original: Environment) -> None:
    """Retention or an operator has deleted some: positions cannot be computed from the rest."""
    (first, *_) = await original.records(TRANSACTIONS)
    partition = TopicPartition(original.clients.names.topic(TRANSACTIONS), first.partition)
    async with original.clients.admin() as admin:
        await admin.delete_records({partition: RecordsToDelete(before_offset=first.offset + 1)})
    with pytest.raises(Misconfigured, match=f"transactions_deleted: partition {first.partition} of .* begins at"):
        await copied(original, f"{original.settings.namespace}-g2", FEW)


async def test_a_missing_topic_is_named_and_nothing_is_created(kafka_bootstrap: str, namespace: str) -> None:
    """The old namespace may be a typing error, which must not look like an empty environment."""
    environment = await new_environment(kafka_bootstrap, namespace, partitions=1)
    wrong = Environment(environment.settings.model_copy(update={"namespace": f"{namespace}x"}))
    with pytest.raises(Misconfigured, match=f"unfit_topics: {namespace}x.{FILINGS.name} is missing"):
        await copied(wrong, f"{namespace}-g2", FEW)
    assert await Environment(wrong.settings.model_copy(update={"namespace": f"{namespace}-g2"})).topics() == set()


async def test_a_copy_of_compacted_transactions_is_refused(kafka_bootstrap: str, namespace: str) -> None:
    """Someone created the topic by hand. Only each issuer's last report is left, and nothing seems deleted."""
    settings = (await new_environment(kafka_bootstrap, f"{namespace}-other", partitions=1)).settings
    compacted = KafkaClients(settings.model_copy(update={"namespace": namespace}))
    await apply_topics(compacted, [replace(TRANSACTIONS, cleanup="compact")])
    environment = await new_environment(kafka_bootstrap, namespace, partitions=1)
    with pytest.raises(Misconfigured, match=f"unfit_topics: {namespace}.{TRANSACTIONS.name} has cleanup.p"):
        await copied(environment, f"{namespace}-g2", FEW)


async def test_a_copy_waits_for_an_open_transaction_and_then_names_it(
    original: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A producer may have died or may still be running: what it has sent may still become part of the topic."""
    monkeypatch.setattr(topic_copy, "_SETTLES_WITHIN", 0.0)
    producer = original.clients.producer("slow")
    await producer.start()
    await producer.begin_transaction()
    await (await producer.send(original.clients.names.topic(FILINGS), b"late", partition=0))
    impatient = Environment(original.settings.model_copy(update={"kafka_transaction_timeout": 1.5}))
    with pytest.raises(Misconfigured, match="open_transaction: after 2 s a transaction is still open"):
        await copied(impatient, f"{original.settings.namespace}-g2", FEW)
    await producer.commit_transaction()
    await producer.stop()
    target = await copied(impatient, f"{original.settings.namespace}-g2", FEW)
    assert b"late" in [record.value for record in await target.records(FILINGS)]


async def test_a_group_with_offsets_beyond_its_topic_is_named(original: Environment) -> None:
    """The topic was recreated: the records that the group has processed are not those in the topic."""
    partition = TopicPartition(original.clients.names.topic(FILINGS), 1)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=original.bootstrap,
        group_id=original.clients.names.qualified(parser_service().group),
        enable_auto_commit=False,
    )
    await consumer.start()
    consumer.assign([partition])
    await consumer.commit({partition: 1_000_000})
    await consumer.stop()
    with pytest.raises(Misconfigured, match=r"offset_out_of_range: .*parser stands at 1000000 of .*\[1\], which holds"):
        await copied(original, f"{original.settings.namespace}-g2", FEW)


async def test_a_record_that_cannot_be_read_must_have_become_a_dead_letter(original: Environment) -> None:
    """It cannot be copied: unprocessed, it would be lost without a report."""
    source, _ = await read_source(original.clients)
    (number, span), *_ = source.processed(FILINGS).items()
    copy = TopicCopy(FILINGS, original.clients, original.clients)
    copy.left_out.append(Record(FILINGS.name, number, span.stop - 1, None, b"raw", unreadable="its checksum is wrong"))
    _require_readable(copy, source)
    copy.left_out.append(Record(FILINGS.name, number, span.stop, None, b"raw", unreadable="its checksum is wrong"))
    with pytest.raises(Misconfigured, match=r"unreadable_record: .*its checksum is wrong\. Start parser until it has"):
        _require_readable(copy, extended(source, number, span.stop + 1))


def extended(source: CopySource, number: int, stop: int) -> CopySource:
    """Return the source with more offsets in one partition of filings."""
    filings = {**source.spans[FILINGS], number: range(source.spans[FILINGS][number].start, stop)}
    return replace(source, spans={**source.spans, FILINGS: filings})


async def test_a_copy_fails_if_its_positions_differ_from_the_recomputed_ones(original: Environment) -> None:
    """A foreign record must be repaired first; a lost book shows when all books are recomputed."""
    (book, *_) = await original.records(POSITIONS)
    await original.engine.publish([Output(POSITIONS, book.key, None, partition=book.partition)])
    with pytest.raises(Misconfigured, match=f"positions_differ: 1 book .*{(book.key or b'').decode()[:10]}"):
        await copied(original, f"{original.settings.namespace}-g2", FEW)
    await original.engine.publish([Output(POSITIONS, b"foreign", b"foreign", partition=0)])
    with pytest.raises(Misconfigured, match=r"state_faulty: .* `insidertape state repair` repairs them"):
        await copied(original, f"{original.settings.namespace}-g2", FEW)
    for partition in range(2):
        await repair_partition(original.engine, partition)
    await copied(original, f"{original.settings.namespace}-g2", FEW)
