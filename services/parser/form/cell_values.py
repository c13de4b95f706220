"""The value of a table's cell, separated from its footnote markers."""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Final

from services.parser.document import collapse_whitespace
from services.parser.form.blocks import FootnoteMarker, MarkedText, Text

_PLAIN_MARKER: Final = re.compile(r"(\([0-9]{1,2}\))")
_DOLLAR: Final = "$"
_NUMBER_CHARACTERS: Final = frozenset("0123456789.,")
_FEWEST_WORD_LETTERS: Final = 2


@dataclass(frozen=True, slots=True)
class CellValue:
    """A cell's text without markers, and the footnote ids that its markers cite, in order."""

    text: str
    markers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.text or self.markers)


EMPTY: Final = CellValue("")


def read_cell(text: Text, defined: Container[str] | None) -> CellValue:
    """Return a cell's text and markers.

    A plain `(1)` behind words is a marker only if footnote F1 is `defined`, or if the document has lost its footnotes
    (None). Behind a number, a date or a single letter it can be nothing else. A dollar sign alone is not a value: it
    stands before an amount that is not given.

    >>> read_cell("17,408 (1)", {"F1"})
    CellValue(text='17,408', markers=('F1',))
    >>> read_cell("Units (2)", {"F1"})
    CellValue(text='Units (2)', markers=())
    """
    if not text:
        return EMPTY
    parts = _parts_of(text)
    if len(parts) == 1 and isinstance(parts[0], str):
        words = collapse_whitespace(parts[0])  # as most cells are
        return CellValue("" if words == _DOLLAR else words)
    return _value_of(*_without_markers(parts, defined))


def _without_markers(
    parts: Sequence[str | FootnoteMarker], defined: Container[str] | None
) -> tuple[list[str], list[str]]:
    """Return the words, with an empty string for each marker, and the ids that the markers cite."""
    words_end = _end_of_words(parts)
    known = defined if _has_words(parts[:words_end]) else None
    markers: list[str] = []
    kept: list[str] = []
    for at, part in enumerate(parts):
        identity = _cited(part, known) if at >= words_end or isinstance(part, FootnoteMarker) else None
        if identity is not None:
            markers.append(identity)
            kept.append("")
        elif isinstance(part, str) and part:
            kept.append(part)
    return kept, markers


def _value_of(words: Sequence[str], markers: Sequence[str]) -> CellValue:
    """Return the value, given the words with an empty string for each marker.

    A marker within a number leaves two numbers, not one with the digits of both.
    """
    kept: list[str] = []
    for at, word in enumerate(words):
        if not word:
            continue
        after_marker = at > 0 and not words[at - 1] and kept
        if after_marker and kept[-1][-1] in _NUMBER_CHARACTERS and word[0] in _NUMBER_CHARACTERS:
            kept.append(" ")
        kept.append(word)
    text = collapse_whitespace("".join(kept))
    return CellValue("" if text == _DOLLAR else text, tuple(markers))


def _parts_of(text: Text) -> list[str | FootnoteMarker]:
    """Return the words, plain markers and footnote markers of a cell, in order."""
    if isinstance(text, str) and "(" not in text:
        return [text]
    parts: list[str | FootnoteMarker] = []
    for token in text.tokens if isinstance(text, MarkedText) else (text,):
        if isinstance(token, str):
            parts.extend(_PLAIN_MARKER.split(token))
        elif isinstance(token, FootnoteMarker):
            parts.append(token)
    return parts


def _end_of_words(parts: Sequence[str | FootnoteMarker]) -> int:
    """Return the end of the last part that is words; 0 if none is."""
    return next((at for at in range(len(parts), 0, -1) if _is_words(parts[at - 1])), 0)


def _cited(part: str | FootnoteMarker, known: Container[str] | None) -> str | None:
    """Return the id of the footnote that a part cites, which for a plain marker must be `known`; None for words."""
    if isinstance(part, FootnoteMarker):
        return f"F{part.number}"
    identity = _plain_identity(part)
    return identity if known is None or identity in known else None


def _is_words(part: str | FootnoteMarker) -> bool:
    return isinstance(part, str) and bool(part.strip()) and not _PLAIN_MARKER.fullmatch(part)


def _plain_identity(part: str) -> str | None:
    """Return the id of the footnote that a plain marker may cite; None for other text."""
    return f"F{int(part[1:-1])}" if _PLAIN_MARKER.fullmatch(part) else None


def _has_words(parts: Sequence[str | FootnoteMarker]) -> bool:
    """Return whether there are words beside the markers beyond doubt, and not a single letter alone."""
    return sum(sum(map(str.isalpha, part)) for part in parts if isinstance(part, str)) >= _FEWEST_WORD_LETTERS
