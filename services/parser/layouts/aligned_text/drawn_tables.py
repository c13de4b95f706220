"""Drawn boxes as rows: a table's bands by the columns of its captions, a cover's cells in their order.

A box no wider than a letter or two is a check box, and is put before the words beside it.
"""

from collections.abc import Iterator
from typing import Final

from services.parser.document import collapse_whitespace
from services.parser.form.blocks import Block, Row, Text, plain_text
from services.parser.form.captions import captioned_table
from services.parser.form.check_boxes import CHECKED, UNCHECKED
from services.parser.layouts.aligned_text.aligned_cover import begins_owner, cell_of_cover, read_owner
from services.parser.layouts.aligned_text.drawn_boxes import Area, Box, bands_of, find_boxes
from services.parser.layouts.aligned_text.text_columns import cell_of, pieces_of

_WIDEST_CHECK_BOX: Final = 6
_TALLEST_CHECK_BOX: Final = 4


def take_boxes(lines: list[str]) -> tuple[list[str], dict[int, list[Box]]]:
    """Return the lines without their boxes, and the boxes by their first line. Check boxes stay, as words.

    >>> lines, boxes = take_boxes(["+----------+", "| ACME INC |", "+----------+"])
    >>> [line.strip() for line in lines], list(boxes)
    (['', '', ''], [0])
    """
    tables: dict[int, list[Box]] = {}
    for box in find_boxes(lines):
        for at in range(box.top, box.bottom + 1):
            lines[at] = f"{lines[at][: box.left]}{' ' * (box.right + 1 - box.left)}{lines[at][box.right + 1 :]}"
        if box.right - box.left < _WIDEST_CHECK_BOX and box.bottom - box.top < _TALLEST_CHECK_BOX:
            _check(lines, box)
        else:
            tables.setdefault(box.top, []).append(box)
    return lines, tables


def _check(lines: list[str], box: Box) -> None:
    """Put the check box before the first of the lines beside it, which all begin in one column."""
    beside = pieces_of(lines[box.top][box.right + 1 :])
    start = box.right + 1 + beside[0].start if beside else 0
    first = box.top
    while start and first and _begins_at(lines[first - 1], start):
        first -= 1
    checked = "".join(box.lines).strip(" └┘─│+-|").upper() == "X"
    mark = CHECKED if checked else UNCHECKED
    after = max(start, box.left + len(mark) + 1)
    before = lines[first][: box.left].rstrip()
    lines[first] = f"{before:{box.left}}{mark:{after - box.left}}{lines[first][after:]}"


def _begins_at(line: str, start: int) -> bool:
    return line[start : start + 1].strip() != "" and not line[:start].strip()


def read_box(box: Box) -> Iterator[Block]:
    """Return the rows of a box, or the words of a band that is a single cell.

    >>> _, boxes = take_boxes(["+-----+-----+", "| a   | b   |", "+-----+-----+"])
    >>> list(read_box(boxes[0][0]))
    [Row(cells=['a', 'b'], ruled=False)]
    """
    starts: list[int] = []
    for band in bands_of(box):
        leaves = list(band.leaves())
        if begins_owner(leaves[0].lines[0]) and len(leaves) == 1:
            yield from read_owner(leaves[0].lines)
        elif len(leaves) == 1:
            yield from (collapse_whitespace(line) for line in leaves[0].lines)
            yield ""
        elif captioned_table([plain_text(cell_of(leaves[0].lines))]) is not None:
            captions, parts, starts = _captions_of(band)
            yield Row(captions)
            if any(parts):
                yield Row(parts)
        elif starts and all(leaf.left in starts for leaf in leaves):
            cells = {leaf.left: cell_of(leaf.lines) for leaf in leaves}
            yield Row([cells.get(start, "") for start in starts])
        else:
            yield Row([cell_of_cover(leaf.lines) for leaf in leaves])


def _captions_of(band: Area) -> tuple[list[Text], list[str], list[int]]:
    """Return captions and the parts below them, each in its column, and where the columns begin."""
    captions: list[Text] = []
    parts: list[str] = []
    starts: list[int] = []
    for column in band.columns:
        upper, lower = (column.bands[0], column.bands[-1]) if column.bands else (column, column)
        below = lower.columns or [lower]
        captions.extend([cell_of(upper.lines), *("" for _ in below[1:])])
        parts.extend(plain_text(cell_of(part.lines)) if lower is not upper else "" for part in below)
        starts.extend(part.left for part in below)
    return captions, parts, starts
