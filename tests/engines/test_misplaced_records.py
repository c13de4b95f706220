"""Records outside their key's partition, on both engines: another partitioner, or another number of partitions.

Holdings would start from an empty book for them: an alert with a wrong `before`, and a version that already exists.
"""

import pytest

from contracts.codec import decode, encode
from contracts.envelope import header_texts
from contracts.errors import StateCorrupted
from contracts.structs import HoldingChanged
from contracts.topics import ALERTS, HOLDINGS_DEAD_LETTERS, POSITIONS, TRANSACTIONS
from services.cli.dead_letters.dead_letter_replay import replay_some
from services.cli.state.state_repair import check_state, repair_partition
from services.runtime.dead_letters import PREFIX
from services.runtime.port import Record
from tests.engines.arena import DOES_BOOK, HOME, LATER, PARTITIONS, Arena
from tests.engines.hostile import ForeignRecord, put
from tests.unit.cli.command import insidertape
from tests.unit.holdings.builders import ISSUER

ELSEWHERE = (HOME + 1) % PARTITIONS
KEY = ISSUER.key.encode()


async def only_dead_letter(arena: Arena, topic: str, partition: int) -> Record:
    """Return the only dead letter of a partition."""
    letters = await arena.records(HOLDINGS_DEAD_LETTERS)
    texts = [(each, header_texts(each.headers)) for each in letters]
    (letter,) = (
        each for each, text in texts if (text[f"{PREFIX}topic"], text[f"{PREFIX}partition"]) == (topic, str(partition))
    )
    return letter


async def test_a_report_in_the_wrong_partition_is_a_dead_letter_until_it_is_replayed(arena: Arena) -> None:
    """Its producer uses another partitioner. A replay writes it to the partition of the owner's book."""
    alerts, books = await arena.records(ALERTS), await arena.books()
    await put(arena.place, TRANSACTIONS, ELSEWHERE, [ForeignRecord("misplaced", encode(LATER), KEY)])
    await arena.drain()
    assert (await arena.records(ALERTS), await arena.books()) == (alerts, books)
    letter = await only_dead_letter(arena, TRANSACTIONS.name, ELSEWHERE)
    reason = header_texts(letter.headers)[f"{PREFIX}exception.message"]
    assert reason.startswith(f"wrong_partition: {TRANSACTIONS.name}[{ELSEWHERE}]@")
    assert f"belongs to partition {HOME} of {PARTITIONS}" in reason

    letter_id = f"holdings/{letter.partition}/{letter.offset}"
    assert await replay_some(arena.engine, [letter_id]) == 1
    assert [each.partition for each in await arena.records(TRANSACTIONS) if each.value == letter.value].count(HOME) == 1
    await arena.drain()
    (new_alert,) = (each for each in await arena.records(ALERTS) if each not in alerts)
    alert = decode(new_alert.value, HoldingChanged)
    assert (alert.ledger_before, alert.current) == ("90", "70")


@pytest.mark.parametrize("key", [None, b"", b"0000000001"])
async def test_a_report_with_another_issuers_key_is_a_dead_letter(arena: Arena, key: bytes | None) -> None:
    """Its positions would be written to its own issuer's partition, which another member may own."""
    alerts, books = await arena.records(ALERTS), await arena.books()
    await put(arena.place, TRANSACTIONS, HOME, [ForeignRecord("under another key", encode(LATER), key)])
    await arena.drain()
    assert (await arena.records(ALERTS), await arena.books()) == (alerts, books)
    letters = await arena.records(HOLDINGS_DEAD_LETTERS)
    reasons = [header_texts(letter.headers)[f"{PREFIX}exception.message"] for letter in letters if letter.key == key]
    assert len(reasons) == 1
    assert reasons[0].startswith(("wrong_key: ", "wrong_partition: "))


async def misplace(arena: Arena) -> None:
    """Write a valid book into a partition other than its key's."""
    book = next(each for each in reversed(await arena.records(POSITIONS)) if each.key == DOES_BOOK)
    headers = tuple((name.encode(), value) for name, value in book.headers)
    await put(arena.place, POSITIONS, ELSEWHERE, [ForeignRecord("misplaced", book.value, book.key, headers)])


async def test_a_book_in_the_wrong_partition_stops_holdings_until_it_is_repaired(arena: Arena) -> None:
    """It is listed, quarantined and deleted there; the book in the right partition is not changed."""
    await misplace(arena)
    with pytest.raises(
        StateCorrupted,
        match=rf"misplaced_state: {POSITIONS.name}\[{ELSEWHERE}\]@\d+: .* belongs to partition {HOME} of {PARTITIONS}; "
        "partitions were added .* `insidertape state verify` lists such records; `insidertape topics repartition`",
    ):
        await arena.run()
    listed = insidertape("state", "verify", *arena.options)
    assert listed.returncode == 1
    assert f"misplaced_state: {POSITIONS.name}[{ELSEWHERE}]@" in listed.stdout

    repair = await repair_partition(arena.engine, ELSEWHERE)
    assert (repair.quarantined, repair.deleted, repair.rebuilt) == (1, 1, 0)
    assert (await only_dead_letter(arena, POSITIONS.name, ELSEWHERE)).key == DOES_BOOK
    assert not any(check.faults for check in (await check_state(arena.engine)).values())
    await arena.publish(LATER)
    await arena.drain()
    latest = {record.partition: record.value for record in await arena.records(POSITIONS) if record.key == DOES_BOOK}
    assert latest.keys() == {HOME, ELSEWHERE}
    assert latest[ELSEWHERE] is None
    assert decode((await arena.records(ALERTS))[-1].value, HoldingChanged).current == "70"
