"""Fetched bytes: no record stops its partition, and reading continues after a damaged batch."""

import struct
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.errors import UnsupportedCodecError
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from contracts.errors import FatalError
from services.runtime.kafka.fetched_batches import FetchedBatch, FetchedPartition, FetchedRecords, UnreadableBytes
from services.runtime.kafka.names import KafkaNames
from services.runtime.kafka.reading import record_of
from services.runtime.port import Record
from tests.engines.hostile import raw_name

TP = TopicPartition("t", 3)
NAME = b"\xff\xfename"


def batch(first: int, values: Sequence[bytes], *, codec: int = 0, name: bytes = b"name") -> bytes:
    """Return a batch as a broker serves it; all its records have the same header."""
    builder = _DefaultRecordBatchBuilderPy(
        2, codec, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=0, batch_size=1_000_000
    )
    for number, value in enumerate(values):
        builder.append(number, 1_000, b"k", value, [(raw_name(name), None)])
    data = builder.build()
    struct.pack_into(">q", data, 0, first)  # the broker sets the offset, which no checksum covers
    return bytes(data)


def damaged(data: bytes, at: int = -1, *, by: int = 1) -> bytes:
    """Return the batch with one byte changed."""
    changed = bytearray(data)
    changed[at] ^= by
    return bytes(changed)


def read(data: bytes, start: int = 0) -> tuple[list[Record], int]:
    """Return the records of a fetch that starts at offset `start`, and the offset of the next fetch."""
    partition = FetchedPartition(TP, FetchedRecords(data), [], start, None, None, check_crcs=True, isolation_level=1)
    return [record_of(message, KafkaNames()) for message in partition], partition.next_fetch_offset


def test_aiokafka_uses_these_classes() -> None:
    """Another version may look up its own elsewhere, and every hostile record would stop a partition again."""
    assert (fetcher.MemoryRecords, fetcher.PartitionRecords) == (FetchedRecords, FetchedPartition)


@pytest.mark.parametrize("codec", [0, 1, 2, 3, 4])
def test_a_header_name_that_is_not_utf8_is_read_with_escapes(codec: int) -> None:
    """The other records of the batch, and the record's other parts, are unchanged."""
    records, after = read(batch(7, [b"1", b"2"], codec=codec) + batch(9, [b"3"], codec=codec, name=NAME))
    assert [(record.offset, record.key, record.value) for record in records] == [
        (7, b"k", b"1"),
        (8, b"k", b"2"),
        (9, b"k", b"3"),
    ]
    assert [record.headers for record in records] == [(("name", None),)] * 2 + [((r"\xff\xfename", None),)]
    assert after == 10


def test_a_damaged_batch_becomes_one_unreadable_record_and_is_skipped() -> None:
    """It has the batch's last offset, so that a member that commits it never reads the batch again."""
    bad = damaged(batch(7, [b"1", b"2", b"3"]))
    (record,), after = read(bad)
    assert (record.topic, record.partition, record.offset, record.value, after) == ("t", 3, 9, bad, 10)
    assert record.unreadable == "the batch from offset 7 to 9 cannot be read: its checksum is wrong"


def test_a_fetch_that_begins_within_a_damaged_batch_reports_it() -> None:
    """A group may have committed a part of the batch before it was damaged."""
    records, after = read(damaged(batch(7, [b"1", b"2", b"3"])), start=9)
    assert ([record.offset for record in records], after) == ([9], 10)


def test_reading_stops_after_a_damaged_batch_and_fetches_again() -> None:
    """The damaged batch may have been the marker that ends an aborted transaction: the next fetch lists those again."""
    (good, bad), after = read(batch(0, [b"1"]) + damaged(batch(1, [b"2"])) + batch(2, [b"3"]))
    assert (good.value, bad.offset, bool(bad.unreadable), after) == (b"1", 1, True, 2)


def test_a_damaged_batch_that_contradicts_itself_ends_where_the_next_one_begins() -> None:
    """Its own count of records cannot be trusted; skipping too far would lose the records after it."""
    count_of_records = damaged(batch(7, [b"1", b"2"]), 60, by=8)
    _, after = read(count_of_records + batch(9, [b"3"]))
    assert after == 9


def test_a_damaged_batch_without_a_known_end_is_an_error_with_its_location() -> None:
    """Neither skipping nor waiting is right: an operator has to look."""
    with pytest.raises(FatalError, match=r"unreadable_batch: t\[3\]@0: ValueError: the offset after a damaged batch"):
        read(damaged(batch(0, [b"1", b"2"]), 60, by=8))


def test_bytes_with_a_valid_checksum_that_are_not_records_are_unreadable() -> None:
    """The checksum only proves that the bytes are as the producer sent them."""
    sound = FetchedBatch(batch(4, [b"1"]), None)

    class Broken:
        next_offset = 5

        def __iter__(self) -> Any:
            raise IndexError("past the end")

    (record,) = _with(sound, Broken())
    assert type(record.value) is UnreadableBytes
    assert record.value.reason == "the batch from offset 4 to 4 cannot be read: IndexError: past the end"


def _with(batch: FetchedBatch, inner: object) -> FetchedBatch:
    other = FetchedBatch(batch._data, None)
    other._batch = inner
    return other


def test_a_missing_codec_does_not_make_records_unreadable() -> None:
    """Every record would become a dead letter because of this installation."""

    class Unsupported:
        def __iter__(self) -> Any:
            raise UnsupportedCodecError

    with pytest.raises(UnsupportedCodecError):
        iter(_with(FetchedBatch(batch(0, [b"1"]), None), Unsupported()))


@pytest.mark.parametrize("cut", [1, 5, 11, 30])
def test_a_batch_that_was_cut_off_is_left_for_the_next_fetch(cut: int) -> None:
    """A broker fills a fetch to its limit in bytes."""
    whole, other = batch(0, [b"1"]), batch(1, [b"2"])
    records, after = read(whole + other[:cut])
    assert ([record.value for record in records], after) == ([b"1"], 1)
