"""Markdown that a converter made of a whole page: nested tables on one line, rows without bars at their ends, links.

Two families differ in their rules. One (markdownify, turndown) writes a row as `| a | b |`, with nested tables on the
same line. The other (html2text) writes `a| b`, ends a row like a line break within a cell, and may wrap long lines. In
both, the cover's cells run together, and its captions divide them.
"""

import re
from collections.abc import Iterator
from enum import Enum
from typing import Final

from services.parser.form.blocks import Block, BrokenOff, Row, Text, Unreadable, display_text, join_text
from services.parser.form.captions import are_part_captions
from services.parser.form.phrases import NAME_AND_ADDRESS, REPORTING_OWNERS, ZIP, is_boilerplate
from services.parser.layouts.converter_markup import read_markup
from services.parser.layouts.markdown.joined_cover import cut_cover
from services.parser.layouts.markdown.joined_owners import divide_owners
from services.parser.layouts.markdown.links import Links
from services.parser.layouts.markdown.nested_tables import TableRows, cells_between, read_nested_table
from services.parser.layouts.markdown.wrapped_lines import has_open_rule, unwrapped, whole_rows

MOST_BARS: Final = 5000
"""Bars of the longest line: a nested table of thirty rows and the cover have a fifth of it."""

_NESTED_RULE: Final = re.compile(r" {0,3}\|.*\| ?-{3,} ?\|")
_BROKEN_ROW: Final = frozenset({"|", "| "})
_LETTER: Final = re.compile(r"[A-Za-z]")
_NO_WORDS: Final = re.compile(r"[-|:=*_ \t\u00a0]*")
_TITLE: Final = re.compile(r"(?:1 ?\\?\. ?|(?:^|(?<=\|))[ *]*)Title of (?:Derivative )?Securit", re.IGNORECASE)
_LAST_CAPTION: Final = re.compile(r"Nature of [A-Za-z ]{1,60}\\?\(Instr[^()|]{0,20}\)\s*$")
_HEADING: Final = re.compile(
    r"(?:reporting owners|signatures|explanation of responses:?|remarks:.{0,20})", re.IGNORECASE
)
_SEC_NUMBER: Final = re.compile(r"SEC [0-9]{4}\b.{0,20}")
_HEADING_WORD: Final = re.compile(r"owners|signatures|responses|remarks", re.IGNORECASE)
_LONGEST_CAPTIONS: Final = 60
_LONGEST_HEADING: Final = 200
_FEWEST_CAPTIONS: Final = 4
_OWNERS_WIDTH: Final = 5


def is_markdown(text: str) -> bool:
    r"""Return whether the text's tables are of such a converter, and not a line per row with bars at both ends.

    >>> is_markdown("Title| Amount\n---|---\nCommon| 500")
    True
    """
    if "---" not in text:
        return False
    lines = text.split("\n")
    if has_open_rule(lines) or ("| ---" in text and not _BROKEN_ROW.isdisjoint(lines)):
        return True
    rules = map(_NESTED_RULE.match, lines if "--- |" in text else ())
    return any(_LETTER.search(rule.group()) for rule in rules if rule is not None)


def read_markdown(text: str) -> Iterator[Block]:
    """Return the blocks of such a text.

    >>> list(read_markdown("FORM 4"))
    ['FORM 4', '', BrokenOff()]
    """
    lines = text.split("\n")
    open_rows = has_open_rule(lines)
    page = _Page(Links(text), open_rows=open_rows)
    lines = list(unwrapped(lines) if open_rows else whole_rows(lines))
    for number, line in enumerate(lines):
        if line.count("|") > MOST_BARS:
            yield Row([*line.split("|", MOST_BARS)])
            return
        yield from page.take(line, cut_off=number == len(lines) - 1)
    yield from page.end()
    if breaks_off(lines[-1]):
        yield BrokenOff()


def _is_rule(line: str) -> bool:
    return "---" in line and not line.strip("-|: ")


