"""Documents that fill a schema: each element in each place that the SEC's schema of a form allows."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final

from lxml import etree

COMMON: Final = "ownershipDocumentCommon.xsd.xml"
ALTERNATIVES: Final = 3
"""How often a row is repeated, so that each alternative of its choices comes up."""

_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_FOOTNOTES: Final = 99
_LETTERS: Final = {
    "transactionCode": "M",
    "transactionTimeliness": "E",
    "transactionAcquiredDisposedCode": "D",
    "directOrIndirectOwnership": "I",
}
"""Values of the elements that contain a single letter, by the name of the element or of its parent."""


class SchemaDocument:
    """The document of one form that leaves out nothing its schema allows."""

    def __init__(self, schema: Path) -> None:
        roots = [etree.parse(path).getroot() for path in (schema, schema.parent / COMMON)]
        self._types = {found.get("name"): found for root in roots for found in root if found.get("name")}
        self._form = schema.name.removeprefix("ownership").removesuffix("Document.xsd.xml").replace("A", "/A")
        self._number = count(1)
        (top,) = (found for root in roots for found in root.findall(f"{_XS}element"))
        self.root = self._element(top, 0)

    def _element(self, declared: Any, alternative: int) -> Any:
        element = etree.Element(declared.get("name"))
        number = next(self._number)
        kind = self._types.get(declared.get("type"), declared)
        if declared.get("name").startswith("footnote") and len(declared.get("name")) <= len("footnoteId"):
            element.set("id", f"F{number % _FOOTNOTES + 1}")
        for part in self._parts(kind, alternative):
            wanted = ALTERNATIVES if declared.get("name").endswith("Table") else 1
            for turn in range(wanted):
                child = self._element(part, turn if wanted > 1 else alternative)
                element.append(child)
                if len(child) == 0 and child.tag != "footnoteId":
                    child.text = self._text(part, declared.get("name"))
        return element

    def _parts(self, kind: Any, alternative: int) -> Iterator[Any]:
        """Return the elements a type is made of; of a choice, one alternative."""
        parts = [part for part in kind if isinstance(part.tag, str)]
        if kind.tag == f"{_XS}choice" and kind.get("maxOccurs", "1") == "1":
            parts = [parts[alternative % len(parts)]]
        for part in parts:
            if part.tag == f"{_XS}element":
                yield part
            else:
                yield from self._parts(part, alternative)

    def _text(self, declared: Any, parent: str) -> str:
        name, kind, number = declared.get("name"), declared.get("type") or "", next(self._number)
        letter = _LETTERS.get(name) or _LETTERS.get(parent)
        known = {"documentType": self._form, "transactionFormType": self._form[0]}
        if letter or name in known:
            return letter or known[name]
        if kind == "xs:date":
            return f"2024-05-{number % 28 + 1:02}"
        if kind == "xs:boolean":
            return "1"
        if "DECIMAL" in kind:
            return f"{number}.25"
        return str(number) if name.endswith("Cik") else f"text {number}"


def leaves_of(root: Any) -> list[Any]:
    """Return the elements with content: a text, or a citation."""
    return [element for element in root.iter(etree.Element) if len(element) == 0]
