"""Markdown as a converter makes it of a whole page: nested tables in one line, rows without bars at their ends, links.

Two families are told apart by their rules. One (markdownify, turndown) writes a row as `| a | b |` with all that is
nested in it on the same line; the other (html2text) writes `a| b`, ends a row like a line break within a cell, and may
wrap what is long. In both, the cover's cells run together, and its captions part them.
"""

import re
from collections.abc import Iterator
from enum import Enum
from typing import Final

from services.parser.form.blocks import BROKEN_OFF, Block, Row, Unreadable
from services.parser.form.captions import are_part_captions
from services.parser.form.markup import clean
from services.parser.form.sections import is_boilerplate
from services.parser.layouts.markdown.joined_cover import cut_cover
from services.parser.layouts.markdown.joined_owners import parted
from services.parser.layouts.markdown.links import Links
from services.parser.layouts.markdown.nested_tables import TableRows, cells_between, read_table
from services.parser.layouts.markdown.wrapped_lines import has_open_rule, unwrapped, whole_rows

MOST_BARS: Final = 5000
"""Bars of the longest line: a nested table of thirty rows and the cover have a fifth of it."""

_NESTED_RULE: Final = re.compile(r" {0,3}\|.*\| ?-{3,} ?\|")
_BROKEN_ROW: Final = frozenset({"|", "| "})
_LETTER: Final = re.compile(r"[A-Za-z]")
_NO_WORDS: Final = re.compile(r"[-|:=*_ \t\u00a0]*")
_TITLE: Final = re.compile(r"(?:1 ?\\?\. ?|(?:^|(?<=\|))[ *]*)Title of (?:Derivative )?Securit", re.IGNORECASE)
_LAST_CAPTION: Final = re.compile(r"Nature of [A-Za-z ]{1,60}\\?\(Instr[^()|]{0,20}\)\s*$")
_OWNER: Final = "Name and Address of Reporting Person"
_OWNER_ENDS: Final = "(Zip)"
_HEADING: Final = re.compile(
    r"(?:reporting owners|signatures|explanation of responses:?|remarks:.{0,20})", re.IGNORECASE
)
_SEC_NUMBER: Final = re.compile(r"SEC [0-9]{4}\b.{0,20}")
_LONGEST_CAPTIONS: Final = 60
_LONGEST_HEADING: Final = 200
_FEWEST_CAPTIONS: Final = 4
_OWNERS_WIDTH: Final = 5


def is_markdown(text: str) -> bool:
    """Whether the text's tables are of such a converter, and not a line for each row with bars at both ends."""
    if "---" not in text:
        return False
    lines = text.split("\n")
    if has_open_rule(lines) or ("| ---" in text and not _BROKEN_ROW.isdisjoint(lines)):
        return True
    rules = map(_NESTED_RULE.match, lines if "--- |" in text else ())
    return any(_LETTER.search(rule.group()) for rule in rules if rule is not None)


def read_markdown(text: str) -> Iterator[Block]:
    """The blocks of such a text."""
    lines = text.split("\n")
    open_rows = has_open_rule(lines)
    page = _Page(Links(text), open_rows=open_rows)
    lines = list(unwrapped(lines) if open_rows else whole_rows(lines))
    for number, line in enumerate(lines):
        if line.count("|") > MOST_BARS:
            yield Row(line.split("|", MOST_BARS))
            return
        yield from page.take(line, cut_off=number == len(lines) - 1)
    yield from page.end()
    if _breaks_off(lines[-1]):
        yield BROKEN_OFF


def _is_rule(line: str) -> bool:
    return "---" in line and not line.strip("-|: ")


def _breaks_off(last: str) -> bool:
    """Whether the text's last line may be cut short: it has no end, nor a bar there, and words of the filing's own."""
    words = clean(last.strip(" #")).lower()
    return bool(words) and not last.rstrip().endswith("|") and not is_boilerplate(words)


class _Part(Enum):
    COVER = "cover"
    CAPTIONS = "captions"
    ROWS = "rows"
    OWNERS = "owners"
    WORDS = "words"


