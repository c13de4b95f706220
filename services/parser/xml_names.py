"""The names of elements in ownership XML: in namespaces, below another root, or in letters of another case."""

from collections.abc import Iterator

from lxml import etree

from contracts.codes import DiagnosticCode, ErrorCode
from contracts.errors import InvalidFiling
from services.parser.document import RawDocument, RawLine, RawOwner, collapse_whitespace
from services.parser.xml_elements import CANONICAL, ROOT


def ownership_root(root: etree._Element, document: RawDocument) -> etree._Element:
    """Return the ownership document's element, its elements by their local names.

    >>> ownership_root(etree.fromstring("<x><OWNERSHIPDOCUMENT/></x>"), RawDocument("xml")).tag
    'ownershipDocument'

    Raises:
        InvalidFiling: there is none.
    """
    if "}" in root.tag:
        for element in root.iter():
            element.tag = etree.QName(element).localname
    if root.tag == ROOT:
        return root
    for element in root.iter():
        if etree.QName(element).localname.lower() == ROOT.lower():
            document.report(DiagnosticCode.REPAIRED_MARKUP, root.tag)
            spell_as_in_schema(element)
            return element
    raise InvalidFiling(
        ErrorCode.NOT_SECTION_16, f"the root element is {collapse_whitespace(root.tag)[:40]}, not {ROOT}"
    )


def spell_as_in_schema(root: etree._Element) -> None:
    """Give all elements the names of the schema, whatever the case of their letters.

    >>> root = etree.fromstring("<ISSUER/>")
    >>> spell_as_in_schema(root)
    >>> root.tag
    'issuer'
    """
    for element in root.iter():
        name = etree.QName(element).localname
        element.tag = CANONICAL.get(name.lower(), name)


def names_in_other_case(document: RawDocument) -> Iterator[str]:
    """Return the unknown elements that have the name of a known one but for the case of its letters.

    >>> list(names_in_other_case(RawDocument("xml")))
    []
    """
    return (name for name in _unknown_names(document) if CANONICAL.get(name.lower(), name) != name)


def _unknown_names(document: RawDocument) -> Iterator[str]:
    """Yield the names of the elements that were reported as unknown."""
    for found in document.diagnostics:
        if found.code == DiagnosticCode.UNKNOWN_ELEMENT:
            yield (found.field or "").rpartition(".")[2]
    parts: list[RawOwner | RawLine] = [*document.owners, *document.lines]
    for part in parts:
        for code, name, _ in part.problems:
            if code == DiagnosticCode.UNKNOWN_ELEMENT:
                yield (name or "").rpartition(".")[2]
