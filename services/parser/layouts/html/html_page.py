"""Pages in HTML: their tables as blocks, whoever wrote the page and however it was saved.

A table that lays out the page is taken apart. A table within a cell becomes lines of the cell, its values parted by
tabs. No class names are needed: markers are raised, or link to a footnote; a box is an input or a bordered cell.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, cast

from services.parser.form.blocks import Block, BrokenOff, Mark, Row, Text, build_text, collapse_text, join_text
from services.parser.form.check_boxes import UNCHECKED
from services.parser.layouts.html.grids import LINE, PARAGRAPH, VALUE, Break, Grid, GridCell, Part
from services.parser.layouts.html.spread_tables import gathered
from services.parser.layouts.html.tag_actions import parse_html

_LAYOUT_DEPTH: Final = 2
"""Tables within tables that make a cell one of the page's layout, and not of the form."""

_PLAIN: Final = frozenset({str})


def read_html(text: str) -> list[Block]:
    """Return the blocks of a page. If the page breaks off, the last block is left out: it may be cut short.

    >>> read_html("<html><table><tr><td>Common Stock<td>500</table></html>")
    [Row(cells=['Common Stock', '500'], ruled=False)]

    Raises:
        InvalidFiling: it has more tags, nested tables, or cells than any page of a form.
    """
    root, broken_off = parse_html(text)
    blocks = list(_blocks_of(root))
    if broken_off:
        while blocks and blocks[-1] == "":
            blocks.pop()
        blocks[-1:] = [BrokenOff()]
    return blocks


def _blocks_of(content: GridCell) -> Iterator[Block]:
    """Return the content from top to bottom: lines of words, and the rows of tables."""
    words: list[Part] = []
    for part in content.parts:
        if isinstance(part, Grid):
            yield from _blocks_of_words(words)
            words = []
            yield from _blocks_of_grid(part)
        else:
            words.append(part)
    yield from _blocks_of_words(words)


def _blocks_of_words(parts: list[Part]) -> Iterator[Block]:
    if all([isinstance(part, Break) or (isinstance(part, str) and part.isspace()) for part in parts]):  # noqa: C419 - faster
        return
    for paragraph in _paragraphs(parts):
        if paragraph:
            yield from paragraph
            yield ""


def _blocks_of_grid(grid: Grid) -> Iterator[Block]:
    """Return the rows of a table between the content of cells that lay out the page."""
    texts: list[list[Text]] = []
    for row in grid.spread():
        filled = [cell for cell in row if cell.filled]
        is_frame = _is_frame(filled)
        layout = filled if is_frame else [cell for cell in filled if cell.depth >= _LAYOUT_DEPTH]
        if not layout:
            texts.append(_texts_of(row))
            continue
        yield from _rows_of(texts)
        texts = []
        if not is_frame:
            yield from _rows_of([_texts_of(row)])
        for cell in layout:
            yield from _blocks_of(cell)
    yield from _rows_of(texts)


def _is_frame(filled: Sequence[GridCell]) -> bool:
    """Return whether a row has nothing but tables in its only cell."""
    return len(filled) == 1 and filled[0].depth > 0 and not filled[0].has_words()


def _texts_of(row: Sequence[GridCell]) -> list[Text]:
    return [_text_of(cell) if cell.parts and cell.depth < _LAYOUT_DEPTH else "" for cell in row]


def _rows_of(texts: Sequence[list[Text]]) -> Iterator[Row]:
    return (Row(cells) for cells in gathered([cells for cells in texts if any(cells)]))


def _text_of(cell: GridCell) -> Text:
    """Return a cell's text: its lines, and those of the tables within it."""
    if len(cell.parts) == 1 and isinstance(only := cell.parts[0], str):
        return " ".join(only.split())
    parts = _flat_parts(cell) if cell.depth else cell.parts
    kinds = set(map(type, parts))
    if Break not in kinds:  # a single line
        return _one_line(cast("list[str | Mark]", parts), plain=kinds <= _PLAIN)
    lines = [line for paragraph in _paragraphs(parts) for line in paragraph]
    return lines[0] if len(lines) == 1 else join_text("\n", lines)


def _one_line(parts: Sequence[str | Mark], *, plain: bool) -> Text:
    """Return parts without a break between them as text on one line. `plain`: all of them are strings."""
    if plain:
        return " ".join("".join(cast("Sequence[str]", parts)).split())
    return collapse_text(build_text(*parts))


def _flat_parts(cell: GridCell) -> list[Part]:
    """Return a cell's parts, those of the tables within it among them."""
    flat: list[Part] = []
    for part in cell.parts:
        if not isinstance(part, Grid):
            flat.append(part)
        elif part.is_empty_box():
            flat.append(UNCHECKED)
        else:
            for row in part.rows:
                flat.append(PARAGRAPH)
                for index, inner in enumerate(row):
                    if index:
                        flat.append(VALUE)
                    flat.extend(_inner_parts(inner))
            flat.append(PARAGRAPH)
    return flat


def _inner_parts(cell: GridCell) -> list[Part]:
    """Return the parts of a cell within a cell: its paragraphs are lines, and none is empty at its ends."""
    parts: list[Part] = [LINE if part is PARAGRAPH else part for part in _flat_parts(cell) if part != ""]
    while parts and parts[-1] is LINE:
        parts.pop()
    start = 0
    while start < len(parts) and parts[start] is LINE:
        start += 1
    return parts[start:]


def _paragraphs(parts: Iterable[Part]) -> Iterator[list[Text]]:
    """Return the lines of each paragraph, without empty ones at its ends; white space is one space, tabs are kept."""
    lines: list[Text] = []
    values: list[Text] = []
    run: list[str | Mark] = []
    plain = True
    for part in (*parts, PARAGRAPH):
        if isinstance(part, str):
            run.append(part)
        elif not isinstance(part, Break):
            run.append(cast("Mark", part))
            plain = False
        else:
            values.append(_one_line(run, plain=plain))
            run, plain = [], True
            if part is VALUE:
                continue
            lines.append(values[0] if len(values) == 1 else join_text("\t", values))
            values = []
            if part is PARAGRAPH:
                yield _trimmed(lines)
                lines = []


def _trimmed(lines: list[Text]) -> list[Text]:
    """Return the lines without blank ones at the ends."""
    while lines and isinstance(line := lines[-1], str) and not line.strip():
        lines.pop()
    start = 0
    while start < len(lines) and isinstance(line := lines[start], str) and not line.strip():
        start += 1
    return lines[start:] if start else lines
