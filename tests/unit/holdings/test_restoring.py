"""Restoring a partition's books from the positions topic, and what stops the service."""

from dataclasses import replace

import pytest
from msgspec import structs

from contracts.codec import decode, encode
from contracts.errors import StateCorrupted
from contracts.structs import PositionsUpdated
from contracts.topics import POSITIONS
from services.holdings.processor import (
    REBUILT_HEADER,
    SOURCE_OFFSET_HEADER,
    VERSION_HEADER,
    HoldingsProcessor,
    state_fault,
)
from services.runtime.port import Output, Record
from tests.unit.holdings.builders import holding, report
from tests.unit.holdings.records import (
    KEY,
    OPENED,
    OTHERS,
    SOLD,
    positions_of_report,
    restored,
    source,
    stored,
    with_header,
)


@pytest.fixture
def positions() -> Output:
    """Return the positions after the first filing."""
    return positions_of_report(OPENED)


def test_restored_processor_continues_where_the_first_stopped() -> None:
    """The positions topic is the state: the same outputs, byte for byte."""
    first = HoldingsProcessor()
    second = restored(stored(first.process(source(OPENED, 4)).outputs[0]))
    assert second.process(source(SOLD, 9)).outputs == first.process(source(SOLD, 9)).outputs
    assert second.process(source(OPENED, 10)).outputs == ()


def test_loaded_processor_continues_where_the_saved_one_stopped() -> None:
    """Versions and source offsets grow on from those of the snapshot."""
    first, second = HoldingsProcessor(), HoldingsProcessor()
    first.process(source(OPENED, 4))
    for frame in first.save():
        second.load(frame)
    assert second.source_offset == 4
    with pytest.raises(StateCorrupted, match="source_offset_does_not_grow"):
        second.process(source(SOLD, 4))
    assert second.process(source(SOLD, 9)).outputs == first.process(source(SOLD, 9)).outputs


def test_record_without_a_value_removes_the_book(positions: Output) -> None:
    """A tombstone: the next report of the owner is the first again."""
    processor = restored(stored(positions), stored(replace(positions, value=None), 1))
    assert processor.process(source(OPENED, 5)).facts["version"] == 1


def test_version_that_does_not_grow_stops_the_service(positions: Output) -> None:
    """Two instances wrote one partition."""
    with pytest.raises(StateCorrupted, match="version_does_not_grow"):
        restored(stored(positions), stored(with_header(positions, SOURCE_OFFSET_HEADER, b"1"), 1))


def test_source_offset_that_does_not_grow_stops_the_service() -> None:
    """It grows over all books of the partition, and on into what is processed next."""
    one, other = positions_of_report(OPENED, 5), positions_of_report(OTHERS, 5)
    with pytest.raises(StateCorrupted, match="source_offset_does_not_grow"):
        restored(stored(one), stored(other, 1))
    with pytest.raises(StateCorrupted, match="source_offset_does_not_grow"):
        restored(stored(one)).process(source(SOLD, 5))


@pytest.mark.parametrize("text", [None, b"", b"-1", b"1.5", "\u0665".encode(), b"9" * 20])
def test_positions_without_a_readable_source_offset_stop_the_service(positions: Output, text: bytes | None) -> None:
    """They were not written by holdings."""
    with pytest.raises(StateCorrupted, match="malformed_header"):
        restored(stored(with_header(positions, SOURCE_OFFSET_HEADER, text)))


@pytest.mark.parametrize("text", [b"", b"-1", b"one"])
def test_version_that_is_not_a_number_stops_the_service(positions: Output, text: bytes) -> None:
    """Holdings did not write it."""
    with pytest.raises(StateCorrupted, match="malformed_header"):
        restored(stored(with_header(positions, VERSION_HEADER, text)))


def test_positions_under_another_key_stop_the_service(positions: Output) -> None:
    """The record's headers identify the owner of the positions."""
    with pytest.raises(StateCorrupted, match="foreign_positions"):
        restored(stored(replace(positions, key=b"0000000001|0000000002")))


