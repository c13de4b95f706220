"""The limit on dead letters across restarts, on both engines: a supervisor must not empty a topic into them."""

import json

import pytest

from contracts.errors import TooManyDeadLetters
from services.runtime.dead_letter_limit import WINDOW, history_of
from services.runtime.dead_letters import replay_marker
from services.runtime.port import Processed, Record
from tests.engines.bench import Bench
from tests.engines.processors import Totals

KEYS = [f"key-{n}" for n in range(16)]
SHARE = 0.5


class FixedTotals(Totals):
    """Stands for a fixed version: it can process what the earlier version could not."""

    def process(self, record: Record) -> Processed:
        """Take the length of a text for a number."""
        text = json.loads(record.value or b"null")
        number = json.dumps(len(text) if isinstance(text, str) else text).encode()
        return super().process(Record(record.topic, record.partition, record.offset, record.key, number))


async def publish(bench: Bench, *values: object, count: int) -> None:
    """Publish `count` records, taking the values in turn, over all partitions."""
    await bench.engine().publish(
        [bench.topics.number(KEYS[n % len(KEYS)], values[n % len(values)]) for n in range(count)]
    )


async def run_until_stopped(bench: Bench) -> str:
    """Run the service in a new process until the limit stops it, and return the error message."""
    with pytest.raises(TooManyDeadLetters) as raised:
        await bench.drain(bench.topics.service(), bench.engine(dead_letter_share=SHARE))
    return raised.value.message


async def test_restarts_of_a_failing_service_make_at_most_one_window_of_dead_letters(bench: Bench) -> None:
    """The number of restarts must not matter. The error says why the service stopped and what to do."""
    await publish(bench, "poison", count=2 * WINDOW)
    first = await run_until_stopped(bench)
    assert "(no_number 1000)" in first
    assert "INSIDERTAPE_DEAD_LETTER_SHARE=1" in first
    drained = await bench.records(bench.topics.dead_letters)
    for _ in range(4):
        await run_until_stopped(bench)
    letters = await bench.records(bench.topics.dead_letters)
    assert len(drained) <= len(letters) < WINDOW


async def test_a_fixed_service_continues_after_the_limit_stopped_it(bench: Bench) -> None:
    """Nothing has to be reset, and each record has one result: a number or a dead letter."""
    topics = bench.topics
    await publish(bench, 1, "poison", "poison", count=3 * WINDOW)
    await run_until_stopped(bench)
    await run_until_stopped(bench)
    dead = len(await bench.records(topics.dead_letters))
    await publish(bench, 1, 1, [], count=60)  # some of the new records are invalid for any version
    repaired = topics.service(lambda: FixedTotals(topics))
    await bench.drain(repaired, bench.engine(dead_letter_share=SHARE))
    assert len(await bench.records(topics.dead_letters)) == dead + 20
    assert len(await bench.values(topics.echoes)) == 3 * WINDOW + 40 - dead


async def test_dead_letters_are_in_their_records_partition_and_the_last_has_the_history(bench: Bench) -> None:
    """The next owner of the partition looks for it there, past markers and foreign records."""
    topics = bench.topics
    await publish(bench, "poison", count=160)
    await bench.drain(topics.service(), bench.engine(dead_letter_share=SHARE))
    letters = await bench.records(topics.dead_letters)
    records = {(record.partition, record.offset) for record in await bench.records(topics.numbers)}
    places = [json.loads(dict(each.headers)["__connect.errors.offset"] or b"") for each in letters]
    assert {(each.partition, offset) for each, offset in zip(letters, places, strict=True)} == records
    histories = [history for each in letters if (history := history_of(each))]
    assert max(len(history.outcomes) for history in histories) == 160

    partitions = {each.partition for each in letters}
    await bench.engine().publish([replay_marker(topics.dead_letters, p, 0) for p in partitions for _ in range(40)])
    await publish(bench, "poison", count=WINDOW)
    assert f"of the last {WINDOW} records" in await run_until_stopped(bench)
    assert len(await bench.records(topics.dead_letters)) < WINDOW + 40 * len(partitions)
