"""From the parts of a form on a page to a RawDocument.

The reader goes by captions and by kinds of value (a date, a code, an amount, A or D, D or I), never by fixed places.
What it cannot place it says so, and leaves out.
"""

from collections.abc import Container, Iterable
from typing import Final

from contracts.codes import DiagnosticCode, ErrorCode
from contracts.enumerations import SourceFormat, Table
from contracts.errors import InvalidFiling
from contracts.transactions_reported import Diagnostic
from services.parser.document import RawDocument, folded
from services.parser.form import cover, owners
from services.parser.form.blocks import MARKER_START, Block, said
from services.parser.form.captions import columns_of, standard_columns
from services.parser.form.footnotes import before_footnotes, read_footnotes
from services.parser.form.form_hints import is_of_no_securities
from services.parser.form.markup import read_cell
from services.parser.form.relationship import read_relationship
from services.parser.form.rows import read_row
from services.parser.form.scanner import FormScanner
from services.parser.form.sections import TableText

_LONGEST_RAW: Final = 500


def read_page(blocks: Iterable[Block], source_format: SourceFormat) -> RawDocument:
    """The filing a page shows.

    Raises:
        InvalidFiling: it is no Form 3, 4 or 5, or a rendering of another make.
    """
    scan = FormScanner(whole_rows=source_format == "html")
    scan.read(blocks)
    if not scan.clues.forms and not scan.tables:
        raise InvalidFiling(ErrorCode.NOT_SECTION_16, "nothing in the text is of a Form 3, 4 or 5")
    if scan.unsupported or not any(table.captions or table.rows or table.unreadable for table in scan.tables):
        raise InvalidFiling(
            ErrorCode.UNSUPPORTED_RENDERING, "the text has the words of a form, and tables of an unknown make"
        )
    document = RawDocument(source_format=source_format)
    document.filing.update(scan.clues.boxes)
    document.footnotes.update(read_footnotes(scan.footnotes))
    unnumbered = folded(" ".join(before_footnotes(scan.footnotes)))
    if unnumbered and not is_of_no_securities(unnumbered):
        document.diagnostics.append(
            Diagnostic(code=DiagnosticCode.UNNUMBERED_FOOTNOTE, field="footnotes", raw=unnumbered[:_LONGEST_RAW])
        )
    document.signatures.extend(scan.signatures)
    document.diagnostics.extend(
        Diagnostic(code=DiagnosticCode.UNREADABLE_SIGNATURE, field="filing.signatures", raw=raw[:_LONGEST_RAW])
        for raw in scan.unreadable_signatures
    )
    remarks = " ".join(scan.remarks)
    if remarks:
        document.filing["remarks"] = remarks
    for cell in scan.cover_cells:
        cover.read_cell_of_cover(cell, document)
    if scan.broken_off:
        document.diagnostics.append(Diagnostic(code=DiagnosticCode.TRUNCATED))
    form = _read_form(scan, document)
    _read_owners(scan, document)
    _read_tables(scan, document, form)
    return document


def _read_form(scan: FormScanner, document: RawDocument) -> str:
    """The form by the first of its clues, `""` where there is none; a date of the original makes it an amendment."""
    if not scan.clues.forms:
        return ""
    form = scan.clues.forms[0].removesuffix("/A")
    said = sorted({clue.removesuffix("/A") for clue in scan.clues.forms})
    if len(said) > 1:
        document.diagnostics.append(
            Diagnostic(code=DiagnosticCode.AMBIGUOUS_FORM_TYPE, field="filing.form_type", raw=" ".join(said))
        )
    amends = "date_of_original_submission" in document.filing or f"{form}/A" in scan.clues.forms
    document.filing["form_type"] = f"{form}/A" if amends else form
    if scan.clues.no_securities and form.startswith("3"):
        document.filing["no_securities_owned"] = "true"
    return form


def _read_owners(scan: FormScanner, document: RawDocument) -> None:
    named = cover.read_owners(scan.first_cells)
    for cell in scan.cover_cells if named else ():
        read_relationship(cell, named[0])
    listed = list(owners.owners_of_paragraphs(scan.owner_paragraphs))
    for row in scan.owner_rows:
        owner = owners.owner_of_row(row, scan.relationships, named)
        if owner is not None:
            listed.append(owner)
        else:
            scan.unreadable_owners.append(row[0])
    for raw in scan.unreadable_owners:
        document.diagnostics.append(
            Diagnostic(code=DiagnosticCode.UNREADABLE_OWNER, field="owner", raw=said(raw)[:_LONGEST_RAW])
        )
    document.owners.extend(owners.without_doubles([*(owners.merged(owner, listed) for owner in named), *listed]))
    for owner in document.owners:
        is_whole = owner.values.keys() >= owners.RELATIONSHIPS
        if not is_whole and DiagnosticCode.AMBIGUOUS_RELATIONSHIP not in (code for code, _, _ in owner.problems):
            owner.problems.append((DiagnosticCode.AMBIGUOUS_RELATIONSHIP, None, ""))
    if not document.owners or not document.issuer:
        document.diagnostics.append(Diagnostic(code=DiagnosticCode.FRAGMENT))


def _read_tables(scan: FormScanner, document: RawDocument, form: str) -> None:
    """The lines of both tables. Rows before any caption are of Table I where a Table II, and no Table I, follows."""
    known = {text.table for text in scan.tables}
    begun: Table | None = "non_derivative" if "derivative" in known and "non_derivative" not in known else None
    defined = _defined(scan, document)
    for text in scan.tables:
        _read_table(text, text.table or begun, document, form, defined)


def _defined(scan: FormScanner, document: RawDocument) -> Container[str] | None:
    """The footnotes that a plain `(1)` behind words may cite: none on an HTML page that raises its markers.

    Any (None) where the page breaks off or has none: those that it cites may be lost.
    """
    if document.source_format == "html" and any(
        MARKER_START in cell for text in scan.tables for row in text.rows for cell in row
    ):
        return ()
    return None if scan.broken_off else document.footnotes or None


def _read_table(
    text: TableText, table: Table | None, document: RawDocument, form: str, defined: Container[str] | None
) -> None:
    columns = columns_of(text.captions, text.parts) if text.captions else ()
    standard = standard_columns(table, form) if table and form else ()
    for raw in text.unreadable:
        document.diagnostics.append(_unreadable(table, said(raw)))
    for row in text.rows:
        if is_of_no_securities(said(row[0])):
            document.filing["no_securities_owned"] = "true"
            continue
        cells = [read_cell(cell, defined) for cell in row]
        line = read_row(cells, columns, standard, table, ruled=text.ruled) if table and form else None
        if line is None:
            raw = " | ".join(map(said, row))
            document.diagnostics.append(_unreadable(table, raw))
        else:
            document.lines.append(line)


def _unreadable(table: Table | None, raw: str) -> Diagnostic:
    return Diagnostic(code=DiagnosticCode.UNREADABLE_ROW, field=table, raw=raw[:_LONGEST_RAW])
