"""From the sections of a form on a page to a RawDocument.

The reader goes by captions and by kinds of value (a date, a code, an amount, A or D, D or I), never by fixed columns. A
value that cannot be assigned is left out, and reported as a problem.
"""

from collections.abc import Container, Iterable
from typing import Final

from contracts.codes import DiagnosticCode, ErrorCode
from contracts.enumerations import SourceFormat, Table
from contracts.errors import InvalidFiling
from contracts.structs import Diagnostic
from services.parser.document import RawDocument, collapse_whitespace
from services.parser.form.blocks import Block, display_text, has_markers, plain_text
from services.parser.form.captions import columns_of, standard_columns
from services.parser.form.cell_values import read_cell
from services.parser.form.cover import read_cover_cell, read_owners
from services.parser.form.footnotes import before_footnotes, read_footnotes
from services.parser.form.form_hints import FormHints
from services.parser.form.owners import (
    is_another_owner,
    merge_owner,
    read_owner_paragraphs,
    read_owner_row,
    report_missing_boxes,
    without_duplicates,
)
from services.parser.form.phrases import reports_no_securities
from services.parser.form.relationship import read_relationship
from services.parser.form.rows import read_row
from services.parser.form.scanned_text import CoverText, NotesText, OwnersText
from services.parser.form.scanner import FormScanner
from services.parser.form.sections import TableText

_LONGEST_RAW: Final = 500


def read_page(blocks: Iterable[Block], source_format: SourceFormat) -> RawDocument:
    """Return the filing that a page shows.

    >>> from services.parser.form.blocks import Row
    >>> captions = Row(["1. Title of Security", "2. Amount of Securities Beneficially Owned", "3. Ownership Form",
    ...                 "4. Nature of Indirect Beneficial Ownership"])
    >>> document = read_page(["FORM 3", captions, Row(["Common Stock", "500", "D", ""])], "html")
    >>> document.lines[0].values["security_title"]
    'Common Stock'

    Raises:
        InvalidFiling: it is not a Form 3, 4 or 5, or a rendering of an unsupported make.
    """
    page = FormScanner(whole_rows=source_format == "html")
    page.read(blocks)
    if not page.hints.forms and not page.tables:
        raise InvalidFiling(ErrorCode.NOT_SECTION_16, "nothing in the text indicates a Form 3, 4 or 5")
    if page.unsupported or not any(table.captions or table.rows or table.unreadable for table in page.tables):
        raise InvalidFiling(
            ErrorCode.UNSUPPORTED_RENDERING, "the text has the words of a form, but tables of an unsupported make"
        )
    document = RawDocument(source_format=source_format)
    document.filing.update(page.hints.boxes)
    _read_notes(page.notes, document)
    for cell in page.cover.cells:
        read_cover_cell(cell, document)
    if page.broken_off:
        document.diagnostics.append(Diagnostic(code=DiagnosticCode.TRUNCATED))
    form = _read_form(page.hints, document)
    _read_owners(page.cover, page.owners, document)
    _read_tables(page, document, form)
    return document


def _report(document: RawDocument, code: DiagnosticCode, field: str | None, raw: str) -> None:
    document.diagnostics.append(Diagnostic(code=code, field=field, raw=raw[:_LONGEST_RAW]))


def _read_notes(notes: NotesText, document: RawDocument) -> None:
    document.footnotes.update(read_footnotes(notes.footnotes))
    unnumbered = collapse_whitespace(" ".join(before_footnotes(notes.footnotes)))
    if unnumbered and not reports_no_securities(unnumbered):
        _report(document, DiagnosticCode.UNNUMBERED_FOOTNOTE, "footnotes", unnumbered)
    for raw in notes.unreadable_footnotes:
        _report(document, DiagnosticCode.UNNUMBERED_FOOTNOTE, "footnotes", raw)
    document.signatures.extend(notes.signatures)
    for raw in notes.unreadable_signatures:
        _report(document, DiagnosticCode.UNREADABLE_SIGNATURE, "filing.signatures", raw)
    remarks = " ".join(notes.remarks)
    if remarks:
        document.filing["remarks"] = remarks


