"""One pass over a page that sorts its blocks by section: cover, tables, owners, signatures, footnotes, remarks."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from contracts.enumerations import Table
from services.parser.form.blocks import Block, BrokenOff, Row, Text, Unreadable, display_text, plain_text
from services.parser.form.captions import are_part_captions, captioned_table, continue_captions
from services.parser.form.cover import is_cover_row, is_owner_row
from services.parser.form.footnotes import NoteLine, split_number
from services.parser.form.form_hints import FormHints
from services.parser.form.phrases import NAME_AND_ADDRESS, REMARKS, SIGNATURE, is_boilerplate
from services.parser.form.scanned_text import CoverText, NotesText, OwnersText
from services.parser.form.sections import FormSection, TableText, holds_a_table, section_headed_by

MOST_CELLS: Final = 64
"""Cells of the widest row that is read: four times the width of a form."""

_FOREIGN_MARK: Final = re.compile(r"(?i:title of (?:derivative )?securit)|<(?:TABLE|CAPTION|S|C|PAGE)>")
"""A table's first caption outside a caption row, or the tag of an ASCII form: the page is of an unsupported make."""

_OWNER_CAPTION: Final = NAME_AND_ADDRESS.lower()
_SIGNATURE: Final = SIGNATURE.lower()
_LONGEST_HINT: Final = 100
_FEWEST_CAPTIONS: Final = 4
_FEWEST_CELLS: Final = 3
"""Cells of a row that can be a line of a table although no caption precedes it."""


