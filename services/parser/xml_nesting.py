"""Ownership XML whose fields are nested in each other, or have text beside their value.

Documents of 2003 have `<documentType><noSecuritiesOwned>0</noSecuritiesOwned>3</documentType>`. It has one reading: two
fields side by side. Text beside a `value` has none: then the field has no value.
"""

import re
from typing import Final

from lxml import etree

from contracts.codes import DiagnosticCode
from services.parser.document import RawDocument
from services.parser.xml_elements import FIELDS

_TEXT_AFTER_TAG: Final = re.compile(r"/[^<>]*+>\s*+[^<\s]")
"""Cheap prefilter: it matches wherever an element is followed by text, and begins with a character to search for."""


def part_nested_fields(root: etree._Element, text: str, document: RawDocument) -> None:
    """Put fields that are nested in a field beside it, so that each has its own text, and report other such text.

    >>> text = "<a><documentType><noSecuritiesOwned>0</noSecuritiesOwned>3</documentType></a>"
    >>> root = etree.fromstring(text)
    >>> part_nested_fields(root, text, RawDocument("xml"))
    >>> [(element.tag, element.text) for element in root]
    [('noSecuritiesOwned', '0'), ('documentType', '3')]
    """
    if _TEXT_AFTER_TAG.search(text) is None:
        return  # as in nearly all documents
    for element in list(root.iter()):
        tails = [child.tail for child in element if child.tail and not child.tail.isspace()]
        if tails and not _may_have_markup(element):
            raw = "".join(str(part) for part in element.itertext())
            document.report(_read_tails(element), raw, field=element.tag)


def _may_have_markup(element: etree._Element) -> bool:
    """Return whether text among an element's children is read elsewhere: in a footnote, a value or beside markup."""
    if element.tag in ("footnote", "value") or next(element.iterancestors("footnote", "value"), None) is not None:
        return True
    beside = element.text is not None and not element.text.isspace()
    return beside and all(child.tag not in FIELDS and child.tag != "value" for child in element)


def _read_tails(element: etree._Element) -> DiagnosticCode:
    """Give an element the text among its children, if that has one reading."""
    if element.tag not in FIELDS:
        return DiagnosticCode.TEXT_OUTSIDE_FIELD
    if element.find("value") is not None:
        for child in element.iter("value"):
            child.text = None
        return DiagnosticCode.TEXT_OUTSIDE_FIELD
    _part_nested_in(element)
    return DiagnosticCode.REPAIRED_MARKUP


def _part_nested_in(element: etree._Element) -> None:
    """Put the fields in a field beside it, and leave it with its own text and citations."""
    nested = [child for child in element if child.tag in FIELDS]
    own = [element.text, *(child.tail for child in element)] if nested else map(str, element.itertext())
    element.text = "".join(part for part in own if part)
    for child in list(element):
        child.tail = None
        if child in nested:
            element.addprevious(child)
        elif child.tag != "footnoteId":
            element.remove(child)
