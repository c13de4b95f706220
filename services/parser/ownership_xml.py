"""Ownership XML of every schema version, read in one walk over its tree.

A footnote cited by a whole group belongs to the field that stands for the group: one on `transactionCoding` is the
code's.
"""

import html.entities
import re
from typing import Final

from lxml import etree

from contracts.errors import InvalidFiling
from contracts.transactions_reported import Diagnostic
from services.parser.document import RawDocument, RawLine, RawOwner, folded
from services.parser.elements import (
    CODING,
    FILING_FIELDS,
    GROUPS,
    ISSUER_FIELDS,
    LINE_FIELDS,
    OF_TRANSACTIONS,
    OWNER_FIELDS,
    ROWS,
    UNREPORTED,
)

LONGEST_RAW: Final = 200
"""Characters of an unknown element's text that a diagnostic carries."""

_AMPERSAND: Final = re.compile(
    r"&(?!#[0-9]{1,7};|#x[0-9A-Fa-f]{1,6};|(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,30};)?"
)
_ILLEGAL: Final = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_PARSER: Final = etree.XMLParser(
    encoding="utf-8",  # the text is decoded already: what the declaration says no longer holds
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
    remove_blank_text=True,
)
"""Hardened: it fetches nothing, expands nothing, and refuses what is too deep. Used again, it keeps no document."""


def read_ownership_xml(text: str) -> RawDocument:
    """The ownership document in `text`, which may have blanks before its declaration, or none.

    Raises:
        InvalidFiling: it declares entities, is malformed beyond a bare ampersand, or is another kind of document.
    """
    if "<!ENTITY" in text:
        raise InvalidFiling("entity_declaration", "the document declares entities, which are never expanded")
    document = RawDocument(source_format="xml")
    root = _parsed(text.strip(), document)
    if root.getroottree().docinfo.internalDTD is not None:
        raise InvalidFiling("document_type", "the document has a DOCTYPE, whose definitions are never read")
    if "}" in root.tag:
        for element in root.iter():
            element.tag = etree.QName(element).localname
    if root.tag != "ownershipDocument":
        raise InvalidFiling("not_section_16", f"the root element is {folded(root.tag)[:40]}, not ownershipDocument")
    _read_root(root, document)
    return document


def _parsed(text: str, document: RawDocument) -> etree._Element:
    try:
        return _fromstring(text)
    except etree.XMLSyntaxError as error:
        mended = _mended(text, document)
        if mended == text:
            raise _malformed(error) from None
    try:
        return _fromstring(mended)
    except etree.XMLSyntaxError as error:
        raise _malformed(error) from None


def _malformed(error: etree.XMLSyntaxError) -> InvalidFiling:
    return InvalidFiling("malformed_xml", f"the XML breaks off or is malformed at line {error.lineno}")


def _fromstring(text: str) -> etree._Element:
    return etree.fromstring(text.encode(), _PARSER)


def _mended(text: str, document: RawDocument) -> str:
    """The text with bare ampersands escaped, HTML's entities resolved, and control characters taken out.

    A diagnostic for each kind of mending carries the first place of it.
    """
    without_controls = _ILLEGAL.sub("", text)
    if without_controls != text:
        document.diagnostics.append(Diagnostic(code="control_character"))

    def mend(match: re.Match[str]) -> str:
        name = match.group(1)
        known = html.entities.html5.get(name) if name else None
        around.setdefault("undefined_entity" if known else "bare_ampersand", match.span())
        return known or "&amp;" + (name or "")

    around: dict[str, tuple[int, int]] = {}
    mended = _AMPERSAND.sub(mend, without_controls)
    for code, (start, end) in around.items():
        raw = folded(without_controls[max(0, start - 20) : end + 20])
        document.diagnostics.append(Diagnostic(code=code, raw=raw))
    return mended


def _read_root(root: etree._Element, document: RawDocument) -> None:
    for element in root:
        tag = element.tag
        if tag in FILING_FIELDS:
            _read_field(element, FILING_FIELDS[tag], document.filing, document, f"filing.{FILING_FIELDS[tag]}")
        elif tag in ("nonDerivativeTable", "derivativeTable"):
            for row in element:
                _read_row(row, document)
        elif tag in ROWS:
            _read_row(element, document)
        elif tag == "issuer":
            _read_party(element, ISSUER_FIELDS, document.issuer, document, "issuer")
        elif tag == "reportingOwner":
            owner = RawOwner()
            _read_party(element, OWNER_FIELDS, owner.values, document, "owner")
            document.owners.append(owner)
        elif tag == "footnotes":
            _read_footnotes(element, document)
        elif tag == "ownerSignature":
            _read_signature(element, document)
        else:
            _unknown(element, "", document)


