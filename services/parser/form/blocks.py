"""The page that every layout is brought to before it is read: blocks of clean text, without tags or escapes.

A block is a `Row` of cells, a row that is `Unreadable`, or a line of words; `""` ends a paragraph, and `BROKEN_OFF` a
page that breaks off. In a cell, a newline parts lines and a tab parts values that stand side by side on one; a check
box is `CHECKED` or `UNCHECKED`; and a footnote marker that the layout leaves no doubt of is `marker(1)`. A plain `(1)`
may be a marker or words: `markup.read_cell` decides. Behind a party's name stands `cik_mark(...)` where the page has a
link to the party.
"""

import re
from dataclasses import dataclass
from typing import Final

from services.parser.document import folded

CHECKED: Final = "[X]"
UNCHECKED: Final = "[ ]"

MARKER_START: Final = "\x02"
MARKER_END: Final = "\x03"
_CIK_START: Final = "\x04"
_CIK_END: Final = "\x05"

BROKEN_OFF: Final = "\x06"

MAYBE_WRAPPED: Final = "\x07"
"""Stands behind lines of a cell that a narrow page may have wrapped: two of them may be one."""

_BOXES: Final = str.maketrans(dict.fromkeys("☑☒✓✔✗✘", CHECKED) | dict.fromkeys("☐□", UNCHECKED))
_CONTROLS: Final = bytes([*range(0x09), *range(0x0B, 0x20), 0x7F])
_MARKER: Final = re.compile(f"{MARKER_START}([0-9]{{1,2}}){MARKER_END}")
_CIK: Final = re.compile(f"{_CIK_START}([0-9]{{1,10}}){_CIK_END}")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table. A cell that spans columns is followed by an empty one for each column more.

    `ruled`: bars on the page leave no doubt of the cells' columns, whatever they say.
    """

    cells: list[str]
    ruled: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row of a table, or an owner, that could not be taken apart, as it stands."""

    text: str


Block = Row | Unreadable | str


def marker(number: int) -> str:
    """The marker of the footnote of that number."""
    return f"{MARKER_START}{number}{MARKER_END}"


def cik_mark(cik: str) -> str:
    """What stands behind the name of a party whose CIK, of up to ten digits, the page gives in a link."""
    return f"{_CIK_START}{cik}{_CIK_END}"


def without_cik(text: str) -> tuple[str, str | None]:
    """The text without the CIKs of links, and the CIK where it is one and the same."""
    if _CIK_START not in text:
        return text, None
    found = {match.group(1).zfill(10) for match in _CIK.finditer(text)}
    return _CIK.sub("", text), found.pop() if len(found) == 1 else None


def shown(text: str) -> str:
    """Text as a person would write it: markers as `(1)`, and no CIKs."""
    if _CIK_START in text:
        text = _CIK.sub("", text)
    text = text.replace(MAYBE_WRAPPED, "")
    return _MARKER.sub(lambda match: f"({match[1]})", text) if MARKER_START in text else text


def said(text: str) -> str:
    """Text on one line, as a person would write it: `shown` and folded."""
    return folded(text if text.isprintable() else shown(text))  # no mark is printable


def with_boxes(text: str) -> str:
    """The text with the characters that draw a check box as `CHECKED` and `UNCHECKED`."""
    return text.translate(_BOXES)


def without_controls(text: str) -> str:
    """The text without control characters, but for tabs and newlines: none may pass for a marker."""
    encoded = text.encode()
    kept = encoded.translate(None, _CONTROLS)
    return text if len(kept) == len(encoded) else kept.decode()
