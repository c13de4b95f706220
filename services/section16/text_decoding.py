"""How the bytes of a filing become the text that FilingPublished carries."""

import codecs
from typing import Final

from contracts.codes import ErrorCode
from contracts.errors import InvalidFiling

_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def decode_filing(content: bytes, *, whole: bool = True) -> str:
    """Decode the text of a filing: UTF-8 or UTF-16 with or without a byte order mark, else Windows-1252.

    If `content` is only the beginning of a filing (`whole` is False), a character cut off at its end is left out. The
    same holds if UTF-8 with characters beyond ASCII breaks off within a character.

    Raises:
        InvalidFiling: the bytes are not text in any of these encodings.

    >>> decode_filing("Zürich".encode()), decode_filing("Zürich".encode("cp1252"))
    ('Zürich', 'Zürich')
    >>> decode_filing("Zü".encode()[:2], whole=False)
    'Z'
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _strict(content[len(mark) :], encoding, whole=whole)
    if content[:2].count(0) == 1 and len(content) % 2 == 0:
        return _strict(content, "utf-16-be" if content[0] == 0 else "utf-16-le", whole=whole)
    try:
        return _decoded(content, "utf-8", whole=whole)
    except UnicodeDecodeError as error:
        begun = content[: error.start]
        if error.reason == "unexpected end of data" and not begun.isascii():
            return begun.decode()
        return _strict(content, "cp1252", whole=whole)


def _strict(content: bytes, encoding: str, *, whole: bool) -> str:
    try:
        return _decoded(content, encoding, whole=whole)
    except UnicodeDecodeError:
        raise InvalidFiling(ErrorCode.UNDECODABLE, f"the bytes are neither UTF-8 nor {encoding}") from None


def _decoded(content: bytes, encoding: str, *, whole: bool) -> str:
    return codecs.getincrementaldecoder(encoding)().decode(content, final=whole)