def _read_form(hints: FormHints, document: RawDocument) -> str:
    """Return the form by the first of its hints, else `""`. A date of the original filing makes it an amendment."""
    if not hints.forms:
        return ""
    form = hints.forms[0].removesuffix("/A")
    hinted = sorted({hint.removesuffix("/A") for hint in hints.forms})
    if len(hinted) > 1:
        _report(document, DiagnosticCode.AMBIGUOUS_FORM_TYPE, "filing.form_type", " ".join(hinted))
    amends = "date_of_original_submission" in document.filing or f"{form}/A" in hints.forms
    document.filing["form_type"] = f"{form}/A" if amends else form
    if hints.no_securities and form.startswith("3"):
        document.filing["no_securities_owned"] = "true"
    return form


def _read_owners(cover: CoverText, table: OwnersText, document: RawDocument) -> None:
    named = read_owners(cover.first_cells)
    for cell in cover.cells if named else ():
        read_relationship(cell, named[0])
    listed = list(read_owner_paragraphs(table.paragraphs))
    unreadable = list(table.unreadable)
    for row in table.rows:
        owner = read_owner_row(row, table.relationships, named)
        if owner is not None:
            listed.append(owner)
        else:
            unreadable.append(display_text(row[0]))
    for raw in unreadable:
        _report(document, DiagnosticCode.UNREADABLE_OWNER, "owner", collapse_whitespace(raw))
    document.owners.extend(without_duplicates([*(merge_owner(owner, listed) for owner in named), *listed]))
    document.unread_owners = sum(is_another_owner(raw, document.owners) for raw in unreadable)
    for owner in document.owners:
        report_missing_boxes(owner)
    if not document.owners or not document.issuer:
        document.diagnostics.append(Diagnostic(code=DiagnosticCode.FRAGMENT))


def _read_tables(page: FormScanner, document: RawDocument, form: str) -> None:
    """Read the lines of both tables. Rows before any caption are of Table I if a Table II follows, and no Table I."""
    known = {table.table for table in page.tables}
    begun: Table | None = "non_derivative" if "derivative" in known and "non_derivative" not in known else None
    defined = _citable_footnotes(page, document)
    for table in page.tables:
        _read_table(table, table.table or begun, document, form, defined)


def _citable_footnotes(page: FormScanner, document: RawDocument) -> Container[str] | None:
    """Return the footnotes that a plain `(1)` behind words may cite: none on an HTML page that raises its markers.

    None means any footnote: the page breaks off, or has none that are readable, so those that it cites may be lost.
    """
    if document.source_format == "html" and any(
        has_markers(cell) for table in page.tables for row in table.rows for cell in row
    ):
        return ()
    return None if page.broken_off or page.notes.unreadable_footnotes else document.footnotes or None


def _read_table(
    text: TableText, table: Table | None, document: RawDocument, form: str, defined: Container[str] | None
) -> None:
    columns = columns_of(text.captions, text.parts)
    standard = standard_columns(table, form) if table and form else ()
    for raw in text.unreadable:
        _report(document, DiagnosticCode.UNREADABLE_ROW, table, collapse_whitespace(raw))
    for row in text.rows:
        if reports_no_securities(plain_text(row[0])):
            document.filing["no_securities_owned"] = "true"
            continue
        cells = [read_cell(cell, defined) for cell in row]
        line = None
        if table and form:
            line = read_row(cells, columns, standard, table, ruled=text.ruled, in_order=text.in_order)
        if line is None:
            _report(document, DiagnosticCode.UNREADABLE_ROW, table, " | ".join(map(plain_text, row)))
        else:
            document.lines.append(line)
