"""Ownership XML of every schema version, read in one walk over its tree.

A footnote cited by a whole group belongs to the field that represents the group: one on `transactionCoding` belongs to
the code.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from lxml import etree

from contracts.codes import DiagnosticCode, ErrorCode
from contracts.errors import InvalidFiling
from contracts.structs import Diagnostic
from services.parser.document import Problem, RawDocument, RawLine, collapse_whitespace, diagnosed
from services.parser.xml_elements import FILING_FIELDS, GROUPS, ROOT, TABLES, UNREPORTED
from services.parser.xml_names import names_in_other_case, ownership_root, spell_as_in_schema
from services.parser.xml_nesting import part_nested_fields
from services.parser.xml_repairs import repair_xml
from services.parser.xml_sections import XmlSection, XmlSections

MOST_MARKUP: Final = 100_000
"""Tags and ampersands of the largest document: thirty full lines a table and 99 footnotes have some 6,000."""

LONGEST_RAW: Final = 200
"""Characters of an unknown element's text that a diagnostic includes."""

_INLINE: Final = frozenset(
    {
        "b",
        "i",
        "u",
        "s",
        "em",
        "strong",
        "sub",
        "sup",
        "span",
        "font",
        "a",
        "small",
        "big",
        "tt",
        "footnoteId",
        "value",
    }
)
"""Elements within a text that do not part words."""

_PARSER: Final = etree.XMLParser(
    encoding="utf-8",  # the text is decoded already, whatever its declaration says
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
    remove_blank_text=True,
    collect_ids=False,  # an unused index by id, which takes a twelfth of the time
)
"""Hardened: it fetches nothing, expands nothing, and refuses deep nesting. It keeps no document between uses."""


def read_ownership_xml(text: str) -> RawDocument:
    """Return the ownership document in `text`, which may have blanks before its declaration, or no declaration.

    >>> document = read_ownership_xml("<ownershipDocument><documentType>4</documentType></ownershipDocument>")
    >>> document.filing
    {'form_type': '4'}

    Raises:
        InvalidFiling: it declares a document type or entities, has more than `MOST_MARKUP`, is malformed beyond a bare
            what `repair_xml` repairs, or is another kind of document.
    """
    document = RawDocument(source_format="xml")
    root = ownership_root(_parsed(text, document), document)
    part_nested_fields(root, text, document)
    repairs = list(document.diagnostics)
    _read_root(root, document)
    misspelled = next(names_in_other_case(document), None)
    if misspelled is not None:
        repaired = Diagnostic(code=DiagnosticCode.REPAIRED_MARKUP, raw=misspelled)
        document = RawDocument(source_format="xml", diagnostics=[*repairs, repaired])
        spell_as_in_schema(root)
        _read_root(root, document)
    return document


def parsed_tree(text: str) -> etree._Element:
    """Return the root of a well-formed document.

    >>> parsed_tree("<a><b/></a>").tag
    'a'

    Raises:
        InvalidFiling: it has a document type, or more than `MOST_MARKUP`.
        lxml.etree.XMLSyntaxError: it is malformed.
    """
    if len(text) > MOST_MARKUP and text.count("<") + text.count("&") > MOST_MARKUP:
        raise InvalidFiling(ErrorCode.TOO_MUCH_MARKUP, f"there are more than {MOST_MARKUP} tags and ampersands")
    root = etree.fromstring(text.lstrip().encode(), _PARSER)
    if root.getroottree().docinfo.internalDTD is not None:
        raise _document_type(text)
    return root


def _parsed(text: str, document: RawDocument) -> etree._Element:
    """Return the root of a document, repaired if that is enough to make it well-formed."""
    try:
        return parsed_tree(text)
    except etree.XMLSyntaxError as error:
        if "<!DOCTYPE" in text:
            raise _document_type(text) from None
        repaired = repair_xml(text, document)
        if repaired == text:
            raise _malformed(error) from None
    try:
        return parsed_tree(repaired)
    except etree.XMLSyntaxError as error:
        raise _malformed(error) from None


def _document_type(text: str) -> InvalidFiling:
    if "<!ENTITY" in text:
        return InvalidFiling(ErrorCode.ENTITY_DECLARATION, "the document declares entities, which are never expanded")
    return InvalidFiling(ErrorCode.DOCUMENT_TYPE, "the document has a DOCTYPE, whose definitions are never read")


def _malformed(error: etree.XMLSyntaxError) -> InvalidFiling:
    line, column = error.position
    reason = (error.msg or "").partition(", line")[0]
    return InvalidFiling(
        ErrorCode.MALFORMED_XML, f"the XML breaks off or is malformed at line {line}, column {column}: {reason}"
    )


