"""The guarantees that every engine gives a service, checked on the embedded engine and on a real Apache Kafka."""

import asyncio
import json
from collections import Counter
from contextlib import aclosing
from functools import partial

import pytest

from contracts.envelope import header_texts
from contracts.errors import TooManyDeadLetters, TransientError
from services.runtime.dead_letters import PREFIX
from services.runtime.port import Processed, Record, SourceService
from tests.engines.bench import Bench, within
from tests.engines.processors import CountingSource, Numbers, Totals

KEYS = [f"key-{n}" for n in range(6)]


class Crash(Exception):
    """Stands for any defect."""


async def publish_numbers(bench: Bench, count: int = 60) -> None:
    """Publish 0 to count - 1, spread over the keys."""
    await bench.engine().publish([bench.topics.number(KEYS[n % len(KEYS)], n) for n in range(count)])


async def expect_each_number_once(bench: Bench, count: int = 60) -> None:
    """Check that every number was echoed once, in order within its key, and is in the totals."""
    echoes = await bench.values(bench.topics.echoes)
    for place, key in enumerate(KEYS):
        assert [value for k, value in echoes if k == key] == list(range(place, count, len(KEYS)))
    totals = dict(await bench.values(bench.topics.totals))
    assert totals == {key: sum(range(place, count, len(KEYS))) for place, key in enumerate(KEYS)}


async def test_records_of_a_key_are_processed_in_order_and_once(bench: Bench) -> None:
    """The plain case: every record is processed once, in order within its key."""
    await publish_numbers(bench)
    await bench.drain(bench.topics.service())
    await expect_each_number_once(bench)


async def test_a_group_continues_after_its_last_commit(bench: Bench) -> None:
    """A second run must not process any record of the first again."""
    await publish_numbers(bench)
    await bench.drain(bench.topics.service())
    await bench.drain(bench.topics.service())
    await expect_each_number_once(bench)


async def test_state_is_restored_before_the_first_record(bench: Bench) -> None:
    """A new member continues from the totals of the old one."""
    await bench.engine().publish([bench.topics.number("key-0", 40)])
    await bench.drain(bench.topics.service())
    await bench.engine().publish([bench.topics.number("key-0", 2)])
    await bench.drain(bench.topics.service())
    assert dict(await bench.values(bench.topics.totals)) == {"key-0": 42}


async def test_a_crash_while_processing_commits_nothing_of_the_batch(bench: Bench) -> None:
    """A defect stops the service without a commit; the next start processes the whole batch, once."""
    await publish_numbers(bench)

    class Crashing(Totals):
        def process(self, record: Record) -> Processed:
            if json.loads(record.value or b"0") == 33:
                raise Crash
            return super().process(record)

    with pytest.raises(Crash):
        await bench.drain(bench.topics.service(lambda: Crashing(bench.topics)))
    await bench.drain(bench.topics.service())
    await expect_each_number_once(bench)


