"""The sections of an ownership document, as a walk reaches them: their fields, and where the values are stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from contracts.codes import DiagnosticCode
from contracts.enumerations import Table
from services.parser.document import Problem, RawDocument, RawLine, RawOwner, diagnosed
from services.parser.xml_elements import (
    FILING_FIELDS,
    ISSUER_FIELDS,
    LINE_FIELDS,
    OF_TRANSACTIONS,
    OWNED,
    OWNER_FIELDS,
    RELATIONSHIP_BOXES,
    ROWS,
    SIGNATURE_FIELDS,
    TABLES,
)


@dataclass(slots=True)
class XmlSection:
    """A section outside the rows: element names to fields, and the values found. `path` is its place in an event."""

    path: str
    fields: Mapping[str, str]
    values: dict[str, str] = field(default_factory=dict)
    footnotes: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class XmlSections:
    """The sections of one document: the filing itself, issuer, owners, rows and signatures."""

    def __init__(self, document: RawDocument) -> None:
        self.filing: Final = XmlSection("filing", FILING_FIELDS, document.filing)
        self._document = document
        self._outside = [self.filing]
        self._undecided: list[RawLine] = []

    def begin(self, tag: str) -> tuple[XmlSection | RawLine, Mapping[str, str]] | None:
        """Return the section that starts at this tag, and its fields; None for any other tag.

        >>> section, fields = XmlSections(RawDocument("xml")).begin("issuer")
        >>> fields["issuerName"]
        'name'
        """
        if tag in ROWS:
            return self._line(*ROWS[tag]), LINE_FIELDS
        if tag in FILING_FIELDS or tag in TABLES:
            return self.filing, FILING_FIELDS
        if tag == "reportingOwner":
            owner = RawOwner()
            self._document.owners.append(owner)
            part = XmlSection("owner", OWNER_FIELDS, owner.values, problems=owner.problems)
        elif tag == "issuer":
            part = XmlSection("issuer", ISSUER_FIELDS, self._document.issuer)
        elif tag == "ownerSignature":
            part = XmlSection("filing.signatures", SIGNATURE_FIELDS)
        else:
            return None
        self._outside.append(part)
        return part, part.fields

    def _line(self, table: Table, is_transaction: bool | None) -> RawLine:
        line = RawLine(table, bool(is_transaction), {}, {}, [])
        self._document.lines.append(line)
        if is_transaction is None:
            self._undecided.append(line)
        return line

    def end(self) -> None:
        """Determine everything that depends on whole sections.

        Outside the tables no schema has footnotes: one that was found there is kept as a problem.
        """
        for line in self._undecided:
            line.is_transaction = not OF_TRANSACTIONS.isdisjoint(line.values.keys() | line.footnotes.keys())
            if not line.is_transaction:
                _own(line)
        for part in self._outside:
            for name, cited in part.footnotes.items():
                part.problems.extend((DiagnosticCode.FOOTNOTE_ON_FILING, name, identity) for identity in cited)
            if part.fields is OWNER_FIELDS:
                _uncheck_absent_boxes(part)
            if part.fields is SIGNATURE_FIELDS:
                self._document.signatures.append((part.values.get("name"), part.values.get("date")))
            if part.problems and part.fields is not OWNER_FIELDS:
                self._document.diagnostics += diagnosed(part.problems, part.path)


def _own(line: RawLine) -> None:
    """Turn the amounts of a row that is a holding into the amounts owned, unless it has those too."""
    for amount, owned in OWNED.items():
        if owned in line.values or owned in line.footnotes:
            continue
        if amount in line.values:
            line.values[owned] = line.values.pop(amount)
        if amount in line.footnotes:
            line.footnotes[owned] = line.footnotes.pop(amount)


def _uncheck_absent_boxes(owner: XmlSection) -> None:
    """Set each relationship box that the XML leaves out to false. A box with its own problem stays unread."""
    unread = {name for _, name, _ in owner.problems}
    for box in RELATIONSHIP_BOXES:
        if box not in unread:
            owner.values.setdefault(box, "false")
