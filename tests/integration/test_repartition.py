"""To another number of partitions: everything copied into a new namespace, and the services go on there."""

import asyncio
import shutil
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import NewPartitions, RecordsToDelete

from contracts.envelope import header_texts
from contracts.errors import InsidertapeError, Misconfigured, TransientError
from contracts.topics import (
    ALERTS,
    DEAD_LETTERS,
    FILINGS,
    HOLDINGS_DEAD_LETTERS,
    PARSER_DEAD_LETTERS,
    POSITIONS,
    TOPICS,
    TRANSACTIONS,
    WATCHER_CURSOR,
    Topic,
)
from services.cli import repartition as repartition_module
from services.cli.relocation import COPIED_FROM
from services.cli.repartition import repartition
from services.cli.state import repair_partition
from services.parser.processor import parser_service
from services.runtime.dead_letters import PREFIX
from services.runtime.kafka_copy import TopicCopy
from services.runtime.kafka_writer import TransactionalWriter
from services.runtime.port import Output, Record
from tests.engines.bench import within
from tests.integration.environments import SERVICES, Environment, new_environment
from tests.unit.cli.command import SAMPLES, insidertape

pytestmark = pytest.mark.kafka

PARTITIONS = 3
MORE = 5
FEW = 2
COPIED = tuple(topic for topic in (FILINGS, TRANSACTIONS, ALERTS, WATCHER_CURSOR, *DEAD_LETTERS))


@pytest.fixture
def namespace() -> str:
    """A namespace of the test's own."""
    return f"t{uuid4().hex[:8]}"


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """The samples in three directories, in the order of their days."""
    return in_parts(tmp_path, sorted(SAMPLES.iterdir()), 3)


@pytest.fixture
async def small(kafka_bootstrap: str, namespace: str, tmp_path: Path) -> Environment:
    """An environment with three filings, processed, and a record that is not one."""
    environment = await new_environment(kafka_bootstrap, namespace, partitions=2)
    (directory,) = in_parts(tmp_path, sorted(SAMPLES.glob("*quillmark*"))[:3], 1)
    await environment.engine.publish([Output(FILINGS, b"poison", b"not a filing")])
    await environment.run(directory)
    return environment