async def test_outputs_and_offsets_are_committed_together(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash after the outputs are written but before the commit leaves neither outputs nor offsets."""
    await bench.engine().publish([bench.topics.number("one", n) for n in range(10)])
    with bench.failing_commits(monkeypatch, Crash()), pytest.raises(Crash):
        await bench.drain(bench.topics.service())
    assert await bench.values(bench.topics.echoes) == []
    assert not await bench.engine().caught_up(bench.topics.service())
    await bench.drain(bench.topics.service())
    assert await bench.values(bench.topics.echoes) == [("one", n) for n in range(10)]


async def test_after_a_failed_commit_the_state_is_the_committed_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine retries by itself, and must not start from the state of the failed batch."""
    await publish_numbers(bench)
    error = TransientError("test", "the outcome of the commit is unknown")
    with bench.failing_commits(monkeypatch, error, times=2):
        await bench.drain(bench.topics.service())
    await expect_each_number_once(bench)


async def test_a_poison_record_becomes_a_dead_letter_and_the_others_are_processed(bench: Bench) -> None:
    """The dead letter has the original bytes, key and headers, and the reason."""
    topics = bench.topics
    await bench.engine().publish([topics.number("a", 1), topics.number("a", "poison"), topics.number("a", 2)])
    await bench.drain(topics.service())
    (letter,) = await bench.records(topics.dead_letters)
    headers = header_texts(letter.headers)
    assert (letter.key, letter.value, headers["origin"]) == (b"a", b'"poison"', "test")
    assert headers[f"{PREFIX}topic"] == topics.numbers.name
    assert headers[f"{PREFIX}offset"] == "1"
    assert headers[f"{PREFIX}exception.class.name"] == "InvalidEvent"
    assert headers[f"{PREFIX}exception.message"] == "no_number: 'poison' is not a number"
    assert dict(await bench.values(topics.totals)) == {"a": 3}


async def test_a_service_that_fails_most_of_its_input_stops(bench: Bench) -> None:
    """A bad deployment must not turn its topic into dead letters."""
    topics = bench.topics
    await bench.engine().publish([topics.number("a", "poison") for _ in range(1_200)])
    with pytest.raises(TooManyDeadLetters):
        await bench.drain(topics.service(), bench.engine(dead_letter_share=0.5))
    assert await bench.records(topics.dead_letters) == []


async def test_two_members_share_the_work_and_do_it_once(bench: Bench) -> None:
    """Both members of a group work on their own partitions while records keep arriving."""
    stop = asyncio.Event()
    members = [asyncio.create_task(bench.engine().run(bench.topics.service(), stop)) for _ in range(2)]
    watch = bench.engine()
    seen = 0
    for round_ in range(6):
        await watch.publish([bench.topics.number(KEYS[n % len(KEYS)], n) for n in range(round_ * 60, round_ * 60 + 60)])
    async with asyncio.timeout(60), aclosing(watch.read((bench.topics.echoes,), follow=True)) as echoes:
        async for _ in echoes:
            seen += 1
            if seen == 360:
                break
    stop.set()
    await within(asyncio.gather(*members))
    await expect_each_number_once(bench, 360)


async def test_a_member_takes_over_from_one_that_leaves(bench: Bench) -> None:
    """If a member stops cleanly, the other gets all partitions, and no record is lost or processed twice."""
    service, engine = bench.topics.service(), bench.engine()
    first_stop, second_stop = asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(bench.engine().run(service, first_stop))
    second = asyncio.create_task(bench.engine().run(service, second_stop))
    await publish_numbers(bench)
    async with asyncio.timeout(60), aclosing(engine.read((bench.topics.echoes,), follow=True)) as echoes:
        for _ in range(60):
            await anext(echoes)
        first_stop.set()
        await first
        await engine.publish([bench.topics.number(KEYS[n % len(KEYS)], n) for n in range(60, 120)])
        for _ in range(60):
            await anext(echoes)
    second_stop.set()
    await within(second)
    await expect_each_number_once(bench, 120)


async def test_a_stop_finishes_the_current_batch(bench: Bench) -> None:
    """A stopped service returns, and what it had started is complete."""
    await publish_numbers(bench)
    stop = asyncio.Event()

    class Stopping(Totals):
        def process(self, record: Record) -> Processed:
            stop.set()
            return super().process(record)

    await within(bench.engine().run(bench.topics.service(lambda: Stopping(bench.topics)), stop))
    begun = Counter(key for key, _ in await bench.values(bench.topics.echoes))
    assert begun
    await bench.drain(bench.topics.service())
    await expect_each_number_once(bench)


async def test_a_source_publishes_each_entry_once_across_restarts(bench: Bench) -> None:
    """The cursor is committed with the records: a source that crashes anywhere continues with the next entry."""
    crashes = [21, 35, 63]

    def crash_at(published: int) -> None:
        if crashes and published >= crashes[0]:
            crashes.pop(0)
            raise Crash

    stop = asyncio.Event()
    source = bench.topics.source_service(lambda: CountingSource(bench.topics, 70, after=crash_at))
    for _ in range(3):
        with pytest.raises(Crash):
            await within(bench.engine().run_source(source, stop))
    await within(bench.engine().run_source(source, stop))
    numbers = await bench.values(bench.topics.numbers)
    assert sorted(value for _, value in numbers) == list(range(70))


async def test_a_source_whose_commit_fails_publishes_its_batch_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the records nor the cursor of a failed transaction exist."""
    source = bench.topics.source_service(lambda: CountingSource(bench.topics, 30))
    with bench.failing_commits(monkeypatch, Crash()), pytest.raises(Crash):
        await within(bench.engine().run_source(source, asyncio.Event()))
    assert await bench.records(bench.topics.numbers) == []
    await within(bench.engine().run_source(source, asyncio.Event()))
    assert sorted(value for _, value in await bench.values(bench.topics.numbers)) == list(range(30))


async def test_sources_that_share_the_cursor_topic_get_only_their_own_records(bench: Bench) -> None:
    """None may restore another's cursor, and no commit is void because of another source."""

    def source(key: str, count: int) -> SourceService:
        return bench.topics.source_service(lambda: CountingSource(bench.topics, count, key=key), key)

    def stands_still(published: int) -> None:
        assert published == 30

    engine, stop = bench.engine(), asyncio.Event()
    await within(
        asyncio.gather(engine.run_source(source("one", 30), stop), engine.run_source(source("other", 70), stop))
    )
    numbers = await bench.values(bench.topics.numbers)
    assert sorted(value for _, value in numbers) == sorted([*range(30), *range(70)])
    again = bench.topics.source_service(lambda: CountingSource(bench.topics, 30, after=stands_still, key="one"), "one")
    await within(bench.engine().run_source(again, stop))


async def test_a_source_also_restores_the_cursors_it_names(bench: Bench) -> None:
    """In whichever partition they are, and no others."""
    engine, stop = bench.engine(), asyncio.Event()
    for key, count in (("one", 30), ("other", 50), ("third", 70)):
        source = bench.topics.source_service(partial(CountingSource, bench.topics, count, key=key), key)
        await within(engine.run_source(source, stop))

    def goes_on_from(published: int) -> None:
        assert published == 50

    beside = CountingSource(bench.topics, 50, after=goes_on_from, key="late")
    await within(engine.run_source(bench.topics.source_service(lambda: beside, "late", ("one", "other")), stop))


async def test_a_group_has_caught_up_only_when_everything_is_processed(bench: Bench) -> None:
    """Empty topics and commit markers do not matter, and a single unprocessed record does."""
    service, engine = bench.topics.service(), bench.engine()
    assert await engine.caught_up(service)
    await engine.publish([bench.topics.number("a", 1)])
    assert not await engine.caught_up(service)
    await bench.drain(service)
    assert await engine.caught_up(service)
    await engine.publish([bench.topics.number("a", 1)])
    assert not await engine.caught_up(service)


async def test_a_following_reader_sees_later_records(bench: Bench) -> None:
    """First the existing records, then those published while it reads."""
    engine = bench.engine()
    await engine.publish([bench.topics.number("a", 1)])
    async with aclosing(bench.engine().read((bench.topics.numbers,), follow=True)) as follower:
        assert (await within(anext(follower))).value == b"1"
        await engine.publish([bench.topics.number("a", 2)])
        assert (await within(anext(follower))).value == b"2"


def test_the_suite_notices_a_lost_or_duplicated_number() -> None:
    """The check itself must fail for a missing, a duplicated and a swapped number."""

    class Fixed:
        topics = Numbers()

        def __init__(self, echoes: list[tuple[str, int]]) -> None:
            self.echoes = echoes

        async def values(self, topic: object) -> list[tuple[str, int]]:
            if topic is self.topics.echoes:
                return self.echoes
            return [(key, sum(range(place, 60, 6))) for place, key in enumerate(KEYS)]

    right = [(KEYS[n % 6], n) for n in range(60)]
    asyncio.run(expect_each_number_once(Fixed(right)))  # type: ignore[arg-type]  # has what is asked of it
    for wrong in (right[:-1], [*right, right[0]], [right[6], *right[1:6], right[0], *right[7:]]):
        with pytest.raises(AssertionError):
            asyncio.run(expect_each_number_once(Fixed(wrong)))  # type: ignore[arg-type]  # likewise
