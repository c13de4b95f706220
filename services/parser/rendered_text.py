"""Text made from a form's page by a converter: rows of tabs or pipes among paragraphs, in any state of repair.

The reader goes by captions and by kinds of value (a date, a code, an amount, A or D, D or I), never by fixed places.
What it cannot place it says so, and leaves out.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from contracts.errors import InvalidFiling
from contracts.section16 import SEC_FORM_NUMBERS, Table
from contracts.transactions_reported import Diagnostic
from services.parser import cover
from services.parser.captions import Column, are_part_captions, columns_of, standard_columns, table_captioned
from services.parser.document import RawDocument, RawOwner, folded
from services.parser.explanations import read_footnotes, read_signature
from services.parser.markup import plain, read_cell, without_controls
from services.parser.rows import read_row

_OMB_NUMBERS: Final = {"3235-0104": "3", "3235-0287": "4", "3235-0362": "5"}
_TITLES: Final = (
    ("ANNUAL STATEMENT OF CHANGES IN BENEFICIAL OWNERSHIP", "5"),
    ("STATEMENT OF CHANGES IN BENEFICIAL OWNERSHIP", "4"),
    ("INITIAL STATEMENT OF BENEFICIAL OWNERSHIP", "3"),
)
_FORM: Final = re.compile(r"FORM ([345])(?:/A)?")
_SEC_NUMBER: Final = re.compile(r"SEC ([0-9]{4})\b")
_OMB: Final = re.compile(r"3235-[0-9]{4}")
_TABLE: Final = re.compile(r"table (ii?)\b")
_RULE: Final = re.compile(r"[-:=_ ]+")
_PIPE: Final = re.compile(r"(?<!\\)\|")
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
_CAPTION: Final = re.compile(r"(?i:title of (?:derivative )?securit)|<(?:TABLE|CAPTION|S|C|PAGE)>")
"""The first caption of a table, or the mark of an ASCII form: not in a caption row, another kind of rendering."""

_FEWEST_CAPTIONS: Final = 4
_FEWEST_CELLS: Final = 3
"""Cells of a row that can be a line of a table where no caption says so."""


class _Part(Enum):
    COVER = "cover"
    TABLE = "table"
    OWNERS = "owners"
    SIGNATURES = "signatures"
    FOOTNOTES = "footnotes"
    REMARKS = "remarks"


@dataclass(slots=True)
class _TableText:
    """A table's rows as they stand. `captioned`: its columns were named."""

    table: Table | None
    captions: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


@dataclass(slots=True)
class _Scan:
    """What one pass over the lines sorts apart."""

    tables: list[_TableText] = field(default_factory=list)
    first_cells: list[str] = field(default_factory=list)
    cover_cells: list[str] = field(default_factory=list)
    owner_paragraphs: list[list[str]] = field(default_factory=list)
    footnotes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    remarks_ended: bool = False
    pending: list[str] = field(default_factory=list)
    signatures: list[tuple[str | None, str | None]] = field(default_factory=list)
    boxes: dict[str, str] = field(default_factory=dict)
    forms: list[str] = field(default_factory=list)
    no_securities: bool = False
    strange: bool = False


def read_rendered_text(text: str) -> RawDocument:
    """The filing a rendering shows.

    Raises:
        InvalidFiling: it is no Form 3, 4 or 5, or a rendering of another kind.
    """
    scan = _scanned(without_controls(text))
    if not scan.forms and not scan.tables:
        raise InvalidFiling("not_section_16", "nothing in the text is of a Form 3, 4 or 5")
    if scan.strange or not any(table.captions or table.rows for table in scan.tables):
        raise InvalidFiling("unsupported_rendering", "the text has the words of a form, and tables of an unknown make")
    document = RawDocument(source_format="text")
    document.filing.update(scan.boxes)
    document.footnotes.update(read_footnotes(scan.footnotes))
    document.signatures.extend(scan.signatures)
    remarks = folded(" ".join(scan.remarks))
    if remarks:
        document.filing["remarks"] = remarks
    for cell in scan.cover_cells:
        cover.read_cell_of_cover(cell, document)
    if scan.forms:
        form = scan.forms[0]
        document.filing["form_type"] = f"{form}/A" if "date_of_original_submission" in document.filing else form
        if len(set(scan.forms)) > 1:
            document.diagnostics.append(Diagnostic(code="ambiguous_form_type", raw=" ".join(sorted(set(scan.forms)))))
    if scan.no_securities and scan.forms[:1] == ["3"]:
        document.filing["no_securities_owned"] = "true"
    _read_owners(scan, document)
    _read_tables(scan, document, scan.forms[0] if scan.forms else "")
    return document


