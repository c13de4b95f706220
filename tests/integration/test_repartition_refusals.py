"""When there is no copy: what is refused beforehand, and what ends it before it is finished."""

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
    """A namespace of the test's own."""
    return f"t{uuid4().hex[:8]}"


@pytest.fixture
async def small(kafka_bootstrap: str, namespace: str, tmp_path: Path) -> Environment:
    """An environment with three filings, processed, and a record that is not one."""
    environment = await new_environment(kafka_bootstrap, namespace, partitions=2)
    (directory,) = in_parts(tmp_path, sorted(SAMPLES.glob("*quillmark*"))[:3], 1)
    await environment.engine.publish([Output(FILINGS, b"poison", b"not a filing")])
    await environment.run(directory)
    return environment


async def test_a_copy_is_refused_while_a_service_runs(small: Environment) -> None:
    """What it does meanwhile would be in the old topics alone."""
    stop = asyncio.Event()
    running = asyncio.create_task(small.engine.run(parser_service(), stop))
    await within(until_a_member_is_there(small))
    with pytest.raises(TakenOver, match="service_runs: parser runs"):
        await copied(small, f"{small.settings.namespace}-g2", FEW)
    stop.set()
    await within(running)
    fresh = Environment(small.settings.model_copy(update={"namespace": f"{small.settings.namespace}-g2"}))
    assert await fresh.topics() == set()


async def until_a_member_is_there(environment: Environment) -> None:
    """Wait until the group of the parser has a member."""
    group = environment.clients.names.qualified(parser_service().group)
    async with environment.clients.admin() as admin:
        while True:
            (described,) = await admin.describe_consumer_groups([group])
            if described.to_object()["groups"][0]["members"]:
                return