@dataclass(slots=True)
class FormScanner:
    """A page's blocks, sorted by section. `unsupported`: it has marks of a rendering of another make.

    `whole_rows`: words outside the rows of a table cannot be the end of a row, as they can if each row is a line.
    """

    whole_rows: bool = False
    hints: FormHints = field(default_factory=FormHints)
    cover: CoverText = field(default_factory=CoverText)
    tables: list[TableText] = field(default_factory=list)
    owners: OwnersText = field(default_factory=OwnersText)
    notes: NotesText = field(default_factory=NotesText)
    broken_off: bool = False
    unsupported: bool = False
    _section: FormSection = FormSection.COVER
    _paragraph: list[NoteLine] = field(default_factory=list)
    _held: list[str] = field(default_factory=list)  # a row that may be a signature's, until its captions follow
    _in_rows: bool = False

    def read(self, blocks: Iterable[Block]) -> None:
        """Read the whole page.

        >>> scanner = FormScanner()
        >>> scanner.read(["FORM 4", "Remarks:", "See Exhibit 24."])
        >>> scanner.hints.forms, scanner.notes.remarks
        (['4'], ['See Exhibit 24.'])
        """
        for block in blocks:
            if isinstance(block, str):
                self._read_words(block)
            elif isinstance(block, Row):
                if len(block.cells) > MOST_CELLS:
                    self.unsupported = True
                    return
                self._end_paragraph()
                self._read_row(block.cells)
                if self.tables:
                    self.tables[-1].ruled |= block.ruled
                    self.tables[-1].in_order |= block.in_order
            elif isinstance(block, BrokenOff):
                self._break_off()
            elif isinstance(block, Unreadable):
                self._keep_unreadable(block.text)
            else:
                self._read_words(block)
        self._release()
        self._end_paragraph()
        self._join_halves()

    def _join_halves(self) -> None:
        """Join each second half of a table to its first half. If that is not possible, its rows are unreadable."""
        tables: list[TableText] = []
        for table in self.tables:
            joined = table.joined_to(tables[-1]) if table.continues and tables else None
            if joined is not None:
                tables[-1] = joined
                continue
            if table.continues:
                table.unreadable += [" | ".join(map(plain_text, row)) for row in table.rows]
                table.rows = []
            tables.append(table)
        self.tables = tables

    def _break_off(self) -> None:
        self.broken_off = True
        number, _ = split_number(" ".join(filter(None, self._held)))
        if not number:
            self._held = []  # it may have been a signature's row

    def _keep_unreadable(self, text: str) -> None:
        if self._section is FormSection.FOOTNOTES:
            self.notes.unreadable_footnotes.append(text)
        elif self._section is FormSection.OWNERS or is_owner_row([text]):
            self.owners.unreadable.append(text)
        else:
            self._current_table().unreadable.append(text)

    def _current_table(self) -> TableText:
        """Return the table that was begun last: an unknown one if the page begins within it."""
        if not self.tables:
            self.tables.append(TableText(None))
        return self.tables[-1]

    def _read_words(self, line: Text) -> None:
        words = plain_text(line)
        if not words:
            self._end_paragraph()
            return
        self._release()
        self._read_marks(words)
        lowered = words.lower()
        section = section_headed_by(lowered)
        if section is not None:
            self._begin(section, words)
        elif _SIGNATURE in lowered:
            self._end_paragraph()
            self._section = self.notes.sign(self._section)
        elif is_boilerplate(lowered):
            self._end_paragraph()
        elif _OWNER_CAPTION in lowered:
            self.cover.first_cells.append(line)
        elif not (self.whole_rows and self._in_rows):
            self._paragraph.append(words)

    def _read_marks(self, words: str) -> None:
        """Read what any line may show of the whole form: its type, the boxes of its heading, its make."""
        self.hints.read_words(words)
        if self._section is FormSection.COVER:
            self.hints.read_boxes([words])
        if self._section in (FormSection.COVER, FormSection.TABLE) and _FOREIGN_MARK.search(words):
            self.unsupported = True

    def _begin(self, section: FormSection, words: str) -> None:
        self._end_paragraph()
        self._section = section
        self._in_rows = False
        if section is FormSection.TABLE:
            derivative = words.lower().startswith("table ii")
            self.tables.append(TableText("derivative" if derivative else "non_derivative"))
        elif section is FormSection.REMARKS and len(words) > len(REMARKS):
            self._paragraph.append(words[len(REMARKS) :].strip())

    def _read_row(self, cells: Sequence[Text]) -> None:
        words = [plain_text(cell) if cell else "" for cell in cells]
        filled = [word for word in words if word]
        if not filled:
            return
        text = "\n".join(filled).lower()
        table = captioned_table(words) if "title of" in text else None
        if table is not None:
            self._begin_columns(table, words)
            return
        if self._section is FormSection.TABLE and continue_captions(words):
            self._continue_columns(words)
            return
        if _SIGNATURE in text:
            self._sign_row(words)
            return
        self._release()
        lowered = text.split("\n")
        section = section_headed_by(lowered[0])
        if any(map(is_boilerplate, lowered)):
            self._read_hints(filled)
        elif section is FormSection.OWNERS:
            self._begin(section, filled[0])
            self.owners.take_captions(words)
        elif section is not None and len(filled) == 1:
            self._read_heading(next(shown for shown in map(display_text, cells) if shown.strip()))
        else:
            self._read_section_row(cells, words)

    def _read_hints(self, words: Iterable[str]) -> None:
        for word in words:
            self.hints.read_words(word)

    def _read_section_row(self, cells: Sequence[Text], words: list[str]) -> None:
        if self._section is FormSection.COVER:
            self._read_cover_row(cells, words)
        elif self._section is FormSection.OWNERS:
            if not self.owners.take_captions(words) and self.owners.relationships:
                self.owners.rows.append(cells)
        elif is_owner_row(words):
            self.cover.first_cells.append(cells[0])
        elif self._section is FormSection.TABLE:
            self._read_table_row(cells, words)
        elif len(cells) > 1:
            self._held = words
        else:
            self._take(words)

    def _begin_columns(self, table: Table, words: list[str]) -> None:
        if not self.tables or self.tables[-1].table != table or self.tables[-1].captions:
            self.tables.append(TableText(table))
        self.tables[-1].captions = words
        self.unsupported = self.unsupported or sum(map(bool, words)) < _FEWEST_CAPTIONS
        self._section = FormSection.TABLE

    def _continue_columns(self, words: list[str]) -> None:
        """Begin the second half of a table, below its heading if that is repeated."""
        if self.tables[-1].captions:
            self.tables.append(TableText(self.tables[-1].table))
        self.tables[-1].captions = words
        self.tables[-1].continues = True

    def _read_heading(self, cell: str) -> None:
        """Read a section's heading alone in its row, and the lines below it in the same cell."""
        heading, *lines = cell.strip().split("\n")
        self._read_words(heading)
        self._in_rows = True
        self._paragraph.extend(filter(None, map(plain_text, lines)))
        self._end_paragraph()

    def _read_cover_row(self, cells: Sequence[Text], words: list[str]) -> None:
        self.unsupported = self.unsupported or any(map(_FOREIGN_MARK.search, words)) or holds_a_table(words)
        for values in _lines_of(cells):
            self._read_hints(values)
            self.hints.read_boxes(values)
        self._read_hints(words)
        has_box = self.hints.read_boxes(words)
        if is_cover_row(words):
            self.cover.first_cells.append(cells[0])
            self.cover.cells.extend(cells)
        elif not has_box and len(cells) >= _FEWEST_CELLS:
            self._current_table().rows.append(cells)

    def _read_table_row(self, cells: Sequence[Text], words: list[str]) -> None:
        self.unsupported = (
            self.unsupported or _FOREIGN_MARK.search("\n".join(words)) is not None or holds_a_table(words)
        )
        current = self.tables[-1]
        if not current.rows and are_part_captions(words):
            current.parts = words
        else:
            current.rows.append(cells)

    def _release(self) -> None:
        """Take a held row that was not a signature's as words of its section."""
        if self._held:
            held, self._held = self._held, []
            self._take(list(filter(None, held)))

    def _take(self, words: list[str]) -> None:
        """Take a row of words after the tables."""
        text = " ".join(words)
        self._in_rows = True
        if len(text) < _LONGEST_HINT:
            self.hints.read_words(text)
        self._paragraph.append(self.notes.numbered_line(text) if self._section is FormSection.FOOTNOTES else text)
        self._end_paragraph()

    def _end_paragraph(self) -> None:
        paragraph, self._paragraph = self._paragraph, []
        if not paragraph:
            return
        if self._section is FormSection.FOOTNOTES:
            self.notes.take_footnotes(paragraph)
            return
        lines = [line for line in paragraph if isinstance(line, str)]
        if self._section is FormSection.OWNERS:
            self.owners.paragraphs.append(lines)
        elif self._section in (FormSection.REMARKS, FormSection.SIGNATURES):
            self.notes.take_words(" ".join(lines), self._section)

    def _sign_row(self, captions: list[str]) -> None:
        """Read the caption row under a signature: the row before it has name and date, each over its caption."""
        held: Sequence[Text]
        held, self._held = self._held, []
        if not held and self._section is FormSection.TABLE and self.tables[-1].rows:
            held = self.tables[-1].rows.pop()
        if held:
            self.notes.sign_row(held, captions, self._section)
        else:
            self._section = self.notes.sign(self._section)


def _lines_of(cells: Iterable[Text]) -> Iterable[list[str]]:
    """Return the lines of cells that have several values, each as its values side by side."""
    for shown in map(display_text, cells):
        if "\n" in shown or "\t" in shown:
            for line in shown.split("\n"):
                yield [plain_text(value) for value in line.split("\t")]
