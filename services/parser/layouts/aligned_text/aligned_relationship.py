"""The relationship cell in aligned text: four boxes with their labels, two side by side, and a title below."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.parser.document import collapse_whitespace
from services.parser.form.check_boxes import ALIGNED_BOX, CHECKED, UNCHECKED, is_checked_rule
from services.parser.layouts.aligned_text.text_columns import column_start, covered_by, words_of

_FARTHEST_BOX: Final = 12
"""Spaces between a box and its label."""

_END_OF_NOTE: Final = "below)"
_LABEL_LINES: Final = 4
"""Lines that a lower label takes with its note."""


def read_boxes(lines: Sequence[str]) -> str | None:
    r"""Return the cell as blocks have it: `[X] Director` and `[ ] 10% Owner` on a line, the title last.

    None if it is not such a cell.

    >>> upper = "_X_ Director                      ___ 10% Owner"
    >>> read_boxes([upper, "___ Officer (give title below)    ___ Other (specify below)"])
    '[X] Director\t[ ] 10% Owner\n[ ] Officer (give title below)\t[ ] Other (specify below)'
    """
    first = _find_line(lines, 0, "Director", "10% Owner")
    second = _find_line(lines, first + 1, "Officer", "Other") if first >= 0 else -1
    if second < 0:
        return None
    right = _right_half(lines, first, second)
    upper = [_Box("Director"), _Box("10% Owner")]
    lower = [_Box("Officer", "(give title below)"), _Box("Other", "(specify below)")]
    halves = [*_halves(lines[first], right), *_halves(lines[second], right)]
    if any(box.label not in half for box, half in zip([*upper, *lower], halves, strict=True)):
        return None
    for box, half in zip(upper, halves, strict=False):
        box.read(half)
    below = second
    while below < len(lines) and not all(box.ended for box in lower):
        for box, half in zip(lower, _halves(lines[below], right), strict=True):
            box.read(half)
        below += 1
    cell = [line.strip() for line in lines[:first]]
    cell.extend(["\t".join(map(str, upper)), "\t".join(map(str, lower)), *(box.rest for box in lower)])
    cell.extend(_title(lines[below:], right))
    return "\n".join(line for line in cell if line)


def _find_line(lines: Sequence[str], start: int, *labels: str) -> int:
    """Return the first line from `start` on that has all the labels; -1 if there is none."""
    return next((at for at in range(start, len(lines)) if all(label in lines[at] for label in labels)), -1)


def _right_half(lines: Sequence[str], first: int, second: int) -> int:
    """Return the column of characters where the right half of the cell begins, given the lines of both pairs."""
    right = min(_box_start(lines[first], "10% Owner"), _box_start(lines[second], "Other"))
    below = lines[second : second + _LABEL_LINES]
    noted = max((at for at, line in enumerate(below) if _END_OF_NOTE in line), default=0)
    return column_start(covered_by([lines[first], *below[: noted + 1]]), right)


@dataclass(slots=True)
class _Box:
    """A box with its label, and the note that asks for more. The cross may be beside any of their lines.

    `mark` is the box, or other text in its place, or nothing.
    """

    label: str
    note: str = ""
    mark: str = ""
    _words: str = ""
    _start: int = -1

    def read(self, line: str) -> None:
        """Read the next line of the box's half of the cell.

        >>> box = _Box("Director")
        >>> box.read("_X_ Director")
        >>> str(box)
        '[X] Director'
        """
        if self._start < 0:
            self._start = line.index(self.label)
        words = words_of(line)
        if words and words[0].end <= self._start:
            before = line[words[0].start : self._start].rstrip()
            if ALIGNED_BOX.fullmatch(before):
                self.mark = CHECKED if self.mark == CHECKED or is_checked_rule(before) else UNCHECKED
                line = line[self._start :]
            elif self.label in line:
                self.mark = collapse_whitespace(before)
        self._words = collapse_whitespace(f"{self._words} {line}")

    @property
    def ended(self) -> bool:
        """Return whether the note was read."""
        return self.note in self._words

    @property
    def rest(self) -> str:
        """Return the text after the label and its note."""
        return self._words.partition(self.label)[2].strip().removeprefix(self.note).strip()

    def __str__(self) -> str:
        return " ".join(filter(None, (self.mark, self.label, self.note)))


def _box_start(line: str, label: str) -> int:
    """Return where the box before a label begins; where the label begins if it has no box."""
    at = line.index(label)
    before = words_of(line[:at])
    if before and at - before[-1].end <= _FARTHEST_BOX and ALIGNED_BOX.fullmatch(before[-1].text):
        opened = before[-1].text in ("]", ")") and len(before) > 1
        return before[-2 if opened else -1].start
    return at


def _title(lines: Sequence[str], right: int) -> list[str]:
    """Return the words below the boxes: whole if they reach across the middle, else those of either half."""
    if any(_spans(line, right) for line in lines):
        return [collapse_whitespace(" ".join(lines))]
    return [collapse_whitespace(" ".join(half)) for half in zip(*(_halves(line, right) for line in lines), strict=True)]


def _halves(line: str, right: int) -> tuple[str, str]:
    return line[:right], line[right:]


def _spans(line: str, right: int) -> bool:
    """Return whether words with single spaces between them reach across the middle."""
    left, beyond = _halves(line, right)
    gap = len(left) - len(left.rstrip()) + len(beyond) - len(beyond.lstrip())
    return bool(left.strip() and beyond.strip()) and gap <= 1
