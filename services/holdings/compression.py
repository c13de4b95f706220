"""Compress books for memory: LZ4 with a dictionary of common text, in a few microseconds per book.

The LZ4 binding does not support dictionaries. Each book is therefore compressed together with the dictionary in front
of it, and the dictionary's own output, which is always the same, is cut off. Compressed bytes leave the process in
snapshots only, which carry `ENCODING`, so the format may change with any version.
"""

import hashlib
from datetime import date
from struct import Struct
from typing import Final

from cramjam import lz4

from contracts.codec import encode
from contracts.structs import Issuer, Owner, Position, PositionsUpdated

_HEAD: Final = Struct(">I?I")
"""The book's version, whether it is compressed, and the length of the original bytes."""


_PHRASES: Final = (
    "Stock Option (Right to Buy) Restricted Stock Units Series A Convertible Preferred Stock By Trust LLC, L.P., "
    "the general partner of, managing member of, Family Trust dated, trustee. The shares are held by the reporting "
    "person disclaims beneficial ownership of these securities except to the extent of his pecuniary interest "
    "therein. Chief Executive Officer and President"
)
"""Words that are common in titles and in footnotes that name holders."""


def compress(version: int, value: bytes) -> bytes:
    """Return a book's value compressed, preceded by its version."""
    compressed = bytes(lz4.compress_block(_DICTIONARY + value, store_size=False))
    if compressed.startswith(_PREFIX) and len(compressed) - len(_PREFIX) < len(value):
        return _HEAD.pack(version, True, len(value)) + compressed[len(_PREFIX) :]
    return _HEAD.pack(version, False, len(value)) + value


def stored_version(data: bytes) -> int:
    """Return the version of a compressed book."""
    return int(_HEAD.unpack_from(data)[0])


def decompress(data: bytes) -> bytes:
    """Return the value of a compressed book."""
    _, is_compressed, length = _HEAD.unpack_from(data)
    if not is_compressed:
        return data[_HEAD.size :]
    whole = bytes(lz4.decompress_block(_PREFIX + data[_HEAD.size :], output_len=len(_DICTIONARY) + length))
    return whole[len(_DICTIONARY) :]


def _dictionary() -> bytes:
    """Return a sample book with one position: the field names in order, and common values.

    One position is enough: within a book, the first position serves as the dictionary of the others. A longer sample
    would cost time with every book.
    """
    day, filing_id = date(2020, 1, 1), "0000000000-20-000000"
    position = Position(
        position_id="0",
        table="non_derivative",
        security_title="Class B Common Stock",
        ownership="I",
        nature_of_ownership="See footnote",
        holder_note=_PHRASES,
        shares="0",
        as_of=day,
        filing_id=filing_id,
    )
    owner = Owner(
        key="0000000000",
        cik="0000000000",
        name="0",
        street1="C/O",
        city="NEW YORK",
        state="NY",
        is_director=False,
        is_officer=True,
        is_ten_percent_owner=False,
        is_other=False,
    )
    book = PositionsUpdated(
        owner=owner,
        issuer=Issuer(key="0000000000", cik="0000000000", name="0", trading_symbol="0", tickers=("0",)),
        version=1,
        updated_by=filing_id,
        as_of=day,
        positions=(position,),
        applied_filings=(filing_id,),
        accounts=(("0.0 t 2020-01-01 = 0",),),
        filings=(("4 2020-01-01T00:00:00Z 2020-01-01 ~ 000000000000", "0|S -1 -0 0;M -1 0;F -1 -0"),),
        labels=(0, 1, 2, 3),
        last_prices={"non_derivative COMMON STOCK": "0"},
    )
    return encode(book)


def _prefix(dictionary: bytes) -> bytes:
    """Return the part of the compressed dictionary that does not depend on what follows it.

    It is the longest common prefix of the outputs with four different followers: nothing, the dictionary and noise.
    """
    followers = (b"", dictionary, bytes(range(256)), bytes(range(255, -1, -1)))
    compressed = [bytes(lz4.compress_block(dictionary + follower, store_size=False)) for follower in followers]
    first, last = min(compressed), max(compressed)
    length = next((index for index, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), 0)
    return first[:length]


_DICTIONARY: Final = _dictionary()
_PREFIX: Final = _prefix(_DICTIONARY)
ENCODING: Final = hashlib.sha256(b"lz4 1 %b %b" % (_DICTIONARY, _PREFIX)).hexdigest()
"""Identifies the format of compressed books. It changes with the dictionary, and so with the events' fields."""
