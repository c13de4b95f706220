"""A cover whose cells ran together, cut at its captions.

A converter may join a caption to the value before it: `SUITE 101` and `4. Relationship` become `SUITE 1014.
Relationship`. The captions and their numbers are known, so the number can be separated from the value.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from services.parser.form.blocks import (
    Block,
    Row,
    Text,
    Unreadable,
    build_text,
    display_text,
    join_text,
    map_text,
    slice_text,
    strip_text,
)
from services.parser.form.check_boxes import CHECKED
from services.parser.form.phrases import CITY, MIDDLE_NAME, STREET

_CAPTION: Final = re.compile(
    r"(?=[(1-6DINRST])(?:(?P<owner>(?:1 ?\. ?)?Name and Address of Reporting Person)"
    r"|(?P<part>\((?:Last|Street|City)\))"
    r"|(?P<value>(?:[23] ?\. ?)?(?:Issuer Name and Ticker|Date of Event Requiring|Date of Earliest|Statement for)"
    r"|(?:[45] ?\. ?)?(?:Relationship of Reporting Person|If Amendment, Date)"
    r"|(?:6 ?\. ?)?Individual or Joint/Group)"
    r"|(?P<table>Table II? ?[-\u2013\u2014:]))"
)
_RULES: Final = re.compile(r"(?:-(?<!\S-)-{2,}|\*(?<!\S\*) \* \*)(?!\S)")
MOST_CAPTIONS: Final = 1000
"""Captions of the longest cover: ten owners have a tenth of it."""

_LONGEST_HEADING: Final = 20_000
_MIDDLE: Final = re.compile(r"\(Middle\)\s+")
_LINE_ENDS: Final = re.compile(r"[\n\t]+| {2,}")
_BOXED: Final = re.compile(r"Check this box|Form [34] (?:Holdings|Transactions) Reported", re.IGNORECASE)


def cut_cover(lines: Sequence[Sequence[Text]]) -> Iterator[Block]:
    r"""Return the cover's blocks from the cells of its lines: its heading, a row per owner, the tables' title.

    The first cell of a row is the owner's: name, then address with captions. Each further cell has one caption.

    >>> list(cut_cover([["FORM 4", "1. Name and Address of Reporting Person* DOE JANE (Last)"]]))[-1].cells
    ['1. Name and Address of Reporting Person* DOE JANE\n(Last)']
    """
    text = map_text(lambda piece: _RULES.sub("", piece), join_text("\n", map(_joined, lines)))
    shown = display_text(text)
    starts = list(_CAPTION.finditer(shown))
    yield from _heading(shown[: starts[0].start() if starts else len(shown)][:_LONGEST_HEADING])
    if len(starts) > MOST_CAPTIONS:
        yield Unreadable(shown[starts[0].start() :])
        return
    row: list[Text] = []
    for index, start in enumerate(starts):
        end = starts[index + 1].start() if index + 1 < len(starts) else len(shown)
        piece = strip_text(slice_text(text, start.start(), end))
        if start["table"]:
            yield from _row(row)
            yield from ("", piece)
            row = []
        elif start["owner"]:
            yield from _row(row)
            row = [piece]
        elif start["part"] and row:
            row[0] = build_text(row[0], "\n", piece)
        else:
            row = [*(row or [""]), piece]
    yield from _row(row)


def _joined(cells: Sequence[Text]) -> Text:
    """Return a line's cells as one text: side by side, or on separate lines if a bar between them ends a row."""
    parts: list[Text] = []
    for before, cell in pairwise(["", *cells]):
        if cell:
            parts.extend(["\t" if before else "\n", cell])
    return build_text(*parts[1:])


def _row(cells: list[Text]) -> Iterator[Block]:
    if cells:
        yield Row([_owner_block(cells[0]), *cells[1:]])


def _owner_block(block: Text) -> Text:
    """Return an owner's block. If city, state and ZIP code are in one cell, the streets are too, not on lines."""
    name, street, city = display_text(block).partition(STREET)
    if not street or "\t" in city.partition(CITY)[0].strip():
        return block
    at = len(name.rstrip())
    above = map_text(lambda piece: _MIDDLE.sub(f"{MIDDLE_NAME} ", piece), slice_text(block, 0, at))
    return build_text(above, " ", slice_text(block, len(name), len(display_text(block))))


def _heading(text: str) -> Iterator[Block]:
    """Return the words above the first caption, a line each: titles, numbers, and boxes beside their labels."""
    before = ""
    for line in _LINE_ENDS.split(text):
        if line:
            yield f"{CHECKED} {line}" if before == "X" and _BOXED.match(line) else line
            yield ""
            before = line