def _scanned(text: str) -> _Scan:
    scan = _Scan()
    part = _Part.COVER
    paragraph: list[str] = []
    for line in [*text.split("\n"), ""]:
        cells = _cells(line)
        if cells is not None:
            _end_paragraph(paragraph, part, scan)
            part = _read_table_line(cells, part, scan)
            continue
        words = folded(plain(line)).strip("# ").strip()
        if not words:
            _end_paragraph(paragraph, part, scan)
            continue
        _read_clues(words, scan)
        lowered = words.lower()
        if part in (_Part.COVER, _Part.TABLE) and _CAPTION.search(words):
            scan.strange = True
        following = _part_begun(lowered)
        if following is not None:
            _end_paragraph(paragraph, part, scan)
            part = following
            if part is _Part.TABLE:
                _begin_table(lowered, scan)
            elif part is _Part.REMARKS and lowered != "remarks:":
                paragraph.append(words[len("remarks:") :].strip())
        elif "signature of reporting person" in lowered:
            _end_paragraph(paragraph, part, scan)
            _end_signature(part, scan)
        elif lowered.startswith(_BOILERPLATE) or _SEC_NUMBER.fullmatch(words):
            _end_paragraph(paragraph, part, scan)
        elif "name and address of reporting person" in lowered:
            scan.first_cells.append(line)
        else:
            paragraph.append(line if part is _Part.OWNERS else words)
    return scan


def _cells(line: str) -> list[str] | None:
    """The cells of a row of tabs or pipes; None for any other line. A rule between rows has none."""
    stripped = line.strip(" ")
    if stripped.startswith("|"):
        cells = [cell.strip() for cell in _PIPE.split(stripped.removeprefix("|").removesuffix("|"))]
    elif "\t" in line:
        cells = [cell.strip() for cell in line.split("\t")]
    else:
        return None
    if all(_RULE.fullmatch(cell) for cell in cells):
        return []
    return cells


def _part_begun(lowered: str) -> _Part | None:
    if _TABLE.match(lowered):
        return _Part.TABLE
    if lowered.startswith("explanation of responses"):
        return _Part.FOOTNOTES
    if lowered.startswith("remarks:"):
        return _Part.REMARKS
    if lowered == "signatures":
        return _Part.SIGNATURES
    if lowered == "reporting owners":
        return _Part.OWNERS
    return None


def _begin_table(lowered: str, scan: _Scan) -> None:
    match = _TABLE.match(lowered)
    table: Table = "derivative" if match and match.group(1) == "ii" else "non_derivative"
    scan.tables.append(_TableText(table))


def _read_table_line(cells: list[str], part: _Part, scan: _Scan) -> _Part:
    words = [folded(plain(cell)) for cell in cells]
    if not any(words):
        return part
    captioned = table_captioned(words)
    if captioned is not None:
        if not scan.tables or scan.tables[-1].table != captioned or scan.tables[-1].captions:
            scan.tables.append(_TableText(captioned))
        scan.tables[-1].captions = words
        scan.strange = scan.strange or sum(map(bool, words)) < _FEWEST_CAPTIONS
        return _Part.TABLE
    scan.strange = scan.strange or any(map(_CAPTION.search, words))
    if _is_of_cover(words):
        scan.first_cells.append(cells[0])
        scan.cover_cells.extend(cells)
        _read_clues(" ".join(words), scan)
        return part
    if part is _Part.TABLE and scan.tables:
        current = scan.tables[-1]
        if are_part_captions(words) and not current.rows:
            current.parts = words
        else:
            current.rows.append(cells)
    elif part is _Part.COVER and len(cells) >= _FEWEST_CELLS:
        if not scan.tables:
            scan.tables.append(_TableText(None))
        scan.tables[-1].rows.append(cells)
    return part


def _is_of_cover(words: list[str]) -> bool:
    text = " ".join(words)
    return any(
        caption in text
        for caption in (
            "OMB ", "Estimated average burden", "Reporting Person", "Issuer Name", "If Amendment", "(Month/Day/Year)",
            "(Last)", "(Street)", "(City)", "Joint/Group Filing",
        )
    )  # fmt: skip


def _read_clues(words: str, scan: _Scan) -> None:
    """Which form it is: its title, its heading, its OMB number, or the SEC's number in its footer; and its boxes."""
    upper = words.upper()
    form = _FORM.fullmatch(upper)
    if form:
        scan.forms.append(form.group(1))
    for title, number in _TITLES:
        if upper.startswith(title):
            scan.forms.append(number)
    scan.forms.extend(_OMB_NUMBERS[found] for found in _OMB.findall(words) if found in _OMB_NUMBERS)
    footer = _SEC_NUMBER.match(words)
    if footer and footer.group(1) in SEC_FORM_NUMBERS:
        scan.forms.append(SEC_FORM_NUMBERS[footer.group(1)])
    lowered = words.lower()
    for caption, name in _BOXES:
        if caption in lowered:
            said = cover.box_of(words)
            if said is not None:
                scan.boxes.setdefault(name, said)
    scan.no_securities = scan.no_securities or lowered.startswith("no securities are beneficially owned")


