"""Pages that a person copied out of a browser: a line per row, a tab per cell, cover values below their captions.

A browser leaves nothing for an unchecked box, and may break a line within a cell. An editor may turn tabs into spaces:
if each tab became as many, they are tabs again; otherwise the columns are lost, and rows are unreadable.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from services.parser.document import collapse_whitespace
from services.parser.form.blocks import Block, Row, Text, Unreadable, display_text
from services.parser.form.captions import are_part_captions, captioned_table, columns_of, spread
from services.parser.form.check_boxes import box
from services.parser.form.phrases import CITY, LAST_NAME, NAME_AND_ADDRESS, is_boilerplate
from services.parser.form.sections import section_headed_by
from services.parser.layouts.converter_markup import read_markup

_FIRST: Final = re.compile(r"[ \t]*1\. ?Name and Address of Reporting Person[ *]*[ \t]*")
_ITEM: Final = re.compile(
    r"(?:^|\t)[ ]*(?=[1-8]\. ?(?:Name and Address|Issuer Name|Date of|Statement for|If Amendment|Relationship"
    r"|Individual|IRS|I\.R\.S\.)\b)"
)
_TABLE: Final = re.compile(r"[ \t]*Table II?\b")
_RELATIONSHIP: Final = re.compile(r"5\. ?Relationship of Reporting Person\(s\) to Issuer")
_LABEL: Final = re.compile(r"(?:Director|10% Owner|Officer|Other)\b")
_TITLE: Final = re.compile(r"[ \t]*1\. ?Title of (?:Derivative )?Securit")
_NOTE: Final = re.compile(r"[ \t]*\(e\.g\.")
_REST_OF_CAPTION: Final = re.compile(
    r"[ \t]*(?:\(|[a-z]|[0-9]{1,2}[AB]?\. |Beneficial|Owne|Indirect|Security|Date|Form|Code)"
)
_GAP: Final = re.compile(r" {2,}")
_CROSS: Final = frozenset({"X", "x"})
_MOST_LINES: Final = 60
"""Lines of a cover: three times what a long one has."""

_FIRST_LINES: Final = 6


def is_pasted(text: str) -> bool:
    r"""Return whether the first caption of the cover is alone on its line, and `(Last)` begins one soon below.

    >>> is_pasted("1. Name and Address of Reporting Person*\nDOE JANE\n(Last)\t(First)")
    True
    """
    if "(Last)" not in text or "Person" not in text:
        return False
    lines = text.split("\n")
    first = next((at for at, line in enumerate(lines) if NAME_AND_ADDRESS in line), len(lines))
    if first == len(lines) or not _FIRST.fullmatch(lines[first]):
        return False  # a further owner, below the tables, may have its own block on any page
    return any(below.lstrip().startswith(LAST_NAME) for below in lines[first + 1 : first + _FIRST_LINES])


def read_pasted(text: str) -> Iterator[Block]:
    r"""Return the blocks of such a text.

    >>> list(read_pasted("1. Name and Address of Reporting Person*\nDOE JANE\n(Last)\t(First)\t(Middle)"))[0].cells
    ['1. Name and Address of Reporting Person*\nDOE JANE\n(Last)\t(First)\t(Middle)']
    """
    lines = text.replace("\xa0", " ").split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        if _FIRST.fullmatch(line):
            end = _end_of_cover(lines, at)
            yield Row(_cells_of_cover(["\t".join(_cells(each)) for each in lines[at:end]]))
        elif _TITLE.match(line):
            end = _end_of_table(lines, at)
            yield from _read_table(lines[at:end], broken_off=end == len(lines))
        elif line.strip() in _CROSS and at + 1 < len(lines) and lines[at + 1].lstrip().startswith("Check this box"):
            end = at + 2
            yield f"{box(checked=True)} {collapse_whitespace(lines[at + 1])}"
        else:
            end = at + 1
            cells = _cells(line)
            yield Row([read_markup(cell) for cell in cells]) if len(cells) > 1 else read_markup(line)
        at = end


def _cells(line: str) -> list[str]:
    """Return the cells of a line, which tabs or runs of spaces separate."""
    return _GAP.sub("\t", line.strip(" ")).split("\t")


def _end_of_cover(lines: Sequence[str], first: int) -> int:
    """Return the line after a cover, or after the address of a further owner, which has no items below it."""
    last = min(len(lines), first + _MOST_LINES)
    city = next((at for at in range(first, last) if lines[at].lstrip().startswith(CITY)), last - 1)
    table = next((at for at in range(first, last) if _TABLE.match(lines[at]) or _TITLE.match(lines[at])), None)
    another = next((at for at in range(first + 1, last) if _FIRST.fullmatch(lines[at])), last)
    return table if table is not None and table < another else city + 1


def _cells_of_cover(lines: Sequence[str]) -> list[Text]:
    """Return the items of a cover as cells: each from its caption to the next one, on the same line or below."""
    items: list[list[str]] = []
    for line in lines:
        first, *begun = _ITEM.split(line)
        if first.strip() and items:
            items[-1].append(first.strip())
        items.extend([item] for item in begun)
    return ["\n".join(_with_boxes(item) if _RELATIONSHIP.match(item[0]) else item) for item in items]


def _with_boxes(lines: Sequence[str]) -> Iterator[str]:
    """Return a relationship item with a box before each label: a lone X before it, or nothing, stands for one.

    If there is no X at all, the boxes are lost, and the lines stay as they are.
    """
    rows = [[value.strip() for value in line.split("\t")] for line in _with_crosses_beside(lines)]
    crossed = any(not _CROSS.isdisjoint(values) for values in rows)
    for values in rows:
        labels = [at for at, value in enumerate(values) if _LABEL.match(value)] if crossed else []
        boxes = [f"{box(checked=at > 0 and values[at - 1] in _CROSS)} {values[at]}" for at in labels]
        others = [
            value for at, value in enumerate(values) if at not in labels and not (boxes and value in ("", *_CROSS))
        ]
        yield "\t".join([*boxes, *others])


def _with_crosses_beside(lines: Sequence[str]) -> Iterator[str]:
    """Return the lines, each X that is alone on one before the line below it."""
    cross = ""
    for line in lines:
        if line.strip() in _CROSS:
            cross = f"{line.strip()}\t"
            continue
        yield cross + line
        cross = ""


def _end_of_table(lines: Sequence[str], first: int) -> int:
    """Return the line after a table's rows: a blank one, a heading, or the form's small print."""
    for at in range(first + 1, len(lines)):
        lowered = lines[at].strip().lower()
        if (
            not lowered
            or _FIRST.fullmatch(lines[at])
            or section_headed_by(lowered)
            or (is_boilerplate(lowered) and not _NOTE.match(lines[at]))
        ):
            return at
    return len(lines)


def _read_table(lines: Sequence[str], *, broken_off: bool) -> Iterator[Block]:
    """Return the captions of a table, each over its columns, and its rows."""
    end = _end_of_captions(lines)
    whole = " ".join(lines[:end])
    captions = [collapse_whitespace(cell) for cell in _cells(whole)]
    parts: list[str] = []
    if end < len(lines):
        cells = [cell.strip() for cell in _cells(lines[end])]
        if are_part_captions(cells):
            parts, end = cells, end + 1
    if captioned_table(captions) is None:
        yield from map(Unreadable, lines)
        return
    captions, parts = spread(captions, parts)
    yield Row(captions)
    if any(parts):
        yield Row(parts)
    columns = len(columns_of(captions, parts))
    rows = [line for line in lines[end:] if not _NOTE.match(line)]
    found = list(_whole_rows(rows, columns, _tab_width(whole)))
    for at, row in enumerate(found):
        certain = row.count("\t") < columns and not (broken_off and at == len(found) - 1)
        yield (
            Row([read_markup(cell.strip()) for cell in row.split("\t")])
            if certain
            else Unreadable(collapse_whitespace(display_text(row)))
        )


def _end_of_captions(lines: Sequence[str]) -> int:
    """Return the line after the captions, some of which may continue on separate lines."""
    for at in range(1, len(lines)):
        cells = [cell.strip() for cell in _cells(lines[at])]
        if are_part_captions(cells) or not _REST_OF_CAPTION.match(lines[at]):
            return at
    return len(lines)


def _tab_width(captions: str) -> int:
    """Return how many spaces stand for each tab: 0 if there are tabs, or if it cannot be determined."""
    widths = {len(gap) for gap in _GAP.findall(captions.strip(" "))}
    return widths.pop() if len(widths) == 1 and "\t" not in captions else 0


def _whole_rows(lines: Sequence[str], columns: int, tab_width: int) -> Iterator[str]:
    """Return the rows, with tabs between their cells and without the breaks within them; others without tabs.

    A row has one tab less than columns. Lines that have as many only together are one row whose cells were broken.
    """
    rows = [_with_tabs(line, tab_width) for line in lines]
    at = 0
    while at < len(rows):
        row = rows[at]
        at += 1
        while at < len(rows) and _continues(row, rows[at], columns):
            row = f"{row.rstrip(' ')} {rows[at].lstrip(' ')}"
            at += 1
        yield row if "\t" in row else row + "\t" * columns


def _continues(row: str, below: str, columns: int) -> bool:
    """Return whether the line below is of the same row: one of them has no tabs, or only both have those of a row."""
    together = row.count("\t") + below.count("\t")
    if together > columns - 1:
        return False
    if "\t" not in below:
        return together < columns - 1 or not row.endswith("\t")  # an empty last cell does not go on below
    return "\t" not in row or together == columns - 1


def _with_tabs(line: str, tab_width: int) -> str:
    """Return a line whose tabs had become spaces with its tabs; a line with other gaps has none."""
    if "\t" in line or not tab_width:
        return line
    gaps = _GAP.findall(line)
    if any(len(gap) % tab_width for gap in gaps):
        return collapse_whitespace(line)
    return _GAP.sub(lambda gap: "\t" * (len(gap.group()) // tab_width), line)
