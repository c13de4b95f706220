"""A drawn filing as ownership XML, the document that its renderings are compared with."""

from typing import Any, Final

from lxml import etree

from tests.filings.datasets import LINE_COLUMNS
from tests.generated.filings import Drawn, Line, Owner

_PATHS: Final = {name: path for name, path in LINE_COLUMNS.values() if not path.endswith("/")}
ISSUER_CIK: Final = "0000912345"
"""The CIK of every issuer."""


def written(filing: Drawn) -> bytes:
    """Return the document."""
    root = etree.Element("ownershipDocument")
    _put(root, "schemaVersion", "X0508")
    _put(root, "documentType", f"{filing.form}/A" if filing.amends else filing.form)
    _put(root, "periodOfReport", filing.period)
    _put(root, "dateOfOriginalSubmission", filing.original)
    if filing.form != "3":
        _put(root, "notSubjectToSection16", str(int(filing.no_longer_subject)))
    _put(root, "issuer/issuerCik", ISSUER_CIK)
    _put(root, "issuer/issuerName", filing.issuer)
    _put(root, "issuer/issuerTradingSymbol", filing.symbol)
    for owner in filing.owners:
        _put_owner(etree.SubElement(root, "reportingOwner"), owner)
    if filing.form == "4":
        _put(root, "aff10b5One", str(int(filing.plan)))
    for line in filing.lines:
        table = "derivative" if line.table == "derivative" else "nonDerivative"
        kind = "Transaction" if line.is_transaction else "Holding"
        _put_line(etree.SubElement(_at(root, f"{table}Table"), f"{table}{kind}"), line)
    footnotes = etree.SubElement(root, "footnotes")
    for number, text in enumerate(filing.footnotes, start=1):
        etree.SubElement(footnotes, "footnote", id=f"F{number}").text = text
    _put(root, "remarks", filing.remarks)
    for name, day in filing.signatures:
        signature = etree.SubElement(root, "ownerSignature")
        _put(signature, "signatureName", name)
        _put(signature, "signatureDate", day)
    return etree.tostring(root)


def _put_owner(element: Any, owner: Owner) -> None:
    _put(element, "reportingOwnerId/rptOwnerCik", owner.cik)
    _put(element, "reportingOwnerId/rptOwnerName", owner.name)
    for tag, text in (("Street1", owner.street1), ("Street2", owner.street2), ("City", owner.city),
                      ("State", owner.state), ("ZipCode", owner.zip_code)):  # fmt: skip
        _put(element, f"reportingOwnerAddress/rptOwner{tag}", text)
    boxes = (("isDirector", owner.is_director), ("isOfficer", bool(owner.officer_title)),
             ("isTenPercentOwner", owner.is_ten_percent_owner), ("isOther", bool(owner.other_text)))  # fmt: skip
    for tag, is_checked in boxes:
        _put(element, f"reportingOwnerRelationship/{tag}", str(int(is_checked)))
    _put(element, "reportingOwnerRelationship/officerTitle", owner.officer_title)
    _put(element, "reportingOwnerRelationship/otherText", owner.other_text)


def _put_line(element: Any, line: Line) -> None:
    for name, path in _PATHS.items():
        _put(element, path, line.text(name))
        for number in line.notes.get(name, ()):
            etree.SubElement(_at(element, path.rpartition("/")[0]), "footnoteId", id=f"F{number}")


def _put(parent: Any, path: str, text: str) -> None:
    if text:
        _at(parent, path).text = text


def _at(parent: Any, path: str) -> Any:
    for tag in path.split("/"):
        found = parent.find(tag)
        parent = etree.SubElement(parent, tag) if found is None else found
    return parent
