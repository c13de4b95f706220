"""One pass over a page that sorts its blocks apart: cover, tables, owners, signatures, footnotes, remarks."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from contracts.enumerations import Table
from services.parser.form.blocks import BROKEN_OFF, Block, Unreadable, marker, said
from services.parser.form.captions import are_part_captions, table_captioned
from services.parser.form.cover import is_of_cover, is_of_owner
from services.parser.form.footnotes import (
    Signature,
    begins_footnote,
    is_torn,
    numbered_note,
    read_signature,
    signature_of_row,
)
from services.parser.form.form_hints import FormHints
from services.parser.form.owners import relationship_columns
from services.parser.form.sections import REMARKS, FormSection, TableText, holds_a_table, is_boilerplate, part_begun

MOST_CELLS: Final = 64
"""Cells of the widest row that is looked at: four times what a form has."""

_CAPTION: Final = re.compile(r"(?i:title of (?:derivative )?securit)|<(?:TABLE|CAPTION|S|C|PAGE)>")
"""The first caption of a table, or the mark of an ASCII form: not in a caption row, another kind of rendering."""

_SIGNED: Final = "signature of reporting person"
_LONGEST_CLUE: Final = 100
_FEWEST_CAPTIONS: Final = 4
_FEWEST_CELLS: Final = 3
"""Cells of a row that can be a line of a table where no caption says so."""


@dataclass(slots=True)
class FormScanner:
    """A page's blocks, sorted apart. `unsupported`: it has marks of a rendering of another make.

    `whole_rows`: what stands outside the rows of a table cannot be the end of one, as it may where rows are lines.
    """

    whole_rows: bool = False
    tables: list[TableText] = field(default_factory=list)
    first_cells: list[str] = field(default_factory=list)
    cover_cells: list[str] = field(default_factory=list)
    owner_paragraphs: list[list[str]] = field(default_factory=list)
    footnotes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)
    unreadable_signatures: list[str] = field(default_factory=list)
    clues: FormHints = field(default_factory=FormHints)
    owner_rows: list[list[str]] = field(default_factory=list)
    unreadable_owners: list[str] = field(default_factory=list)
    relationships: dict[int, str] = field(default_factory=dict)
    broken_off: bool = False
    unsupported: bool = False
    _part: FormSection = FormSection.COVER
    _paragraph: list[str] = field(default_factory=list)
    _unsigned: list[str] = field(default_factory=list)
    _remarks_ended: bool = False
    _held: list[str] = field(default_factory=list)
    _in_rows: bool = False
    _noted: int = 0

    def read(self, blocks: Iterable[Block]) -> None:
        """Take in the whole page."""
        for block in blocks:
            if block == BROKEN_OFF:
                self._break_off()
            elif isinstance(block, str):
                self._read_words(block)
            elif isinstance(block, Unreadable):
                self._keep_unreadable(block.text)
            elif len(block.cells) > MOST_CELLS:
                self.unsupported = True
                return
            else:
                self._end_paragraph()
                self._read_row(block.cells)
                if block.ruled and self.tables:
                    self.tables[-1].ruled = True
        self._release()
        self._end_paragraph()

    def _break_off(self) -> None:
        self.broken_off = True
        if not numbered_note(" ".join(filter(None, self._held)))[0]:
            self._held = []  # it may have been a signature's row

    def _keep_unreadable(self, text: str) -> None:
        if self._part is FormSection.OWNERS or is_of_owner([text]):
            self.unreadable_owners.append(text)
            return
        if not self.tables:
            self.tables.append(TableText(None))
        self.tables[-1].unreadable.append(text)

    def _read_words(self, line: str) -> None:
        words = said(line)
        if not words:
            self._end_paragraph()
            return
        self._release()
        self.clues.read_words(words)
        if self._part is FormSection.COVER:
            self.clues.read_boxes([words])
        lowered = words.lower()
        if self._part in (FormSection.COVER, FormSection.TABLE) and _CAPTION.search(words):
            self.unsupported = True
        begun = part_begun(lowered)
        if begun is not None:
            self._begin(begun, words)
        elif _SIGNED in lowered:
            self._end_paragraph()
            self._end_signature()
        elif is_boilerplate(lowered):
            self._end_paragraph()
        elif "name and address of reporting person" in lowered:
            self.first_cells.append(line)
        elif not (self.whole_rows and self._in_rows):
            self._paragraph.append(words)

    def _begin(self, part: FormSection, words: str) -> None:
        self._end_paragraph()
        self._part = part
        self._in_rows = False
        if part is FormSection.TABLE:
            derivative = words.lower().startswith("table ii")
            self.tables.append(TableText("derivative" if derivative else "non_derivative"))
        elif part is FormSection.REMARKS and len(words) > len(REMARKS):
            self._paragraph.append(words[len(REMARKS) :].strip())

    def _read_row(self, cells: list[str]) -> None:
        words = [said(cell) if cell else "" for cell in cells]
        filled = [word for word in words if word]
        if not filled:
            return
        text = "\n".join(filled).lower()
        captioned = table_captioned(words) if "title of" in text else None
        if captioned is not None:
            self._begin_columns(captioned, words)
            return
        if _SIGNED in text:
            self._end_signature_row(words)
            return
        self._release()
        lowered = text.split("\n")
        begun = part_begun(lowered[0])
        if any(map(is_boilerplate, lowered)):
            for word in filled:
                self.clues.read_words(word)
        elif begun is FormSection.OWNERS:
            self._begin(FormSection.OWNERS, filled[0])
            self.relationships = relationship_columns(words) or self.relationships
        elif begun is not None and len(filled) == 1:
            self._read_heading(next(cell for cell in cells if cell.strip()))
        else:
            self._read_row_of_part(cells, words)

    def _read_row_of_part(self, cells: list[str], words: list[str]) -> None:
        if self._part is FormSection.COVER:
            self._read_row_of_cover(cells, words)
        elif self._part is not FormSection.OWNERS and is_of_owner(words):
            self.first_cells.append(cells[0])
        elif self._part is FormSection.TABLE:
            self._read_row_of_table(cells, words)
        elif self._part is FormSection.OWNERS:
            self._read_row_of_owners(cells, words)
        elif len(cells) > 1:
            self._held = words
        else:
            self._take(words)

    def _begin_columns(self, table: Table, words: list[str]) -> None:
        if not self.tables or self.tables[-1].table != table or self.tables[-1].captions:
            self.tables.append(TableText(table))
        self.tables[-1].captions = words
        self.unsupported = self.unsupported or sum(map(bool, words)) < _FEWEST_CAPTIONS
        self._part = FormSection.TABLE

    def _read_heading(self, cell: str) -> None:
        """A part's heading alone in its row, and what stands below it in the same cell."""
        heading, *lines = cell.strip().split("\n")
        self._read_words(heading)
        self._in_rows = True
        self._paragraph.extend(filter(None, map(said, lines)))
        self._end_paragraph()

    def _read_row_of_cover(self, cells: list[str], words: list[str]) -> None:
        self.unsupported = self.unsupported or any(map(_CAPTION.search, words)) or holds_a_table(words)
        lines = [line.split("\t") for cell in cells if "\n" in cell or "\t" in cell for line in cell.split("\n")]
        for values in ([said(value) for value in line] for line in lines):
            for value in values:
                self.clues.read_words(value)
            self.clues.read_boxes(values)
        for word in words:
            self.clues.read_words(word)
        is_of_box = self.clues.read_boxes(words)
        if is_of_cover(words):
            self.first_cells.append(cells[0])
            self.cover_cells.extend(cells)
        elif not is_of_box and len(cells) >= _FEWEST_CELLS:
            if not self.tables:
                self.tables.append(TableText(None))
            self.tables[-1].rows.append(cells)

    def _read_row_of_table(self, cells: list[str], words: list[str]) -> None:
        self.unsupported = self.unsupported or _CAPTION.search("\n".join(words)) is not None or holds_a_table(words)
        current = self.tables[-1]
        if not current.rows and are_part_captions(words):
            current.parts = words
        else:
            current.rows.append(cells)

    def _read_row_of_owners(self, cells: list[str], words: list[str]) -> None:
        columns = relationship_columns(words)
        if columns is not None:
            self.relationships = columns
        elif self.relationships:
            self.owner_rows.append(cells)

    def _release(self) -> None:
        """A row that might have been a signature's was none: its words are of the part where it stands."""
        if self._held:
            held, self._held = self._held, []
            self._take(list(filter(None, held)))

    def _take(self, words: list[str]) -> None:
        """A row of words after the tables: a footnote of its own, where it has a number that is yet to come."""
        text = " ".join(words)
        self._in_rows = True
        if len(text) < _LONGEST_CLUE:
            self.clues.read_words(text)
        number, note = numbered_note(text)
        if self._part is FormSection.FOOTNOTES and number > self._noted:
            self._noted = number
            text = f"{marker(number)} {note}"
        self._paragraph.append(text)
        self._end_paragraph()

    def _end_paragraph(self) -> None:
        paragraph, self._paragraph = self._paragraph, []
        if not paragraph:
            return
        if self._part is FormSection.FOOTNOTES:
            self.footnotes.extend(paragraph)
            self._unsigned = [] if begins_footnote(paragraph[0]) else [" ".join(paragraph)]
        elif self._part is FormSection.OWNERS:
            self.owner_paragraphs.append(paragraph)
        elif self._part in (FormSection.REMARKS, FormSection.SIGNATURES):
            words = " ".join(paragraph)
            if words == "Date":
                return
            self._unsigned.append(words)
            if self._part is FormSection.REMARKS and not self._remarks_ended:
                self.remarks.append(words)

    def _end_signature_row(self, words: list[str]) -> None:
        """The caption row under a signature: the row before it has name and date, each over its caption."""
        held, self._held = self._held, []
        if not held and self._part is FormSection.TABLE and self.tables[-1].rows:
            held = [said(cell) for cell in self.tables[-1].rows.pop()]
        if not held:
            self._end_signature()
            return
        self._remarks_ended = self._remarks_ended or self._part is FormSection.REMARKS
        self._sign(signature_of_row(held, words))

    def _sign(self, signature: Signature) -> None:
        if is_torn(signature):
            self.unreadable_signatures.append(signature[0] or "")
        else:
            self.signatures.append(signature)

    def _end_signature(self) -> None:
        """A signature's line ends it: what it took of the paragraphs since the last was no remark."""
        signature, rest = read_signature(self._unsigned)
        if signature is not None:
            self._sign(signature)
            if self._part is FormSection.FOOTNOTES:
                self._part = FormSection.SIGNATURES
                self._drop_footnote_lines(" ".join(self._unsigned))
            elif self._part is FormSection.REMARKS and not self._remarks_ended:
                del self.remarks[len(rest) :]
                self._remarks_ended = True
        self._unsigned = []

    def _drop_footnote_lines(self, words: str) -> None:
        """The last lines of the footnotes, which are `words`, were a signature: no remarks stood between."""
        kept = len(self.footnotes)
        while kept and words.endswith(self.footnotes[kept - 1]) and words:
            words = words.removesuffix(self.footnotes[kept - 1]).rstrip()
            kept -= 1
        del self.footnotes[kept:]
