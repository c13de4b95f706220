"""A cover whose captions stand side by side: each begins a region of its own, down to the next caption below it.

A region's left side is where its captions, or what stands under them, begin: columns go by their captions' own places.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from services.parser.document import folded
from services.parser.form.blocks import MAYBE_WRAPPED, Block, Row
from services.parser.layouts.aligned_text.aligned_relationship import read_boxes
from services.parser.layouts.aligned_text.text_columns import (
    cell_of,
    column_start,
    covered_by,
    cut,
    is_rule,
    paragraphs_of,
    pieces_of,
)

_FIRST: Final = re.compile(r"\s*1\. ?Name and Address\b")
_CAPTION: Final = re.compile(
    r"(?<!\S)[1-8]\. ?(?:Name and Address|Issuer Name|Date of|If Amendment|Relationship|Individual|Statement for|IRS)\b"
)
_NEAR: Final = 3
"""Characters by which captions of one column may be apart."""

_TITLE: Final = re.compile(r"Table I\b")
_NUMBER: Final = re.compile(r"[1-8]\. ?")
_BOXES_CAPTION: Final = "Relationship of Reporting Person(s) to Issuer"
_CAPTIONS: Final = (
    "Name and Address of Reporting Person",
    "Issuer Name and Ticker or Trading Symbol",
    "Date of Event Requiring Statement (Month/Day/Year)",
    "Date of Earliest Transaction (Month/Day/Year)",
    "Statement for Issuer's Fiscal Year Ended (Month/Day/Year)",
    "If Amendment, Date of Original Filed (Month/Day/Year)",
    "If Amendment, Date Original Filed (Month/Day/Year)",
    _BOXES_CAPTION,
)
"""Captions that a narrow page wraps."""

_SQUASHED: Final = {"".join(caption.split()): caption for caption in _CAPTIONS}
"""The captions by their words without spaces."""

_LAST: Final = "(Last)"
_STREET: Final = "(Street)"
_BELOW: Final = re.compile(r"(?:\s*\([A-Za-z]{1,10}\))+\s*")
_BOX_OF_LINE: Final = re.compile(r"\s*(?:\[.\]|_+X?_+)\s*(?:Director|10% Owner|Officer|Other)\b")
_BOXES: Final = 4
_MOST_LINES_OF_CAPTION: Final = 6
_MOST_LINES: Final = 100

_MOST_CAPTIONS: Final = 16
"""Twice what a form has."""


@dataclass(frozen=True, slots=True)
class _Caption:
    line: int
    start: int


def begins_cover(line: str) -> bool:
    """Whether a cover begins on this line: its first caption, with another beside it."""
    return _FIRST.match(line) is not None and len(_CAPTION.findall(line)) > 1


def end_of_cover(lines: Sequence[str], first: int) -> int:
    """The line after the cover: its last one has the captions below a city, or what is under a caption below these."""
    last = min(len(lines), first + _MOST_LINES)
    city = next((at for at in range(first, last) if "(City)" in lines[at]), last - 1)
    title = next((at for at in range(city, last) if _TITLE.search(lines[at])), city)
    return title if any(_CAPTION.search(line) for line in lines[city + 1 : title]) else city + 1


def begins_owner(line: str) -> bool:
    """Whether another owner's name and address begin on this line, below the tables."""
    return _FIRST.match(line) is not None


def read_owner(lines: Sequence[str]) -> Iterator[Block]:
    """The cell of an owner by itself; words, where it breaks off."""
    if any("(City)" in line for line in lines):
        yield Row([cell_of_cover(lines)])
    else:
        yield from lines


def read_cover(lines: Sequence[str]) -> Iterator[Block]:
    """The cover's cells, one for each caption; and what stands beside the last line, which is of the first table."""
    *lines, last = lines
    kept, beside = _without_title(last)
    lines = [*lines, kept]
    captions = [_Caption(at, match.start()) for at, line in enumerate(lines) for match in _CAPTION.finditer(line)]
    if len(captions) > _MOST_CAPTIONS:
        return
    sides = _sides(captions, lines)
    regions: dict[_Caption, list[str]] = {caption: [] for caption in captions}
    for at, line in enumerate(lines):
        active = _active(captions, at)
        for caption, text in zip(active, cut(line, [sides[caption.start] for caption in active]), strict=True):
            regions[caption].append(text)
    yield Row([cell_of_cover(region) for region in regions.values()])
    yield beside


