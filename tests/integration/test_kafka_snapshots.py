"""Snapshots of a service's state: a restart from one leads to the state that the topic gives, or to the topic."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from contracts.codes import ErrorCode
from contracts.errors import StateCorrupted
from contracts.topics import POSITIONS
from deploy.kafka.local import LocalKafka
from services.holdings.processor import HoldingsProcessor, holdings_service
from services.runtime.kafka import snapshot_keeper
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.kafka_engine import KafkaEngine
from services.runtime.kafka.topic_admin import apply_topics
from services.runtime.port import Output, Processed, Processor, Record
from services.runtime.settings import KafkaSettings, load
from services.runtime.snapshot_file import Description, read_snapshot, write_snapshot
from tests.broker import delete_topic, until_gone
from tests.chaos.deployments import KafkaDeployment
from tests.engines.arena import HOME, LATER, OPENED, PARTITIONS, ROES, SOLD, Arena
from tests.engines.bench import within
from tests.engines.processors import Numbers, Totals
from tests.unit.holdings.records import source

pytestmark = pytest.mark.kafka


_MOST = 900


class SavedTotals(Totals):
    """Totals that can be saved. `records_restored` counts the records of the topic that it was restored from."""

    snapshot_encoding = "json"

    def __init__(self, topics: Numbers) -> None:
        super().__init__(topics)
        self.records_restored = 0

    def restore(self, record: Record) -> None:
        """Restore a total, and count it."""
        super().restore(record)
        self.records_restored += 1

    def restored(self) -> None:
        """Refuse a total that no test adds up to."""
        if max(self.totals.values(), default=0) > _MOST:
            raise StateCorrupted(ErrorCode.VERSION_DOES_NOT_GROW, f"{self.totals} cannot be right")

    def save(self) -> Iterator[bytes]:
        """Return a frame per key."""
        return iter([json.dumps([key.decode(), total]).encode() for key, total in self.totals.items()])

    def load(self, frame: bytes) -> None:
        """Load a key."""
        key, total = json.loads(frame)
        self.totals[key.encode()] = total


@dataclass
class Machine:
    """A machine with a directory of snapshots, on which one member of the service runs at a time."""

    settings: KafkaSettings
    topics: Numbers
    directory: Path
    worked: list[SavedTotals] = field(default_factory=list)
    interval: float = 0.02

    @property
    def path(self) -> Path:
        """The snapshot of the only partition."""
        return self.directory / f"{self.topics.totals.name}-0.snapshot"

    def processor(self) -> Processor:
        """Return a processor that reports itself once it works."""
        machine = self

        class Working(SavedTotals):
            def process(self, record: Record) -> Processed:
                machine.worked.append(self)
                return super().process(record)

        return Working(self.topics)

    @asynccontextmanager
    async def member(self) -> AsyncIterator[KafkaEngine]:
        """Run a member."""
        chosen = {"snapshot_directory": self.directory, "snapshot_interval": self.interval}
        engine, stop = KafkaEngine(self.settings.model_copy(update=chosen)), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(engine.run(self.topics.service(self.processor), stop))
            yield engine
            stop.set()

    async def add(self, engine: KafkaEngine, *numbers: int) -> None:
        """Add numbers to the total of `a`, one transaction each, and wait until they are committed."""
        for number in numbers:
            async with aclosing(engine.read((self.topics.echoes,), follow=True, after=await self.ends(engine))) as read:
                await engine.publish([self.topics.number("a", number)])
                await within(anext(read))

    async def ends(self, engine: KafkaEngine) -> dict[tuple[str, int], int]:
        """Return the offsets after the echoes."""
        return dict(await engine.ends([self.topics.echoes]))

    async def saved(self, total: int) -> Description:
        """Wait for a snapshot with this total of `a`, and return its description."""
        async with asyncio.timeout(60):
            while True:
                await asyncio.sleep(0)
                try:
                    description, frames = read_snapshot(self.path)
                except FileNotFoundError:
                    continue
                if list(frames) == [_frame(total)]:
                    return description

    async def run(self, *numbers: int, total: int) -> Description:
        """Run a member that adds the numbers, until it has saved the total."""
        async with self.member() as engine:
            await self.add(engine, *numbers)
            return await self.saved(total)

    async def restart(self, number: int) -> SavedTotals:
        """Start a member, add a number, and return the processor that worked."""
        async with self.member() as engine:
            await self.add(engine, number)
        return self.worked[-1]


def _frame(total: int) -> bytes:
    return json.dumps(["a", total]).encode()


@pytest.fixture
async def machine(kafka_bootstrap: str, tmp_path: Path) -> Machine:
    """Return a machine for a service with one partition."""
    settings = load(KafkaSettings, kafka_bootstrap_servers=kafka_bootstrap, kafka_partitions=1)
    topics = Numbers()
    await apply_topics(KafkaClients(settings), topics.all)
    return Machine(settings, topics, tmp_path / "one")


async def test_restart_reads_only_the_records_after_the_snapshot(machine: Machine) -> None:
    """So it takes as long as the work of the last minutes, not as all that ever was."""
    await machine.run(1, 2, 3, total=6)
    restarted = await machine.restart(4)
    assert (restarted.totals, restarted.records_restored) == ({b"a": 10}, 0)
    assert (await machine.restart(5)).totals == {b"a": 15}


async def test_partition_that_was_elsewhere_continues_from_the_old_snapshot(machine: Machine, tmp_path: Path) -> None:
    """The records that another machine wrote in between are read from the topic."""
    await machine.run(1, 2, total=3)
    other = Machine(machine.settings, machine.topics, tmp_path / "other")
    await other.run(10, 20, total=33)
    returned = await machine.restart(100)
    assert (returned.totals, returned.records_restored) == ({b"a": 133}, 2)


async def test_idle_member_saves_what_it_did_last(machine: Machine) -> None:
    """Without another batch to wait for: a quiet night must not make the next start slow."""
    machine.interval = 1  # so that no snapshot is due when the second number is committed
    async with machine.member() as engine:
        await machine.add(engine, 1)
        await machine.saved(1)
        await machine.add(engine, 2)
        await machine.saved(3)


async def rewritten(machine: Machine, change: Callable[[Description], Description]) -> None:
    """Replace the snapshot by one with a wrong total, and the description changed."""
    description, _ = read_snapshot(machine.path)
    write_snapshot(machine.path, change(description), [_frame(999)])


def of_origin(**changes: object) -> Callable[[Description], Description]:
    """Return a change of a description's origin."""

    def change(description: Description) -> Description:
        return msgspec.structs.replace(description, origin=msgspec.structs.replace(description.origin, **changes))

    return change


