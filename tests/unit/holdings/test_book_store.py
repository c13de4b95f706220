"""The books of a partition in memory, and how few bytes they take."""

import pytest
from msgspec.structs import replace

from contracts.codec import encode
from contracts.structs import PositionsUpdated
from services.holdings import book_store, compression
from services.holdings.book import Book
from services.holdings.book_store import BookStore
from services.holdings.compression import compress, decompress, stored_version
from tests.unit.holdings.builders import ISSUER, OWNER, applied, holding, report

KEY = f"{ISSUER.key}|{OWNER.key}".encode()


def book() -> PositionsUpdated:
    """Return a small book."""
    return applied(report(holding("100"), holding("7", by="Trust"), form="3")).event


def test_compressed_book_decompresses_to_the_same_bytes() -> None:
    """Byte for byte, with its version ahead: the version is checked without unpacking."""
    value = encode(book())
    assert (decompress(compress(7, value)), stored_version(compress(7, value))) == (value, 7)


def test_compressed_book_takes_less_than_a_third_of_its_size() -> None:
    """Words that all books have in common are not kept a million times."""
    value = encode(book())
    assert len(compress(1, value)) < len(value) / 3


@pytest.mark.parametrize("value", [b"", b"x", bytes(range(256)) * 2, b"a" * 100_000, encode(book()) * 100])
def test_any_bytes_survive_compression(value: bytes) -> None:
    """Nothing depends on their being a book, or on their length."""
    assert decompress(compress(1, value)) == value


def test_incompressible_bytes_are_stored_uncompressed(monkeypatch: pytest.MonkeyPatch) -> None:
    """So are those that the library compresses otherwise than the dictionary alone."""
    assert len(compress(1, b"x")) == len(compress(1, b"")) + 1
    value = encode(book())
    monkeypatch.setattr(compression, "_PREFIX", b"another")
    assert decompress(compress(1, value)) == value


def test_recently_used_book_is_not_decoded_again() -> None:
    """An owner's filings come close together."""
    books = BookStore()
    books.restore(KEY, 1, encode(book()))
    found = books.book(KEY)
    assert found is not None
    assert found is books.book(KEY)
    assert (found.event, found.positions) == (book(), Book.from_event(book()).positions)


def test_least_recently_used_books_are_kept_compressed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decoded, a million of them would not fit in memory."""
    monkeypatch.setattr(book_store, "_BOOKS_DECODED", 2)
    books = BookStore()
    kept = {}
    for number in range(1, 6):
        owner = replace(OWNER, key=f"name:{number}")
        kept[number] = replace(book(), owner=owner, version=number)
        books.keep(f"{ISSUER.key}|name:{number}".encode(), Book.from_event(kept[number]), encode(kept[number]))
    assert len(books._decoded) == 2
    for number, event in kept.items():
        key = f"{ISSUER.key}|name:{number}".encode()
        assert books.version(key) == number
        found = books.book(key)
        assert found is not None
        assert found.event == event


def test_removed_book_is_unknown() -> None:
    """Version 0 is that of no book."""
    books = BookStore()
    books.restore(KEY, 1, encode(book()))
    assert books.version(KEY) == 1
    books.forget(KEY)
    assert (books.version(KEY), books.book(KEY)) == (0, None)
    books.forget(KEY)


def test_saved_books_are_loaded_byte_for_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some are compressed, some only decoded; frames end anywhere among them."""
    monkeypatch.setattr(book_store, "_BOOKS_PER_FRAME", 2)
    books = BookStore()
    events = [replace(book(), owner=replace(OWNER, key=f"name:{number}"), version=number) for number in range(1, 6)]
    keys = [f"{ISSUER.key}|{event.owner.key}".encode() for event in events]
    for key, event in zip(keys[:4], events, strict=False):
        books.restore(key, event.version, encode(event))
    for key, event in zip(keys[3:], events[3:], strict=True):
        books.keep(key, Book.from_event(replace(event, version=9)), encode(replace(event, version=9)))
    loaded = BookStore()
    assert [loaded.load(frame) for frame in books.save(77)] == [77, 77, 77]
    assert loaded.count == books.count == 5
    for key in keys:
        assert loaded.version(key) == books.version(key)
        one, other = loaded.book(key), books.book(key)
        assert one is not None
        assert other is not None
        assert (one.event, one.positions) == (other.event, other.positions)


def test_books_are_saved_as_they_were_when_saving_began() -> None:
    """Frames are made while the processor goes on, and must contain the state at one offset."""
    books = BookStore()
    books.restore(KEY, 1, encode(book()))
    frames = books.save(5)
    later = replace(book(), version=2)
    books.keep(KEY, Book.from_event(later), encode(later))
    books.restore(b"another", 1, encode(book()))
    loaded = BookStore()
    assert [loaded.load(frame) for frame in frames] == [5]
    assert (loaded.version(KEY), loaded.count) == (1, 1)


def test_store_without_books_saves_its_offset() -> None:
    """All books may have been deleted."""
    loaded = BookStore()
    assert [loaded.load(frame) for frame in BookStore().save(-1)] == [-1]
    assert loaded.count == 0