def _end_paragraph(paragraph: list[str], part: _Part, scan: _Scan) -> None:
    if not paragraph:
        return
    if part is _Part.FOOTNOTES:
        scan.footnotes.extend(paragraph)
    elif part is _Part.OWNERS:
        scan.owner_paragraphs.append([folded(plain(line)) for line in paragraph])
    elif part in (_Part.REMARKS, _Part.SIGNATURES):
        words = " ".join(word for word in paragraph if word)
        if words and words != "Date":
            scan.pending.append(words)
            if part is _Part.REMARKS and not scan.remarks_ended:
                scan.remarks.append(words)
    paragraph.clear()


def _end_signature(part: _Part, scan: _Scan) -> None:
    """A signature's line ends it: what it took of the paragraphs since the last was no remark."""
    signature, rest = read_signature(scan.pending)
    taken = len(scan.pending) - len(rest)
    if signature is not None:
        scan.signatures.append(signature)
        if part is _Part.REMARKS and not scan.remarks_ended:
            del scan.remarks[len(scan.remarks) - taken :]
            scan.remarks_ended = True
    scan.pending.clear()


def _read_owners(scan: _Scan, document: RawDocument) -> None:
    owners = cover.read_owners(scan.first_cells)
    told = False
    if owners:
        told = sum(cover.read_relationship(cell, owners[0]) for cell in scan.cover_cells) > 0
    listed = list(_listed_owners(scan.owner_paragraphs))
    if not owners:
        owners = listed
    elif listed:
        owners = [_merged(owner, listed) for owner in owners]
        named = {owner.values.get("name") for owner in owners}
        owners.extend(owner for owner in listed if owner.values.get("name") not in named)
    for owner in owners[1 if told else 0 :]:
        if not any(code == "ambiguous_relationship" for code, _, _ in owner.problems):
            owner.problems.append(("ambiguous_relationship", None, ""))
    if not owners or not document.issuer:
        document.diagnostics.append(Diagnostic(code="fragment"))
    document.owners.extend(owners)


def _merged(owner: RawOwner, listed: list[RawOwner]) -> RawOwner:
    """The cover's owner with the address of the owners' table, which has a line for each part."""
    for other in listed:
        if other.values.get("name") == owner.values.get("name"):
            values = {**other.values, **{name: value for name, value in owner.values.items() if name.startswith("is_")}}
            for name in ("officer_title", "other_text"):
                if name in owner.values:
                    values[name] = owner.values[name]
            kept = [problem for problem in owner.problems if problem[0] != "ambiguous_address"]
            return RawOwner(values, kept + [p for p in other.problems if p[0] == "ambiguous_address"])
    return owner


def _listed_owners(paragraphs: list[list[str]]) -> Iterator[RawOwner]:
    """The owners of the table at the end: a name and an address in lines, then crosses whose columns are lost."""
    current: RawOwner | None = None
    for lines in paragraphs:
        if len(lines) == 1 or not lines[-1]:
            if current is not None and not lines[0].startswith(("Reporting Owner", "Relationships", "Director")):
                current.problems.append(("ambiguous_relationship", None, " ".join(lines)))
            continue
        if current is not None:
            yield current
        current = RawOwner({"name": lines[0]})
        cover.read_streets(current, lines[1:-1])
        cover.read_city(current, lines[-1])
    if current is not None:
        yield current


def _read_tables(scan: _Scan, document: RawDocument, form: str) -> None:
    after_untitled = any(table.table == "derivative" for table in scan.tables)
    for text in scan.tables:
        table: Table | None = text.table
        if table is None and after_untitled and not any(t.table == "non_derivative" for t in scan.tables):
            table = "non_derivative"
        columns: tuple[Column, ...] = columns_of(text.captions, text.parts) if text.captions else ()
        defined: Container[str] = document.footnotes
        for row in text.rows:
            cells = [read_cell(cell, defined) for cell in row]
            if folded(" ".join(cell.text for cell in cells)).lower().startswith("no securities are beneficially owned"):
                document.filing["no_securities_owned"] = "true"
                continue
            line = read_row(cells, columns, standard_columns(table, form), table) if table and form else None
            if line is None:
                raw = " | ".join(folded(plain(cell)) for cell in row)
                document.diagnostics.append(Diagnostic(code="unreadable_row", field=table, raw=raw[:500]))
            else:
                document.lines.append(line)
