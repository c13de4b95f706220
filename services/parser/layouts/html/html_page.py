"""HTML pages: a page's tables as the blocks of `page`, whoever wrote the page and however it was saved.

A table that lays out the page is taken apart; a table within a cell becomes lines of the cell, its values parted by
tabs. No class name is needed: markers are raised, or link to a footnote; a box is an input or a bordered cell.
"""

from collections.abc import Iterator
from typing import Final

from services.parser.form.blocks import BROKEN_OFF, UNCHECKED, Block, Row
from services.parser.layouts.html.grids import BREAK, PARAGRAPH, TAB, Grid, GridCell
from services.parser.layouts.html.tag_actions import parse_html

_LAYOUT_DEPTH: Final = 2
"""Tables within tables that make a cell one of the page's layout, and not of the form."""


def read_html(text: str) -> list[Block]:
    """The blocks of a page. Of a page that breaks off, the last block is left out: it may be cut short.

    Raises:
        InvalidFiling: it has more tags, tables within tables, or cells than any page of a form.
    """
    root, broken_off = parse_html(text)
    blocks = list(_blocks_of(root))
    if broken_off:
        while blocks and blocks[-1] == "":
            blocks.pop()
        blocks[-1:] = [BROKEN_OFF]
    return blocks


def _blocks_of(content: GridCell) -> Iterator[Block]:
    """What stands one below the other: lines of words, and the rows of tables."""
    words: list[str] = []
    for part in content.parts:
        if isinstance(part, str):
            words.append(part)
            continue
        yield from _lines_of("".join(words))
        words = []
        yield from _rows_of(part)
    yield from _lines_of("".join(words))


def _lines_of(raw: str) -> Iterator[Block]:
    if not raw or raw.isspace():
        return
    for paragraph in raw.split(PARAGRAPH):
        lines = _folded_lines(paragraph)
        if lines:
            yield from lines
            yield ""


def _rows_of(grid: Grid) -> Iterator[Block]:
    for row in grid.spread():
        filled = [cell for cell in row if cell.filled]
        if len(filled) == 1 and filled[0].depth and not filled[0].has_words():
            yield from _blocks_of(filled[0])
            continue
        texts = [_flat(cell) if cell.parts and cell.depth < _LAYOUT_DEPTH else "" for cell in row]
        if any(texts):
            yield Row(texts)
        for cell in filled:
            if cell.depth >= _LAYOUT_DEPTH:
                yield from _blocks_of(cell)


def _flat(cell: GridCell) -> str:
    """A cell's text: its lines, and those of the tables within it."""
    if not cell.depth:
        raw = str(cell.parts[0]) if len(cell.parts) == 1 else "".join(map(str, cell.parts))
        if raw.isprintable() or (BREAK not in raw and PARAGRAPH not in raw and TAB not in raw):
            return " ".join(raw.split())
    lines: list[str] = []
    for paragraph in _raw(cell).split(PARAGRAPH):
        lines.extend(_folded_lines(paragraph))
    return "\n".join(lines)


def _raw(cell: GridCell) -> str:
    raw: list[str] = []
    for part in cell.parts:
        if isinstance(part, str):
            raw.append(part)
            continue
        if part.is_empty_box():
            raw.append(UNCHECKED)
            continue
        for row in part.rows:
            raw.append(PARAGRAPH)
            raw.append(TAB.join([_raw(inner).replace(PARAGRAPH, BREAK).strip(BREAK) for inner in row]))
        raw.append(PARAGRAPH)
    return "".join(raw)


def _folded_lines(paragraph: str) -> list[str]:
    """The lines of a paragraph, with none that are empty at its ends; white space is one space, tabs are kept."""
    if BREAK not in paragraph and TAB not in paragraph:
        line = " ".join(paragraph.split())
        return [line] if line else []
    lines = [" ".join(line.split()) if TAB not in line else _folded_tabs(line) for line in paragraph.split(BREAK)]
    while lines and not lines[-1].strip():
        lines.pop()
    start = 0
    while start < len(lines) and not lines[start].strip():
        start += 1
    return lines[start:]


def _folded_tabs(line: str) -> str:
    return "\t".join([" ".join(value.split()) for value in line.split(TAB)])