def breaks_off(last: str) -> bool:
    """Return whether the text's last line may be cut short: words of the filing's own, without a bar at the end."""
    words = display_text(read_markup(last.strip(" #"))).lower()
    return bool(words) and not last.rstrip().endswith("|") and not is_boilerplate(words)


class _State(Enum):
    """The part of the page that is being read."""

    COVER = "cover"
    CAPTIONS = "captions"
    ROWS = "rows"
    OWNERS = "owners"
    WORDS = "words"


class _Page:
    """A page as read so far, line by line. Each method returns the blocks that are complete."""

    def __init__(self, links: Links, *, open_rows: bool) -> None:
        self._links = links
        self._open_rows = open_rows
        self._state = _State.COVER
        self._table_begun = False
        self._held: list[str] = []
        self._owners: list[list[Text]] = []
        self._first_owner: Text = ""
        self._rows = TableRows()

    def take(self, line: str, *, cut_off: bool) -> Iterator[Block]:
        """Return the blocks that the line completes. The last line of the text may be `cut_off`: its row is not read.

        >>> list(_Page(Links(""), open_rows=False).take("FORM 4", cut_off=False))
        []
        """
        if self._state is _State.CAPTIONS:
            yield from self._take_captions(line)
            return
        if self._state is _State.ROWS:
            if _is_rule(line):
                return
            if self._is_row(line):
                yield from self._rows.take(self._cells(line), whole=self._is_whole(line, cut_off))
                return
            yield from self._end_part()
        title = _TITLE.search(line) if "title of" in line.lower() and ("|" in line or self._open_rows) else None
        if title is not None and self._begins_table(line, title.start()):
            yield from self._begin_table(line, title.start())
        else:
            yield from self._take_other(line, cut_off=cut_off)

    def end(self) -> Iterator[Block]:
        """Return the blocks that were held back.

        >>> list(_Page(Links(""), open_rows=False).end())
        []
        """
        yield from self._end_part()

    def _cells(self, line: str) -> list[Text]:
        cells = cells_between(line, open_rows=self._open_rows)
        return [self._links.read(cell) if cell and not cell.isspace() else "" for cell in cells]

    def _is_whole(self, line: str, cut_off: bool) -> bool:
        return not cut_off if self._open_rows else line.rstrip().endswith("|")

    def _is_row(self, line: str) -> bool:
        """Return whether the line continues the table: it has bars, and is not the next owner's block."""
        if "|" not in line or NAME_AND_ADDRESS in line:
            return False
        barred = line.lstrip(" ").startswith("|")
        return not barred or line.count("|") >= _FEWEST_CAPTIONS if self._open_rows else barred

    def _begins_table(self, line: str, at: int) -> bool:
        return self._open_rows or sum(bool(cell) for cell in self._cells("|" + line[at:])) >= _FEWEST_CAPTIONS

    def _begin_table(self, line: str, at: int) -> Iterator[Block]:
        before, captions = line[:at], line[at:]
        if not _NO_WORDS.fullmatch(before):
            yield from self._take_other(before)
        if self._state is _State.COVER:
            yield from self._end_part()
        self._table_begun = True
        if self._open_rows:
            self._state = _State.CAPTIONS
            yield from self._take_captions(captions)
            return
        cells = [self._links.read(cell) if cell.strip() else cell for cell in cells_between(captions)]
        if "---" in line:
            yield from read_nested_table(cells)
            self._state = _State.WORDS
            return
        self._rows = TableRows([display_text(cell).strip() for cell in cells])
        self._state = _State.ROWS

    def _take_captions(self, line: str) -> Iterator[Block]:
        """Take a line of an open table's captions, whose breaks are like those between rows.

        A rule ends the captions, and so does their second line, or the last of all captions.
        """
        ended = _is_rule(line) or are_part_captions(list(map(display_text, self._cells(line))))
        if not ended:
            self._held.append(line)
            if not _LAST_CAPTION.search(" ".join(self._held[-2:])) and len(self._held) < _LONGEST_CAPTIONS:
                return
        self._rows = TableRows(self._cells(" ".join(self._held)))
        self._held = []
        self._state = _State.ROWS
        if ended:
            yield from self.take(line, cut_off=False)

    def _take_other(self, line: str, *, cut_off: bool = False) -> Iterator[Block]:
        words = self._heading(line)
        if words:
            yield from self._end_part()
            self._state = _State.OWNERS if words.lower() == REPORTING_OWNERS.lower() else _State.WORDS
            yield words
        elif self._state is _State.COVER or NAME_AND_ADDRESS in line:
            if self._state is not _State.COVER:
                yield from self._end_part()
                self._state = _State.COVER
            self._held.append(line)
            if self._table_begun and ZIP in line:
                yield from self._end_part()
        elif _NO_WORDS.fullmatch(line):
            yield ""
        elif self._state is _State.OWNERS:
            yield from self._take_owner(line, whole=self._is_whole(line, cut_off))
        else:
            yield from self._take_words(line)

    def _heading(self, line: str) -> str:
        """Return the words of a section's heading below the first table; nothing for any other line."""
        if not self._table_begun or len(line) > _LONGEST_HEADING or not _HEADING_WORD.search(line):
            return ""
        words = display_text(self._links.read(line.strip(" |#")))
        return words if _HEADING.fullmatch(words) else ""

    def _take_owner(self, line: str, *, whole: bool) -> Iterator[Block]:
        """Take a row of the owners' table: in an open one, the first cell has a line per part of the address."""
        self._held.append(line)
        if "|" in line:
            cells = self._cells("\n".join(self._held))
            self._held = []
            first = display_text(cells[0])
            if first.startswith("Reporting Owner"):
                yield Row(cells)
            elif first == "Director":
                yield Row(["", *cells])
            elif len(cells) != _OWNERS_WIDTH or not whole:
                yield Unreadable(" | ".join(map(display_text, cells)))
            elif self._open_rows:
                yield Row(cells)
            else:
                self._owners.append(cells)

    def _cells_of_cover(self) -> Iterator[Block]:
        """Return the cells of the cover, or of a further owner below the tables, which is unreadable without a city."""
        if self._table_begun and not any(ZIP in line for line in self._held):
            yield Unreadable(display_text(self._links.read(" ".join(self._held))))
            return
        for block in cut_cover([self._cells(line) for line in self._held]):
            if isinstance(block, Row):
                self._first_owner = self._first_owner or block.cells[0]
            yield block

    def _rows_of_owners(self) -> Iterator[Block]:
        """Return the owners whose name and address were on one line, in lines; unreadable if they cannot be divided."""
        yield from self._held
        divided = divide_owners([row[0] for row in self._owners], self._first_owner)
        for cells, lines in zip(self._owners, divided, strict=True):
            if lines is None or len(lines) == 1:
                yield Unreadable(" | ".join(map(display_text, cells)))
            if lines is not None:
                yield Row(["\n".join(lines), *cells[1:]])
        self._owners = []

    def _take_words(self, line: str) -> Iterator[Block]:
        """Take a line of words, or of a small table: footnotes, signatures, and the words below the tables."""
        yield ""
        cells = [cell for cell in self._cells(line) if cell]
        numbers = [cell for cell in cells if _SEC_NUMBER.fullmatch(display_text(cell))]
        yield join_text(" ", [cell for cell in cells if cell not in numbers])
        yield from numbers

    def _end_part(self) -> Iterator[Block]:
        """End the part that is being read."""
        if self._state is _State.COVER:
            yield from self._cells_of_cover()
        elif self._state is _State.ROWS:
            yield from self._rows.end()
        elif self._state is _State.OWNERS:
            yield from self._rows_of_owners()
        elif self._held:
            yield from (Unreadable(" ".join(self._held)),) if self._state is _State.CAPTIONS else self._held
        self._held = []
        self._state = _State.WORDS
