"""Replays of dead letters on both engines: in portions, marked, and only as far as the service can process them."""

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

ERROR = InvalidEvent("not_of_contract", "could not be read before the fix")
GOOD = [encode(report(traded("D", "1", str(90 - n), day=DAY.replace(day=6 + n)), filing_id=f"r{n}")) for n in range(6)]


def dead_letters_for(*values: bytes) -> list[Output]:
    """Return the dead letters of records with these values."""
    records = [Record(TRANSACTIONS.name, HOME, 100 + n, ISSUER.key.encode(), value) for n, value in enumerate(values)]
    return [dead_letter(HOLDINGS_DEAD_LETTERS, record, ERROR, stage="holdings") for record in records]


@asynccontextmanager
async def running_holdings(arena: Arena) -> AsyncIterator[None]:
    """Run holdings, and wait until it has been assigned partitions."""
    stop = asyncio.Event()
    running = asyncio.create_task(arena.engine.run(holdings_service(), stop))
    async with asyncio.timeout(60):
        while not (await arena.engine.group_progress(holdings_service())).members:  # noqa: ASYNC110 - sets no event
            await asyncio.sleep(0.05)
    yield
    stop.set()
    await within(running)


@pytest.fixture(autouse=True)
def _small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letter_replay, "PORTION", 3)


async def test_all_dead_letters_are_replayed_in_portions_while_the_service_runs(arena: Arena) -> None:
    """Each dead letter is replayed once: those with a marker are skipped the next time."""
    (poison,) = await read_dead_letters(arena.engine)
    await arena.engine.publish([poison.marker, *dead_letters_for(*GOOD)])
    async with running_holdings(arena):
        replay = await within(replay_all(arena.engine, asyncio.Event()))
        assert (replay.put_back, replay.left, replay.ended_early) == (len(GOOD), 0, False)
        nothing = await within(replay_all(arena.engine, asyncio.Event()))
        assert nothing.put_back == 0
    updates = [record.value or b"" for record in await arena.records(POSITIONS)]
    assert all(any(f'"r{n}"'.encode() in update for update in updates) for n in (0, 5))


async def test_a_replay_stops_if_some_fail_again(arena: Arena) -> None:
    """The rest would probably fail too. The replay reports counts by code, and leaves the others unchanged."""
    (poison,) = await read_dead_letters(arena.engine)
    await arena.engine.publish([poison.marker, *dead_letters_for(GOOD[0], b"bad", b"worse", *GOOD[1:])])
    async with running_holdings(arena):
        replay = await within(replay_all(arena.engine, asyncio.Event()))
    assert (replay.put_back, replay.left, replay.died) == (3, 5, {"not_of_contract": 2})
    assert dead_letter_replay.early_ending(replay) == "2 records failed again (not_of_contract 2); 5 dead letters left."
    letters = await read_dead_letters(arena.engine)
    again = [letter for letter in letters if letter.replay_of and letter.record.value in {b"bad", b"worse"}]
    replayed = {letter.id for letter in letters if letter.replayed_at}
    assert len(again) == 2
    assert {letter.replay_of for letter in again} < replayed


async def test_a_replay_ends_after_one_portion_if_the_service_is_not_running(arena: Arena) -> None:
    """Waiting for the result would take forever."""
    await arena.engine.publish(dead_letters_for(*GOOD))
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
    await arena.engine.publish(dead_letters_for(*GOOD))
    replay = await within(replay_all(arena.engine, asyncio.Event()))
    assert (replay.put_back, replay.idle, replay.stalled) == (3, False, True)


async def test_a_replay_that_fails_again_adds_a_dead_letter_and_its_marker_is_not_counted_as_one(arena: Arena) -> None:
    """All readers must distinguish markers from dead letters."""
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


async def test_facts_for_a_dead_letter_that_is_not_a_filing_are_refused(arena: Arena) -> None:
    """A report has its issuer; if holdings refused it, something else is missing."""
    (poison,) = await read_dead_letters(arena.engine)
    with pytest.raises(Misconfigured, match=f"no_filing: {poison.id} came from {TRANSACTIONS.name}"):
        await replay_some(arena.engine, [poison.id], facts=GivenFacts(issuer_cik="0001318605"))
    assert all(letter.replayed_at is None for letter in await read_dead_letters(arena.engine))


async def test_listing_600_dead_letters_takes_less_than_two_seconds(
    arena: Arena, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command must take less than two seconds, start of the process included; half a second is usual."""
    await arena.engine.publish(dead_letters_for(*[b'{"content": "%s"}' % (b"x" * 23_000)] * 600))
    before = time.process_time()
    await list_dead_letters(arena.engine, DeadLetterFilter(), Format.TABLE)
    assert time.process_time() - before < 0.5
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) > 600
    assert printed.err == "601 dead letters, all not_of_contract.\n"
