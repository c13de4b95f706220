"""Dead letters: the record as it was and why; and the limit that stops a service which makes too many."""

from dataclasses import replace

import pytest

from contracts.envelope import header_texts
from contracts.errors import InvalidEvent, TooManyDeadLetters
from services.runtime.dead_letters import INCOMPLETE, PREFIX, DeadLetterLimit, dead_letter, original_headers
from services.runtime.port import Record
from tests.unit.runtime.things import LETTERS, record

ERROR = InvalidEvent("no_number", "'x' is no number")


def test_a_dead_letter_is_the_record_and_beside_it_why() -> None:
    """Bytes, key and headers untouched; where it stood, which service failed, and with what."""
    original = record(b"\x00\xff", offset=41)
    letter = dead_letter(LETTERS, original, ERROR, stage="doubling")
    assert (letter.topic, letter.key, letter.value) == (LETTERS, original.key, original.value)
    assert letter.headers[: len(original.headers)] == original.headers
    assert header_texts(letter.headers[len(original.headers) :]) == {
        f"{PREFIX}topic": "test.numbers.v1",
        f"{PREFIX}partition": "3",
        f"{PREFIX}offset": "41",
        f"{PREFIX}stage": "doubling",
        f"{PREFIX}exception.class.name": "InvalidEvent",
        f"{PREFIX}exception.message": "no_number: 'x' is no number",
    }


def test_a_dead_letter_goes_where_records_of_its_key_go() -> None:
    """Its key routes it, as it routed the record; a null key is routed like an empty one, and stays null."""
    assert dead_letter(LETTERS, record(), ERROR, stage="s").routed_by == b"k"
    keyless = dead_letter(LETTERS, record(key=None), ERROR, stage="s")
    assert (keyless.key, keyless.routed_by) == (None, b"")


def test_a_letter_that_would_be_too_large_points_to_its_record() -> None:
    """Whichever part is too large: a letter that its topic refuses would be tried for ever."""
    huge = b"x" * LETTERS.max_message_bytes
    for big in (record(huge), record(key=huge), replace(record(), headers=(("a", huge), ("b", None)))):
        letter = dead_letter(LETTERS, big, ERROR, stage="s")
        assert (letter.value, letter.key) == (None, None if big.key is huge else b"k")
        assert f"at {big.place}" in header_texts(letter.headers)[INCOMPLETE]
        letter.check_size()


def test_the_letter_of_what_could_not_be_read_says_that_it_is_not_the_record() -> None:
    """Replayed, raw bytes of a log would be taken for an event."""
    letter = dead_letter(LETTERS, replace(record(b"raw"), unreadable="why"), ERROR, stage="s")
    assert letter.value == b"raw"
    assert INCOMPLETE in header_texts(letter.headers)


def test_a_tombstone_stays_one() -> None:
    """The absence of a value is part of the record."""
    assert dead_letter(LETTERS, record(None), ERROR, stage="s").value is None


def test_replaying_restores_the_original_headers() -> None:
    """Also those that came twice or hold no text; nothing of the first failure is left."""
    original = record()
    assert original_headers(dead_letter(LETTERS, original, ERROR, stage="s").headers) == original.headers


def test_a_record_that_fails_again_after_its_replay_says_only_why_it_failed_last() -> None:
    """Reasons do not pile up over replays."""
    first = dead_letter(LETTERS, record(), ERROR, stage="first")
    replayed = Record("test.numbers.v1", 0, 99, first.key, first.value, first.headers)
    again = dead_letter(LETTERS, replayed, ERROR, stage="second")
    assert [name for name, _ in again.headers].count(f"{PREFIX}stage") == 1
    assert header_texts(again.headers)[f"{PREFIX}stage"] == "second"


def test_a_long_reason_is_cut_and_a_strange_one_is_carried() -> None:
    """A header must fit into what a topic leaves for headers, whatever an error says."""
    letter = dead_letter(LETTERS, record(), InvalidEvent("long", "é\udcff" * 5_000), stage="s")
    message = dict(letter.headers)[f"{PREFIX}exception.message"] or b""
    assert message.startswith("long: é?é?".encode())
    assert len(message) < 8_000


def spend(limit: DeadLetterLimit, records: str) -> None:
    """Count records: x for one that is dead."""
    for one in records:
        limit.count(dead=one == "x")


def test_a_window_with_exactly_the_share_goes_on() -> None:
    """The share is what is allowed."""
    spend(DeadLetterLimit(0.5, window=10), "x.x.x.x.x." * 3)


def test_one_dead_letter_more_than_the_share_stops_the_service() -> None:
    """And the message says how many of how many."""
    limit = DeadLetterLimit(0.5, window=10)
    spend(limit, "x.x.x.x.x.")
    with pytest.raises(TooManyDeadLetters, match="6 of the last 10 records"):
        spend(limit, "xx")


def test_nothing_stops_before_the_window_is_full() -> None:
    """A handful of bad records at the start says nothing yet."""
    limit = DeadLetterLimit(0.5, window=10)
    spend(limit, "xxxxxxxxx")
    with pytest.raises(TooManyDeadLetters):
        spend(limit, ".")


def test_old_records_leave_the_window() -> None:
    """What failed long ago does not count: five and five, never six in ten."""
    limit = DeadLetterLimit(0.5, window=10)
    spend(limit, "xxxxx.....")
    for _ in range(3):
        spend(limit, "xxxxx.....")


def test_a_share_of_one_never_stops() -> None:
    """Some would rather drain everything into the dead letters."""
    spend(DeadLetterLimit(1.0, window=10), "x" * 100)
