"""Changes that keep a filing's structure, which a fuzzer that only flips bytes would take years to find."""

import random
import re
from collections.abc import Callable, Sequence
from typing import Final

_PIECE: Final = re.compile(rb"<[^<>]*>|[0-9][0-9,.]*|[A-Za-z]+|\s+|.", re.DOTALL)
_STRANGE: Final = (
    *(b"(1)", b"<sup>(2)</sup>", "⁽³⁾".encode(), b"^(4)", b"[(5)](#F5)"),
    *(b"$", b",", b".", b"-", b"0", b"99999999999999999999", b"1e9", b"NaN", b"N/A", b"12/31/1999", b"02/30/2020"),
    *(b" ativeTable", b"&#26;", b"&#0;", b"</XML>", b"</ownershipDocument>", b"<OWNERSHIPDOCUMENT>", b"<br/>"),
    *(b"&", b"&amp;", b"&nbsp;", b"]]>", b"<", b">", b"<td>", b"</table>", b"<table>", b"<value/>", b"<!--"),
    *(b"|", b"\t", b"\n", b"\r\n", b"  ", "│".encode(), "─".encode(), b"+--+", b"\\", b"**", b"X", b"[X]", b"V"),
    *(b"\xff", b"\xc3", "\u200b".encode(), "\u00a0".encode()),
)


def _lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True) or [b""]


def _without_a_line(data: bytes, _: bytes, rng: random.Random) -> bytes:
    lines = _lines(data)
    del lines[rng.randrange(len(lines))]
    return b"".join(lines)


def _with_a_line_twice(data: bytes, _: bytes, rng: random.Random) -> bytes:
    lines = _lines(data)
    lines.insert(rng.randrange(len(lines)), rng.choice(lines))
    return b"".join(lines)


def _with_lines_of_another(data: bytes, other: bytes, rng: random.Random) -> bytes:
    lines, others = _lines(data), _lines(other)
    at, start = rng.randrange(len(lines)), rng.randrange(len(others))
    return b"".join([*lines[:at], *others[start : start + rng.randint(1, 20)], *lines[at:]])


def _cut(data: bytes, _: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] if rng.random() < 0.7 else data[at:]


def _with_something_strange(data: bytes, _: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(_STRANGE) * rng.choice((1, 1, 1, 2, 50)) + data[at:]


def _without_a_piece(data: bytes, _: bytes, rng: random.Random) -> bytes:
    found = _piece_at(data, rng)
    return data[: found[0]] + data[found[1] :]


def _with_pieces_swapped(data: bytes, _: bytes, rng: random.Random) -> bytes:
    (start, end), (second, last) = sorted((_piece_at(data, rng), _piece_at(data, rng)))
    if second < end:
        return data
    return data[:start] + data[second:last] + data[end:second] + data[start:end] + data[last:]


def _piece_at(data: bytes, rng: random.Random) -> tuple[int, int]:
    if not data:
        return 0, 0
    found = _PIECE.match(data, rng.randrange(len(data)))
    return found.span() if found else (0, 0)


_MUTATIONS: Final[Sequence[Callable[[bytes, bytes, random.Random], bytes]]] = (
    _without_a_line, _with_a_line_twice, _with_lines_of_another, _cut, _with_something_strange, _with_something_strange,
    _without_a_piece, _without_a_piece, _with_pieces_swapped,
)  # fmt: skip


def mutate(data: bytes, other: bytes, most: int, rng: random.Random) -> bytes:
    """Return the data with one to four changes, some by pieces of another filing; at most `most` bytes."""
    for _ in range(rng.randint(1, 4)):
        data = rng.choice(_MUTATIONS)(data, other, rng)
    return data[:most]
