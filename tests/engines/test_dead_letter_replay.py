"""Dead letters put back on both engines: in portions, marked, and no further than the service can take them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from contracts.codec import encode
from contracts.errors import InvalidEvent, Misconfigured
from contracts.topics import HOLDINGS_DEAD_LETTERS, POSITIONS, TRANSACTIONS
from services.cli.dead_letters import dead_letter_replay
from services.cli.dead_letters.dead_letter import read_dead_letters
from services.cli.dead_letters.dead_letter_listing import DeadLetterFilter, list_dead_letters
from services.cli.dead_letters.dead_letter_replay import replay_all, replay_some
from services.cli.dead_letters.given_facts import GivenFacts
from services.cli.options.choices import Format
from services.holdings.processor import holdings_service
from services.runtime.dead_letters import dead_letter
from services.runtime.port import Output, Record
from tests.engines.arena import HOME, Arena
from tests.engines.bench import within
from tests.unit.holdings.builders import DAY, ISSUER, report, traded

ERROR = InvalidEvent("not_of_contract", "a version that is mended could not read it")
GOOD = [encode(report(traded("D", "1", str(90 - n), day=DAY.replace(day=6 + n)), filing_id=f"r{n}")) for n in range(6)]


def died(*values: bytes) -> list[Output]:
    """The dead letters of records with these values."""
    records = [Record(TRANSACTIONS.name, HOME, 100 + n, ISSUER.key.encode(), value) for n, value in enumerate(values)]
    return [dead_letter(HOLDINGS_DEAD_LETTERS, record, ERROR, stage="holdings") for record in records]


@asynccontextmanager
async def holdings_at_work(arena: Arena) -> AsyncIterator[None]:
    """Holdings runs, and has a share of the partitions."""
    stop = asyncio.Event()
    running = asyncio.create_task(arena.engine.run(holdings_service(), stop))
    async with asyncio.timeout(60):
        while not (await arena.engine.group_progress(holdings_service())).members:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0.05)
    yield
    stop.set()
    await within(running)


@pytest.fixture(autouse=True)
def _small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letter_replay, "PORTION", 3)


async def test_all_dead_letters_are_replayed_in_portions_while_the_service_runs(arena: Arena) -> None:
    """Each once: those with a marker are skipped the next time."""
    (poison,) = await read_dead_letters(arena.engine)
    await arena.engine.publish([poison.marker, *died(*GOOD)])
    async with holdings_at_work(arena):
        replay = await within(replay_all(arena.engine, asyncio.Event()))
        assert (replay.put_back, replay.left, replay.ended_early) == (len(GOOD), 0, False)
        nothing = await within(replay_all(arena.engine, asyncio.Event()))
        assert nothing.put_back == 0
    updates = [record.value or b"" for record in await arena.records(POSITIONS)]
    assert all(any(f'"r{n}"'.encode() in update for update in updates) for n in (0, 5))


async def test_a_replay_stops_if_some_fail_again(arena: Arena) -> None:
    """The rest would probably fail too. It reports counts by code, and leaves the others unchanged."""
    (poison,) = await read_dead_letters(arena.engine)
    await arena.engine.publish([poison.marker, *died(GOOD[0], b"bad", b"worse", *GOOD[1:])])
    async with holdings_at_work(arena):
        replay = await within(replay_all(arena.engine, asyncio.Event()))
    assert (replay.put_back, replay.left, replay.died) == (3, 5, {"not_of_contract": 2})
    assert dead_letter_replay.early_ending(replay) == "2 records failed again (not_of_contract 2); 5 dead letters left."
    letters = await read_dead_letters(arena.engine)
    again = [letter for letter in letters if letter.replay_of and letter.record.value in {b"bad", b"worse"}]
    replayed = {letter.id for letter in letters if letter.replayed_at}
    assert len(again) == 2
    assert {letter.replay_of for letter in again} < replayed


async def test_a_replay_ends_after_one_portion_if_the_service_is_not_running(arena: Arena) -> None:
    """It would wait forever."""
    await arena.engine.publish(died(*GOOD))
    replay = await within(replay_all(arena.engine, asyncio.Event()))
    assert (replay.put_back, replay.left, replay.idle) == (3, 4, True)
    assert dead_letter_replay.early_ending(replay) == "holdings is not running; 4 dead letters left."
    put_back = [record for record in await arena.records(TRANSACTIONS) if record.value in {b"no report", *GOOD[:2]}]
    assert len(put_back) == 1 + 3


@pytest.mark.parametrize("arena", ["embedded"], indirect=True)
async def test_a_replay_does_not_wait_forever_for_a_stalled_service(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A member that hangs still counts as a member."""
    monkeypatch.setattr(dead_letter_replay, "STALL_SECONDS", 0.3)
    log = arena.engine._log  # type: ignore[attr-defined]
    log.heartbeat(holdings_service().group, "elsewhere/1/hung", now_ms=time.time_ns() // 1_000_000, lasts_ms=60_000)
    await arena.engine.publish(died(*GOOD))
    replay = await within(replay_all(arena.engine, asyncio.Event()))
    assert (replay.put_back, replay.idle, replay.stalled) == (3, False, True)


async def test_a_replay_that_fails_again_is_a_dead_letter_and_its_marker_is_not(arena: Arena) -> None:
    """All readers must tell markers from dead letters."""
    (poison,) = await read_dead_letters(arena.engine)
    await replay_some(arena.engine, [poison.id])
    await arena.drain()
    first, second = await read_dead_letters(arena.engine)
    assert (first.id, first.replayed_at is not None) == (poison.id, True)
    assert (second.replay_of, second.replayed_at, second.record.value) == (poison.id, None, poison.record.value)
    standing = (await arena.engine.topic_status((HOLDINGS_DEAD_LETTERS,)))[HOLDINGS_DEAD_LETTERS.name]
    assert (standing.records.number, sum(standing.codes.values())) == (2, 2)
    with pytest.raises(Misconfigured, match="already_replayed"):
        await replay_some(arena.engine, [poison.id])
    await replay_some(arena.engine, [poison.id], again=True)


async def test_facts_can_only_be_added_to_filings(arena: Arena) -> None:
    """A report has its issuer; if holdings refused it, something else is missing."""
    (poison,) = await read_dead_letters(arena.engine)
    with pytest.raises(Misconfigured, match=f"no_filing: {poison.id} came from {TRANSACTIONS.name}"):
        await replay_some(arena.engine, [poison.id], facts=GivenFacts(issuer_cik="0001318605"))
    assert all(letter.replayed_at is None for letter in await read_dead_letters(arena.engine))


async def test_six_hundred_dead_letters_are_listed_in_a_fraction_of_a_second(
    arena: Arena, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the start of the process it has to take less than two seconds; half a second is ten times what it needs."""
    await arena.engine.publish(died(*[b'{"content": "%s"}' % (b"x" * 23_000)] * 600))
    before = time.process_time()
    await list_dead_letters(arena.engine, DeadLetterFilter(), Format.TABLE)
    assert time.process_time() - before < 0.5
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) > 600
    assert printed.err == "601 dead letters: not_of_contract 601.\n"
