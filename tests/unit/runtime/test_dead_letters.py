"""Dead letters: the unchanged record with the reason, and the markers of replayed ones."""

from dataclasses import replace

import pytest

from contracts.envelope import header_texts
from contracts.errors import InvalidEvent
from services.runtime.dead_letters import (
    INCOMPLETE,
    PREFIX,
    REPLAY_OF_HEADER,
    REPLAYED_HEADER,
    dead_letter,
    is_replay,
    original_headers,
    replay_marker,
    replayed_location,
)
from services.runtime.partitioning import partition_of_output
from services.runtime.port import Record
from tests.unit.runtime.builders import DEAD_LETTERS, record

ERROR = InvalidEvent("no_number", "'x' is not a number")


def test_a_dead_letter_has_the_record_and_the_reason() -> None:
    """Bytes, key and headers are unchanged; headers add the location, the service and the error."""
    original = record(b"\x00\xff", offset=41)
    letter = dead_letter(DEAD_LETTERS, original, ERROR, stage="doubling")
    assert (letter.topic, letter.key, letter.value) == (DEAD_LETTERS, original.key, original.value)
    assert letter.headers[: len(original.headers)] == original.headers
    assert header_texts(letter.headers[len(original.headers) :]) == {
        f"{PREFIX}topic": "test.numbers.v1",
        f"{PREFIX}partition": "3",
        f"{PREFIX}offset": "41",
        f"{PREFIX}stage": "doubling",
        f"{PREFIX}exception.class.name": "InvalidEvent",
        f"{PREFIX}exception.message": "no_number: 'x' is not a number",
    }


def test_a_dead_letter_is_in_the_partition_of_its_record() -> None:
    """The next owner of the partition looks for the last dead letters there, whatever their keys.

    A null key stays null.
    """
    huge = b"x" * DEAD_LETTERS.max_message_bytes
    for original in (record(), record(key=None), record(huge)):
        letter = dead_letter(DEAD_LETTERS, original, ERROR, stage="s")
        assert (letter.key, partition_of_output(letter, 8)) == (original.key, original.partition)


def test_a_dead_letter_that_would_be_too_large_points_to_its_record() -> None:
    """Whichever part is too large: a dead letter that its topic refuses would be retried forever."""
    huge = b"x" * DEAD_LETTERS.max_message_bytes
    for big in (record(huge), record(key=huge), replace(record(), headers=(("a", huge), ("b", None)))):
        letter = dead_letter(DEAD_LETTERS, big, ERROR, stage="s")
        assert (letter.value, letter.key) == (None, None if big.key is huge else b"k")
        assert f"at {big.location}" in header_texts(letter.headers)[INCOMPLETE]
        letter.check_size()


def test_the_dead_letter_of_an_unreadable_record_is_marked_incomplete() -> None:
    """If it were replayed, raw bytes of the log would be mistaken for an event."""
    letter = dead_letter(DEAD_LETTERS, replace(record(b"raw"), unreadable="why"), ERROR, stage="s")
    assert letter.value == b"raw"
    assert INCOMPLETE in header_texts(letter.headers)


def test_a_tombstone_stays_a_tombstone() -> None:
    """The missing value is part of the record."""
    assert dead_letter(DEAD_LETTERS, record(None), ERROR, stage="s").value is None


def test_replaying_restores_the_original_headers() -> None:
    """Including duplicate ones and those that are not text; nothing of the first failure is left."""
    original = record()
    assert original_headers(dead_letter(DEAD_LETTERS, original, ERROR, stage="s").headers) == original.headers


def test_a_record_that_fails_after_its_replay_has_only_the_last_reason() -> None:
    """Reasons do not accumulate over replays."""
    first = dead_letter(DEAD_LETTERS, record(), ERROR, stage="first")
    replayed = Record("test.numbers.v1", 0, 99, first.key, first.value, first.headers)
    again = dead_letter(DEAD_LETTERS, replayed, ERROR, stage="second")
    assert [name for name, _ in again.headers].count(f"{PREFIX}stage") == 1
    assert header_texts(again.headers)[f"{PREFIX}stage"] == "second"


def test_a_long_reason_is_truncated_and_any_text_is_accepted() -> None:
    """A header must fit the topic's limit for headers, whatever an error says."""
    letter = dead_letter(DEAD_LETTERS, record(), InvalidEvent("long", "é\udcff" * 5_000), stage="s")
    message = dict(letter.headers)[f"{PREFIX}exception.message"] or b""
    assert message.startswith("long: é?é?".encode())
    assert len(message) < 8_000


def marker(**changes: object) -> Record:
    """Return the marker of the dead letter at offset 7 of partition 3, as a reader sees it."""
    output = replay_marker(DEAD_LETTERS, 3, 7)
    read = Record(DEAD_LETTERS.name, partition_of_output(output, 8), 9, output.key, output.value, output.headers)
    return replace(read, **changes)  # type: ignore[arg-type]  # fields of a record


def test_a_marker_names_its_dead_letter_and_is_in_its_partition() -> None:
    """A reader of the dead letter's partition finds it."""
    assert (replayed_location(marker()), marker().partition) == ((3, 7), 3)


@pytest.mark.parametrize("value", [None, b"", b"3", b"3@", b"@7", b"3@7@8", b"-3@7", b"3@" + b"9" * 99, b"\xff@\xff"])
def test_a_record_that_names_no_dead_letter_is_not_a_marker(value: bytes | None) -> None:
    """Any record may have a header with that name."""
    assert replayed_location(marker(headers=((REPLAYED_HEADER, value),))) is None


def test_a_dead_letter_with_a_markers_header_is_still_a_dead_letter() -> None:
    """A record with a copied marker header must not disappear from the listing when it fails."""
    letter = dead_letter(DEAD_LETTERS, replace(record(None), headers=marker().headers), ERROR, stage="s")
    assert replayed_location(marker(value=letter.value, headers=letter.headers)) is None
    assert replayed_location(marker(value=b"text")) is None
    assert replayed_location(marker(unreadable="its checksum is wrong")) is None


def test_a_replayed_record_is_recognized_by_its_header() -> None:
    """The limit on dead letters does not count it if it fails again."""
    assert not is_replay(record())
    assert is_replay(replace(record(), headers=((REPLAY_OF_HEADER, b"parser/3/7"),)))
