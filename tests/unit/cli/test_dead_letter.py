"""A dead letter as the commands see it: its reason, its subject, and the original record."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contracts.codec import encode
from contracts.errors import InvalidFiling, Misconfigured
from contracts.topics import (
    FILINGS,
    HOLDINGS_DEAD_LETTERS,
    PARSER_DEAD_LETTERS,
    TRANSACTIONS,
    WATCHER_DEAD_LETTERS,
    Topic,
)
from services.cli.dead_letters.dead_letter import DeadLetter
from services.runtime.dead_letters import PREFIX, REPLAY_OF_HEADER, dead_letter, reason_headers, replayed_location
from services.runtime.partitioning import partition_of_output
from services.runtime.port import Output, Record
from services.watcher.directory_source import DirectorySource
from tests.unit.cli.builders import alert
from tests.unit.cli.command import SAMPLES

SAMPLE = SAMPLES / "2024-12-20-quillmark-vance-form4-gift.xml"
HEADERS = (("ce_id", b"1"), ("traceparent", b"00-a-b-01"))


def as_dead_letter(record: Record, topic: Topic) -> DeadLetter:
    """Return the dead letter of a record, as an engine writes and reads it."""
    output = dead_letter(topic, record, InvalidFiling("no_issuer", "no issuer is named"), stage="parser")
    return DeadLetter(Record(topic.name, 3, 7, output.key, output.value, output.headers, 1_700_000_000_123))


def published() -> Output:
    """Return a filing as the watcher publishes it."""
    feed = DirectorySource([SAMPLES], now=lambda: datetime(2025, 1, 1, tzinfo=UTC), follow=False, poll_interval=1)
    outputs = asyncio.run(feed.next_batch()) or ()
    return next(each for each in outputs if each.topic is FILINGS and SAMPLE.as_uri().encode() in (each.value or b""))


def record_of(output: Output, partition: int) -> Record:
    """Return the output as a reader sees it."""
    return Record(output.topic.name, partition, 0, output.key, output.value, output.headers)


def test_a_dead_letter_is_identified_by_service_partition_and_offset() -> None:
    """The input topic does not matter."""
    record = Record(TRANSACTIONS.name, 0, 0, b"k", b"v")
    assert as_dead_letter(record, PARSER_DEAD_LETTERS).id == "parser/3/7"
    assert as_dead_letter(record, HOLDINGS_DEAD_LETTERS).id == "holdings/3/7"
    assert as_dead_letter(record, WATCHER_DEAD_LETTERS).id == "watcher/3/7"


def test_a_dead_letter_has_its_time_and_reason() -> None:
    """The time is in UTC; the error has its code and its message."""
    letter = as_dead_letter(Record(FILINGS.name, 0, 0, b"k", b"v"), PARSER_DEAD_LETTERS)
    assert letter.when == "2023-11-14T22:13:20Z"
    assert (letter.why, letter.code) == ("no_issuer: no issuer is named", "no_issuer")
    assert letter.reasons["topic"] == FILINGS.name


def test_a_dead_letter_names_its_file() -> None:
    """The file comes from the event inside, of any type; if there is none, the key is shown."""
    assert as_dead_letter(record_of(published(), 0), PARSER_DEAD_LETTERS).what == SAMPLE.as_uri()
    inside = encode(
        alert(filing={"filing_id": "f", "form_type": "4", "source_format": "xml", "source_url": "file:///x"})
    )
    assert as_dead_letter(Record(TRANSACTIONS.name, 0, 0, b"k", inside), HOLDINGS_DEAD_LETTERS).what == "file:///x"
    for value in (None, b"", b"\xff\xfe\x00", b"[1]", b'"text"', b'{"source_url": 5}', b'{"filing": 1}', b"[" * 99_999):
        assert (
            as_dead_letter(Record(FILINGS.name, 0, 0, b"the key\xff", value), PARSER_DEAD_LETTERS).what
            == "the key\ufffd"
        )


def test_replay_is_a_copy_that_names_its_dead_letter() -> None:
    """Key, value and headers are unchanged, on the original topic; only the latest replay is named."""
    record = Record(TRANSACTIONS.name, 2, 5, b"0001318605", b"not an event", HEADERS)
    original = as_dead_letter(record, HOLDINGS_DEAD_LETTERS).original
    assert (original.topic, original.key, original.value, original.headers) == (
        TRANSACTIONS,
        record.key,
        record.value,
        (*HEADERS, (REPLAY_OF_HEADER, b"holdings/3/7")),
    )
    second = as_dead_letter(
        replace(record, headers=(*HEADERS, (REPLAY_OF_HEADER, b"holdings/1/2"))), HOLDINGS_DEAD_LETTERS
    )
    assert second.replay_of == "holdings/1/2"
    assert second.original.headers == original.headers


def test_a_marker_is_in_the_partition_of_its_dead_letter() -> None:
    """It contains the location of the dead letter, not of the original record."""
    marker = as_dead_letter(Record(TRANSACTIONS.name, 2, 5, b"k", b"v"), HOLDINGS_DEAD_LETTERS).marker
    assert marker.topic == HOLDINGS_DEAD_LETTERS
    read = Record(marker.topic.name, marker.partition or 0, 9, marker.key, marker.value, marker.headers)
    assert (replayed_location(read), read.partition) == ((3, 7), 3)


@pytest.mark.parametrize("partitions", [2, 4, 7, 50])
def test_a_replayed_filing_is_in_its_issuers_partition(partitions: int) -> None:
    """Otherwise it could overtake, or be overtaken by, the issuer's other filings."""
    first = published()
    letter = as_dead_letter(record_of(first, partition_of_output(first, partitions)), PARSER_DEAD_LETTERS)
    assert partition_of_output(letter.original, partitions) == partition_of_output(first, partitions)


