"""The relationship cell of a layout in space: four boxes with their labels, two side by side, and a title below."""

import re
from collections.abc import Sequence
from typing import Final

from services.parser.document import folded
from services.parser.renderings.page import CHECKED, UNCHECKED
from services.parser.renderings.space import column_start, covered_by, words_of

_NOTES: Final = {"Officer": "(give title below)", "Other": "(specify below)"}
_BOX: Final = re.compile(r"[\[(]?_*[Xx*]?_*[\])]?")
_CROSS: Final = re.compile(r"[Xx*]")
_FARTHEST_BOX: Final = 12
"""Spaces between a box and its label."""

_LABEL_LINES: Final = 2
"""Lines that the lower labels take with their notes."""


def read_boxes(lines: Sequence[str]) -> str | None:
    """The cell as a page has it: `[X] Director` and `[ ] 10% Owner` on a line, the title last; None if it is none."""
    first = next((at for at, line in enumerate(lines) if "Director" in line and "10% Owner" in line), None)
    if first is None:
        return None
    second = next((at for at in range(first + 1, len(lines)) if "Officer" in lines[at] and "Other" in lines[at]), None)
    if second is None:
        return None
    right = min(_box_start(lines[first], "10% Owner"), _box_start(lines[second], "Other"))
    right = column_start(covered_by(lines[first : second + _LABEL_LINES]), right)
    if right <= lines[first].index("Director") + len("Director"):
        return None
    halves, title = _below(lines[second:], right)
    said = [line.strip() for line in lines[:first]]
    said.append(f"{_boxed(lines[first][:right], 'Director')}\t{_boxed(lines[first][right:], '10% Owner')}")
    said.append(f"{_boxed(halves[0], 'Officer')}\t{_boxed(halves[1], 'Other')}")
    return "\n".join(line for line in [*said, *title] if line)


def _box_start(line: str, label: str) -> int:
    """Where the box before a label begins; where there is none, the label itself."""
    at = line.index(label)
    before = words_of(line[:at])
    if before and at - before[-1].end <= _FARTHEST_BOX and _BOX.fullmatch(before[-1].text):
        opened = before[-1].text in ("]", ")") and len(before) > 1
        return before[-2 if opened else -1].start
    return at


def _below(lines: Sequence[str], right: int) -> tuple[list[str], list[str]]:
    """The words of the two lower boxes, with their notes, and the words below these, half by half or whole."""
    halves = ["", ""]
    rest: list[str] = []
    for line in lines:
        if all(note in half for note, half in zip(_NOTES.values(), halves, strict=True)):
            rest.append(line)
        else:
            halves = [folded(f"{half} {words}") for half, words in zip(halves, _halves(line, right), strict=True)]
    if any(_spans(line, right) for line in rest):
        title = [folded(" ".join(rest))]
    else:
        title = [folded(" ".join(part)) for part in zip(*(_halves(line, right) for line in rest), strict=True)]
    after = [_after(half, label) for half, label in zip(halves, _NOTES, strict=True)]
    return halves, [*after, *title]


def _halves(line: str, right: int) -> tuple[str, str]:
    return line[:right], line[right:]


def _spans(line: str, right: int) -> bool:
    """Whether words with single spaces between them reach over the middle."""
    return bool(line[right : right + 1].strip() and line[max(right - 2, 0) : right].strip())


def _boxed(words: str, label: str) -> str:
    """The label with its box; a cross alone before the label is one, too."""
    before = words.partition(label)[0].rstrip(" ])").rsplit(None, 1)[-1:]
    checked = bool(before) and _BOX.fullmatch(before[0]) is not None and _CROSS.search(before[0]) is not None
    note = _NOTES.get(label)
    return f"{CHECKED if checked else UNCHECKED} {f'{label} {note}' if note else label}"


def _after(words: str, label: str) -> str:
    return words.partition(label)[2].partition(_NOTES[label])[2].strip()
