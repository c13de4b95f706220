"""Text laid out in space: its pieces, columns of characters that stay blank, and the marks that converters leave."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from services.parser.form.blocks import CHECKED, marker
from services.parser.form.markup import superscripts_marked

WIDEST_LINE: Final = 2000
"""Characters of the widest line whose places are looked at."""

_PIECE: Final = re.compile(r"\S+(?: \S+)*")
_WORD: Final = re.compile(r"\S+")
_BLANK: Final = re.compile(r"\s")
_COVERED: Final = bytes(not chr(code).isspace() for code in range(256))
"""For each byte of an ASCII text, whether it is something to see."""

_RAISED: Final = re.compile(r"\^\s*\(([0-9]{1,2})\)")
_RAISED_STARS: Final = re.compile(r"\^(?=\*)")
_RULE: Final = re.compile(r"[-_=\u2500-\u257f]{4,}")
_SLASH: Final = re.compile(r"[A-Za-z0-9]/$")
_SUFFIX: Final = re.compile(r"\((?:e?s|ies)\)|/[A-Za-z]")
"""What a converter parts from the word it belongs to where it wraps a line."""


class Piece(NamedTuple):
    """Words with single spaces between them, and where they stand on their line."""

    start: int
    end: int
    text: str


def pieces_of(line: str) -> list[Piece]:
    """What two or more spaces part."""
    return [Piece(match.start(), match.end(), match.group()) for match in _PIECE.finditer(line)]


def words_of(line: str) -> list[Piece]:
    """What any space parts."""
    return [Piece(match.start(), match.end(), match.group()) for match in _WORD.finditer(line)]


def covered_by(lines: Iterable[str]) -> bytearray:
    """For each column of characters, 1 where any line has something; one more at the end, blank."""
    covered = width = 0
    for line in lines:
        width = max(width, len(line))
        plain = line if line.isascii() else _BLANK.sub(" ", line)
        covered |= int.from_bytes(plain.encode("ascii", "replace").translate(_COVERED), "little")
    return bytearray(covered.to_bytes(width + 1, "little"))


def column_start(covered: bytearray, at: int) -> int:
    """Where what covers the column of characters `at` begins: the first one after the nearest blank one to the left."""
    return covered.rfind(b"\0", 0, at) + 1 if 0 < at < len(covered) else at


def cut(line: str, starts: Sequence[int]) -> list[str]:
    """The line in pieces that begin at `starts`; what stands before the first goes with it."""
    ends = starts[1:]
    return [line[start:end] for start, end in zip((0, *ends), (*ends, len(line)), strict=True)]


def crosses(line: str, starts: Iterable[int]) -> bool:
    """Whether a word of the line reaches over where one of the columns starts."""
    for start in starts:
        if 0 < start < len(line) and not line[start].isspace() and not line[start - 1].isspace():
            return True
    return False


def cell_of(lines: Iterable[str]) -> str:
    """A cell from its lines, without rules among them; its markers told apart."""
    text = "\n".join(filter(None, map(str.strip, lines)))
    if not text:
        return ""
    if _RULE.search(text):
        text = "\n".join(filter(None, map(str.strip, _RULE.sub(" ", text).split("\n"))))
    return marked("\n".join(rejoined(text.split("\n"))) if "\n" in text else text)


def is_rule(line: str) -> bool:
    """Whether a line has a rule, and nothing else."""
    return _RULE.fullmatch(line.strip()) is not None


def rejoined(lines: Iterable[str]) -> list[str]:
    """The lines, less the breaks within a word: before `(s)`, and around a slash."""
    parts: list[str] = []
    last = ""
    for line in lines:
        torn = (last.endswith("/") and _SLASH.search(last[-2:])) or (
            line.startswith(("(", "/")) and last[-1:].isalpha() and _SUFFIX.match(line)
        )
        parts.append(line if torn else f"\n{line}")
        last = line
    return "".join(parts).split("\n")[1:]


def marked(text: str) -> str:
    """Text with its markers, raised as `^(1)`, as the page has them; also where a line ends within one."""
    if "^" in text:
        text = _RAISED.sub(lambda match: marker(int(match.group(1))), text)
        text = _RAISED_STARS.sub("", text)
    if "⁽" in text:
        text = superscripts_marked(text)
    return text.replace("[*]", CHECKED)


def paragraphs_of(lines: Iterable[str]) -> list[list[str]]:
    """The lines between blank ones."""
    found: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [paragraph for paragraph in found if paragraph]
