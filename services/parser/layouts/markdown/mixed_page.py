"""Words of markdown around tables of HTML, as some converters leave tables that markdown cannot write."""

import re
from collections.abc import Iterator
from typing import Final

from services.parser.form.blocks import BROKEN_OFF, Block
from services.parser.form.markup import clean
from services.parser.layouts.html.html_page import read_html

_TABLE: Final = re.compile(r"<table\b[^<>]{0,500}>\s{0,100}<(?:colgroup|thead|tbody|tr|td)\b", re.IGNORECASE)
_HEADING: Final = re.compile(r"^#{1,6} (?:Reporting Owners|Signatures|Explanation of Responses|Remarks)", re.MULTILINE)
_BLANK_LINE: Final = re.compile(r"\n[ \t]*\n")
_PIPE_ROW: Final = re.compile(r"^\|(.*)\|[ \t]*$", re.MULTILINE)
_UNDERLINE: Final = re.compile(r" (?:-{3,}|={3,})$")


def has_headings(text: str) -> bool:
    """Whether a part of the form is headed as in markdown: such a text is no page, though it begins with a tag."""
    return "# " in text and _HEADING.search(text) is not None


def is_mixed(text: str) -> bool:
    """Whether there is a table of HTML in the text."""
    return _TABLE.search(text) is not None


def read_mixed(text: str) -> Iterator[Block]:
    """The blocks of such a text.

    Raises:
        InvalidFiling: it has more tables within tables, or more cells, than any page of a form.
    """
    text = _PIPE_ROW.sub(_as_words, _BLANK_LINE.sub("\n<p>\n", text))
    for block in read_html(text):
        yield clean(_UNDERLINE.sub("", block).strip("# ")) if isinstance(block, str) and block != BROKEN_OFF else block


def _as_words(row: re.Match[str]) -> str:
    """A row of bars, as a note or a signature has it, as a paragraph; a rule is none."""
    cells = [cell.strip() for cell in row.group(1).split("|")]
    return f"<p>{' '.join(cell for cell in cells if cell.strip('-:'))}<p>"
