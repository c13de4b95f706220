"""From a filing's content to its events: the choice of the reader, and the facts that travel with the filing."""

from datetime import date, datetime
from typing import Final

from contracts.codes import DiagnosticCode, ErrorCode
from contracts.enumerations import FormType
from contracts.errors import InvalidFiling
from contracts.filing_published import Hints
from contracts.structs import Diagnostic, TransactionsReported
from services.parser.content import ContentFormat, decode, detect_format
from services.parser.document import RawDocument
from services.parser.form.reader import read_page
from services.parser.layouts.catalog import read_layout
from services.parser.normalize import Facts, normalize
from services.parser.ownership_xml import read_ownership_xml
from services.parser.sgml import read_submission
from services.section16.sgml_header import Header

LARGEST_RENDERING: Final = 2 * 1024 * 1024
"""Characters of the largest rendering: thirty lines per table and ninety-nine footnotes fill a tenth of it."""

_NO_HINTS: Final = Hints()


def parse_filing(
    content: bytes | str,
    *,
    hints: Hints | None = None,
    filing_id: str | None = None,
    accession_number: str | None = None,
    form_type: FormType | None = None,
    filed_on: date | None = None,
    accepted_at: datetime | None = None,
    source_url: str | None = None,
) -> list[TransactionsReported]:
    """Return the events of one filing: one per reporting owner, in document order.

    Events are structs of `contracts.structs`: `encode` makes their JSON, `msgspec.to_builtins` a dictionary.

    The keywords are facts that travel with the filing. If the document or its SGML header disagrees, it wins, and a
    diagnostic `hint_disagrees` includes the value that was not used. `filing_id` is by default the accession number,
    else a hash of the text.

    >>> text = "<ownershipDocument><documentType>4</documentType><issuer><issuerName>ACME</issuerName></issuer>"
    >>> text += "<reportingOwner><reportingOwnerId><rptOwnerName>DOE JANE</rptOwnerName></reportingOwnerId>"
    >>> text += "</reportingOwner></ownershipDocument>"
    >>> [(event.owner.name, event.filing.form_type) for event in parse_filing(text)]
    [('DOE JANE', '4')]

    Raises:
        InvalidFiling: the content cannot be read as a Form 3, 4 or 5; `code` gives the reason.
        ValidationError: a fact does not follow the contract, such as a time without a zone.
    """
    text = decode(content)
    header: Header | None = None
    document_text = text
    content_format = detect_format(text)
    further = 0
    untagged = False
    if content_format == "submission":
        submission = read_submission(text)
        header, document_text, further = submission.header, submission.document, submission.further_documents
        content_format = detect_format(document_text)
        untagged = submission.repaired
    document = _read(document_text, content_format)
    if untagged:
        document.diagnostics.append(Diagnostic(code=DiagnosticCode.REPAIRED_MARKUP, raw="no <DOCUMENT>"))
    if further:
        document.diagnostics.append(Diagnostic(code=DiagnosticCode.FURTHER_OWNERSHIP_DOCUMENT, raw=str(further)))
    facts = Facts(
        hints=hints or _NO_HINTS,
        filing_id=filing_id,
        accession_number=accession_number,
        form_type=form_type,
        filed_on=filed_on,
        accepted_at=accepted_at,
        source_url=source_url,
    )
    return normalize(document, text, header, facts)


def _read(text: str, content_format: ContentFormat) -> RawDocument:
    if content_format == "xml":
        return read_ownership_xml(text)
    if len(text) > LARGEST_RENDERING:
        raise InvalidFiling(ErrorCode.TOO_LARGE, f"a rendering of {len(text)} characters is over {LARGEST_RENDERING}")
    page_format, blocks = read_layout(text, "html" if content_format == "html" else "text")
    return read_page(blocks, page_format)
