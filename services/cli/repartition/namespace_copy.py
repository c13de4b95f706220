"""`insidertape topics repartition`: all records in a new namespace, whose topics have another number of partitions.

A topic's partitions cannot be changed in place: keys would go to other partitions than their state. So every record is
copied to the partition it belongs to, and positions are computed again from the transactions. The old topics stay as
they are. Until all is copied and compared a marker keeps services from starting in the new namespace; a copy that was
interrupted is begun again.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from aiokafka.errors import InvalidProducerEpoch, ProducerFenced

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured, TakenOver
from contracts.topics import (
    ALERTS,
    DEAD_LETTERS,
    POSITIONS,
    TOPICS,
    WATCHER_CURSOR,
    Topic,
    topic_named,
)
from services.cli.repartition.copy_source import SERVICES, CopySource, read_source
from services.cli.repartition.relocation import Relocation, about
from services.cli.state.state_repair import StateCheck, check_state, repair_partition
from services.runtime.dead_letters import replayed_location
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.error_mapping import kafka_errors
from services.runtime.kafka.fenced_partition import refuse_members
from services.runtime.kafka.kafka_engine import KafkaEngine
from services.runtime.kafka.names import UNFINISHED
from services.runtime.kafka.topic_admin import apply_topics, delete_topics, describe_topics
from services.runtime.kafka.topic_copy import Address, TopicCopy, await_offsets, settled_spans
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.runtime.port import GROUP_PREFIX
from services.runtime.settings import KafkaSettings
from services.section16.wording import plural

_WRITER: Final = f"{GROUP_PREFIX}repartition"
_GENERATION: Final = re.compile(r"(?:(?P<stem>.+)-)?g(?P<number>[0-9]{1,9})")
_MAX_KEYS_LISTED: Final = 3

Report = Callable[[str], None]


def next_namespace(namespace: str) -> str:
    """Return the namespace of the next generation: `g2` follows the default one, and `acme-g3` follows `acme-g2`."""
    if not namespace:
        return "g2"
    if found := _GENERATION.fullmatch(namespace):
        stem = f"{found['stem']}-" if found["stem"] else ""
        return f"{stem}g{int(found['number']) + 1}"
    return f"{namespace}-g2"


async def repartition(settings: KafkaSettings, target: KafkaSettings, report: Report) -> None:
    """Copy everything from the namespace of `settings` into that of `target`, with its number of partitions.

    Raises:
        TakenOver: a service runs, or another repartition into the namespace was started.
        Misconfigured: one of the namespaces is not fit for it; the message says what to do.
        FatalError: the copy is not what was copied.
    """
    if settings.namespace == target.namespace:
        raise Misconfigured(ErrorCode.SAME_NAMESPACE, "the copy needs a different namespace; name one with --into")
    old = KafkaClients(settings)
    await old.broker.connect()
    with kafka_errors():
        source, replication = await read_source(old)
        new = KafkaClients(target.model_copy(update={"kafka_replication": replication}))
        for service in SERVICES.values():
            await refuse_members(new, service)
        count = plural(target.kafka_partitions, "partition")
        report(f"Copying {old.names.described} to {new.names.described}, with {count} in each topic.")
        async with _opened_writer(new) as writer:
            await _prepare(new, report)
            try:
                await _copy(source, new, writer, report)
                await _compute_positions(source, new, report)
                await source.require_unchanged()
                await delete_topics(new, [UNFINISHED])
            except BaseException:
                report(
                    f"The copy is not finished: no service starts in {new.names.described}, and {old.names.described} "
                    "is unchanged. Run the same command to start the copy over."
                )
                raise
    report(
        f"The topics of {old.names.described} are unchanged.\n"
        f"Next: set INSIDERTAPE_NAMESPACE={new.names.namespace} for every service and command, and start the services."
    )


@asynccontextmanager
async def _opened_writer(new: KafkaClients) -> AsyncIterator[TransactionalWriter]:
    """Open the only writer of copies into the namespace; an older one cannot write any more.

    Raises:
        TakenOver: a newer writer has fenced this one.
    """
    writer = await TransactionalWriter.open(new, _WRITER)
    try:
        yield writer
    except (ProducerFenced, InvalidProducerEpoch) as error:
        raise TakenOver(ErrorCode.FENCED, f"another repartition into {new.names.described} has taken over") from error
    finally:
        await writer.close()


async def _prepare(new: KafkaClients, report: Report) -> None:
    """Create the new topics, and the marker before them; what an interrupted copy has left is deleted first.

    Raises:
        Misconfigured: the namespace is in use.
    """
    described = await describe_topics(new, (*TOPICS, UNFINISHED))
    if described.pop(UNFINISHED, None) is None:
        await _require_unused(new, described)
        marker = KafkaClients(new.settings.model_copy(update={"kafka_partitions": 1}))
        await apply_topics(marker, [UNFINISHED])
    elif described:
        report(f"Deleting the topics of {new.names.described}, left by an unfinished copy.")
        await delete_topics(new, list(described))
    await apply_topics(new)


async def _require_unused(new: KafkaClients, present: Iterable[Topic]) -> None:
    if topics := list(present):
        names = ", ".join(map(new.names.topic, topics))
        raise Misconfigured(
            ErrorCode.NAMESPACE_IN_USE,
            f"{new.names.described} already has topics: {names}. If nobody needs them, delete them; "
            "otherwise give another namespace with --into",
        )


async def _copy(source: CopySource, new: KafkaClients, writer: TransactionalWriter, report: Report) -> None:
    """Copy every topic but the positions, and commit the offsets of the groups."""
    relocation = Relocation()
    followed = await _followed(source)
    for topic, service in SERVICES.items():
        copy = TopicCopy(topic, source.clients, new, followed[topic])
        await copy.add(writer, source.processed(topic), partial(relocation.of, topic))
        boundary = await copy.ends()
        await copy.add(writer, source.unprocessed(topic), partial(relocation.of, topic))
        _require_readable(copy, source)
        relocation.addresses[topic] = await copy.verify()
        await writer.write([], boundary, service.group)
        await await_offsets(new, service.group, boundary)
        _report(copy, source, new, report)
    for topic in (ALERTS, WATCHER_CURSOR, *DEAD_LETTERS):
        copy = TopicCopy(topic, source.clients, new, followed[topic])
        await copy.add(writer, source.spans[topic], partial(relocation.of, topic))
        relocation.addresses[topic] = await copy.verify()
        if followed[topic]:
            await copy.add(writer, source.spans[topic], partial(relocation.marker, topic))
            await copy.verify()
        _report(copy, source, new, report)


async def _followed(source: CopySource) -> dict[Topic, set[Address]]:
    """Return the addresses of the records that there are dead letters about, and of dead letters with markers."""
    followed: dict[Topic, set[Address]] = {topic: set() for topic in TOPICS}
    async for letter in KafkaEngine(source.clients.settings).read(DEAD_LETTERS, follow=False):
        if found := about(letter):
            followed[found[0]].add(found[1])
        if address := replayed_location(letter):
            followed[topic_named(letter.topic)].add(address)
    return followed


def _require_readable(copy: TopicCopy, source: CopySource) -> None:
    """Check that each record that cannot be read has been processed, so that there is a dead letter of it."""
    unprocessed = source.unprocessed(copy.topic)
    if lost := [each for each in copy.left_out if each.offset in unprocessed[each.partition]]:
        raise Misconfigured(
            ErrorCode.UNREADABLE_RECORD,
            f"{lost[0].location} cannot be read, and so not be copied: {lost[0].unreadable}. Start "
            f"{SERVICES[copy.topic].name} until it has made a dead letter of it, then stop it and run this again",
        )


def _report(copy: TopicCopy, source: CopySource, new: KafkaClients, report: Report) -> None:
    for record in copy.left_out:
        report(f"Left out, since it cannot be read: {record.location}: {record.unreadable}")
    names = source.clients.names.topic(copy.topic), new.names.topic(copy.topic)
    report(f"{plural(copy.count, 'record')} copied from {names[0]} to {names[1]}, and compared.")


async def _compute_positions(source: CopySource, new: KafkaClients, report: Report) -> None:
    """Compute the positions in the new namespace, and compare them with the old ones.

    A key that had a book in each of two partitions is not compared: neither was made from all of its transactions.

    Raises:
        Misconfigured: they differ.
    """
    engine = KafkaEngine(new.settings)
    for partition in range(new.settings.kafka_partitions):
        await repair_partition(engine, partition)
    await settled_spans(new, [POSITIONS])
    before, after = _digests(source.state), _digests(await check_state(engine))
    split = {key for key, digests in before.items() if len(digests) > 1}
    compared = (before.keys() | after.keys()) - split
    if differing := sorted(key for key in compared if before.get(key) != after.get(key)):
        named = ", ".join(key.decode("utf-8", "replace") for key in differing[:_MAX_KEYS_LISTED])
        raise Misconfigured(
            ErrorCode.POSITIONS_DIFFER,
            f"{plural(len(differing), 'book')} computed from the transactions are not what holdings has in "
            f"{source.clients.names.described}, among them {named}: an older version has made them. Run `insidertape "
            "state repair --all` there first, then this again",
        )
    report(
        f"{plural(len(after), 'book')} of positions computed from the transactions, "
        f"{len(after) - len(split):,} of them as before."
    )


def _digests(state: Mapping[int, StateCheck]) -> dict[bytes, set[bytes]]:
    """Return the digest of each book; of several books under one key, all."""
    found: dict[bytes, set[bytes]] = {}
    for check in state.values():
        for key, digest in check.digests.items():
            found.setdefault(key, set()).add(digest)
    return found
