"""The books of a partition in memory: all of them compressed, the most recently used ones decoded.

An owner's filings arrive close together, so few books are decoded twice. A million decoded books would not fit in the
memory of one process; as compressed bytes they do.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice, pairwise
from struct import Struct, pack, unpack_from
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

_FRAME_HEAD: Final = Struct(">qI")
_BOOKS_PER_FRAME: Final = 1_000
"""About two megabytes: small enough to let other work in between two frames."""

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

    def save(self, source_offset: int) -> Iterator[bytes]:
        """Return the present books as frames, to be made while the store goes on. `source_offset` is in each frame."""
        books = self._compressed.copy()
        changed = [
            (key, book.event.version, value) for key, (book, value) in self._decoded.items() if value is not None
        ]
        return _frames(books, changed, source_offset)

    def load(self, frame: bytes) -> int:
        """Add the books of a frame without reading them, and return its source offset."""
        source_offset, count = _FRAME_HEAD.unpack_from(frame)
        lengths = unpack_from(f">{2 * count}I", frame, _FRAME_HEAD.size)
        ends = list(accumulate(lengths, initial=_FRAME_HEAD.size + 8 * count))
        parts = [frame[begin:end] for begin, end in pairwise(ends)]
        self._compressed.update(zip(parts[:count], parts[count:], strict=True))
        return int(source_offset)

    def _use(self, key: bytes, book: Book, value: bytes | None) -> None:
        self._decoded[key] = (book, value)
        self._decoded.move_to_end(key)
        if len(self._decoded) > _BOOKS_DECODED:
            oldest, (unused, changed) = self._decoded.popitem(last=False)
            if changed is not None:
                self._compressed[oldest] = compress(unused.event.version, changed)


def _frames(
    books: dict[bytes, bytes], changed: Sequence[tuple[bytes, int, bytes]], source_offset: int
) -> Iterator[bytes]:
    """Yield frames: the source offset, the number of books, the lengths of keys and books, then keys and books.

    There is at least one frame.
    """
    for key, version, value in changed:
        books[key] = compress(version, value)
    items = iter(books.items())
    chunk = list(islice(items, _BOOKS_PER_FRAME))
    while True:
        keys, values = [key for key, _ in chunk], [value for _, value in chunk]
        lengths = pack(f">{2 * len(chunk)}I", *map(len, keys), *map(len, values))
        yield b"".join((_FRAME_HEAD.pack(source_offset, len(chunk)), lengths, *keys, *values))
        if not (chunk := list(islice(items, _BOOKS_PER_FRAME))):
            return


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
