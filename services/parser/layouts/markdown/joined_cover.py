"""A cover whose cells ran together, cut at its captions.

A converter may glue a caption to the value before it: of `SUITE 101` and `4. Relationship` it makes `SUITE 1014.
Relationship`. The captions and their numbers are known, so such a number is told from the value.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from services.parser.form.blocks import CHECKED, Block, Row, Unreadable

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
_LAST: Final = re.compile(r"\(Middle\)\s+")
_LINE_ENDS: Final = re.compile(r"[\n\t]+| {2,}")
_BOXED: Final = re.compile(r"Check this box|Form [34] (?:Holdings|Transactions) Reported", re.IGNORECASE)


def cut_cover(lines: Sequence[Sequence[str]]) -> Iterator[Block]:
    """The cover's blocks from the clean cells of its lines: its heading, a row for each owner, the tables' title.

    The first cell of a row is the owner's: name, then address with captions. The cells after it have a caption each.
    """
    text = _RULES.sub("", "\n".join(map(_joined, lines)))
    starts = list(_CAPTION.finditer(text))
    yield from _heading(text[: starts[0].start() if starts else len(text)][:_LONGEST_HEADING])
    if len(starts) > MOST_CAPTIONS:
        yield Unreadable(text[starts[0].start() :])
        return
    row: list[str] = []
    for index, start in enumerate(starts):
        end = starts[index + 1].start() if index + 1 < len(starts) else len(text)
        piece = text[start.start() : end].strip()
        if start["table"]:
            yield from _row(row)
            yield from ("", piece)
            row = []
        elif start["owner"]:
            yield from _row(row)
            row = [piece]
        elif start["part"] and row:
            row[0] = f"{row[0]}\n{piece}"
        else:
            row = [*(row or [""]), piece]
    yield from _row(row)


def _joined(cells: Sequence[str]) -> str:
    """A line's cells: side by side where they are next to each other, on lines of their own where a bar ends a row."""
    parts: list[str] = []
    for before, cell in pairwise(["", *cells]):
        if cell:
            parts.extend(["\t" if before else "\n", cell])
    return "".join(parts[1:])


def _row(cells: list[str]) -> Iterator[Block]:
    if cells:
        yield Row([_of_owner(cells[0]), *cells[1:]])


def _of_owner(block: str) -> str:
    """An owner's block. A page that has city, state and ZIP code in one has both streets in one, too: not on a line."""
    name, street, city = block.partition("(Street)")
    if not street or "\t" in city.partition("(City)")[0].strip():
        return block
    return f"{_LAST.sub('(Middle) ', name).rstrip()} {street}{city}"


def _heading(text: str) -> Iterator[Block]:
    """What stands above the first caption, a line each: titles, numbers, and boxes beside their labels."""
    before = ""
    for line in _LINE_ENDS.split(text):
        if line:
            yield f"{CHECKED} {line}" if before == "X" and _BOXED.match(line) else line
            yield ""
            before = line