def test_bytes_that_are_not_a_filing_are_routed_by_their_key() -> None:
    """Such bytes have no issuer."""
    letter = as_dead_letter(Record(FILINGS.name, 0, 0, b"k", b"not an event"), PARSER_DEAD_LETTERS)
    assert letter.original.routed_by == b"k"


def test_a_refused_file_cannot_be_replayed() -> None:
    """It was never on a topic; the message says what helps."""
    headers = reason_headers(InvalidFiling("undecodable", "no text"), stage="watcher/directory")
    letter = DeadLetter(Record(WATCHER_DEAD_LETTERS.name, 0, 0, b"file:///x", b"\xff", headers))
    with pytest.raises(Misconfigured, match="watcher/0/0 came from a file") as refused:
        _ = letter.original
    assert refused.value.code == "nothing_to_replay"


@pytest.mark.parametrize("key", [None, b"", b"k"])
def test_a_key_is_replayed_unchanged(key: bytes | None) -> None:
    """A null key and an empty key are different keys."""
    assert as_dead_letter(Record(TRANSACTIONS.name, 0, 0, key, b"x"), HOLDINGS_DEAD_LETTERS).original.key == key


@pytest.mark.parametrize("value", [None, b"", b"\xff\xfe", b"no topic", b"insidertape.positions.v1"])
@pytest.mark.parametrize("name", ["topic", "offset", "exception.message", "incomplete"])
def test_any_foreign_record_in_the_topic_can_be_shown(name: str, value: bytes | None) -> None:
    """The topic is open to other programs: one foreign record must not hide all dead letters."""
    for at in (0, -1, 2**62, 1_700_000_000_123):
        record = Record(PARSER_DEAD_LETTERS.name, 0, 0, None, None, ((f"{PREFIX}{name}", value),), at)
        letter = DeadLetter(record)
        assert isinstance(f"{letter.id}{letter.when}{letter.what}{letter.why}{letter.replay_of}", str)
        assert letter.code == "unknown"
        assert letter.obstacle
        with pytest.raises(Misconfigured, match="nothing_to_replay"):
            _ = letter.original


def test_an_incomplete_dead_letter_cannot_be_replayed() -> None:
    """The replayed record would differ from the original one."""
    record = Record(TRANSACTIONS.name, 0, 7, b"k", b"raw", unreadable="its checksum is wrong")
    letter = as_dead_letter(record, HOLDINGS_DEAD_LETTERS)
    assert "is not the complete record" in (letter.obstacle or "")
    assert DeadLetter(replace(record, topic=HOLDINGS_DEAD_LETTERS.name)).why == "its checksum is wrong"
