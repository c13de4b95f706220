"""A cover whose captions are side by side: each begins its own region, down to the next caption below it.

A region's left side is where its caption begins, or the text under it. Columns go by the places of their captions.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from services.parser.document import collapse_whitespace
from services.parser.form.blocks import Block, PossibleWrap, Row, Text, build_text, display_text
from services.parser.form.check_boxes import LABELLED_BOX
from services.parser.form.phrases import (
    EVENT_DATE,
    FISCAL_YEAR,
    ISSUER_AND_SYMBOL,
    LAST_NAME,
    NAME_AND_ADDRESS,
    ORIGINAL_DATE,
    RELATIONSHIP,
    STREET,
    TRANSACTION_DATE,
    WHOLE_DATE,
)
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
"""Characters by which the captions of one column may be apart."""

_TITLE: Final = re.compile(r"Table I\b")
_NUMBER: Final = re.compile(r"[1-8]\. ?")
_CAPTIONS: Final = (
    NAME_AND_ADDRESS,
    ISSUER_AND_SYMBOL,
    f"{EVENT_DATE} {WHOLE_DATE}",
    f"{TRANSACTION_DATE} {WHOLE_DATE}",
    f"{FISCAL_YEAR} {WHOLE_DATE}",
    f"{ORIGINAL_DATE} {WHOLE_DATE}",
    f"If Amendment, Date Original Filed {WHOLE_DATE}",
    RELATIONSHIP,
)
"""Captions that a narrow page wraps."""

_BY_LETTERS: Final = {"".join(caption.split()): caption for caption in _CAPTIONS}
"""The captions by their characters other than spaces."""

_BELOW: Final = re.compile(r"(?:\s*\([A-Za-z]{1,10}\))+\s*")
_BOXES: Final = 4
_MOST_LINES_OF_CAPTION: Final = 6
_MOST_LINES: Final = 100

_MOST_CAPTIONS: Final = 16
"""Twice what a form has."""


@dataclass(frozen=True, slots=True)
class _Caption:
    """Where a caption begins: its line, and its first column of characters."""

    line: int
    start: int


def begins_cover(line: str) -> bool:
    """Return whether a cover begins on this line: its first caption, with another beside it.

    >>> begins_cover("1. Name and Address of Reporting Person   2. Issuer Name and Ticker")
    True
    """
    return _FIRST.match(line) is not None and len(_CAPTION.findall(line)) > 1


def end_of_cover(lines: Sequence[str], first: int) -> int:
    """Return the line after the cover, whose last line has the captions below a city, or text under a later caption.

    >>> end_of_cover(["1. Name and Address", "(City) (State) (Zip)", "Table I"], 0)
    2
    """
    last = min(len(lines), first + _MOST_LINES)
    city = next((at for at in range(first, last) if "(City)" in lines[at]), last - 1)
    title = next((at for at in range(city, last) if _TITLE.search(lines[at])), city)
    return title if any(_CAPTION.search(line) for line in lines[city + 1 : title]) else city + 1


def begins_owner(line: str) -> bool:
    """Return whether another owner's name and address begin on this line, below the tables.

    >>> begins_owner("1. Name and Address of Reporting Person*")
    True
    """
    return _FIRST.match(line) is not None


def read_owner(lines: Sequence[str]) -> Iterator[Block]:
    """Return the cell of an owner without other cells; its words if it breaks off.

    >>> list(read_owner(["1. Name and Address of Reporting Person*", "DOE JANE"]))
    ['1. Name and Address of Reporting Person*', 'DOE JANE']
    """
    if any("(City)" in line for line in lines):
        yield Row([cell_of_cover(lines)])
    else:
        yield from lines


def read_cover(lines: Sequence[str]) -> Iterator[Block]:
    r"""Return the cover's cells, one per caption, and the title of the first table if the last line has it.

    >>> cover = ["1. Name and Address     2. Issuer Name and Ticker", "DOE JANE                ACME [AC]", ""]
    >>> list(read_cover(cover))[0].cells
    ['1. Name and Address\nDOE JANE', '2. Issuer Name and Ticker\nACME [AC]']
    """
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
    """Return the captions below the city, and the title of the table that some pages have beside them."""
    table = _TITLE.search(line)
    return (line[: table.start()], collapse_whitespace(line[table.start() :])) if table else (line, "")


def _active(captions: Sequence[_Caption], at: int) -> list[_Caption]:
    """Return the captions whose regions include a line, from left to right: the lowest one above it in each column."""
    found: list[_Caption] = []
    for caption in captions:
        if caption.line <= at:
            found = [other for other in found if abs(other.start - caption.start) > _NEAR]
            found.append(caption)
    return sorted(found, key=lambda caption: caption.start)


def _sides(captions: Sequence[_Caption], lines: Sequence[str]) -> dict[int, int]:
    """Return where the captions' regions begin: at the leftmost of a column, or at text below that covers it."""
    sides: dict[int, int] = {}
    for caption in captions:
        column = [other for other in captions if abs(other.start - caption.start) <= _NEAR]
        covered = covered_by(lines[min(other.line for other in column) :])
        sides[caption.start] = column_start(covered, min(other.start for other in column))
    return sides