def moved(offset: int, age_ms: int = 0) -> Callable[[Description], Description]:
    """Return a change of a description's offset and time."""

    def change(description: Description) -> Description:
        return msgspec.structs.replace(
            description, offset=description.offset + offset, taken_ms=description.taken_ms - age_ms
        )

    return change


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("foreign", of_origin(topic_id="00000000-0000-0000-0000-000000000001")),
        ("foreign", of_origin(partition=1)),
        ("foreign", of_origin(partitions=2)),
        ("version", of_origin(encoding="another")),
        ("outside", moved(1_000)),
        ("outside", moved(-1_000)),
        ("expired", moved(0, snapshot_keeper.LIFETIME_MS + 60_000)),
        ("expired", moved(0, -3_600_000)),
    ],
    ids=["topic", "partition", "partitions", "version", "ahead", "behind", "old", "future"],
)
async def test_snapshot_that_does_not_fit_is_dropped_and_the_topic_is_read(
    machine: Machine, reason: str, change: Callable[[Description], Description]
) -> None:
    """It would put a wrong total in place of the right one."""
    await machine.run(1, 2, total=3)
    await rewritten(machine, change)
    with capture_logs() as logs:
        restarted = await machine.restart(4)
    assert (restarted.totals, restarted.records_restored) == ({b"a": 7}, 2)
    assert [line["reason"] for line in logs if line["event"] == "snapshot_dropped"] == [reason]


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[:-40] + b"x" + data[-39:], lambda _: b""])
async def test_torn_snapshot_is_dropped_and_the_topic_is_read(
    machine: Machine, damage: Callable[[bytes], bytes]
) -> None:
    """A disk that fills up or fails must cost a slow start only."""
    await machine.run(1, 2, total=3)
    machine.path.write_bytes(damage(machine.path.read_bytes()))
    leftover = machine.path.with_name(f"{machine.path.name}killed.tmp")
    leftover.write_bytes(b"a part")
    with capture_logs() as logs:
        restarted = await machine.restart(4)
    assert (restarted.totals, restarted.records_restored) == ({b"a": 7}, 2)
    assert len([line for line in logs if line["event"] == "snapshot_dropped"]) == 1
    assert not leftover.exists()


