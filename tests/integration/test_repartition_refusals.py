"""When there is no copy, or half of one: what is refused, what an interruption leaves, and how it is begun again."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from contracts.errors import InsidertapeError, Misconfigured, TransientError
from contracts.topics import ALERTS, FILINGS, TRANSACTIONS, WATCHER_CURSOR
from services.cli import repartition as repartition_module
from services.parser.processor import parser_service
from services.runtime.kafka_copy import TopicCopy
from services.runtime.kafka_writer import TransactionalWriter
from services.runtime.port import Output
from tests.engines.bench import within
from tests.integration.environments import SERVICES, Environment, by_key, copied, everything, in_parts, new_environment
from tests.unit.cli.command import SAMPLES, insidertape

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


Interrupted = Callable[[pytest.MonkeyPatch], None]


def failing(owner: object, name: str, at: int) -> Interrupted:
    """Make one call of a function fail, as though the process had died there."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        original, calls = getattr(owner, name), [0]

        async def fail(*args: object, **kwargs: object) -> object:
            calls[0] += 1
            if calls[0] == at:
                raise TransientError("test", "interrupted")
            return await original(*args, **kwargs)

        monkeypatch.setattr(owner, name, fail)

    return patch


INTERRUPTIONS = {
    "before the topics are there": failing(repartition_module, "apply_topics", 2),
    "after the filings": failing(TopicCopy, "verify", 1),
    "among the dead letters": failing(TopicCopy, "verify", 5),
    "among the positions": failing(repartition_module, "repair_partition", 2),
    "before the marker is deleted": failing(repartition_module, "delete_topics", 2),
}


async def test_an_interrupted_copy_leaves_the_old_as_it_was_and_no_service_starts_on_it_until_it_is_made_again(
    small: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a copy would give alerts anew, or none: wherever it ended, the same command begins it again."""
    before = await everything(small)
    into = f"{small.settings.namespace}-g2"
    target = Environment(small.settings.model_copy(update={"namespace": into, "kafka_partitions": FEW}))
    for where, interrupted in INTERRUPTIONS.items():
        with monkeypatch.context() as patched:
            interrupted(patched)
            with pytest.raises(TransientError, match="interrupted"):
                await copied(small, into, FEW)
        assert await everything(small) == before, where
        with pytest.raises(Misconfigured, match=f"unfinished_copy: namespace {into} "):
            await within(target.engine.run(SERVICES[1], asyncio.Event()))
    with pytest.raises(Misconfigured, match="unfinished_copy"):
        await target.run(SAMPLES, services=())
    with pytest.raises(Misconfigured, match="unfinished_copy"):
        await target.engine.publish([Output(FILINGS, b"k", b"v")])
    checked = insidertape("topics", "check", **target.variables)
    assert (checked.returncode, "part of a copy" in checked.stderr) == (1, True)

    await copied(small, into, FEW)
    assert await everything(small) == before
    assert await target.books() == await small.books()
    for topic in (FILINGS, TRANSACTIONS, ALERTS, WATCHER_CURSOR):
        assert by_key(await target.records(topic)) == by_key(await small.records(topic))
    await target.run()
    assert await target.alerts() == await small.alerts()


async def test_a_copy_is_refused_while_a_service_runs(small: Environment) -> None:
    """What it does meanwhile would be in the old topics alone."""
    stop = asyncio.Event()
    running = asyncio.create_task(small.engine.run(parser_service(), stop))
    await within(until_a_member_is_there(small))
    with pytest.raises(Misconfigured, match="service_runs: parser runs"):
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
        with pytest.raises(Misconfigured, match=f"fenced: another repartition into namespace {target.namespace}"):
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
