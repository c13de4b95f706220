"""The figures of `insidertape status`, the same on both engines: lag, dead letters by code, and the state."""

import asyncio
import hashlib
import json
from pathlib import Path

import pytest

from contracts.topics import HOLDINGS_DEAD_LETTERS, POSITIONS, TRANSACTIONS
from services.runtime.embedded import log_status
from services.runtime.kafka import broker_status
from services.runtime.port import Output
from services.runtime.status import Count
from tests.engines.arena import LATER, OPENED, PARTITIONS, Arena
from tests.engines.bench import Bench, within
from tests.unit.cli.command import insidertape


async def test_lag_is_0_when_all_is_processed_and_10_with_10_unread_records(bench: Bench) -> None:
    """Each record is in its own transaction: there is one marker per record, and markers do not count."""
    engine, service = bench.engine(), bench.topics.service()
    standing = await engine.group_status(service)
    assert (standing.members, standing.partitions, standing.lag) == (0, 4, Count(0))
    for number in range(3):
        await engine.publish([bench.topics.number("one", number)])
    await bench.drain(service)
    assert (await engine.group_status(service)).lag == Count(0)
    for number in range(10):
        await engine.publish([bench.topics.number(f"key-{number % 3}", number)])
    assert (await engine.group_status(service)).lag == Count(10)


async def test_lag_of_a_very_large_topic_is_an_upper_bound_only_on_kafka(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The figure is marked as a bound. The embedded engine's offsets have no gaps, so its lag is always exact."""
    monkeypatch.setattr(broker_status, "MOST_READ", 5)
    monkeypatch.setattr(log_status, "MOST_READ", 5)
    engine = bench.engine()
    for number in range(10):
        await engine.publish([bench.topics.number("one", number)])
    lag = (await engine.group_status(bench.topics.service())).lag
    assert lag in {Count(10), Count(20, exact=False)}
    assert lag.exact == (await _is_embedded(bench))


async def _is_embedded(bench: Bench) -> bool:
    ends = await bench.engine().ends((bench.topics.numbers,))
    return sum(ends.values()) == 10  # there are no markers


async def test_running_member_is_counted(bench: Bench) -> None:
    """After it has left the group, the count is 0 again."""
    stop, service, watch = asyncio.Event(), bench.topics.service(), bench.engine()
    running = asyncio.create_task(bench.engine().run(service, stop))

    async def come(members: int) -> None:
        while (await watch.group_status(service)).members != members:  # noqa: ASYNC110 - polls, as a person does
            await asyncio.sleep(0.05)

    await within(come(1))
    stop.set()
    await within(running)
    await within(come(0))


async def test_topics_are_counted_without_markers_and_keys_without_deleted_ones(arena: Arena) -> None:
    """There are four input records, one dead letter, and two books, one of which is deleted."""
    found = await arena.engine.topic_status((TRANSACTIONS, HOLDINGS_DEAD_LETTERS, POSITIONS))
    assert found[TRANSACTIONS.name].records == Count(4)
    letters = found[HOLDINGS_DEAD_LETTERS.name]
    assert (letters.records, letters.codes) == (Count(1), {"not_of_contract": 1})
    assert letters.first is not None
    assert letters.first == letters.latest
    assert found[POSITIONS.name].keys == 2
    book = next(iter(await arena.books()))
    await arena.engine.publish([Output(POSITIONS, book, None, routing=OPENED.issuer.key.encode())])
    assert (await arena.engine.topic_status((POSITIONS,)))[POSITIONS.name].keys == 1


async def test_command_shows_everything_and_fails_only_if_no_service_processes_the_input(arena: Arena) -> None:
    """Dead letters alone are not a failure; a report that waits for a service that does not run is one."""
    done = await asyncio.to_thread(insidertape, "status", *arena.options)
    assert done.returncode == 0, done.stderr
    assert "1 dead letter (1 not_of_contract), the first" in done.stdout
    assert "state of 2 books" in done.stdout
    await arena.publish(LATER)
    waiting = await asyncio.to_thread(insidertape, "status", *arena.options, "--format", "jsonl")
    assert waiting.returncode == 1
    rows = {row["part"]: row for row in map(json.loads, waiting.stdout.splitlines())}
    holdings = rows["holdings"]
    assert (holdings["lag"], holdings["lag_exact"], holdings["members"]) == (1, True, 0)
    assert (holdings["partitions"], holdings["group"]) == (PARTITIONS, "insidertape.holdings")
    assert holdings["needs_attention"]
    assert not rows["parser"]["needs_attention"]
    assert rows[TRANSACTIONS.name]["records"] == 5


async def test_command_writes_nothing(arena: Arena) -> None:
    """A user with read access only may run it next to the services."""
    if not isinstance(arena.place, Path):
        pytest.skip("on Kafka nothing that it opens could write: no producer, no group")
    await arena.engine.close()
    before = _digests(arena.place)
    assert insidertape("status", *arena.options).returncode == 0
    assert _digests(arena.place) == before


def _digests(directory: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(directory.iterdir())}
