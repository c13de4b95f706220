"""A page as turndown leaves it without its plugin for tables: a paragraph for each cell, and nothing for an empty one.

A non-breaking space is kept, so that a page with one in each empty cell keeps all of its cells.
"""

import re
from typing import Any, Final

from lxml import html

_BLOCKS: Final = frozenset({"table", "tr", "td", "th", "p", "div", "center", "dd", "h2"})
_VOID: Final = {"br": "  \n", "hr": "\n\n* * *\n\n", "input": ""}
_ESCAPED: Final = re.compile(r"([*_\[\]])")
_SPACES: Final = re.compile(r"[ \n\t]+")
_BLANK_LINES: Final = re.compile(r"\n(?:[ \t]*\n)+")


def converted(page: str) -> str:
    """Return the text of the page after conversion."""
    text = _text(html.document_fromstring(page).find("body"))
    return _BLANK_LINES.sub("\n\n", text).strip("\n ") + "\n"


def _text(element: Any) -> str:
    parts = [_plain(element.text)]
    for child in element:
        parts.extend((_of(child), _plain(child.tail)))
    return "".join(parts)


def _plain(text: str | None) -> str:
    return _ESCAPED.sub(r"\\\1", _SPACES.sub(" ", text or ""))


def _of(element: Any) -> str:
    if element.tag in _VOID:
        return _VOID[element.tag]
    text = _text(element)
    words = text.strip(" ")
    if element.tag in _BLOCKS:
        return f"\n\n{text.strip(' ')}\n\n"
    if element.tag == "a" and element.get("href"):
        return f"[{text}]({element.get('href')})"
    return f"**{words}**" if element.tag == "b" and words else text