def cell_of_cover(lines: Sequence[str]) -> Text:
    r"""Return a cell of the cover: its caption on one line, boxes with their labels, values side by side.

    >>> cell_of_cover(["2. Issuer Name and Ticker or", "Trading Symbol", "", "ACME INC   [ AC ]"])
    '2. Issuer Name and Ticker or Trading Symbol\nACME INC\t[ AC ]'
    """
    boxes = read_boxes(lines)
    if boxes is None and any("Director" in line for line in lines) and not _are_stacked(lines):
        return RELATIONSHIP  # boxes that cannot be read
    text = _with_whole_caption(boxes or cell_of(_side_by_side(lines)))
    if not _are_wrapped(lines):
        return text
    before, *after = display_text(text).split(STREET)
    return build_text(before, *(piece for rest in after for piece in (PossibleWrap(), STREET + rest)))


def _with_whole_caption(text: Text) -> Text:
    """Return a cell's text with a known caption that was wrapped on one line again."""
    first, *rest = display_text(text).split("\n")
    number = _NUMBER.match(first)
    words = first[number.end() :] if number else first
    for at in range(min(len(rest), _MOST_LINES_OF_CAPTION) + 1):
        letters = _without_spaces("".join([words, *rest[:at]]))
        start = next((start for start in _BY_LETTERS if letters.startswith(start)), None)
        if start is not None:
            caption, after = _BY_LETTERS[start], letters[len(start) :]
            kept = rest[at:] if not after.strip("*") else [" ".join([words, *rest[:at]]), *rest[at:]]
            return "\n".join([f"{number.group() if number else ''}{caption}", *kept]) if at else text
    return text


def _are_wrapped(lines: Sequence[str]) -> bool:
    """Return whether two street lines may be one that was wrapped.

    They may be if the first word of the second would not have fit on the first within the cell's longest line. With a
    longest line of 20 characters, `100 LONG BOULEVARD` may continue with `NORTH`, but `1 MAIN ST` would have had room.
    """
    first = next((at for at, line in enumerate(lines) if LAST_NAME in line), len(lines))
    end = next((at for at in range(first, len(lines)) if STREET in lines[at]), len(lines))
    streets = [line.split() for line in lines[first + 1 : end] if line.strip() and not is_rule(line)]
    width = max((len(line.strip()) for line in lines), default=0)
    return any(len(" ".join([*line, below[0]])) > width for line, below in pairwise(streets))


def _are_stacked(lines: Sequence[str]) -> bool:
    """Return whether the four boxes are one below the other."""
    return sum(LABELLED_BOX.match(line) is not None for line in lines) >= _BOXES


def _without_spaces(text: str) -> str:
    return "".join(text.split())


def _side_by_side(lines: Sequence[str]) -> Iterator[str]:
    """Return the lines, with tabs between values side by side. Values that continue below are joined on one line."""
    for block in _blocks(lines):
        starts = max(([piece.start for piece in pieces_of(line)] for line in block), key=len)
        if len(block) > 1 and len(starts) > 1:
            covered = covered_by(block)
            cells = zip(*(cut(line, [column_start(covered, start) for start in starts]) for line in block), strict=True)
            yield "\t".join(collapse_whitespace(" ".join(column)) for column in cells)
        else:
            yield from ("\t".join(piece.text for piece in pieces_of(line)) for line in block)


def _blocks(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    """Return the blocks of lines between blank ones and rules. Captions such as `(Last) (First)` are apart."""
    for paragraph in paragraphs_of("" if is_rule(line) else line for line in lines):
        for below, block in groupby(paragraph, lambda line: _BELOW.fullmatch(line) is not None):
            together = list(block)
            yield from ([line] for line in together) if below else [together]
