"""Classes that read fetched batches so that no single record can stop its partition.

In aiokafka, a header name that is not UTF-8 raises from the decoder within `getmany`: for every partition, after each
restart. So does a batch with a wrong checksum. Here such names are read with escapes, and an unreadable batch becomes
one record that holds the raw bytes and the reason. `workarounds` puts these classes in place of the library's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import Any, Final, overload

from aiokafka.consumer import fetcher
from aiokafka.errors import UnsupportedCodecError
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

from contracts.codes import ErrorCode
from contracts.errors import LogDamaged
from services.runtime.failures import note_location

_FRAME: Final = Struct(">qi")
"""A batch's first offset, and the length of what follows; the checksum covers neither."""
_MAGIC_AT: Final = 16
_LAST_DELTA_AT: Final = 23
_COUNT_AT: Final = 57
_INT: Final = Struct(">i")
_MAGIC: Final = 2


class UnreadableBytes(bytes):
    """Raw bytes that could not be read, as the value of a record; `reason` is why."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class _UnreadableRecord:
    """One record in place of a whole batch, at its last offset, so that committing it moves past the batch."""

    offset: int
    value: UnreadableBytes
    timestamp: int = -1
    timestamp_type: int = 0
    key: None = None
    checksum: None = None
    headers: tuple[()] = ()


class _EscapedNames(bytearray):
    r"""Bytes whose slices can always be decoded: `\xff` for a byte that is not UTF-8."""

    @overload  # type: ignore[override]  # the library only slices and indexes
    def __getitem__(self, part: slice) -> "_EscapedNames": ...
    @overload
    def __getitem__(self, part: int) -> int: ...
    def __getitem__(self, part: int | slice) -> "int | _EscapedNames":
        found = super().__getitem__(part)
        return found if isinstance(found, int) else _EscapedNames(found)

    def decode(self, *_: object) -> str:
        return super().decode("utf-8", "backslashreplace")


class FetchedBatch:
    """A batch as the library reads it, except that it can be read to its end whatever it contains."""

    def __init__(self, data: bytes, following: int | None) -> None:
        self._data = data
        self._batch: Any = MemoryRecords(data).next_batch()
        self.is_intact: bool = self._batch.validate_crc()
        self._following = following

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def validate_crc(self) -> bool:
        """Return True: a wrong checksum gives an unreadable record, instead of an error on each fetch."""
        return True

    @property
    def producer_id(self) -> int | None:
        """The producer's id; None if the batch is damaged."""
        return self._batch.producer_id if self.is_intact else None

    @property
    def is_control_batch(self) -> bool:
        """Whether it is a transaction marker written by the broker."""
        return self.is_intact and bool(self._batch.is_control_batch)

    @property
    def next_offset(self) -> int:
        """The offset after the batch.

        The fields of a damaged batch are used only if two of them agree; otherwise the next batch's first offset is.

        Raises:
            ValueError: neither is available.
        """
        if self.is_intact:
            return int(self._batch.next_offset)
        first, _ = _FRAME.unpack_from(self._data)
        if len(self._data) >= _COUNT_AT + _INT.size and self._data[_MAGIC_AT] == _MAGIC:
            (last_delta,), (count,) = (_INT.unpack_from(self._data, at) for at in (_LAST_DELTA_AT, _COUNT_AT))
            if count == last_delta + 1 > 0:
                return int(first + count)
        if self._following is not None:
            return self._following
        raise ValueError("the offset after a damaged batch cannot be determined")

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._records())

    def _records(self) -> list[Any]:
        if not self.is_intact:
            return [self._unreadable("its checksum is wrong")]
        try:
            return list(self._batch)
        except UnsupportedCodecError:
            raise  # this installation lacks something: the batch is sound
        except UnicodeDecodeError:
            return self._read_with_escapes()
        except Exception as error:  # noqa: BLE001 - whatever a decoder raises on bytes that it was not made for
            return [self._unreadable(f"{type(error).__name__}: {error}")]

    def _read_with_escapes(self) -> list[Any]:
        """Read the batch again with the library's pure-Python reader, on a buffer that can decode every header name."""
        batch: Any = _DefaultRecordBatchPy(self._data)
        batch._maybe_uncompress()  # noqa: SLF001 - nothing public reads a name as bytes
        batch._buffer = _EscapedNames(batch._buffer)  # noqa: SLF001 - likewise
        return list(batch)

    def _unreadable(self, why: str) -> _UnreadableRecord:
        value = UnreadableBytes(self._data)
        first, _ = _FRAME.unpack_from(self._data)
        value.reason = f"the batch from offset {first} to {self.next_offset - 1} cannot be read: {why}"
        return _UnreadableRecord(self.next_offset - 1, value)


class FetchedRecords:
    """The batches that one fetch returned for a partition, in place of the library's `MemoryRecords`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def size_in_bytes(self) -> int:
        """Return the number of bytes fetched."""
        return len(self._data)

    def has_next(self) -> bool:
        """Return whether a whole batch is left. The broker cuts off the last one if the fetch is full."""
        return self._end_of(self._at) is not None

    def next_batch(self) -> FetchedBatch | None:
        """Return the next batch.

        None after a damaged batch. The client then fetches again from there, with a new list of aborted transactions:
        the present list may refer to the damaged batch.
        """
        end = self._end_of(self._at)
        if end is None:
            return None
        following = _FRAME.unpack_from(self._data, end)[0] if len(self._data) >= end + _FRAME.size else None
        batch = FetchedBatch(bytes(self._data[self._at : end]), following)
        self._at = end if batch.is_intact else len(self._data)
        return batch

    def _end_of(self, at: int) -> int | None:
        if len(self._data) < at + _FRAME.size:
            return None
        _, length = _FRAME.unpack_from(self._data, at)
        end = int(at + _FRAME.size + length)
        return end if end <= len(self._data) else None


class FetchedPartition(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka ships no types
    """The records that one fetch returned for a partition. If they cannot be read at all, the error has the offset."""

    def _unpack_records(self) -> Iterator[Any]:
        try:
            yield from super()._unpack_records()
        except Exception as error:
            address = f"{self._tp.topic}[{self._tp.partition}]@{self.next_fetch_offset}"
            damaged = LogDamaged(ErrorCode.UNREADABLE_BATCH, f"{address}: {type(error).__name__}: {error}")
            note_location(damaged, "while reading", self._tp.topic, self._tp.partition, self.next_fetch_offset)
            raise damaged from error