async def test_snapshot_that_the_processor_cannot_read_is_dropped(machine: Machine) -> None:
    """A version that forgot to name its encoding another way must not end the service at each start."""
    description = await machine.run(1, 2, total=3)
    write_snapshot(machine.path, description, [_frame(999), b"no frame"])
    with capture_logs() as logs:
        restarted = await machine.restart(4)
    assert (restarted.totals, restarted.records_restored) == ({b"a": 7}, 2)
    assert [line["reason"] for line in logs if line["event"] == "snapshot_dropped"] == ["version"]


async def test_snapshot_that_the_later_records_contradict_is_dropped(machine: Machine) -> None:
    """An earlier broker may have lost records after the snapshot was taken, and written others in their place."""
    description = await machine.run(1, 2, total=3)
    write_snapshot(machine.path, description, [_frame(999)])
    with capture_logs() as logs:
        restarted = await machine.restart(4)
    assert (restarted.totals, restarted.records_restored) == ({b"a": 7}, 2)
    assert [line["reason"] for line in logs if line["event"] == "snapshot_dropped"] == ["contradicted"]


async def test_topic_that_was_created_again_does_not_get_the_old_state(machine: Machine) -> None:
    """It has the same name and enough records, but another id."""
    await machine.run(1, 2, 3, total=6)
    for topic in machine.topics.all:
        await delete_topic(machine.settings.kafka_bootstrap_servers, topic.name)
        await until_gone(machine.settings.kafka_bootstrap_servers, topic.name)
    await apply_topics(KafkaClients(machine.settings), machine.topics.all)
    with capture_logs() as logs:
        assert (await machine.restart(5)).totals == {b"a": 5}
    assert [line["reason"] for line in logs if line["event"] == "snapshot_dropped"] == ["foreign"]


async def test_no_snapshot_is_taken_after_another_producer_has_written_to_the_state(machine: Machine) -> None:
    """The next start must read that record, since only it can tell whether the state can still be used."""
    async with machine.member() as engine:
        await machine.add(engine, 1)
        await machine.saved(1)
        await engine.publish([Output(machine.topics.totals, b"b", b"50")])
        with capture_logs() as logs:
            await machine.add(engine, 2)
        assert [line["event"] for line in logs if line["event"].startswith("snapshots_")] == ["snapshots_suspended"]
    restarted = await machine.restart(3)
    assert (restarted.totals, restarted.records_restored) == ({b"a": 6, b"b": 50}, 2)


async def test_books_loaded_from_a_snapshot_equal_those_read_from_the_topic(
    modules_kafka: LocalKafka, tmp_path: Path
) -> None:
    """Byte for byte as they are in memory, so the next report has the same outputs."""
    deployment = KafkaDeployment(modules_kafka, partitions=PARTITIONS)
    await deployment.prepare()
    chosen = {"snapshot_directory": tmp_path, "snapshot_interval": 0.02}
    arena = Arena(tmp_path, KafkaEngine(deployment.clients.settings.model_copy(update=chosen)))
    path, loaded, stop = tmp_path / f"{POSITIONS.name}-{HOME}.snapshot", HoldingsProcessor(), asyncio.Event()
    await arena.publish(OPENED, ROES, b"no report", SOLD)
    async with asyncio.TaskGroup() as group, asyncio.timeout(60):
        group.create_task(arena.engine.run(holdings_service(), stop))
        while loaded.source_offset < 3:
            await asyncio.sleep(0)
            if path.exists():
                loaded = HoldingsProcessor()
                for frame in read_snapshot(path)[1]:
                    loaded.load(frame)
        stop.set()
    read = HoldingsProcessor()
    for record in await arena.records(POSITIONS):
        read.restore(record)
    assert loaded._books._compressed == read._books._compressed
    assert loaded.process(source(LATER, 4)).outputs == read.process(source(LATER, 4)).outputs


async def test_lost_directory_costs_lines_in_the_log_and_nothing_else(machine: Machine) -> None:
    """The topic is the state; snapshots only save time."""
    with capture_logs() as logs:
        async with machine.member() as engine:
            await machine.add(engine, 1)
            await machine.saved(1)
            shutil.rmtree(machine.directory)
            await machine.add(engine, 2)
            async with asyncio.timeout(60):
                while not any(line["event"] == "snapshot_failed" for line in logs):  # noqa: ASYNC110 - writes on its own
                    await asyncio.sleep(0)
            await machine.add(engine, 3)
    assert machine.worked[-1].totals == {b"a": 6}