def _read_row(row: etree._Element, document: RawDocument) -> None:
    known = ROWS.get(row.tag)
    if known is None:
        _unknown(row, "", document)
        return
    table, is_transaction = known
    line = RawLine(table, bool(is_transaction))
    _walk_row(row, line, document)
    if is_transaction is None:
        line.is_transaction = not OF_TRANSACTIONS.isdisjoint(line.values)
    document.lines.append(line)


def _walk_row(row: etree._Element, line: RawLine, document: RawDocument) -> None:
    """A flat walk, which is the fastest: a value or a footnote belongs to the last field that began."""
    values, footnotes = line.values, line.footnotes
    current = "security_title"
    walk = row.iter()
    next(walk)
    for element in walk:
        tag = element.tag
        if tag == "footnoteId":
            identity = (element.get("id") or element.text or "").strip()
            if identity:
                footnotes.setdefault(current, []).append(identity)
            continue
        if tag != "value":
            field = LINE_FIELDS.get(tag)
            if field is None:
                current = _begun(element, current, row, document)
                continue
            current = field
        text = element.text if tag != "value" or len(element) == 0 else _text_of(element)
        if text is not None and not text.isspace():
            if current in values:
                line.problems.append(("repeated_value", current, folded(text)[:LONGEST_RAW]))
            else:
                values[current] = text
        if current in CODING:
            current = "code"


def _begun(element: etree._Element, current: str, row: etree._Element, document: RawDocument) -> str:
    """The field that what follows belongs to, where an element is none itself: a group, or unknown."""
    if element.tag in GROUPS:
        return GROUPS[element.tag]
    _unknown(element, row.tag, document)
    return current


def _read_field(element: etree._Element, field: str, values: dict[str, str], document: RawDocument, path: str) -> None:
    """A field outside the tables. It has no footnotes by its schema: one found there is kept as a diagnostic."""
    text = element.text
    if text is not None and not text.isspace():
        values[field] = text
    for part in element:
        if part.tag == "value":
            if part.text is not None and not part.text.isspace():
                values[field] = part.text
        elif part.tag == "footnoteId":
            document.diagnostics.append(Diagnostic(code="footnote_on_filing", field=path, raw=part.get("id")))
        else:
            _unknown(part, element.tag, document)


def _read_party(
    element: etree._Element, fields: dict[str, str], values: dict[str, str], document: RawDocument, path: str
) -> None:
    for member in element:
        tag = member.tag
        if tag in fields:
            _read_field(member, fields[tag], values, document, f"{path}.{fields[tag]}")
        elif tag in GROUPS:
            _read_party(member, fields, values, document, path)
        elif tag == "footnoteId":
            document.diagnostics.append(Diagnostic(code="footnote_on_filing", field=path, raw=member.get("id")))
        else:
            _unknown(member, element.tag, document)


def _read_footnotes(element: etree._Element, document: RawDocument) -> None:
    for footnote in element:
        identity = (footnote.get("id") or "").strip()
        text = folded(_text_of(footnote) if len(footnote) else footnote.text or "")
        if footnote.tag != "footnote" or not identity:
            _unknown(footnote, element.tag, document)
        elif document.footnotes.setdefault(identity, text) != text:
            document.diagnostics.append(
                Diagnostic(code="footnote_defined_twice", field=f"footnotes.{identity}", raw=text)
            )


def _read_signature(element: etree._Element, document: RawDocument) -> None:
    values: dict[str, str] = {}
    fields = {"signatureName": "name", "signatureDate": "date"}
    _read_party(element, fields, values, document, "filing.signatures")
    document.signatures.append((values.get("name"), values.get("date")))


def _unknown(element: etree._Element, parent: str, document: RawDocument) -> None:
    """An element that no schema has: where it says something, a diagnostic says so."""
    if element.tag in UNREPORTED:
        return
    text = folded(_text_of(element))
    cited = " ".join(part.get("id") or "" for part in element.iter("footnoteId"))
    if text or cited.strip():
        path = f"{parent}/{element.tag}".strip("/")
        document.diagnostics.append(Diagnostic(code="unknown_element", field=path, raw=(text or cited)[:LONGEST_RAW]))


def _text_of(element: etree._Element) -> str:
    return "".join(str(part) for part in element.itertext())