def in_parts(directory: Path, files: Iterable[Path], count: int) -> list[Path]:
    """Copy the files into so many directories, in order."""
    listed = list(files)
    parts = [directory / str(number) for number in range(count)]
    for number, part in enumerate(parts):
        part.mkdir()
        for file in listed[number * len(listed) // count : (number + 1) * len(listed) // count]:
            shutil.copy2(file, part)
    return parts


def by_key(records: Iterable[Record]) -> dict[bytes | None, list[tuple[object, ...]]]:
    """The records of each key in their order, without their addresses."""
    found: dict[bytes | None, list[tuple[object, ...]]] = defaultdict(list)
    for record in records:
        found[record.key].append((record.value, record.headers, record.timestamp_ms))
    return found


async def contents(environment: Environment, topic: Topic) -> list[Record]:
    """The records of the topic, partition by partition."""
    records = await environment.records(topic)
    return sorted(records, key=lambda record: (record.partition, record.offset))


async def everything(environment: Environment) -> tuple[object, ...]:
    """All records of an environment, and where its groups stand."""
    read = [record async for record in environment.engine.read(TOPICS, follow=False)]
    records = sorted(read, key=lambda record: (record.topic, record.partition, record.offset))
    committed = [
        await environment.clients.committed(service.group, await environment.clients.partitions(service.source))
        for service in SERVICES
    ]
    return records, committed


async def copied(environment: Environment, into: str, partitions: int = MORE) -> Environment:
    """Copy the environment into another namespace."""
    target = Environment(environment.settings.model_copy(update={"namespace": into, "kafka_partitions": partitions}))
    await within(repartition(environment.settings, target.settings, lambda _: None))
    return target


Outcome = tuple[dict[bytes | None, bytes], Counter[bytes]]
"""Books and alerts."""


@dataclass(frozen=True)
class Story:
    """What became of one environment that was copied, and of another that had so many partitions from the beginning."""

    old: Environment
    untouched: bool
    last_line: str
    copied: dict[Topic, tuple[list[Record], list[Record]]]
    repairs: set[tuple[int, int, int]]
    new: Outcome
    always: Outcome
    routed: dict[Topic, dict[bytes | None, int]]


@pytest.fixture(scope="module")
def story(kafka_bootstrap: str, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The first part is processed before the copy, the second only published, the third comes after."""
    parts = in_parts(tmp_path_factory.mktemp("samples"), sorted(SAMPLES.iterdir()), 3)
    return asyncio.run(tell(kafka_bootstrap, f"t{uuid4().hex[:8]}", parts))


async def tell(bootstrap: str, namespace: str, parts: Sequence[Path]) -> Story:
    """Go through the story; among the records are two of each input topic that are not events."""
    old = await new_environment(bootstrap, namespace, partitions=PARTITIONS)
    always = await new_environment(bootstrap, f"{namespace}-always", partitions=MORE)
    poison = [Output(topic, key, b"poison") for topic in (FILINGS, TRANSACTIONS) for key in (b"a", b"b")]
    for environment in (old, always):
        await environment.engine.publish(poison)
        await environment.run(parts[0])
    await old.run(parts[1], services=())
    before = await everything(old)
    done = insidertape("topics", "repartition", "--to", str(MORE), **old.variables)
    assert done.returncode == 0, done.stderr
    new = Environment(old.settings.model_copy(update={"namespace": f"{namespace}-g2", "kafka_partitions": MORE}))
    copied = {topic: (await contents(old, topic), await contents(new, topic)) for topic in TOPICS}
    repairs = [await repair_partition(new.engine, partition) for partition in range(MORE)]
    untouched = await everything(old) == before
    await new.run()
    await new.run(parts[2])
    for part in parts[1:]:
        await always.run(part)
    return Story(
        old=old,
        untouched=untouched,
        last_line=done.stdout.splitlines()[-1],
        copied=copied,
        repairs={(repair.quarantined, repair.deleted, repair.rebuilt) for repair in repairs},
        new=(await new.books(), await new.alerts()),
        always=(await always.books(), await always.alerts()),
        routed={topic: {r.key: r.partition for r in await always.records(topic)} for topic in COPIED},
    )


def test_services_go_on_in_more_partitions_as_if_there_had_always_been_so_many(story: Story) -> None:
    """Positions and alerts of before, of the filings that were waiting, and of those that came after."""
    assert story.new == story.always
    _, alerts = story.new
    assert set(alerts.values()) == {1}


def test_the_old_topics_and_offsets_stay_as_they_were(story: Story) -> None:
    """They are what one goes back to; and the last line printed says where to go on."""
    assert story.untouched
    assert f"set INSIDERTAPE_NAMESPACE={story.old.settings.namespace}-g2" in story.last_line


@pytest.mark.parametrize("topic", [FILINGS, TRANSACTIONS, ALERTS, WATCHER_CURSOR], ids=lambda topic: topic.name)
def test_records_keep_their_bytes_times_and_order_and_come_to_the_partition_of_their_issuer(
    story: Story, topic: Topic
) -> None:
    """A filing is routed by the issuer in its text: its key alone would take it elsewhere."""
    before, after = story.copied[topic]
    assert after
    assert by_key(after) == by_key(before)
    assert {r.key: r.partition for r in after} == {r.key: story.routed[topic][r.key] for r in after}


def test_positions_are_computed_again_and_each_book_is_as_it_was(story: Story) -> None:
    """Their headers have offsets of the old transactions, so they are not copied."""
    before, after = story.copied[POSITIONS]
    assert {record.key: record.value for record in after} == {record.key: record.value for record in before}
    assert len({record.key for record in after}) == len(after)


@pytest.mark.parametrize(("letters", "source"), [(PARSER_DEAD_LETTERS, FILINGS), (HOLDINGS_DEAD_LETTERS, TRANSACTIONS)])
def test_a_copied_dead_letter_names_the_copy_of_its_record(story: Story, letters: Topic, source: Topic) -> None:
    """`state repair` passes over the reports that are dead letters: it must not pass over others in their place."""
    originals = {(record.partition, record.offset): record for record in story.copied[source][1]}
    found = [letter for letter in story.copied[letters][1] if letter.value == b"poison"]
    assert len(found) == 2
    for letter in found:
        texts = header_texts(letter.headers)
        assert texts[f"{PREFIX}topic"] == source.name
        original = originals[int(texts[f"{PREFIX}partition"]), int(texts[f"{PREFIX}offset"])]
        assert (original.key, original.value) == (letter.key, b"poison")
        assert original.partition == letter.partition
        assert texts[COPIED_FROM].startswith(f"{story.old.settings.namespace}.{source.name}[")
    assert story.repairs == {(0, 0, 0)}


async def test_an_issuer_that_growth_in_place_has_torn_apart_is_put_together_in_the_order_of_time(
    kafka_bootstrap: str, namespace: str, parts: list[Path]
) -> None:
    """Someone added partitions on the broker: later transactions of an issuer went to others than earlier ones."""
    old = await new_environment(kafka_bootstrap, namespace, partitions=2)
    always = await new_environment(kafka_bootstrap, f"{namespace}-always", partitions=MORE)
    await old.run(parts[0])
    async with old.clients.admin() as admin:
        names = [old.clients.names.topic(topic) for topic in (TRANSACTIONS, ALERTS, FILINGS)]
        await admin.create_partitions({name: NewPartitions(3) for name in names})
    await old.run(parts[1], parts[2], services=[parser_service()])
    new = await copied(old, f"{namespace}-g2")
    await new.run()
    for part in parts:
        await always.run(part)
    assert await new.books() == await always.books()
    assert await new.alerts() == await always.alerts()


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
        await copied(small, f"{small.settings.namespace}-g2")
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
        await copied(small, f"{small.settings.namespace}-g2")


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
        await copied(small, target.namespace)


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
            await copied(small, target.namespace)
    finally:
        for writer in usurper:
            await writer.close()


async def test_a_namespace_that_is_in_use_is_not_copied_into(small: Environment) -> None:
    """Only what this command has begun is deleted to begin it again."""
    other = await new_environment(small.bootstrap, f"{small.settings.namespace}-g2", partitions=MORE)
    await other.engine.publish([Output(FILINGS, b"precious", b"precious")])
    with pytest.raises(Misconfigured, match=r"namespace_in_use: .* already has topics: .*; .*--into"):
        await copied(small, other.settings.namespace)
    assert [record.key for record in await other.records(FILINGS)] == [b"precious"]
    with pytest.raises(Misconfigured, match="same_namespace"):
        await copied(small, small.settings.namespace)


async def test_without_all_transactions_there_is_no_copy(small: Environment) -> None:
    """Retention or an operator has deleted some: positions cannot be computed from the rest."""
    (first, *_) = await small.records(TRANSACTIONS)
    partition = TopicPartition(small.clients.names.topic(TRANSACTIONS), first.partition)
    async with small.clients.admin() as admin:
        await admin.delete_records({partition: RecordsToDelete(before_offset=first.offset + 1)})
    with pytest.raises(Misconfigured, match=f"transactions_deleted: partition {first.partition} of .* begins at"):
        await copied(small, f"{small.settings.namespace}-g2")


async def test_a_missing_topic_is_named_and_nothing_is_created(kafka_bootstrap: str, namespace: str) -> None:
    """The old namespace may be the wrong one: a typing error must not look like an empty environment."""
    environment = await new_environment(kafka_bootstrap, namespace, partitions=1)
    wrong = Environment(environment.settings.model_copy(update={"namespace": f"{namespace}x"}))
    with pytest.raises(Misconfigured, match=f"unfit_topics: {namespace}x.{FILINGS.name} is missing"):
        await copied(wrong, f"{namespace}-g2")
    assert await Environment(wrong.settings.model_copy(update={"namespace": f"{namespace}-g2"})).topics() == set()
