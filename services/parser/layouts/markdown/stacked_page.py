"""Markdown that has a paragraph for each cell, as turndown makes of tables: no bars, and no columns.

A page with a non-breaking space in each empty cell keeps every cell, so that rows are found by counting. Any other page
has lost its empty cells. Its rows end at a lone D or I, the form of ownership, and the nature of ownership behind it.
The cells of a row are then assigned by order and kind alone (`alignment.assign_in_order`).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from services.parser.form.alignment import fits
from services.parser.form.blocks import Block, BrokenOff, Row, Text, Unreadable, display_text, join_text, plain_text
from services.parser.form.captions import Column, are_part_captions, captioned_table, columns_of, is_caption, spread
from services.parser.form.cell_values import CellValue, read_cell
from services.parser.form.phrases import (
    CITY,
    NAME_AND_ADDRESS,
    OWNER_NAME_AND_ADDRESS,
    SIGNATURE,
    STREET,
    ZIP,
    is_boilerplate,
)
from services.parser.form.sections import section_headed_by
from services.parser.form.written_dates import WRITTEN_DATE
from services.parser.layouts.markdown.joined_cover import cut_cover
from services.parser.layouts.markdown.links import Links
from services.parser.layouts.markdown.markdown_page import breaks_off

_CAPTIONS: Final = re.compile(
    r"^[ *]*1 ?\\?\. ?Title of (?:Derivative )?Security[^\n|]*\n"
    r"(?:\([^\n|]{1,20}\)[ *]*\n)?[ \t]*\n[ *]*2 ?\\?\. ?[A-Z]",
    re.MULTILINE,
)
_NUMBER: Final = re.compile(r"\([0-9]{1,2}\)")
_DATE: Final = re.compile(WRITTEN_DATE)
_RULE: Final = re.compile(r"[-=*_ ]{3,}")
_LETTERS: Final = frozenset({"D", "I"})
_CITY_LINES: Final = 3
_OWNERS_WIDTH: Final = 5
_MOST_TITLES: Final = 2
"""Texts between two forms of ownership: the nature of one line's, and the title of the next."""

Paragraph = Sequence[str]
"""Its lines; a single empty one for a paragraph that is a non-breaking space."""


def is_stacked(text: str) -> bool:
    r"""Return whether the captions of a table have a paragraph each.

    >>> is_stacked("1\\. Title of Security (Instr. 3)\n\n2\\. Transaction Date")
    True
    """
    return "Title of" in text and _CAPTIONS.search(text) is not None


def read_stacked(text: str) -> Iterator[Block]:
    r"""Return the blocks of such a text.

    >>> list(read_stacked("FORM 4\n\n**Remarks:**"))
    ['', 'FORM 4', '', 'Remarks:', BrokenOff()]
    """
    page = _Page(list(_paragraphs(text)), Links(text))
    yield from page.blocks()
    if breaks_off(text.rstrip("\n").rpartition("\n")[2]):
        yield BrokenOff()


def _paragraphs(text: str) -> Iterator[Paragraph]:
    lines: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line.strip(" \t"):
            lines.append(line.strip())
        elif lines:
            kept = [each for each in lines if each and not _RULE.fullmatch(each)]
            if kept or not any(lines):
                yield kept or [""]
            lines = []


