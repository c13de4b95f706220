"""The books of a partition in memory: all of them compressed, the most recently used ones decoded.

An owner's filings arrive close together, so few books are decoded twice. A million decoded books would not fit in the
memory of one process; as compressed bytes they do.
"""

from collections import OrderedDict
from typing import Final

from contracts.codec import decode
from contracts.codes import ErrorCode
from contracts.errors import InvalidEvent, StateCorrupted
from contracts.structs import PositionsUpdated
from contracts.topics import positions_key
from services.holdings.book import Book
from services.holdings.compression import compress, decompress, stored_version

REMEDY: Final = "`insidertape state verify` lists the faults and `insidertape state repair` repairs them"
"""The advice to the operator in errors about unusable state."""

_BOOKS_DECODED: Final = 256
"""Books kept decoded (least recently used are evicted)."""


class BookStore:
    """The books of one partition, by the keys of their records."""

    def __init__(self) -> None:
        self._compressed: dict[bytes, bytes] = {}
        self._decoded: OrderedDict[bytes, tuple[Book, bytes | None]] = OrderedDict()
        """Books with their values; a value is None if `_compressed` contains the same version."""

    def version(self, key: bytes) -> int:
        """Return the version of the book; 0 if there is none."""
        if key in self._decoded:
            return self._decoded[key][0].event.version
        data = self._compressed.get(key)
        return 0 if data is None else stored_version(data)

    @property
    def count(self) -> int:
        """The number of books."""
        return len(self._compressed) + sum(key not in self._compressed for key in self._decoded)

    def restore(self, key: bytes, version: int, value: bytes) -> None:
        """Add a book as its topic contains it. It is decoded on first use."""
        self._compressed[key] = compress(version, value)

    def forget(self, key: bytes) -> None:
        """Remove a book."""
        self._compressed.pop(key, None)

    def keep(self, key: bytes, book: Book, value: bytes) -> None:
        """Store the next version of a book, and its encoded value."""
        self._use(key, book, value)

    def book(self, key: bytes) -> Book | None:
        """Return the book; None if there is none.

        Raises:
            StateCorrupted: the stored value cannot be read, or belongs to another owner.
        """
        if key in self._decoded:
            self._decoded.move_to_end(key)
            return self._decoded[key][0]
        data = self._compressed.get(key)
        if data is None:
            return None
        try:
            book = read_book(key, decode_positions(key, decompress(data), stored_version(data)))
        except StateCorrupted as error:
            raise StateCorrupted(error.code, f"{error.message}; {REMEDY}") from None
        self._use(key, book, None)
        return book

    def _use(self, key: bytes, book: Book, value: bytes | None) -> None:
        self._decoded[key] = (book, value)
        self._decoded.move_to_end(key)
        if len(self._decoded) > _BOOKS_DECODED:
            oldest, (unused, changed) = self._decoded.popitem(last=False)
            if changed is not None:
                self._compressed[oldest] = compress(unused.event.version, changed)


def read_book(key: bytes, event: PositionsUpdated) -> Book:
    """Decode the book of an event.

    Raises:
        StateCorrupted: the event's state is not in the ledger's encoding.
    """
    try:
        return Book.from_event(event)
    except (ValueError, LookupError, ArithmeticError, TypeError) as error:
        name = key.decode("utf-8", "replace")
        raise StateCorrupted(ErrorCode.UNREADABLE_STATE, f"{name}: {type(error).__name__}: {error}") from None


def decode_positions(key: bytes, value: bytes, version: int | None = None) -> PositionsUpdated:
    """Decode the positions of a record; its key, and the version if given, must match.

    Raises:
        StateCorrupted: the value cannot be read, or does not match the key or the version.
    """
    name = key.decode("utf-8", "replace")
    try:
        event = decode(value, PositionsUpdated)
    except InvalidEvent as error:
        raise StateCorrupted(ErrorCode.UNREADABLE_POSITIONS, f"{name}: {error.message}") from None
    if positions_key(event.issuer.key, event.owner.key).encode() != key or version not in (None, event.version):
        raise StateCorrupted(
            ErrorCode.FOREIGN_POSITIONS, f"{name}: the positions do not match the record's key or version"
        )
    return event