class _Page:
    """What was read of a page so far, line by line."""

    def __init__(self, links: Links, *, open_rows: bool) -> None:
        self._links = links
        self._open_rows = open_rows
        self._part = _Part.COVER
        self._begun = False
        self._held: list[str] = []
        self._owners: list[list[str]] = []
        self._first_owner = ""
        self._rows = TableRows()

    def take(self, line: str, *, cut_off: bool) -> Iterator[Block]:
        """The blocks that the line completes. The text's last line may be `cut_off`: a row in it is not trusted."""
        if self._part is _Part.CAPTIONS:
            yield from self._take_captions(line)
            return
        if self._part is _Part.ROWS:
            if _is_rule(line):
                return
            if self._is_row(line):
                yield from self._rows.take(self._cells(line), whole=self._is_whole(line, cut_off))
                return
            yield from self._leave()
        title = _TITLE.search(line) if "title of" in line.lower() and ("|" in line or self._open_rows) else None
        if title is not None and self._begins_table(line, title.start()):
            yield from self._begin_table(line, title.start())
        else:
            yield from self._take_other(line, cut_off=cut_off)

    def end(self) -> Iterator[Block]:
        """The blocks of what was held back."""
        yield from self._leave()

    def _cells(self, line: str) -> list[str]:
        return [self._links.clean(cell) for cell in cells_between(line, open_rows=self._open_rows)]

    def _is_whole(self, line: str, cut_off: bool) -> bool:
        return not cut_off if self._open_rows else line.rstrip().endswith("|")

    def _is_row(self, line: str) -> bool:
        """Whether the line goes on with the table: it has bars, and is neither a title nor the next owner's block."""
        if "|" not in line or _OWNER in line:
            return False
        barred = line.lstrip(" ").startswith("|")
        return not barred or line.count("|") >= _FEWEST_CAPTIONS if self._open_rows else barred

    def _begins_table(self, line: str, at: int) -> bool:
        return self._open_rows or sum(bool(cell) for cell in self._cells("|" + line[at:])) >= _FEWEST_CAPTIONS

    def _begin_table(self, line: str, at: int) -> Iterator[Block]:
        before, captions = line[:at], line[at:]
        if not _NO_WORDS.fullmatch(before):
            yield from self._take_other(before)
        if self._part is _Part.COVER:
            yield from self._leave()
        self._begun = True
        if self._open_rows:
            self._part = _Part.CAPTIONS
            yield from self._take_captions(captions)
            return
        cells = [self._links.clean(cell) if cell.strip() else cell for cell in cells_between(captions)]
        if "---" in line:
            yield from read_table(cells)
            self._part = _Part.WORDS
            return
        self._rows = TableRows([cell.strip() for cell in cells])
        self._part = _Part.ROWS

    def _take_captions(self, line: str) -> Iterator[Block]:
        """A line of an open table's captions: breaks within them are like those between rows.

        A rule ends them, their second line, or the last of all captions.
        """
        ended = _is_rule(line) or are_part_captions(self._cells(line))
        if not ended:
            self._held.append(line)
            if not _LAST_CAPTION.search(" ".join(self._held[-2:])) and len(self._held) < _LONGEST_CAPTIONS:
                return
        self._rows = TableRows(self._cells(" ".join(self._held)))
        self._held = []
        self._part = _Part.ROWS
        if ended:
            yield from self.take(line, cut_off=False)

    def _take_other(self, line: str, *, cut_off: bool = False) -> Iterator[Block]:
        words = self._links.clean(line.strip(" |#")) if len(line) <= _LONGEST_HEADING else ""
        if _HEADING.fullmatch(words) and self._begun:
            yield from self._leave()
            self._part = _Part.OWNERS if words.lower() == "reporting owners" else _Part.WORDS
            yield words
        elif self._part is _Part.COVER or _OWNER in line:
            if self._part is not _Part.COVER:
                yield from self._leave()
                self._part = _Part.COVER
            self._held.append(line)
            if self._begun and _OWNER_ENDS in line:
                yield from self._leave()
        elif _NO_WORDS.fullmatch(line):
            yield ""
        elif self._part is _Part.OWNERS:
            yield from self._take_owner(line, whole=self._is_whole(line, cut_off))
        else:
            yield from self._take_words(line)

    def _take_owner(self, line: str, *, whole: bool) -> Iterator[Block]:
        """A row of the owners' table: in an open one, the first cell has a line for each part of the address."""
        self._held.append(line)
        if "|" in line:
            cells = self._cells("\n".join(self._held))
            self._held = []
            if cells[0].startswith("Reporting Owner"):
                yield Row(cells)
            elif cells[0] == "Director":
                yield Row(["", *cells])
            elif len(cells) != _OWNERS_WIDTH or not whole:
                yield Unreadable(" | ".join(cells))
            elif self._open_rows:
                yield Row(cells)
            else:
                self._owners.append(cells)

    def _rows_of_owners(self) -> Iterator[Block]:
        """The owners whose name and address were on one line, in lines; what cannot be parted is unreadable."""
        yield from self._held
        for cells, lines in zip(self._owners, parted([row[0] for row in self._owners], self._first_owner), strict=True):
            if lines is None or len(lines) == 1:
                yield Unreadable(" | ".join(cells))
            if lines is not None:
                yield Row(["\n".join(lines), *cells[1:]])
        self._owners = []

    def _take_words(self, line: str) -> Iterator[Block]:
        """A line of words, or of a small table: footnotes, signatures, what stands below the tables."""
        yield ""
        cells = [cell for cell in self._cells(line) if cell]
        numbers = [cell for cell in cells if _SEC_NUMBER.fullmatch(cell)]
        yield " ".join(cell for cell in cells if cell not in numbers)
        yield from numbers

    def _leave(self) -> Iterator[Block]:
        """The part that was read ends."""
        if self._part is _Part.COVER:
            if self._begun and not any(_OWNER_ENDS in line for line in self._held):
                yield Unreadable(self._links.clean(" ".join(self._held)))
                self._held = []
            lines = [self._cells(line) for line in self._held]
            for block in cut_cover(lines):
                if isinstance(block, Row):
                    self._first_owner = self._first_owner or block.cells[0]
                yield block
        elif self._part is _Part.ROWS:
            yield from self._rows.end()
        elif self._part is _Part.OWNERS:
            yield from self._rows_of_owners()
        elif self._held:
            yield from (Unreadable(" ".join(self._held)),) if self._part is _Part.CAPTIONS else self._held
        self._held = []
        self._part = _Part.WORDS