class _Page:
    """The paragraphs of a page, part by part."""

    def __init__(self, paragraphs: Sequence[Paragraph], links: Links) -> None:
        self._paragraphs = paragraphs
        self._links = links
        self._headings = [self._words(paragraph) for paragraph in paragraphs]

    def blocks(self) -> Iterator[Block]:
        """Return the blocks of all parts.

        >>> list(_Page([["FORM 4"]], Links("")).blocks())
        ['', 'FORM 4']
        """
        at = 0
        while at < len(self._paragraphs):
            words = self._headings[at]
            if NAME_AND_ADDRESS in words:
                end = self._end(at)
                yield from self._cover(at, end)
            elif captioned_table([words]) is not None:
                end = self._end(at)
                yield from self._table(at, end)
            elif words == OWNER_NAME_AND_ADDRESS:
                end = self._end(at)
                yield from self._owners(at, end)
            elif SIGNATURE in "".join(self._headings[at + 2 : at + 3]) and _DATE.fullmatch(self._headings[at + 1]):
                end = at + 4
                yield Row(self._headings[at : at + 2])
                yield Row(self._headings[at + 2 : end])
            elif _NUMBER.fullmatch(words) and at + 1 < len(self._paragraphs):
                end = at + 2
                yield Row([words, self._headings[at + 1]])
            else:
                end = at + 1
                yield ""
                if words:  # and not only the asterisk of a note
                    yield from (plain_text(self._links.read(line)) for line in self._boxed(at))
            at = end

    def _words(self, paragraph: Paragraph) -> str:
        return plain_text(self._links.read(" ".join(paragraph))).strip("*")

    def _boxed(self, at: int) -> Paragraph:
        """Return a paragraph's lines, with the cross that is alone in the paragraph above."""
        lines = self._paragraphs[at]
        crossed = at > 0 and self._headings[at - 1] == "X"
        return [f"X {lines[0]}", *lines[1:]] if crossed and lines[0].startswith("Check this box") else lines

    def _end(self, at: int) -> int:
        """Return the first paragraph after a part: a table's title or captions, an owner's block, or other words."""
        first = self._headings[at]
        for end in range(at + 1, len(self._headings)):
            words = self._headings[end]
            lowered = words.lower()
            if section_headed_by(lowered) or is_boilerplate(lowered) or captioned_table([words]) is not None:
                return end
            if NAME_AND_ADDRESS in words or (STREET in first and ZIP in words):
                return end
        return len(self._headings)

    def _cover(self, at: int, end: int) -> Iterator[Block]:
        """Return the cells of the cover, or of a further owner; the parts of a city may have a paragraph each."""
        lines: list[list[Text]] = []
        after_street: int | None = None
        for index in range(at, end):
            if self._headings[index].startswith(CITY) and after_street is not None:
                parts = lines[after_street:]
                if len(parts) == _CITY_LINES and all(len(part) == 1 for part in parts):
                    lines[after_street:] = [[part[0] for part in parts]]
                after_street = None
            lines.extend([self._links.read(line)] for line in self._paragraphs[index])
            if self._headings[index].endswith(STREET):
                after_street = len(lines)
        yield from cut_cover(lines)

    def _owners(self, at: int, end: int) -> Iterator[Block]:
        """Return the owners' table: a paragraph for name and address, and four for the relationships."""
        columns = at + 2
        captioned = columns + _OWNERS_WIDTH - 1
        yield Row(self._headings[at:columns])
        yield Row(["", *self._headings[columns:captioned]])
        for first in range(captioned, end, _OWNERS_WIDTH):
            whole = self._paragraphs[first : min(first + _OWNERS_WIDTH, end)]
            cells = [join_text("\n", map(self._links.read, lines)) for lines in whole]
            of_owner = [len(lines) > 1 for lines in whole] == [True, *[False] * (_OWNERS_WIDTH - 1)]
            yield Row(cells) if of_owner else _unreadable(cells)

    def _table(self, at: int, end: int) -> Iterator[Block]:
        """Return a table's captions, their second line and its rows."""
        captions = parts = at
        while captions < end and is_caption(self._headings[captions]):
            captions += 1
        parts = captions
        while parts < end and are_part_captions([self._headings[parts]]):
            parts += 1
        above, below = spread(self._headings[at:captions], self._headings[captions:parts])
        yield Row(above)
        if any(below):
            yield Row(below)
        cells = [join_text(" ", map(self._links.read, each)) for each in self._paragraphs[parts:end]]
        yield from _rows_of(cells, columns_of(above, below), ended=end < len(self._paragraphs))


def _rows_of(cells: Sequence[Text], columns: Sequence[Column], *, ended: bool) -> Iterator[Block]:
    """Return the rows of a table; what cannot be divided is unreadable, and so is the last row unless it `ended`."""
    values = [read_cell(cell, None) for cell in cells]
    width = len(columns)
    if all(
        cells[at : at + width] and _are_in_columns(values[at : at + width], columns)
        for at in range(0, len(cells), width)
    ):
        yield from (Row(cells[at : at + width]) for at in range(0, len(cells), width))
        return
    if not all(values) or any(are_part_captions([plain_text(cell)]) for cell in cells):
        yield _unreadable(cells)  # a page that keeps its empty cells has lost one, or a table one of its captions
        return
    two_titles = any("underlying_title" in column for column in columns)
    start = 0
    for owned, end in _ends_of_rows(values):
        whole = ended or end < len(cells)
        titles = sum(fits("security_title", value) for value in values[start + 1 : owned])
        if whole and fits("security_title", values[start]) and titles == two_titles:
            yield Row(cells[start:end], in_order=True)
        else:
            yield _unreadable(cells[start:end])
        start = end
    if start < len(cells):
        yield _unreadable(cells[start:])


def _are_in_columns(values: Sequence[CellValue], columns: Sequence[Column]) -> bool:
    return len(values) == len(columns) and all(
        len(column) == 1 and fits(column[0], value) for column, value in zip(columns, values, strict=True)
    )


def _ends_of_rows(values: Sequence[CellValue]) -> Iterator[tuple[int, int]]:
    """Return the index of each row's form of ownership, and where the row ends, as far as that is certain.

    Behind a D, a text is the title of the next row; there may be two pieces of a title, so that two are not certain.
    Behind an I, two texts are the nature of ownership and a title; a single one may be either. At the end of the table,
    a text is the nature of ownership.
    """
    for at, value in enumerate(values):
        if value.text.upper() not in _LETTERS:
            continue
        texts = at + 1
        noted = texts < len(values) and not values[texts].text
        texts += noted
        end = texts
        while end < len(values) and fits("security_title", values[end]):
            end += 1
        count = end - texts
        if end == len(values) and count + noted <= 1:
            yield at, end
        elif count == 1 and (noted or value.text.upper() == "D"):
            yield at, texts
        elif count == _MOST_TITLES and not noted and value.text.upper() == "I":
            yield at, texts + 1
        elif count:
            return


def _unreadable(cells: Sequence[Text]) -> Unreadable:
    return Unreadable(" | ".join(map(display_text, cells)))
