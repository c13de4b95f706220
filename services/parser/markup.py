"""What converters leave in text: tags, backslashes, check boxes and footnote markers. All in one pass, no backtracking.

A marker is `<sup>(1)</sup>`, `<u>(1)</u>` or `⁽¹⁾` anywhere in a cell, or a plain `(1)` at its end.
"""

import html
import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Final

from services.parser.document import folded

CHECKED: Final = "[X]"
UNCHECKED: Final = "[ ]"

_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_BREAK: Final = re.compile(r"<br ?/?>", re.IGNORECASE)
_BOX: Final = re.compile(r"<input\b([^<>]{0,200})>", re.IGNORECASE)
_TAG: Final = re.compile(r"</?(?:u|b|i|em|strong|sup|span|font|p|div)\b[^<>]{0,100}>", re.IGNORECASE)
_ESCAPED: Final = re.compile(r"\\([\\`*_{}\[\]()#+\-.!$|<>~&])")
_SUPERSCRIPT: Final = re.compile(r"⁽([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2})⁾")
_TAGGED_MARKER: Final = re.compile(r"<(sup|u)> {0,3}\(?([0-9]{1,2})\)? {0,3}</\1>", re.IGNORECASE)
_MARKER: Final = re.compile("(\x02[0-9]{1,2}\x03|\\([0-9]{1,2}\\))")
_DIGITS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_SURE: Final = "\x02"
_WORD_LETTERS: Final = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text without markers, and the footnote ids its markers cite, in order."""

    text: str
    markers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.text or self.markers)


def without_controls(text: str) -> str:
    """The text without control characters, but for tabs and newlines."""
    return _CONTROL.sub("", text)


def plain(raw: str) -> str:
    """Text without tags, emphasis and escapes, check boxes as `[X]` and `[ ]`, line breaks as newlines."""
    text = _BREAK.sub("\n", raw)
    text = _BOX.sub(lambda match: CHECKED if "checked" in match.group(1).lower() else UNCHECKED, text)
    text = _TAG.sub("", text).replace("**", "")
    text = _ESCAPED.sub(r"\1", text)
    return html.unescape(text) if "&" in text else text


def read_cell(raw: str, defined: Container[str] | None) -> Cell:
    """A cell's text and markers.

    A plain `(1)` at the end of words is a marker only where footnote F1 is `defined`, or where the document
    has lost its footnotes (None); at the end of a number, a date or a letter it can be nothing else.
    """
    text = _SUPERSCRIPT.sub(lambda match: f"{_SURE}{int(match.group(1).translate(_DIGITS))}\x03", raw)
    text = _TAGGED_MARKER.sub(_as_sure_marker, text)
    parts = _MARKER.split(folded(plain(text)))
    last_word = max((index for index, part in enumerate(parts) if index % 2 == 0 and part.strip()), default=-1)
    words = "".join(part for index, part in enumerate(parts) if index <= last_word and not part.startswith(_SURE))
    wordy = sum(map(str.isalpha, words)) >= _WORD_LETTERS
    markers: list[str] = []
    kept: list[str] = []
    for index, part in enumerate(parts):
        if index % 2 == 0:
            kept.append(part)
            continue
        identity = f"F{int(part.strip('()' + _SURE + chr(3)))}"
        if part.startswith(_SURE) or (index > last_word and (not wordy or defined is None or identity in defined)):
            markers.append(identity)
        else:
            kept.append(part)
    return Cell(folded("".join(kept)), tuple(markers))


def _as_sure_marker(match: re.Match[str]) -> str:
    number = match.group(2)
    if match.group(1).lower() == "u" and "(" not in match.group():
        return match.group()
    return f"{_SURE}{int(number)}\x03"
