"""One pass over a page that sorts its blocks apart: cover, tables, owners, signatures, footnotes, remarks."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from contracts.section16 import SEC_FORM_NUMBERS, Table
from services.parser.document import folded
from services.parser.renderings.captions import are_part_captions, table_captioned
from services.parser.renderings.cover import box_of, is_of_cover
from services.parser.renderings.explanations import Signature, begins_footnote, read_signature
from services.parser.renderings.page import Block, Unreadable, shown

MOST_CELLS: Final = 64
"""Cells of the widest row that is looked at: four times what a form has."""

_OMB_NUMBERS: Final = {"3235-0104": "3", "3235-0287": "4", "3235-0362": "5"}
_TITLES: Final = (
    ("ANNUAL STATEMENT OF CHANGES IN BENEFICIAL OWNERSHIP", "5"),
    ("STATEMENT OF CHANGES IN BENEFICIAL OWNERSHIP", "4"),
    ("INITIAL STATEMENT OF BENEFICIAL OWNERSHIP", "3"),
)
_FORM: Final = re.compile(r"FORM ([345](?:/A)?)")
_SEC_NUMBER: Final = re.compile(r"SEC ([0-9]{4})\b")
_OMB: Final = re.compile(r"3235-[0-9]{4}")
_TABLE: Final = re.compile(r"table (ii?)\b")
_CAPTION: Final = re.compile(r"(?i:title of (?:derivative )?securit)|<(?:TABLE|CAPTION|S|C|PAGE)>")
"""The first caption of a table, or the mark of an ASCII form: not in a caption row, another kind of rendering."""

_BOILERPLATE: Final = (
    "reminder:", "note: file three", "persons who respond", "potential persons", "* if the form is filed",
    "if the form is filed by", "** intentional", "intentional misstatements", "(e.g., puts", "(print or type",
)  # fmt: skip
_BOXES: Final = (
    ("no longer subject to section 16", "not_subject_to_section16"),
    ("form 3 holdings reported", "form3_holdings_reported"),
    ("form 4 transactions reported", "form4_transactions_reported"),
    ("rule 10b5-1(c)", "rule_10b5_1_plan"),
)
_NO_SECURITIES: Final = "no securities are beneficially owned"
_REMARKS: Final = "remarks:"
_FEWEST_CAPTIONS: Final = 4
_FEWEST_CELLS: Final = 3
"""Cells of a row that can be a line of a table where no caption says so."""


class Part(Enum):
    """Where in the form a line stands."""

    COVER = "cover"
    TABLE = "table"
    OWNERS = "owners"
    SIGNATURES = "signatures"
    FOOTNOTES = "footnotes"
    REMARKS = "remarks"


@dataclass(slots=True)
class TableText:
    """A table's rows as they stand. `table` is None where the document begins within one."""

    table: Table | None
    captions: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Scan:
    """A page's blocks, sorted apart. `strange`: it has marks of a rendering of another make."""

    tables: list[TableText] = field(default_factory=list)
    first_cells: list[str] = field(default_factory=list)
    cover_cells: list[str] = field(default_factory=list)
    owner_paragraphs: list[list[str]] = field(default_factory=list)
    footnotes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)
    boxes: dict[str, str] = field(default_factory=dict)
    forms: list[str] = field(default_factory=list)
    no_securities: bool = False
    strange: bool = False
    _part: Part = Part.COVER
    _paragraph: list[str] = field(default_factory=list)
    _unsigned: list[str] = field(default_factory=list)
    _remarks_ended: bool = False

    def read(self, blocks: Iterable[Block]) -> None:
        """Take in the whole page."""
        for block in blocks:
            if isinstance(block, str):
                self._read_words(block)
            elif isinstance(block, Unreadable):
                self.tables[-1:] = self.tables[-1:] or [TableText(None)]
                self.tables[-1].unreadable.append(block.text)
            elif len(block.cells) > MOST_CELLS:
                self.strange = True
                return
            else:
                self._end_paragraph()
                self._read_row(block.cells)
        self._end_paragraph()

    def _read_words(self, line: str) -> None:
        words = folded(shown(line))
        if not words:
            self._end_paragraph()
            return
        self._read_clues(words)
        lowered = words.lower()
        if self._part in (Part.COVER, Part.TABLE) and _CAPTION.search(words):
            self.strange = True
        begun = _part_begun(lowered)
        if begun is not None:
            self._begin(begun, words)
        elif "signature of reporting person" in lowered:
            self._end_paragraph()
            self._end_signature()
        elif lowered.startswith(_BOILERPLATE) or _SEC_NUMBER.fullmatch(words):
            self._end_paragraph()
        elif "name and address of reporting person" in lowered:
            self.first_cells.append(line)
        else:
            self._paragraph.append(words)

    def _begin(self, part: Part, words: str) -> None:
        self._end_paragraph()
        self._part = part
        if part is Part.TABLE:
            derivative = words.lower().startswith("table ii")
            self.tables.append(TableText("derivative" if derivative else "non_derivative"))
        elif part is Part.REMARKS and len(words) > len(_REMARKS):
            self._paragraph.append(words[len(_REMARKS) :].strip())

    def _read_row(self, cells: list[str]) -> None:
        words = [folded(shown(cell)) for cell in cells]
        if not any(words):
            return
        captioned = table_captioned(words)
        if captioned is not None:
            if not self.tables or self.tables[-1].table != captioned or self.tables[-1].captions:
                self.tables.append(TableText(captioned))
            self.tables[-1].captions = words
            self.strange = self.strange or sum(map(bool, words)) < _FEWEST_CAPTIONS
            self._part = Part.TABLE
            return
        self.strange = self.strange or any(map(_CAPTION.search, words)) or _holds_a_table(words)
        if is_of_cover(words):
            self.first_cells.append(cells[0])
            self.cover_cells.extend(cells)
            self._read_clues(" ".join(words))
        elif self._part is Part.TABLE and self.tables:
            current = self.tables[-1]
            if are_part_captions(words) and not current.rows:
                current.parts = words
            else:
                current.rows.append(cells)
        elif self._part is Part.COVER and len(cells) >= _FEWEST_CELLS:
            if not self.tables:
                self.tables.append(TableText(None))
            self.tables[-1].rows.append(cells)

    def _read_clues(self, words: str) -> None:
        """Which form it is: its heading, its title, its OMB number, the SEC's number in its footer; and its boxes."""
        upper = words.upper()
        form = _FORM.fullmatch(upper)
        if form:
            self.forms.append(form.group(1))
        self.forms.extend(number for title, number in _TITLES if upper.startswith(title))
        self.forms.extend(_OMB_NUMBERS[found] for found in _OMB.findall(words) if found in _OMB_NUMBERS)
        footer = _SEC_NUMBER.match(words)
        if footer and footer.group(1) in SEC_FORM_NUMBERS:
            self.forms.append(SEC_FORM_NUMBERS[footer.group(1)])
        lowered = words.lower()
        for caption, name in _BOXES:
            said = box_of(words) if caption in lowered else None
            if said is not None:
                self.boxes.setdefault(name, said)
        self.no_securities = self.no_securities or lowered.startswith(_NO_SECURITIES)

    def _end_paragraph(self) -> None:
        paragraph, self._paragraph = self._paragraph, []
        if not paragraph:
            return
        if self._part is Part.FOOTNOTES:
            self.footnotes.extend(paragraph)
            self._unsigned = [] if begins_footnote(paragraph[0]) else [" ".join(paragraph)]
        elif self._part is Part.OWNERS:
            self.owner_paragraphs.append(paragraph)
        elif self._part in (Part.REMARKS, Part.SIGNATURES):
            words = " ".join(paragraph)
            if words == "Date":
                return
            self._unsigned.append(words)
            if self._part is Part.REMARKS and not self._remarks_ended:
                self.remarks.append(words)

    def _end_signature(self) -> None:
        """A signature's line ends it: what it took of the paragraphs since the last was no remark."""
        signature, rest = read_signature(self._unsigned)
        if signature is not None:
            self.signatures.append(signature)
            if self._part is Part.FOOTNOTES:
                self._part = Part.SIGNATURES
                self._drop_footnote_lines(" ".join(self._unsigned))
            elif self._part is Part.REMARKS and not self._remarks_ended:
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


def is_of_no_securities(text: str) -> bool:
    """Whether the words say that none are owned, as a Form 3 may."""
    return text.lower().startswith(_NO_SECURITIES)


def _holds_a_table(words: list[str]) -> bool:
    """Whether a cell held a table of its own, which a converter left as rules among the words."""
    return sum(word == "---" for word in words) > 0


def _part_begun(lowered: str) -> Part | None:
    if _TABLE.match(lowered):
        return Part.TABLE
    if lowered.startswith("explanation of responses"):
        return Part.FOOTNOTES
    if lowered.startswith(_REMARKS):
        return Part.REMARKS
    return {"signatures": Part.SIGNATURES, "reporting owners": Part.OWNERS}.get(lowered)
