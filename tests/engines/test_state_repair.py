"""Foreign records in the state of holdings, on both engines: holdings stops, names the remedy, and the remedy works.

A repair must leave no trace except the repaired state: positions as the reports give them, no alert repeated or lost,
and nothing written while a holdings process runs.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Self

import pytest

from contracts.codec import decode
from contracts.envelope import header_texts
from contracts.errors import Misconfigured, StateCorrupted, TakenOver
from contracts.structs import TransactionsReported
from contracts.topics import ALERTS, HOLDINGS_DEAD_LETTERS, POSITIONS, Topic
from services.cli.dead_letters.dead_letter_replay import replay_all, replay_some
from services.cli.state.state_repair import check_state, repair_partition
from services.holdings.processor import REBUILT_HEADER, VERSION_HEADER, holdings_service
from services.runtime.dead_letters import PREFIX
from services.runtime.embedded.embedded_engine import EmbeddedEngine
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.port import Output, Record
from tests.engines.arena import DOES_BOOK, HOME, LATER, PARTITIONS, ROES_BOOK, SOLD, Arena
from tests.engines.bench import within
from tests.engines.hostile import ForeignRecord, put
from tests.unit.cli.command import TYPED, insidertape

FOREIGN = (
    ForeignRecord("under a foreign key", b"foreign", b"a stranger's", ((b"ce_subject", None),)),
    ForeignRecord("under an owner's key", b"{}", DOES_BOOK, ((b"ce_subject", DOES_BOOK), (b"\xff", b"\xff"))),
)


async def test_foreign_records_are_listed_quarantined_and_their_books_rebuilt(arena: Arena) -> None:
    """All steps that an operator takes, from the stop to the next alert."""
    books, alerts = await arena.books(), await arena.records(ALERTS)
    await put(arena.place, POSITIONS, HOME, FOREIGN)
    with pytest.raises(
        StateCorrupted, match=rf"foreign_positions: .*\[{HOME}\]@\d+.* and 1 more; `insidertape state v"
    ):
        await arena.run()

    listed = insidertape("state", "verify", *arena.options)
    assert listed.returncode == 1
    assert [line.split("  ")[1] for line in listed.stdout.splitlines()] == ["a stranger's", DOES_BOOK.decode()]
    assert f"{TYPED} state repair {arena.options[0]} {arena.options[1]}" in listed.stderr
    repaired = insidertape("state", "repair", *arena.options)
    assert repaired.stdout.splitlines() == [
        f"partition {HOME}: 2 records quarantined, 1 key deleted, 1 book rebuilt",
        "The state is valid.",
    ], repaired.stderr

    assert await arena.books() == books
    assert await arena.records(ALERTS) == alerts
    letters = await arena.records(HOLDINGS_DEAD_LETTERS)
    quarantined = [each for each in letters if header_texts(each.headers)[f"{PREFIX}topic"] == POSITIONS.name]
    assert {(each.key, each.value) for each in quarantined} == {(each.key, each.value) for each in FOREIGN}
    assert len(quarantined) == len(FOREIGN)
    verified = insidertape("state", "verify", *arena.options)
    assert verified.stdout == f"The state is valid: 2 books in {PARTITIONS} partitions.\n"

    await arena.publish(SOLD, LATER)
    await arena.drain()
    assert len(await arena.records(ALERTS)) == len(alerts) + 1
    last = (await arena.records(POSITIONS))[-1]
    assert (last.key, header_texts(last.headers)[VERSION_HEADER]) == (DOES_BOOK, "3")


async def test_a_lost_book_is_recomputed_without_the_reports_that_were_refused(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused report has no alert. If the repair applied it silently, its replay would not make one either."""
    books = await arena.books()
    await put(arena.place, POSITIONS, HOME, [ForeignRecord("deleted by mistake", None, key) for key in books if key])
    assert await arena.books() == {}
    monkeypatch.setattr("services.holdings.processor.decode", _decode_anything)
    repair = await repair_partition(arena.engine, HOME)
    assert (repair.quarantined, repair.deleted, repair.rebuilt) == (0, 0, 2)
    assert await arena.books() == books
    assert REBUILT_HEADER in header_texts((await arena.records(POSITIONS))[-1].headers)
    assert not any(check.faults for check in (await check_state(arena.engine)).values())
    again = await repair_partition(arena.engine, HOME)
    assert (again.quarantined, again.deleted, again.rebuilt) == (0, 0, 0)