def unreadable(positions: Output) -> bytes:
    """Return positions whose state is not in the ledger's encoding."""
    book = decode(positions.value, PositionsUpdated)
    return encode(structs.replace(book, accounts=(("0.0 what",),)))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (b"{}", "unreadable_positions"),
        (b"", "unreadable_positions"),
        (positions_of_report(OTHERS).value, "foreign_positions"),
        (unreadable(positions_of_report(OPENED)), "unreadable_state"),
    ],
)
def test_book_that_cannot_be_read_stops_the_service_when_it_is_used(positions: Output, value: bytes, code: str) -> None:
    """Restoring a million books takes seconds because none is read; nothing is written over it before that."""
    processor = restored(stored(replace(positions, value=value)))
    assert processor.process(source(OTHERS, 1)).facts["version"] == 1
    with pytest.raises(StateCorrupted, match=f"{code}: .*insidertape state repair"):
        processor.process(source(SOLD, 2))
    fault = state_fault(stored(replace(positions, value=value), 7))
    assert fault is not None
    assert (fault.error.code, "@7" in fault.error.message) == (code, True)


def test_book_of_another_version_than_its_header_stops_the_service_when_it_is_used(positions: Output) -> None:
    """Growth was checked by the header."""
    other = with_header(positions, VERSION_HEADER, b"2")
    with pytest.raises(StateCorrupted, match="foreign_positions"):
        restored(stored(other)).process(source(SOLD, 1))
    assert state_fault(stored(other)) is not None
    assert state_fault(stored(positions)) is None


def test_positions_from_before_the_version_header_are_read_for_it(positions: Output) -> None:
    """Slower, and as good: the version is in the value too."""
    opened = with_header(positions, VERSION_HEADER, None)
    with pytest.raises(StateCorrupted, match="version_does_not_grow"):
        restored(stored(opened), stored(with_header(opened, SOURCE_OFFSET_HEADER, b"1"), 1))
    assert restored(stored(opened)).process(source(SOLD, 2)).facts["version"] == 2
    with pytest.raises(StateCorrupted, match="unreadable_positions"):
        restored(stored(replace(opened, value=b"{}")))


@pytest.mark.parametrize("key", [None, b"", b"\xff", KEY])
def test_foreign_record_in_the_state_stops_the_service_and_names_the_remedy(key: bytes | None) -> None:
    """Continuing without the book would count its filings again."""
    for headers in ((), (("ce_subject", None),), (("ce_subject", key), (SOURCE_OFFSET_HEADER, None))):
        foreign = Record(POSITIONS.name, 3, 7, key, b"\xff", headers)
        with pytest.raises(StateCorrupted, match=r"positions\.v1\[3\]@7: .*; `insidertape state verify` lists"):
            restored(foreign)
    with pytest.raises(StateCorrupted, match=r"unreadable_state: .*@7: its checksum is wrong; `insidertape state"):
        restored(Record(POSITIONS.name, 3, 7, key, b"raw", unreadable="its checksum is wrong"))


def test_foreign_record_no_longer_stops_the_service_once_its_key_is_deleted_or_rewritten(positions: Output) -> None:
    """Compaction keeps replaced records for a while, so a repair must take effect at once."""
    foreign = Record(POSITIONS.name, 3, 1, positions.key, b"foreign")
    assert restored(stored(positions), foreign, stored(replace(positions, value=None), 2)).faults == {}
    assert restored(foreign, stored(positions, 2)).process(source(SOLD, 1)).facts["version"] == 2


def test_only_a_rebuilt_book_repairs_a_contradiction() -> None:
    """A later version only hides that two instances wrote the partition; a rebuilt one is known to be right."""
    writer = HoldingsProcessor()
    opened, sold = (writer.process(source(each, offset)).outputs[0] for offset, each in enumerate((OPENED, SOLD)))
    contradiction = stored(with_header(opened, SOURCE_OFFSET_HEADER, b"9"), 1)
    later = stored(with_header(sold, SOURCE_OFFSET_HEADER, b"10"), 2)
    with pytest.raises(StateCorrupted, match="version_does_not_grow"):
        restored(stored(opened), contradiction, later)
    processor = restored(stored(opened), contradiction, later, stored(with_header(sold, REBUILT_HEADER, b"1"), 3))
    third = report(holding("7"), filing_id="0000000001-24-000003")
    with pytest.raises(StateCorrupted, match="source_offset_does_not_grow"):
        processor.process(source(third, 10))
    assert processor.process(source(third, 11)).facts["version"] == 3
