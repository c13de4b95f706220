"""Ownership XML of every schema version, read in one walk over its tree.

A footnote cited by a whole group belongs to the field that stands for the group: one on `transactionCoding` is the
code's.
"""

import html.entities
import re
from typing import Final

from lxml import etree

from contracts.errors import InvalidFiling
from contracts.section16 import Table
from contracts.transactions_reported import Diagnostic
from services.parser.document import RawDocument, RawLine, RawOwner, folded

LONGEST_RAW: Final = 200
"""Characters of an unknown element's text that a diagnostic carries."""

_FILING: Final[dict[str, str]] = {
    "schemaVersion": "schema_version",
    "documentType": "form_type",
    "periodOfReport": "period_of_report",
    "dateOfOriginalSubmission": "date_of_original_submission",
    "noSecuritiesOwned": "no_securities_owned",
    "notSubjectToSection16": "not_subject_to_section16",
    "form3HoldingsReported": "form3_holdings_reported",
    "form4TransactionsReported": "form4_transactions_reported",
    "aff10b5One": "rule_10b5_1_plan",
    "remarks": "remarks",
}
_ISSUER: Final[dict[str, str]] = {
    "issuerCik": "cik",
    "issuerName": "name",
    "issuerTradingSymbol": "trading_symbol",
    "issuerForeignTradingSymbol": "foreign_trading_symbol",
}
_OWNER: Final[dict[str, str]] = {
    "rptOwnerCik": "cik",
    "rptOwnerName": "name",
    "rptOwnerStreet1": "street1",
    "rptOwnerStreet2": "street2",
    "rptOwnerCity": "city",
    "rptOwnerState": "state",
    "rptOwnerZipCode": "zip_code",
    "rptOwnerCountry": "country",
    "rptOwnerStateDescription": "state_description",
    "rptOwnerNonUSStateTerritory": "non_us_state_territory",
    "rptOwnerNonUSAddressFlag": "non_us_address",
    "rptOwnerGoodAddress": "good_address",
    "isDirector": "is_director",
    "isOfficer": "is_officer",
    "isTenPercentOwner": "is_ten_percent_owner",
    "isOther": "is_other",
    "officerTitle": "officer_title",
    "otherText": "other_text",
}
_LINE: Final[dict[str, str]] = {
    "securityTitle": "security_title",
    "transactionDate": "transaction_date",
    "deemedExecutionDate": "deemed_execution_date",
    "transactionFormType": "form_type",
    "transactionCode": "code",
    "equitySwapInvolved": "equity_swap_involved",
    "transactionTimeliness": "timeliness",
    "transactionShares": "shares",
    "transactionTotalValue": "total_value",
    "transactionPricePerShare": "price_per_share",
    "transactionAcquiredDisposedCode": "acquired_disposed",
    "sharesOwnedFollowingTransaction": "shares_owned_following",
    "valueOwnedFollowingTransaction": "value_owned_following",
    "directOrIndirectOwnership": "ownership",
    "natureOfOwnership": "nature_of_ownership",
    "conversionOrExercisePrice": "exercise_price",
    "exerciseDate": "exercise_date",
    "expirationDate": "expiration_date",
    "underlyingSecurityTitle": "underlying_title",
    "underlyingSecurityShares": "underlying_shares",
    "underlyingSecurityValue": "underlying_value",
}
_GROUPS: Final[dict[str, str]] = {
    "transactionCoding": "code",
    "transactionAmounts": "shares",
    "postTransactionAmounts": "shares_owned_following",
    "ownershipNature": "ownership",
    "underlyingSecurity": "underlying_title",
    "reportingOwnerId": "name",
    "reportingOwnerAddress": "street1",
    "reportingOwnerRelationship": "is_other",
}
"""The elements that hold fields, each with the field that a footnote on the group itself belongs to."""

_ROWS: Final[dict[str, tuple[Table, bool | None]]] = {
    "nonDerivativeTransaction": ("non_derivative", True),
    "nonDerivativeHolding": ("non_derivative", False),
    "nonDerivativeSecurity": ("non_derivative", None),
    "derivativeTransaction": ("derivative", True),
    "derivativeHolding": ("derivative", False),
    "derivativeSecurity": ("derivative", None),
}
"""Row elements: the table, and whether the row is a transaction; None where only its fields tell (schema X0101)."""

_CODING: Final = frozenset({"form_type", "code", "equity_swap_involved"})
"""The fields of `transactionCoding`, which cites footnotes as a whole."""

_UNREPORTED: Final = frozenset({"rptOwnerCcc"})
"""Known elements that no event may carry: an owner's filing password."""

_OF_TRANSACTIONS: Final = frozenset({"transaction_date", "code", "shares", "total_value", "acquired_disposed"})

_AMPERSAND: Final = re.compile(
    r"&(?!#[0-9]{1,7};|#x[0-9A-Fa-f]{1,6};|(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,30};)?"
)
_ILLEGAL: Final = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


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
    parser = etree.XMLParser(
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
    return etree.fromstring(text.encode(), parser)


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
        if tag in _FILING:
            _read_field(element, _FILING[tag], document.filing, document, f"filing.{_FILING[tag]}")
        elif tag in ("nonDerivativeTable", "derivativeTable"):
            for row in element:
                _read_row(row, document)
        elif tag in _ROWS:
            _read_row(element, document)
        elif tag == "issuer":
            _read_party(element, _ISSUER, document.issuer, document, "issuer")
        elif tag == "reportingOwner":
            owner = RawOwner()
            _read_party(element, _OWNER, owner.values, document, "owner")
            document.owners.append(owner)
        elif tag == "footnotes":
            _read_footnotes(element, document)
        elif tag == "ownerSignature":
            _read_signature(element, document)
        else:
            _unknown(element, "", document)


def _read_row(row: etree._Element, document: RawDocument) -> None:
    known = _ROWS.get(row.tag)
    if known is None:
        _unknown(row, "", document)
        return
    table, is_transaction = known
    line = RawLine(table, bool(is_transaction))
    _walk_row(row, line, document)
    if is_transaction is None:
        line.is_transaction = not _OF_TRANSACTIONS.isdisjoint(line.values)
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
        if tag in _LINE:
            current = _LINE[tag]
        elif tag in _GROUPS:
            current = _GROUPS[tag]
            continue
        elif tag != "value":
            _unknown(element, row.tag, document)
            continue
        text = element.text if tag != "value" or len(element) == 0 else _text_of(element)
        if text is not None and not text.isspace():
            if current in values:
                line.problems.append(("repeated_value", current, folded(text)[:LONGEST_RAW]))
            else:
                values[current] = text
        if current in _CODING:
            current = "code"


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
        elif tag in _GROUPS:
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
    if element.tag in _UNREPORTED:
        return
    text = folded(_text_of(element))
    cited = " ".join(part.get("id") or "" for part in element.iter("footnoteId"))
    if text or cited.strip():
        path = f"{parent}/{element.tag}".strip("/")
        document.diagnostics.append(Diagnostic(code="unknown_element", field=path, raw=(text or cited)[:LONGEST_RAW]))


def _text_of(element: etree._Element) -> str:
    return "".join(str(part) for part in element.itertext())
