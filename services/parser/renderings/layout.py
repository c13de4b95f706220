"""Which layout a text has, by its content; and its page."""

import re
from collections.abc import Iterable
from typing import Final

from contracts.codes import ErrorCode
from contracts.errors import InvalidFiling
from services.parser.renderings.lines import read_lines
from services.parser.renderings.markdown.mixed import is_mixed, read_mixed
from services.parser.renderings.markdown.text import is_markdown, read_markdown
from services.parser.renderings.page import Block, without_controls
from services.parser.renderings.paper.form import is_paper_form, read_paper_form
from services.parser.renderings.spatial.text import is_spatial, read_spatial

_DASHED: Final = re.compile(r"^ {2,4}-{2,}(?: -{2,})+ *$", re.MULTILINE)
"""A rule of a table as pandoc writes it, which tells neither its rows nor its cells from lines that were wrapped."""

LONGEST_TEXT: Final = 20_000
"""Lines of the longest text: thirty rows a table, and footnotes of a narrow page, fill a tenth of it."""


def read_layout(text: str) -> Iterable[Block]:
    """The blocks of a text, whatever its layout.

    Raises:
        InvalidFiling: it has more lines than any form, or is of a layout that cannot be told.
    """
    if text.count("\n") > LONGEST_TEXT:
        raise InvalidFiling(ErrorCode.TOO_LARGE, f"a rendering of over {LONGEST_TEXT} lines")
    text = without_controls(text)
    if is_mixed(text):
        return read_mixed(text)
    if is_markdown(text):
        return read_markdown(text)
    if is_paper_form(text):
        return read_paper_form(text)
    if "-- --" in text and _DASHED.search(text):
        raise InvalidFiling(ErrorCode.UNSUPPORTED_RENDERING, "the text has tables ruled with dashes alone")
    return read_spatial(text) if is_spatial(text) else read_lines(text)