def _read_root(root: etree._Element, document: RawDocument) -> None:  # noqa: C901, PLR0912 - a call per element is slow
    """Read all elements in one flat walk, which is faster than a recursive descent.

    The text of a field is in its `value` element, or in the field itself. A footnote belongs to the element around it.
    """
    sections = XmlSections(document)
    section: XmlSection | RawLine = sections.filing
    fields: Mapping[str, str] = FILING_FIELDS
    values = document.filing
    field: str | None = None
    walk = root.iter()
    next(walk)
    for element in walk:
        tag = element.tag
        if tag == "value" and field is not None:
            text = element.text
        elif (named := fields.get(tag)) is not None:
            field = named
            text = element.text
            if text is None:
                if len(element) == 0:
                    field = None  # a `value` that follows is not part of it
                continue
        elif tag == "footnoteId":
            _cite(element, fields, section.footnotes)
            continue
        elif tag in GROUPS:
            field = None
            _report_text(element.text, GROUPS[tag], section)
            continue
        else:
            begun = sections.begin(tag) if _is_outermost(element) else None
            if begun is None:
                _read_other(element, section, sections.filing, document)
                _skip(element, walk)
                continue
            section, fields = begun
            values, field, text = section.values, fields.get(tag), element.text
            if field is None:
                _report_text(text, None, section)
            if field is None or text is None:
                continue
        if text is not None and len(element) == 0 and field not in values and not text.isspace():
            values[field] = text  # as nearly all are
        else:
            field = _read_unusual(element, field, fields, section, walk)
    sections.end()


def _read_unusual(
    element: etree._Element,
    field: str,
    fields: Mapping[str, str],
    section: XmlSection | RawLine,
    walk: Iterator[etree._Element],
) -> str | None:
    """Read an element that is empty, repeats its field, or has others among its text.

    Return the field that a `value` below it belongs to.
    """
    text = element.text
    if len(element) != 0 and (element.tag == "value" or (text is not None and not text.isspace())):
        text = _mixed_text(element, field, fields, section)
        _skip(element, walk)
    if text is None or text.isspace():
        return None if element.tag != "value" and len(element) == 0 else field
    if field in section.values:
        section.problems.append((DiagnosticCode.REPEATED_VALUE, field, collapse_whitespace(text)[:LONGEST_RAW]))
    else:
        section.values[field] = text
    return field


def _report_text(text: str | None, field: str | None, section: XmlSection | RawLine) -> None:
    """Report text in a group of fields, or in a section, but outside its fields: it may have been a value."""
    if text is not None and not text.isspace():
        section.problems.append((DiagnosticCode.TEXT_OUTSIDE_FIELD, field, collapse_whitespace(text)[:LONGEST_RAW]))


def _skip(element: etree._Element, walk: Iterator[etree._Element]) -> None:
    """Skip the descendants of an element, which were read already, in the walk that has reached it."""
    for _ in element.iterdescendants():
        next(walk)


def _mixed_text(
    element: etree._Element, field: str, fields: Mapping[str, str], section: XmlSection | RawLine
) -> str | None:
    """Return the whole text of an element that has others within it; None if one of those is a value itself."""
    text = _text_of(element)
    is_one = True
    for child in element:
        if child.tag == "footnoteId":
            _cite(child, fields, section.footnotes)
        elif child.tag == "value" or child.tag in fields:
            is_one = False
        else:
            section.problems.extend(_unknown(child))
    if is_one:
        return text
    section.problems.append((DiagnosticCode.REPEATED_VALUE, field, collapse_whitespace(text)[:LONGEST_RAW]))
    return None


def _cite(element: etree._Element, fields: Mapping[str, str], footnotes: dict[str, list[str]]) -> None:
    """Record a citation. On a group, or on a whole section, it belongs to the field that represents it."""
    identity = (element.get("id") or element.text or "").strip()
    if not identity:
        return
    parent = element.getparent()
    if parent is not None and parent.tag == "value":
        parent = parent.getparent()
    tag = parent.tag if parent is not None else ""
    field = fields.get(tag) or GROUPS.get(tag) or next(iter(fields.values()))
    footnotes.setdefault(field, []).append(identity)


def _is_outermost(element: etree._Element) -> bool:
    """Return whether an element is where sections are: directly in the document or in a table."""
    parent = element.getparent()
    return parent is not None and (parent.tag in TABLES or parent.tag == ROOT)


def _read_other(
    element: etree._Element, section: XmlSection | RawLine, filing: XmlSection, document: RawDocument
) -> None:
    """Read the list of footnotes; report any other element, which no schema has there."""
    if not _is_outermost(element):
        section.problems.extend(_unknown(element))
    elif element.tag == "footnotes":
        _read_footnotes(element, filing, document)
    else:
        filing.problems.extend(_unknown(element))


def _read_footnotes(element: etree._Element, filing: XmlSection, document: RawDocument) -> None:
    for footnote in element:
        identity = (footnote.get("id") or "").strip()
        text = collapse_whitespace(_text_of(footnote) if len(footnote) else footnote.text or "")
        if footnote.tag != "footnote" or not identity:
            filing.problems.extend(_unknown(footnote))
        elif document.footnotes.setdefault(identity, text) != text:
            document.diagnostics += diagnosed([(DiagnosticCode.FOOTNOTE_DEFINED_TWICE, identity, text)], "footnotes")


def _unknown(element: etree._Element) -> list[Problem]:
    """Return a problem for an element that no schema has, if it has text or citations."""
    text = collapse_whitespace(_text_of(element))
    cited = " ".join(part.get("id") or "" for part in element.iter()).strip()
    if element.tag in UNREPORTED or not (text or cited):
        return []
    return [(DiagnosticCode.UNKNOWN_ELEMENT, element.tag, (text or cited)[:LONGEST_RAW])]


def _text_of(element: etree._Element) -> str:
    """Return the text of an element and those within it: a break, a paragraph or a cell of HTML parts words."""
    pieces = [element.text or ""]
    for child in element:
        space = "" if child.tag in _INLINE else " "
        pieces += [space, _text_of(child), space, child.tail or ""]
    return "".join(pieces)
