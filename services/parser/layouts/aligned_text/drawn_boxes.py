"""Tables drawn with rules: found by their corners, and cut along the rules that run all the way through.

This is the recursive X-Y cut of document analysis. Rules that cross a box from side to side cut it into bands. Bars
that run from top to bottom cut a band into columns. Columns are cut into bands again, until nothing crosses a part:
that part is a cell. Each level of cuts reads every character once, and there are at most `_DEEPEST` levels.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from services.parser.layouts.aligned_text.text_columns import WIDEST_LINE

_DEEPEST: Final = 8
"""Levels of cuts: a form's cover has four."""

_TOP: Final = re.compile(r"[┌┏╔╭][─━═┬┯┳╤╦┰]{2,}[┐┓╗╮]|\+[-=+]{3,}\+")
_BAR_CHARACTERS: Final = "|+│┃║┬┴┼├┤┯┷┿┳┻╋┣┫╤╧╪╦╩╬╠╣╞╡╟╢┌┐└┘┏┓┗┛╔╗╚╝╭╮╯╰"
_BARS: Final = frozenset(_BAR_CHARACTERS)
_LEVELS: Final = "-=─━═"
_LAST_CORNERS: Final = frozenset("└┗╚╰")


@dataclass(frozen=True, slots=True)
class Box:
    """A drawn table: its place on the page, and the lines within its sides. Not `closed` if the text breaks off."""

    top: int
    bottom: int
    left: int
    right: int
    lines: list[str]
    closed: bool


@dataclass(slots=True)
class Area:
    """A part of a box, from character `left` of it on: a cell, or cut into `bands` or into `columns`."""

    left: int
    lines: list[str]
    bands: list["Area"] = field(default_factory=list)
    columns: list["Area"] = field(default_factory=list)

    def leaves(self) -> Iterator["Area"]:
        """Return the cells, column by column, each column from top to bottom.

        >>> len(list(Area(0, ["a"]).leaves()))
        1
        """
        if not self.bands and not self.columns:
            yield self
        for part in (*self.bands, *self.columns):
            yield from part.leaves()


def find_boxes(lines: Sequence[str]) -> list[Box]:
    """Return the boxes of a page, by their first line. No box is looked for within another.

    >>> find_boxes(["+----+", "| a  |", "+----+"])[0].lines
    [' a  ', '----']
    """
    boxes: list[Box] = []
    taken_to = [-1] * WIDEST_LINE
    for top, line in enumerate(lines):
        if len(line) > WIDEST_LINE or (line.isascii() and "+" not in line):
            continue
        for match in _TOP.finditer(line):
            left, right = match.start(), match.end() - 1
            if max(taken_to[left], taken_to[right]) < top:
                box = _box_below(lines, top, left, right)
                boxes.append(box)
                taken_to[left : right + 1] = [box.bottom] * (right + 1 - left)
    return boxes


def _box_below(lines: Sequence[str], top: int, left: int, right: int) -> Box:
    within: list[str] = []
    bottom = top
    for at in range(top + 1, len(lines)):
        line = lines[at]
        if not right < len(line) <= WIDEST_LINE or line[left] not in _BARS or line[right] not in _BARS:
            break
        within.append(line[left + 1 : right])
        bottom = at
        if line[left] in _LAST_CORNERS:
            break
    closed = bool(within) and _is_rule(within[-1])
    return Box(top, bottom, left, right, within, closed)


def bands_of(box: Box) -> list[Area]:
    """Return the bands of a box, from top to bottom, each cut into its columns. A band that breaks off is not cut.

    >>> len(bands_of(find_boxes(["+----+", "| a  |", "+----+"])[0]))
    1
    """
    bands = _bands(Area(0, box.lines))
    for band in bands:
        _cut_columns(band, 1)
    if bands and not box.closed:
        bands[-1] = Area(0, bands[-1].lines)
    return bands


def _bands(area: Area) -> list[Area]:
    bands: list[Area] = []
    current: list[str] = []
    for line in area.lines:
        if not _is_rule(line):
            current.append(line)
        elif current:
            bands.append(Area(area.left, current))
            current = []
    if current:
        bands.append(Area(area.left, current))
    return bands


def _cut_columns(area: Area, depth: int) -> None:
    """Cut a band by the bars that run through it, and each column into bands again."""
    width = len(area.lines[0])
    bars = [at for at in range(width) if area.lines[0][at] in _BARS]
    for line in area.lines[1:]:
        bars = [at for at in bars if line[at] in _BARS]
    if not bars or depth > _DEEPEST:
        return
    starts = [0, *(bar + 1 for bar in bars)]
    for start, end in zip(starts, [*bars, width], strict=True):
        column = Area(area.left + start, [line[start:end] for line in area.lines])
        area.columns.append(column)
        bands = _bands(column)
        if len(bands) > 1:
            column.bands = bands
            for band in bands:
                _cut_columns(band, depth + 1)
        elif bands:
            column.lines = bands[0].lines


def _is_rule(line: str) -> bool:
    """Return whether a line has nothing but a rule, from end to end."""
    return not line.strip(_BAR_CHARACTERS + _LEVELS) and bool(line.strip(_BAR_CHARACTERS))
