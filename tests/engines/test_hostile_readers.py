"""Garbage on the topics that people read: on both engines, the commands skip it and report it."""

import json

import pytest

from contracts.topics import ALERTS, HOLDINGS_DEAD_LETTERS, POSITIONS, TRANSACTIONS, Topic
from services.runtime.dead_letters import REPLAY_OF_HEADER
from services.runtime.port import Output
from tests.engines.arena import DOES_BOOK, HOME, LATER, ROES_BOOK, Arena
from tests.engines.hostile import ForeignRecord, put
from tests.unit.cli.command import insidertape, running
from tests.unit.holdings.builders import ISSUER

GARBAGE = (
    ForeignRecord("no JSON", b"garbage"),
    ForeignRecord("not UTF-8", b"\xff\xfe\x00", b"\xff", ((b"\xff", None), (b"insidertape_delivery", None))),
    ForeignRecord("of another type", b"[1]", None),
    ForeignRecord("nested deeply", b"[" * 100_000, b""),
)
COMMANDS = (("alerts", ALERTS, 3), ("transactions", TRANSACTIONS, 3), ("positions", POSITIONS, 2))


def garbage_for(topic: Topic) -> list[ForeignRecord]:
    """Return the garbage that a broker accepts for the topic: a compacted topic rejects records without a key."""
    return [each for each in GARBAGE if each.key is not None or topic.cleanup != "compact"]


async def test_listings_skip_records_that_are_not_events(arena: Arena) -> None:
    """All events are shown; the first other record is reported with its location, and all of them are counted."""
    for command, topic, shown in COMMANDS:
        await put(arena.place, topic, HOME, garbage_for(topic))
        listed = insidertape(command, "--format", "jsonl", *arena.options)
        assert listed.returncode == 0, listed.stderr
        assert len([json.loads(line) for line in listed.stdout.splitlines()]) == shown
        first, last = listed.stderr.splitlines()
        assert first.startswith(f"Skipped {topic.name}[{HOME}]@")
        garbage = len(garbage_for(topic)) + (topic is TRANSACTIONS)  # one record of the arena is not a report
        assert last == f"{garbage} records skipped."


async def test_followers_skip_records_that_are_not_events(arena: Arena) -> None:
    """A foreign record must not end a running command; the next alert is shown."""
    with running("alerts", "--follow", "--format", "jsonl", *arena.options) as following:
        for _ in range(3):
            following.out.next()
        await put(arena.place, ALERTS, HOME, garbage_for(ALERTS))
        await arena.publish(LATER)
        await arena.drain()
        assert json.loads(following.out.next())["filing"]["filing_id"] == "c"
        assert following.err.next().startswith(f"Skipped {ALERTS.name}[{HOME}]@")
        following.process.terminate()
        assert following.ends() == 0
        assert following.err.next() == "4 records skipped."


async def test_deleted_positions_are_not_listed(arena: Arena) -> None:
    """Kafka keeps a record for some time after its key was deleted."""
    await arena.engine.publish([Output(POSITIONS, ROES_BOOK, None, routing=ISSUER.key.encode())])
    listed = insidertape("positions", "--format", "jsonl", *arena.options)
    assert [json.loads(line)["owner"]["name"] for line in listed.stdout.splitlines()] == ["DOE JANE"]
    assert (listed.returncode, listed.stderr) == (0, "")
    assert DOES_BOOK in await arena.books()


@pytest.mark.parametrize("arena", ["embedded"], indirect=True)
async def test_an_alert_without_a_value_is_counted_among_the_skipped(arena: Arena) -> None:
    """Only a compacted topic has records that delete a key."""
    await put(arena.place, ALERTS, HOME, [ForeignRecord("null", None)])
    listed = insidertape("alerts", *arena.options)
    assert listed.stderr.splitlines()[-1] == "1 record skipped."


async def test_dead_letters_of_any_record_are_listed_shown_and_replayed(arena: Arena) -> None:
    """A null header once ended these commands. A replayed record equals the failed one, including its null key."""
    hostile = ForeignRecord("hostile", b"bad", None, ((b"traceparent", None), (b"x", b"\xff"), (b"x", b"\x1b[2J")))
    await put(arena.place, TRANSACTIONS, HOME, [hostile])
    await put(arena.place, HOLDINGS_DEAD_LETTERS, HOME, garbage_for(HOLDINGS_DEAD_LETTERS))
    await arena.drain()
    listed = insidertape("dlq", "list", *arena.options, COLUMNS="400")
    assert listed.returncode == 0, listed.stderr
    assert len(listed.stdout.splitlines()) == 1 + 1 + 1 + len(GARBAGE)
    letters = await arena.records(HOLDINGS_DEAD_LETTERS)
    (letter,) = (each for each in letters if each.value == b"bad")
    shown = insidertape("dlq", "show", f"holdings/{letter.partition}/{letter.offset}", *arena.options)
    assert shown.stdout.startswith("traceparent: (null)\nx: \ufffd\nx: ")
    assert "\x1b" not in shown.stdout

    replayed = insidertape("dlq", "replay", "--all", *arena.options)
    assert replayed.stdout.startswith("2 replayed."), replayed.stderr
    bad = [record for record in await arena.records(TRANSACTIONS) if record.value == b"bad"]
    first, again = sorted(bad, key=lambda record: record.timestamp_ms)
    assert (first.key, first.headers) == (None, (("traceparent", None), ("x", b"\xff"), ("x", b"\x1b[2J")))
    replay_of = (REPLAY_OF_HEADER, f"holdings/{letter.partition}/{letter.offset}".encode())
    assert (again.key, again.headers) == (None, (*first.headers, replay_of))
