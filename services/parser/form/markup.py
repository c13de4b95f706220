"""What converters leave in text: tags, backslashes, check boxes and footnote markers. All in one pass, no backtracking.

A marker is `<sup>(1)</sup>`, `<u>(1)</u>` or `⁽¹⁾` anywhere in a cell, or a plain `(1)` at its end.
"""

import html
import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from services.parser.document import folded
from services.parser.form.blocks import CHECKED, MARKER_END, MARKER_START, UNCHECKED, marker

_BREAK: Final = re.compile(r"<br ?/?>", re.IGNORECASE)
_FILLED: Final = re.compile(r"</?u>", re.IGNORECASE)
_BOX: Final = re.compile(r"<input\b([^<>]{0,200})>", re.IGNORECASE)
_TAG: Final = re.compile(r"</?(?:u|b|i|em|strong|sup|span|font|p|div)\b[^<>]{0,100}>", re.IGNORECASE)
_BAR: Final = re.compile(r"(?<!\\)\|")
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_SUPERSCRIPT: Final = re.compile(r"⁽([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2})⁾")
_TAGGED_MARKER: Final = re.compile(r"<(sup|u)> {0,3}\(?([0-9]{1,2})\)? {0,3}</\1>", re.IGNORECASE)
_MARKER: Final = re.compile(f"({MARKER_START}[0-9]{{1,2}}{MARKER_END}|\\([0-9]{{1,2}}\\))")
_DIGITS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_GAP: Final = "\x04"
_TORN: Final = re.compile(f"(?<=[0-9.,]){_GAP}+(?=[0-9.,])")
"""A marker within a number: what stands around it is two, or none."""

_CURRENCY: Final = frozenset("$€£¥")
_WORD_LETTERS: Final = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text without markers, and the footnote ids its markers cite, in order."""

    text: str
    markers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.text or self.markers)


EMPTY: Final = Cell("")


def split_at_bars(line: str) -> list[str]:
    """What stands between a line's bars, but for those that a backslash escapes."""
    return _BAR.split(line) if "\\|" in line else line.split("|")


def plain(raw: str) -> str:
    """Text without tags, emphasis and escapes, check boxes as `[X]` and `[ ]`, line breaks as newlines."""
    text = raw
    if "<" in text:
        text = _BREAK.sub("\n", text)
        text = _BOX.sub(lambda match: CHECKED if "checked" in match.group(1).lower() else UNCHECKED, text)
        text = _TAG.sub("", text)
    text = text.replace("**", "")
    if "\\" in text:
        text = _ESCAPED.sub(itemgetter(1), text)
    return html.unescape(text) if "&" in text else text


def superscripts_marked(text: str) -> str:
    """Text whose `⁽¹⁾` are markers."""
    return _SUPERSCRIPT.sub(lambda match: marker(int(match.group(1).translate(_DIGITS))), text)


def clean(raw: str) -> str:
    """A cell as a `page` has it: plain, its markers told apart, and what is underlined on lines of its own."""
    text = raw
    if "⁽" in text:
        text = _SUPERSCRIPT.sub(lambda match: marker(int(match.group(1).translate(_DIGITS))), text)
    if "<" in text:
        text = _FILLED.sub("\n", _TAGGED_MARKER.sub(_as_marker, text))
    return plain(text).strip()


def _as_marker(match: re.Match[str]) -> str:
    if match.group(1).lower() == "u" and "(" not in match.group():
        return match.group()
    return marker(int(match.group(2)))


def read_cell(text: str, defined: Container[str] | None) -> Cell:
    """A clean cell's text and markers.

    A plain `(1)` at the end of words is a marker only where footnote F1 is `defined`, or where the document
    has lost its footnotes (None); at the end of a number, a date or a letter it can be nothing else. A currency sign
    alone says nothing: it stands before an amount that is not given.
    """
    if not text:
        return EMPTY
    text = folded(text)
    if "(" not in text and MARKER_START not in text:
        return Cell("" if text in _CURRENCY else text)
    parts = _MARKER.split(text)
    last_word = len(parts) - 1
    while last_word and not parts[last_word].strip():
        last_word -= 2
    wordy = "(" in text and _is_wordy(parts[: last_word + 1])
    markers: list[str] = []
    for index in range(1, len(parts), 2):
        part = parts[index]
        identity = f"F{int(part[1:-1])}"
        if _is_sure(part) or (index > last_word and (not wordy or defined is None or identity in defined)):
            markers.append(identity)
            parts[index] = _GAP
    words = folded(_TORN.sub(" ", "".join(parts)).replace(_GAP, ""))
    return Cell("" if words in _CURRENCY else words, tuple(markers))


def _is_wordy(parts: Sequence[str]) -> bool:
    """Whether there are words beside the sure markers, and not a letter alone."""
    return sum(map(str.isalpha, "".join(part for part in parts if not _is_sure(part)))) >= _WORD_LETTERS


def _is_sure(part: str) -> bool:
    return part.startswith(MARKER_START)
