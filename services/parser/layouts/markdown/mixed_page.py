"""Words of markdown around tables of HTML, as some converters leave tables that markdown cannot write."""

import re
from collections.abc import Iterator
from typing import Final

from services.parser.form.blocks import Block, MarkedText, map_text, strip_text
from services.parser.layouts.converter_markup import read_markup
from services.parser.layouts.html.html_page import read_html

_TABLE: Final = re.compile(r"<table\b[^<>]{0,500}>\s{0,100}<(?:colgroup|thead|tbody|tr|td)\b", re.IGNORECASE)
_HEADING: Final = re.compile(r"^#{1,6} (?:Reporting Owners|Signatures|Explanation of Responses|Remarks)", re.MULTILINE)
_BLANK_LINE: Final = re.compile(r"\n[ \t]*\n")
_PIPE_ROW: Final = re.compile(r"^\|(.*)\|[ \t]*$", re.MULTILINE)
_UNDERLINE: Final = re.compile(r" (?:-{3,}|={3,})$")


def has_headings(text: str) -> bool:
    r"""Return whether a section is headed as in markdown: then the text is not HTML, even if a tag begins it.

    >>> has_headings("<p>\n# Reporting Owners")
    True
    """
    return "# " in text and _HEADING.search(text) is not None


def is_mixed(text: str) -> bool:
    r"""Return whether there is a table of HTML in the text.

    >>> is_mixed("Words\n<table><tr>")
    True
    """
    return _TABLE.search(text) is not None


def read_mixed(text: str) -> Iterator[Block]:
    """Return the blocks of such a text.

    >>> list(read_mixed("**Words**"))
    ['Words', '']

    Raises:
        InvalidFiling: it has more nested tables, or more cells, than any page of a form.
    """
    text = _PIPE_ROW.sub(_as_words, _BLANK_LINE.sub("\n<p>\n", text))
    for block in read_html(text):
        if isinstance(block, str | MarkedText):
            line = map_text(lambda piece: _UNDERLINE.sub("", piece), block)
            yield read_markup(strip_text(line, "# "))
        else:
            yield block


def _as_words(row: re.Match[str]) -> str:
    """Return a row between bars, as notes and signatures have it, as a paragraph; a rule as nothing."""
    cells = [cell.strip() for cell in row.group(1).split("|")]
    return f"<p>{' '.join(cell for cell in cells if cell.strip('-:'))}<p>"