def _decode_anything(data: bytes, event: type[TransactionsReported]) -> TransactionsReported:
    return LATER if data == b"no report" else decode(data, event)


async def test_a_repair_is_refused_while_holdings_runs(arena: Arena) -> None:
    """Holdings' state in memory would differ from its topic."""
    stop = asyncio.Event()
    running = asyncio.create_task(arena.engine.run(holdings_service(), stop))
    await arena.publish(LATER)
    async with asyncio.timeout(60):
        async for record in arena.engine.read((ALERTS,), follow=True):
            if b'"c"' in (record.value or b""):
                break
    before = await arena.records(POSITIONS)
    with pytest.raises(TakenOver, match="service_runs: holdings runs"):
        await within(repair_partition(arena.engine, HOME))
    stop.set()
    await within(running)
    assert await arena.records(POSITIONS) == before


async def test_holdings_started_during_a_repair_wins(arena: Arena) -> None:
    """The repair's transaction fails, because it may have read an older state."""
    before = await arena.books()
    async with arena.engine.own(holdings_service(), HOME) as owned:
        await arena.publish(LATER)
        await arena.drain()
        after = await arena.books()
        with pytest.raises(TakenOver, match=r"service_ran: .*; nothing was written"):
            await owned.write([Output(POSITIONS, ROES_BOOK, None, partition=HOME)])
    assert await arena.books() == after != before


async def test_state_ahead_of_the_group_is_not_rebuilt(arena: Arena) -> None:
    """The group's offset was reset: the alerts in between would be written twice."""
    async with arena.engine.own(holdings_service(), HOME) as owned:
        committed = owned.committed
    ahead = (await arena.records(POSITIONS))[-1]
    headers = tuple(
        (name, b"999" if name == "insidertape_source_offset" else b"9" if name == VERSION_HEADER else value)
        for name, value in ahead.headers
    )
    await arena.engine.publish([Output(POSITIONS, ahead.key, ahead.value, headers, partition=HOME)])
    with pytest.raises(Misconfigured, match=f"state_ahead: .* offset 999 .* is at {committed}"):
        await repair_partition(arena.engine, HOME)


async def test_quarantined_records_are_not_replayed(arena: Arena) -> None:
    """A replay of all dead letters must not damage the state again."""
    await put(arena.place, POSITIONS, HOME, FOREIGN)
    await repair_partition(arena.engine, HOME)
    positions = await arena.records(POSITIONS)
    assert (await replay_all(arena.engine, asyncio.Event())).put_back == 1  # the record that is not a report
    assert await arena.records(POSITIONS) == positions
    (foreign, *_) = (each for each in await arena.records(HOLDINGS_DEAD_LETTERS) if each.value == b"foreign")
    with pytest.raises(Misconfigured, match="nothing_to_replay"):
        await replay_some(arena.engine, [f"holdings/{foreign.partition}/{foreign.offset}"])


async def test_an_unreadable_record_of_the_state_is_named(tmp_path: Path) -> None:
    """Without a key, no other record can replace it. The message says what to do."""
    engine = EmbeddedEngine(EmbeddedLog(tmp_path))
    unreadable = Record(POSITIONS.name, 0, 5, None, b"raw", unreadable="its checksum is wrong")

    class Owned:
        committed = 0

        async def read(self, _topic: Topic) -> AsyncIterator[Record]:
            yield unreadable

        async def __aenter__(self) -> Self:
            return self

        async def __aexit__(self, *_: object) -> None: ...

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(EmbeddedEngine, "own", lambda *_: Owned())
        with pytest.raises(Misconfigured, match=r"unreadable_state: .*\[0\]@5: its checksum is wrong\. .* --all"):
            await repair_partition(engine, 0)
    await engine.close()
