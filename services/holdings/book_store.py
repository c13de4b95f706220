"""The books of a partition in memory: packed, and those used last decoded.

An owner's filings come close together, so that few books are decoded twice; and a million books fit one process only
as bytes.
"""

from collections import OrderedDict
from typing import Final

from contracts.codec import decode
from contracts.codes import ErrorCode
from contracts.errors import InvalidEvent, StateCorrupted
from contracts.positions_updated import PositionsUpdated
from contracts.topics import positions_key
from services.holdings.book import Book
from services.holdings.compression import packed, unpacked, version_of

REMEDY: Final = "`insidertape state verify` lists what is wrong, and `insidertape state repair` mends it"
"""What a person can do about state that cannot be used."""

_BOOKS_DECODED: Final = 256
"""Books kept decoded: those used last."""


class BookStore:
    """The books of one partition, by the keys of their records."""

    def __init__(self) -> None:
        self._packed: dict[bytes, bytes] = {}
        self._decoded: OrderedDict[bytes, tuple[Book, bytes | None]] = OrderedDict()
        """Books with their values; None where `_packed` holds the same."""

    def version(self, key: bytes) -> int:
        """The version of the book; 0 where there is none."""
        if key in self._decoded:
            return self._decoded[key][0].event.version
        data = self._packed.get(key)
        return 0 if data is None else version_of(data)

    @property
    def count(self) -> int:
        """How many books there are."""
        return len(self._packed) + sum(key not in self._packed for key in self._decoded)

    def restore(self, key: bytes, version: int, value: bytes) -> None:
        """Take in a book as its topic holds it; it is read when it is used."""
        self._packed[key] = packed(version, value)

    def forget(self, key: bytes) -> None:
        """There is no such book any more."""
        self._packed.pop(key, None)

    def keep(self, key: bytes, book: Book, value: bytes) -> None:
        """Take in the next version of a book, and the bytes in which its topic holds it."""
        self._use(key, book, value)

    def book(self, key: bytes) -> Book | None:
        """The book; None where there is none.

        Raises:
            StateCorrupted: what the topic holds under the key cannot be read, or is another's.
        """
        if key in self._decoded:
            self._decoded.move_to_end(key)
            return self._decoded[key][0]
        data = self._packed.get(key)
        if data is None:
            return None
        try:
            book = book_read(key, positions_of(key, unpacked(data), version_of(data)))
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
                self._packed[oldest] = packed(unused.event.version, changed)


def book_read(key: bytes, event: PositionsUpdated) -> Book:
    """Return the book of an event.

    Raises:
        StateCorrupted: its state is not in the ledger's notation.
    """
    try:
        return Book.of(event)
    except (ValueError, LookupError, ArithmeticError, TypeError) as error:
        name = key.decode("utf-8", "replace")
        raise StateCorrupted(ErrorCode.UNREADABLE_STATE, f"{name}: {type(error).__name__}: {error}") from None


def positions_of(key: bytes, value: bytes, version: int | None = None) -> PositionsUpdated:
    """The positions that a record of that key and, where it tells one, that version holds.

    Raises:
        StateCorrupted: it cannot be read, or holds another's.
    """
    name = key.decode("utf-8", "replace")
    try:
        event = decode(value, PositionsUpdated)
    except InvalidEvent as error:
        raise StateCorrupted(ErrorCode.UNREADABLE_POSITIONS, f"{name}: {error.message}") from None
    if positions_key(event.issuer.key, event.owner.key).encode() != key or version not in (None, event.version):
        raise StateCorrupted(
            ErrorCode.FOREIGN_POSITIONS, f"{name}: the record holds other positions than its headers say"
        )
    return event
