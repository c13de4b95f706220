"""Repartitioning: everything is copied into a new namespace, and the services continue there."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka.admin import NewPartitions

from contracts.envelope import header_texts
from contracts.topics import (
    ALERTS,
    FILINGS,
    HOLDINGS_DEAD_LETTERS,
    PARSER_DEAD_LETTERS,
    POSITIONS,
    TOPICS,
    TRANSACTIONS,
    WATCHER_CURSOR,
    Topic,
)
from services.cli.repartition.relocation import COPIED_FROM
from services.cli.state.state_repair import repair_partition
from services.parser.processor import parser_service
from services.runtime.dead_letters import PREFIX
from services.runtime.port import Output, Record
from tests.integration.environments import Environment, by_key, contents, copied, everything, in_parts, new_environment
from tests.unit.cli.command import SAMPLES, insidertape

pytestmark = pytest.mark.kafka

PARTITIONS = 3
MORE = 5
MARKER = "insidertape_replayed"
COPIED = (FILINGS, TRANSACTIONS, ALERTS, WATCHER_CURSOR)


@pytest.fixture
def namespace() -> str:
    """Return a namespace that belongs to this test."""
    return f"t{uuid4().hex[:8]}"


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """Return three directories with the samples, in the order of their days."""
    return in_parts(tmp_path, sorted(SAMPLES.iterdir()), 3)


Outcome = tuple[dict[bytes | None, bytes], Counter[bytes]]
"""Books by key, and the count of each alert."""


@dataclass(frozen=True)
class Timeline:
    """The results of a copied environment, and of one with the new number of partitions from the start."""

    old: Environment
    untouched: bool
    last_line: str
    copied: dict[Topic, tuple[list[Record], list[Record]]]
    repairs: set[tuple[int, int, int]]
    new: Outcome
    always: Outcome
    routed: dict[Topic, dict[bytes | None, int]]


@pytest.fixture(scope="module")
def timeline(kafka_bootstrap: str, tmp_path_factory: pytest.TempPathFactory) -> Timeline:
    """Run the timeline: one part is processed before the copy, one only published before it, one comes afterwards."""
    parts = in_parts(tmp_path_factory.mktemp("samples"), sorted(SAMPLES.iterdir()), 3)
    return asyncio.run(run_timeline(kafka_bootstrap, f"t{uuid4().hex[:8]}", parts))


async def run_timeline(bootstrap: str, namespace: str, parts: Sequence[Path]) -> Timeline:
    """Run the timeline; each input topic also has two records that are not events."""
    old = await new_environment(bootstrap, namespace, partitions=PARTITIONS)
    always = await new_environment(bootstrap, f"{namespace}-always", partitions=MORE)
    poison = [Output(topic, key, b"poison") for topic in (FILINGS, TRANSACTIONS) for key in (b"a", b"b")]
    for environment in (old, always):
        await environment.engine.publish(poison)
        await environment.run(parts[0])
    (letter, *_) = await old.records(PARSER_DEAD_LETTERS)
    marker = ((MARKER, f"{letter.partition}@{letter.offset}".encode()),)
    await old.engine.publish([Output(PARSER_DEAD_LETTERS, None, None, marker, partition=letter.partition)])
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
    return Timeline(
        old=old,
        untouched=untouched,
        last_line=done.stdout.splitlines()[-1],
        copied=copied,
        repairs={(repair.quarantined, repair.deleted, repair.rebuilt) for repair in repairs},
        new=(await new.books(), await new.alerts()),
        always=(await always.books(), await always.alerts()),
        routed={topic: {r.key: r.partition for r in await always.records(topic)} for topic in COPIED},
    )


def test_services_continue_after_a_copy_as_if_the_number_of_partitions_had_never_changed(timeline: Timeline) -> None:
    """This covers positions and alerts from before the copy, from filings that were waiting, and from later ones."""
    assert timeline.new == timeline.always
    _, alerts = timeline.new
    assert set(alerts.values()) == {1}


def test_the_old_topics_and_offsets_are_unchanged(timeline: Timeline) -> None:
    """An operator can return to them; the last printed line says where to continue."""
    assert timeline.untouched
    assert f"set INSIDERTAPE_NAMESPACE={timeline.old.settings.namespace}-g2" in timeline.last_line


@pytest.mark.parametrize("topic", COPIED, ids=lambda topic: topic.name)
def test_copied_records_keep_bytes_times_and_order_and_are_in_their_issuers_partition(
    timeline: Timeline, topic: Topic
) -> None:
    """A filing is routed by the issuer in its text: its key alone would lead elsewhere."""
    before, after = timeline.copied[topic]
    assert after
    assert by_key(after) == by_key(before)
    assert {r.key: r.partition for r in after} == {r.key: timeline.routed[topic][r.key] for r in after}


def test_positions_are_recomputed_and_each_book_is_the_same(timeline: Timeline) -> None:
    """Their headers contain offsets of the old transactions, so they are not copied."""
    before, after = timeline.copied[POSITIONS]
    assert {record.key: record.value for record in after} == {record.key: record.value for record in before}
    assert len({record.key for record in after}) == len(after)


@pytest.mark.parametrize(("letters", "source"), [(PARSER_DEAD_LETTERS, FILINGS), (HOLDINGS_DEAD_LETTERS, TRANSACTIONS)])
def test_a_copied_dead_letter_names_the_copy_of_its_record(timeline: Timeline, letters: Topic, source: Topic) -> None:
    """`state repair` skips reports that are dead letters: it must not skip other records in their place."""
    originals = {(record.partition, record.offset): record for record in timeline.copied[source][1]}
    found = [letter for letter in timeline.copied[letters][1] if letter.value == b"poison"]
    assert len(found) == 2
    for letter in found:
        texts = header_texts(letter.headers)
        assert texts[f"{PREFIX}topic"] == source.name
        original = originals[int(texts[f"{PREFIX}partition"]), int(texts[f"{PREFIX}offset"])]
        assert (original.key, original.value) == (letter.key, b"poison")
        assert original.partition == letter.partition
        assert texts[COPIED_FROM].startswith(f"{timeline.old.settings.namespace}.{source.name}[")
    assert timeline.repairs == {(0, 0, 0)}


def test_a_copied_replay_marker_refers_to_the_copy_of_its_dead_letter(timeline: Timeline) -> None:
    """Otherwise another dead letter would count as replayed, and this one would be replayed twice."""
    before, after = timeline.copied[PARSER_DEAD_LETTERS]
    assert marked_letter(after) == marked_letter(before)


def marked_letter(records: Sequence[Record]) -> tuple[bytes | None, bytes | None]:
    """Return the key and value of the record that the only marker refers to."""
    (marker,) = (record for record in records if MARKER in header_texts(record.headers))
    place = header_texts(marker.headers)[MARKER]
    (letter,) = (record for record in records if f"{record.partition}@{record.offset}" == place)
    assert letter.partition == marker.partition
    return letter.key, letter.value


async def test_transactions_split_over_partitions_by_growth_in_place_are_merged_by_time(
    kafka_bootstrap: str, namespace: str, parts: list[Path]
) -> None:
    """Someone added partitions on the broker, so an issuer's later transactions went to another partition."""
    old = await new_environment(kafka_bootstrap, namespace, partitions=2)
    always = await new_environment(kafka_bootstrap, f"{namespace}-always", partitions=MORE)
    await old.run(parts[0], services=[parser_service()])
    async with old.clients.admin() as admin:
        names = [old.clients.names.topic(topic) for topic in TOPICS if topic is not WATCHER_CURSOR]
        await admin.create_partitions({name: NewPartitions(3) for name in names})
    await old.run(parts[1], parts[2], services=[parser_service()])
    places = {(record.key, record.partition) for record in await old.records(TRANSACTIONS)}
    assert len(places) > len({key for key, _ in places}), "no issuer was torn apart"
    new = await copied(old, f"{namespace}-g2", MORE)
    await new.run()
    for part in parts:
        await always.run(part)
    assert await new.books() == await always.books()
    assert await new.alerts() == await always.alerts()
