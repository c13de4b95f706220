"""A page as a converter to markdown leaves it: every cell on one line, the tables within a cell too.

A table's first row is taken for its captions; check boxes are dropped; links, emphasis and escapes are kept.
"""

import re
from typing import Any, Final

from lxml import html

_BLOCKS: Final = frozenset({"p", "div", "center", "dd", "h2"})
_VOID: Final = {"br": "  \n", "hr": "\n\n---\n\n", "input": ""}
_MARKS: Final = {"b": "**", "i": "*"}
_ESCAPED: Final = re.compile(r"([*_])")
_LINES: Final = re.compile(r" *\n+ *")


def converted(page: str) -> str:
    """Return the text of the page after conversion."""
    return _text(html.document_fromstring(page).find("body")).strip() + "\n"


def _text(element: Any) -> str:
    parts = [_plain(element.text)]
    for child in element:
        parts.extend((_of(child), _plain(child.tail)))
    return "".join(parts)


def _plain(text: str | None) -> str:
    return _ESCAPED.sub(r"\\\1", " ".join(f".{text or ''}.".replace("\xa0", " ").split())[1:-1])


def _of(element: Any) -> str:
    if element.tag == "table":
        return f"\n\n{_table(element)}\n\n"
    if element.tag in _VOID:
        return _VOID[element.tag]
    text = _text(element)
    if element.tag == "h2":
        return f"\n\n{text}\n{'-' * len(text)}\n\n"
    if element.tag == "a" and element.get("href"):
        return f"[{text}]({element.get('href')})"
    if element.tag in _MARKS and text.strip():
        return f"{_MARKS[element.tag]}{text.strip()}{_MARKS[element.tag]}"
    return f"\n\n{text}\n\n" if element.tag in _BLOCKS else text


def _table(table: Any) -> str:
    rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
    lines = []
    for number, row in enumerate(rows):
        cells = [_LINES.sub(" ", _text(cell).strip()) + " |" * int(cell.get("colspan", "1")) for cell in row]
        lines.append(f"| {' '.join(cells)}")
        if number == 0:
            lines.append("|" + " --- |" * sum(int(cell.get("colspan", "1")) for cell in row))
    return "\n".join(lines)
