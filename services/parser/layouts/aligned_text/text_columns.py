"""Text in aligned columns: its pieces, the columns of characters that stay blank, and converters' raised markers."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from services.parser.form.blocks import FootnoteMarker, Text, map_text
from services.parser.form.check_boxes import CHECKED
from services.parser.layouts.converter_markup import read_superscripts, replace_matches

WIDEST_LINE: Final = 2000
"""Characters of the widest line whose columns are read."""

_MOST_KEPT: Final = 1000
_LONGEST_KEPT: Final = 100
"""Size of the cache of texts with markers, and characters of the longest one kept."""

_PIECE: Final = re.compile(r"\S+(?: \S+)*")
_WORD: Final = re.compile(r"\S+")
_BLANK: Final = re.compile(r"\s")
_COVERED: Final = bytes(not chr(code).isspace() for code in range(256))
"""For each byte of an ASCII text, whether it is visible."""

_RAISED: Final = re.compile(r"\^\s*\(([0-9]{1,2})\)")
_RAISED_STARS: Final = re.compile(r"\^(?=\*)")
_RULE: Final = re.compile(r"[-_=\u2500-\u257f]{4,}")
_SLASH: Final = re.compile(r"[A-Za-z0-9]/$")
_SUFFIX: Final = re.compile(r"\((?:e?s|ies)\)|/[A-Za-z]")
"""The end of a word that a converter may wrap onto the next line."""


class Piece(NamedTuple):
    """Words with single spaces between them, and where they are on their line."""

    start: int
    end: int
    text: str


def pieces_of(line: str) -> list[Piece]:
    """Return the pieces of a line that two or more spaces part.

    >>> [piece.text for piece in pieces_of("Common Stock   500")]
    ['Common Stock', '500']
    """
    return [Piece(match.start(), match.end(), match.group()) for match in _PIECE.finditer(line)]


def words_of(line: str) -> list[Piece]:
    """Return the words of a line.

    >>> words_of(" Common")
    [Piece(start=1, end=7, text='Common')]
    """
    return [Piece(match.start(), match.end(), match.group()) for match in _WORD.finditer(line)]


def covered_by(lines: Iterable[str]) -> bytearray:
    """Return, for each column of characters, 1 if any line has something there; and one more at the end, blank.

    >>> list(covered_by(["a b", "c"]))
    [1, 0, 1, 0]
    """
    covered = width = 0
    for line in lines:
        width = max(width, len(line))
        plain = line if line.isascii() else _BLANK.sub(" ", line)
        covered |= int.from_bytes(plain.encode("ascii", "replace").translate(_COVERED), "little")
    return bytearray(covered.to_bytes(width + 1, "little"))


def column_start(covered: bytearray, at: int) -> int:
    """Return where the run of covered columns around `at` begins: after the nearest blank one to the left.

    >>> column_start(covered_by(["Common  500"]), 9)
    8
    """
    return covered.rfind(b"\0", 0, at) + 1 if 0 < at < len(covered) else at


def cut(line: str, starts: Sequence[int]) -> list[str]:
    """Return the line in pieces that begin at `starts`. The first piece includes anything to its left.

    >>> cut("Common  500", [0, 8])
    ['Common  ', '500']
    """
    ends = starts[1:]
    return [line[start:end] for start, end in zip((0, *ends), (*ends, len(line)), strict=True)]


def crosses(line: str, starts: Iterable[int]) -> bool:
    """Return whether a word of the line reaches across the start of a column.

    >>> crosses("Common", [3]), crosses("Com mon", [4])
    (True, False)
    """
    for start in starts:
        if 0 < start < len(line) and not line[start].isspace() and not line[start - 1].isspace():
            return True
    return False


def cell_of(lines: Iterable[str]) -> Text:
    r"""Return a cell from its lines, without rules, with its raised markers as tokens.

    >>> cell_of([" Common", "------", "Stock "])
    'Common\nStock'
    """
    text = "\n".join(filter(None, map(str.strip, lines)))
    if not text:
        return ""
    if _RULE.search(text):
        text = "\n".join(filter(None, map(str.strip, _RULE.sub(" ", text).split("\n"))))
    return read_raised("\n".join(rejoined(text.split("\n"))) if "\n" in text else text)


def is_rule(line: str) -> bool:
    """Return whether a line has a rule, and nothing else.

    >>> is_rule("  ------ ")
    True
    """
    return _RULE.fullmatch(line.strip()) is not None


def rejoined(lines: Iterable[str]) -> list[str]:
    """Return the lines without the breaks within a word: before `(s)`, and around a slash.

    >>> rejoined(["Transaction", "(s)", "Code"])
    ['Transaction(s)', 'Code']
    """
    parts: list[str] = []
    last = ""
    for line in lines:
        torn = (last.endswith("/") and _SLASH.search(last[-2:])) or (
            line.startswith(("(", "/")) and last[-1:].isalpha() and _SUFFIX.match(line)
        )
        parts.append(line if torn else f"\n{line}")
        last = line
    return "".join(parts).split("\n")[1:]


def read_raised(text: str) -> Text:
    """Return text whose `^(1)` and `⁽¹⁾` are markers, even if a line ends within one.

    >>> read_raised("7^(1)")
    MarkedText(tokens=('7', FootnoteMarker(number=1)))
    """
    text = text.replace("[*]", CHECKED)
    if "^" not in text and "⁽" not in text:
        return text
    return _read_short(text) if len(text) <= _LONGEST_KEPT else _read_markers(text)


@lru_cache(_MOST_KEPT)
def _read_short(text: str) -> Text:
    return _read_markers(text)


def _read_markers(text: str) -> Text:
    raised = replace_matches(_RAISED, lambda match: FootnoteMarker(int(match.group(1))), text)
    return map_text(lambda piece: read_superscripts(_RAISED_STARS.sub("", piece)), raised)


def paragraphs_of(lines: Iterable[str]) -> list[list[str]]:
    """Return the paragraphs: lines between blank ones.

    >>> paragraphs_of(["a", "b", "", "c"])
    [['a', 'b'], ['c']]
    """
    found: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [paragraph for paragraph in found if paragraph]


def whole_paragraphs(lines: Iterable[str], *, whole: bool) -> tuple[list[list[str]], list[list[str]]]:
    """Return the paragraphs that end, and those that may break off: the last one, if the text is not `whole`.

    >>> whole_paragraphs(["a", "", "c"], whole=False)
    ([['a']], [['c']])
    """
    found = paragraphs_of(lines)
    end = len(found) if whole else max(len(found) - 1, 0)
    return found[:end], found[end:]
