"""Which layout a text has, by its content; and its page."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from contracts.errors import InvalidFiling
from services.parser.renderings.html_page import read_html
from services.parser.renderings.lines import read_lines
from services.parser.renderings.markdown import is_markdown, read_markdown
from services.parser.renderings.markup import clean
from services.parser.renderings.page import BROKEN_OFF, Block, without_controls
from services.parser.renderings.paper_form import is_paper_form, read_paper_form
from services.parser.renderings.spatial import is_spatial, read_spatial

LONGEST_TEXT: Final = 20_000
"""Lines of the longest text: thirty rows a table, and footnotes of a narrow page, fill a tenth of it."""


_TABLE: Final = re.compile(r"<table\b[^<>]{0,500}>\s{0,100}<(?:colgroup|thead|tbody|tr|td)\b", re.IGNORECASE)


_BLANK_LINE: Final = re.compile(r"\n[ \t]*\n")
_PIPE_ROW: Final = re.compile(r"^\|(.*)\|[ \t]*$", re.MULTILINE)
_UNDERLINE: Final = re.compile(r" (?:-{3,}|={3,})$")


def read_layout(text: str) -> Iterable[Block]:
    """The blocks of a text, whatever its layout.

    Raises:
        InvalidFiling: it has more lines than any form.
    """
    if text.count("\n") > LONGEST_TEXT:
        raise InvalidFiling("too_large", f"a rendering of over {LONGEST_TEXT} lines")
    text = without_controls(text)
    if _TABLE.search(text):
        return _read_mixed(text)
    if is_markdown(text):
        return read_markdown(text)
    if is_paper_form(text):
        return read_paper_form(text)
    return read_spatial(text) if is_spatial(text) else read_lines(text)


def _read_mixed(text: str) -> Iterator[Block]:
    """Words of markdown around tables of HTML, as converters leave tables that they cannot write."""
    text = _PIPE_ROW.sub(_as_words, _BLANK_LINE.sub("\n<p>\n", text))
    for block in read_html(text):
        yield clean(_UNDERLINE.sub("", block).strip("# ")) if isinstance(block, str) and block != BROKEN_OFF else block


def _as_words(row: re.Match[str]) -> str:
    """A row of bars, as a note or a signature has it, as a paragraph; a rule is none."""
    cells = [cell.strip() for cell in row.group(1).split("|")]
    return f"<p>{' '.join(cell for cell in cells if cell.strip('-:'))}<p>"