def _without_title(line: str) -> tuple[str, str]:
    """The captions below the city, and the title of the table that some pages have beside them."""
    table = _TITLE.search(line)
    return (line[: table.start()], folded(line[table.start() :])) if table else (line, "")


def _active(captions: Sequence[_Caption], at: int) -> list[_Caption]:
    """The captions whose regions a line has, from left to right: of those above it, the lowest in each column."""
    found: list[_Caption] = []
    for caption in captions:
        if caption.line <= at:
            found = [other for other in found if abs(other.start - caption.start) > _NEAR]
            found.append(caption)
    return sorted(found, key=lambda caption: caption.start)


def _sides(captions: Sequence[_Caption], lines: Sequence[str]) -> dict[int, int]:
    """Where the regions of captions begin: at the leftmost caption of a column, or what stands below and reaches it."""
    sides: dict[int, int] = {}
    for caption in captions:
        column = [other for other in captions if abs(other.start - caption.start) <= _NEAR]
        covered = covered_by(lines[min(other.line for other in column) :])
        sides[caption.start] = column_start(covered, min(other.start for other in column))
    return sides


def cell_of_cover(lines: Sequence[str]) -> str:
    """A cell of the cover: its caption on one line, boxes with their labels, values side by side."""
    boxes = read_boxes(lines)
    if boxes is None and any("Director" in line for line in lines) and not _are_stacked(lines):
        return _BOXES_CAPTION  # boxes that cannot be told
    text = boxes or cell_of(_side_by_side(lines))
    if _are_wrapped(lines):
        text = text.replace(_STREET, MAYBE_WRAPPED + _STREET)
    first, *rest = text.split("\n")
    number = _NUMBER.match(first)
    said = first[number.end() :] if number else first
    for at in range(min(len(rest), _MOST_LINES_OF_CAPTION) + 1):
        squashed = _squashed("".join([said, *rest[:at]]))
        start = next((start for start in _SQUASHED if squashed.startswith(start)), None)
        if start is not None:
            caption, after = _SQUASHED[start], squashed[len(start) :]
            kept = rest[at:] if not after.strip("*") else [" ".join([said, *rest[:at]]), *rest[at:]]
            return "\n".join([f"{number.group() if number else ''}{caption}", *kept]) if at else text
    return text


def _are_wrapped(lines: Sequence[str]) -> bool:
    """Whether street lines may be one that was wrapped: the next one's first word would be the longest line's end."""
    first = next((at for at, line in enumerate(lines) if _LAST in line), len(lines))
    end = next((at for at in range(first, len(lines)) if _STREET in lines[at]), len(lines))
    streets = [line.split() for line in lines[first + 1 : end] if line.strip() and not is_rule(line)]
    width = max((len(line.strip()) for line in lines), default=0)
    return any(len(" ".join([*line, below[0]])) > width for line, below in pairwise(streets))


def _are_stacked(lines: Sequence[str]) -> bool:
    """Whether the four boxes stand one below the other."""
    return sum(_BOX_OF_LINE.match(line) is not None for line in lines) >= _BOXES


def _squashed(text: str) -> str:
    return "".join(text.split())


def _side_by_side(lines: Sequence[str]) -> Iterator[str]:
    """The lines, values that stand side by side parted by tabs; where such values go on below, they are one line."""
    for block in _blocks(lines):
        starts = max(([piece.start for piece in pieces_of(line)] for line in block), key=len)
        if len(block) > 1 and len(starts) > 1:
            covered = covered_by(block)
            cells = zip(*(cut(line, [column_start(covered, start) for start in starts]) for line in block), strict=True)
            yield "\t".join(folded(" ".join(column)) for column in cells)
        else:
            yield from ("\t".join(piece.text for piece in pieces_of(line)) for line in block)


def _blocks(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    """The lines between blank ones and rules; `(Last) (First) (Middle)` and its like are apart."""
    for paragraph in paragraphs_of("" if is_rule(line) else line for line in lines):
        for below, block in groupby(paragraph, lambda line: _BELOW.fullmatch(line) is not None):
            together = list(block)
            yield from ([line] for line in together) if below else [together]