async def test_filings_that_are_published_during_the_copy_make_it_fail(
    small: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A watcher has no group: that one ran shows in what it wrote, which the copy lacks."""
    await fails_with(
        small,
        monkeypatch,
        lambda: small.engine.publish([Output(FILINGS, b"late", b"late")]),
        f"source_changed: {small.settings.namespace}.{FILINGS.name} changed .* stop every service and watcher",
    )


async def fails_with(
    small: Environment, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], Awaitable[None]], words: str
) -> None:
    """Do something when everything but the positions is copied; the copy fails with these words."""
    original = repartition_module._compute_positions

    async def compute(*args: object) -> None:
        await meanwhile()
        await original(*args)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(repartition_module, "_compute_positions", compute)
    with pytest.raises(InsidertapeError, match=words):
        await copied(small, f"{small.settings.namespace}-g2", FEW)


async def test_a_record_that_another_producer_writes_into_the_copy_is_found(
    small: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every record is read back: what is not of the old topics, or is missing, ends the copy."""
    target = small.settings.model_copy(update={"namespace": f"{small.settings.namespace}-g2"})
    verify = TopicCopy.verify

    async def disturbed(copy: TopicCopy) -> object:
        writer = await TransactionalWriter.open(Environment(target).clients, "stranger")
        await writer.write([Output(copy.topic, b"strange", b"strange")], None, "")
        await writer.close()
        return await verify(copy)

    monkeypatch.setattr(TopicCopy, "verify", disturbed)
    with pytest.raises(InsidertapeError, match=f"copy_differs: .*{target.namespace}.{FILINGS.name}"):
        await copied(small, target.namespace, FEW)


async def test_a_second_copy_into_the_same_namespace_ends_the_first(
    small: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The later one has deleted what the earlier one wrote: only one of them may go on."""
    target = small.settings.model_copy(update={"namespace": f"{small.settings.namespace}-g2"})
    verify = TopicCopy.verify
    usurper: list[TransactionalWriter] = []

    async def usurped(copy: TopicCopy) -> object:
        if not usurper:
            usurper.append(await TransactionalWriter.open(Environment(target).clients, "insidertape.repartition"))
        return await verify(copy)

    monkeypatch.setattr(TopicCopy, "verify", usurped)
    try:
        with pytest.raises(TakenOver, match=f"fenced: another repartition into namespace {target.namespace}"):
            await copied(small, target.namespace, FEW)
    finally:
        for writer in usurper:
            await writer.close()


async def test_a_namespace_that_is_in_use_is_not_copied_into(small: Environment) -> None:
    """Only what this command has begun is deleted to begin it again."""
    other = await new_environment(small.bootstrap, f"{small.settings.namespace}-g2", partitions=FEW)
    await other.engine.publish([Output(FILINGS, b"precious", b"precious")])
    with pytest.raises(Misconfigured, match=r"namespace_in_use: .* already has topics: .*; .*--into"):
        await copied(small, other.settings.namespace, FEW)
    assert [record.key for record in await other.records(FILINGS)] == [b"precious"]
    with pytest.raises(Misconfigured, match="same_namespace"):
        await copied(small, small.settings.namespace, FEW)


async def test_without_all_transactions_there_is_no_copy(small: Environment) -> None:
    """Retention or an operator has deleted some: positions cannot be computed from the rest."""
    (first, *_) = await small.records(TRANSACTIONS)
    partition = TopicPartition(small.clients.names.topic(TRANSACTIONS), first.partition)
    async with small.clients.admin() as admin:
        await admin.delete_records({partition: RecordsToDelete(before_offset=first.offset + 1)})
    with pytest.raises(Misconfigured, match=f"transactions_deleted: partition {first.partition} of .* begins at"):
        await copied(small, f"{small.settings.namespace}-g2", FEW)


async def test_a_missing_topic_is_named_and_nothing_is_created(kafka_bootstrap: str, namespace: str) -> None:
    """The old namespace may be the wrong one: a typing error must not look like an empty environment."""
    environment = await new_environment(kafka_bootstrap, namespace, partitions=1)
    wrong = Environment(environment.settings.model_copy(update={"namespace": f"{namespace}x"}))
    with pytest.raises(Misconfigured, match=f"unfit_topics: {namespace}x.{FILINGS.name} is missing"):
        await copied(wrong, f"{namespace}-g2", FEW)
    assert await Environment(wrong.settings.model_copy(update={"namespace": f"{namespace}-g2"})).topics() == set()


async def test_transactions_that_were_compacted_are_not_taken_for_all_of_them(
    kafka_bootstrap: str, namespace: str
) -> None:
    """Someone made the topic by hand: each issuer's last report would be left, and nothing would seem deleted."""
    settings = (await new_environment(kafka_bootstrap, f"{namespace}-other", partitions=1)).settings
    compacted = KafkaClients(settings.model_copy(update={"namespace": namespace}))
    await apply_topics(compacted, [replace(TRANSACTIONS, cleanup="compact")])
    environment = await new_environment(kafka_bootstrap, namespace, partitions=1)
    with pytest.raises(Misconfigured, match=f"unfit_topics: {namespace}.{TRANSACTIONS.name} has cleanup.p"):
        await copied(environment, f"{namespace}-g2", FEW)


async def test_an_open_transaction_is_waited_for_and_then_named(
    small: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A producer that has died, or works on: what it has sent may still become part of the topic."""
    monkeypatch.setattr(topic_copy, "_SETTLES_WITHIN", 0.0)
    producer = small.clients.producer("slow")
    await producer.start()
    await producer.begin_transaction()
    await (await producer.send(small.clients.names.topic(FILINGS), b"late", partition=0))
    hasty = Environment(small.settings.model_copy(update={"kafka_transaction_timeout": 1.5}))
    with pytest.raises(Misconfigured, match="open_transaction: after 2 s a transaction is still open"):
        await copied(hasty, f"{small.settings.namespace}-g2", FEW)
    await producer.commit_transaction()
    await producer.stop()
    target = await copied(hasty, f"{small.settings.namespace}-g2", FEW)
    assert b"late" in [record.value for record in await target.records(FILINGS)]


async def test_a_group_that_stands_beyond_its_topic_is_named(small: Environment) -> None:
    """The topic was recreated under it: what it has processed is not what the topic holds."""
    partition = TopicPartition(small.clients.names.topic(FILINGS), 1)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=small.bootstrap,
        group_id=small.clients.names.qualified(parser_service().group),
        enable_auto_commit=False,
    )
    await consumer.start()
    consumer.assign([partition])
    await consumer.commit({partition: 1_000_000})
    await consumer.stop()
    with pytest.raises(Misconfigured, match=r"offset_out_of_range: .*parser stands at 1000000 of .*\[1\], which holds"):
        await copied(small, f"{small.settings.namespace}-g2", FEW)


async def test_a_record_that_cannot_be_read_must_have_become_a_dead_letter(small: Environment) -> None:
    """It cannot be copied: unprocessed, it would be gone without a word."""
    source, _ = await read_source(small.clients)
    (number, span), *_ = source.processed(FILINGS).items()
    copy = TopicCopy(FILINGS, small.clients, small.clients)
    copy.left_out.append(Record(FILINGS.name, number, span.stop - 1, None, b"raw", unreadable="its checksum is wrong"))
    _require_readable(copy, source)
    copy.left_out.append(Record(FILINGS.name, number, span.stop, None, b"raw", unreadable="its checksum is wrong"))
    with pytest.raises(Misconfigured, match=r"unreadable_record: .*its checksum is wrong\. Start parser until it has"):
        _require_readable(copy, extended(source, number, span.stop + 1))


def extended(source: CopySource, number: int, stop: int) -> CopySource:
    """The source with a longer partition of filings."""
    filings = {**source.spans[FILINGS], number: range(source.spans[FILINGS][number].start, stop)}
    return replace(source, spans={**source.spans, FILINGS: filings})


async def test_positions_that_are_not_what_the_transactions_give_end_the_copy(small: Environment) -> None:
    """A foreign record is to be mended first; a book that was lost shows when all are computed again."""
    (book, *_) = await small.records(POSITIONS)
    await small.engine.publish([Output(POSITIONS, book.key, None, partition=book.partition)])
    with pytest.raises(Misconfigured, match=f"positions_differ: 1 book .*{(book.key or b'').decode()[:10]}"):
        await copied(small, f"{small.settings.namespace}-g2", FEW)
    await small.engine.publish([Output(POSITIONS, b"foreign", b"foreign", partition=0)])
    with pytest.raises(Misconfigured, match=r"state_faulty: .* `insidertape state repair` repairs them"):
        await copied(small, f"{small.settings.namespace}-g2", FEW)
    for partition in range(2):
        await repair_partition(small.engine, partition)
    await copied(small, f"{small.settings.namespace}-g2", FEW)
